"""A team's own pack: which sheets, in which order, under which titles, about which part of the books.

A template is a TOML file. `sheets` lists them in order, each by the name of a kind (excel.pack.kinds) or of a block
[sheet.NAME], which says of which kind it is and what is special about it. All that is wrong is told at once, with its
line, what is allowed and the nearest spelling.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from excel.pack.groups import FILTERS
from excel.pack.kinds import KINDS, Kind
from excel.pack.source import Options
from model.errors import ConfigNeeded
from model.settings_problems import by_line, problems
from model.settings_steering import Block
from model.settings_text import Keys, line_of, lines_of, unknown_word

COVER = "Cover"
LONGEST = 31
"""Characters a sheet's name may have in Excel."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True)
class Chosen:
    """A sheet of a template: its `name` there, its `kind`, its `title` ("" = the kind's), its part and its options."""

    name: str
    kind: str
    title: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class Template:
    """What a pack holds after its cover. `title`: what the cover calls it."""

    sheets: Sequence[Chosen]
    title: str = "Month-end pack"


class SheetBlock(Block):
    """A sheet of the pack."""

    kind: str = Field("", description="what it shows; blank = the kind of the block's name")
    title: str = Field("", description=f"its name on the tab, {LONGEST} characters at most; blank = the kind's")
    months: int | None = Field(None, ge=1, le=120, description="how many months it shows")
    rows: int | None = Field(None, ge=1, description="how many lines of its list; the others are summed in one")
    bands: list[Annotated[int, Field(ge=1, le=600)]] | None = Field(
        None, description="the months that bound the time bands, such as [12, 24, 36]"
    )
    by: str = Field("", description="the dimension by which it is broken down")
    customer: str = Field("", description="only this customer: an id, a name, an alias or a pattern")
    product: str = Field("", description="only this product: an id, a name or a pattern")
    segment: str = Field("", description="only customers of this segment")
    region: str = Field("", description="only customers of this region")
    family: str = Field("", description="only products of this family")
    sales_rep: str = Field("", description="only contracts of this salesperson")
    contract_currency: str = Field("", description="only contracts in this currency")


_USUAL = SheetBlock.model_validate({})


class TemplateFile(Block):
    """A template as it is written."""

    title: str = Field("Month-end pack", description="what the cover calls the pack")
    sheets: list[str] = Field(min_length=1, description="the sheets after the cover, in order")
    sheet: dict[str, SheetBlock] = Field({}, description="what is special about a sheet, by its name in `sheets`")


def default() -> Template:
    """The pack that is made without a template: every kind once."""
    return Template(tuple(Chosen(name, name, options=kind.options()) for name, kind in KINDS.items()))


def read_template(file: Path) -> Template:
    """Reads and checks a template. Raises ConfigNeeded with every problem, one a line."""
    try:
        text = file.read_text("utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigNeeded(
            f"{file}: there is no such template. Begin with: backlog workbook template > {file}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigNeeded(f"{file}: cannot be read ({error}). Save it as UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigNeeded(f"{file}: not valid TOML: {error}. Compare: backlog workbook template") from None
    lines = lines_of(text)
    try:
        parsed = TemplateFile.model_validate(data)
    except ValidationError as error:
        raise ConfigNeeded(problems(file, lines, error, _known_keys)) from None
    told = [(_line(lines, text, keys), words) for keys, words in _misfits(parsed)]
    if told:
        raise ConfigNeeded(by_line(file, told))
    return Template(tuple(_chosen(parsed, name) for name in parsed.sheets), parsed.title)


def _known_keys(block: Keys) -> list[str]:
    return list((SheetBlock if block else TemplateFile).model_fields)


def _chosen(parsed: TemplateFile, name: str) -> Chosen:
    block = parsed.sheet.get(name, _USUAL)
    kind = KINDS[block.kind or name]
    filters = {key: value for key in FILTERS if (value := getattr(block, key))}
    options = kind.options(
        months=block.months, rows=block.rows, bands=None if block.bands is None else tuple(block.bands), by=block.by
    )
    return Chosen(name, block.kind or name, block.title, filters, options)


def _misfits(parsed: TemplateFile) -> list[tuple[Keys, str]]:
    """What no single value shows: unknown sheets, options a kind does not take, titles Excel does not take or twice."""
    told: list[tuple[Keys, str]] = []
    titles: dict[str, str] = {COVER.casefold(): COVER}
    shown: set[str] = set()
    for name in parsed.sheets:
        block = parsed.sheet.get(name, _USUAL)
        kind = KINDS.get(block.kind or name)
        if kind is None:
            if block.kind:
                told.append((("sheet", name, "kind"), f"kind: {unknown_word(block.kind, KINDS)}"))
            else:
                told.append((("sheets", name), f"sheets: {unknown_word(name, [*parsed.sheet, *KINDS])}"))
            continue
        told += [(("sheet", name, key), words) for key, words in _options(name, kind, block)]
        if not kind.filtered and kind.title in shown:
            told.append(
                (("sheets", name), f"sheets: {name!r} shows {block.kind or name!r} again, which is about all the books")
            )
        shown.add(kind.title)
        title = block.title or kind.title
        key: Keys = ("sheet", name, "title") if block.title else ("sheets", name)
        if wrong := _untitled(title):
            told.append((key, f"title: {title!r} {wrong}"))
        if title.casefold() in titles:
            told.append((key, f"two sheets are called {title!r}: give one of them another title under [sheet.NAME]"))
        titles[title.casefold()] = title
    for name in parsed.sheet:
        if name not in parsed.sheets:
            told.append((("sheet", name), f"[sheet.{name}] is not shown: {unknown_word(name, parsed.sheets)}"))
    return told


def _options(name: str, kind: Kind, block: SheetBlock) -> list[tuple[str, str]]:
    """Options that a kind does not take, and dimensions it does not know."""
    taken = kind.takes()
    given = [key for key in SheetBlock.model_fields if key not in ("kind", "title") and getattr(block, key)]
    told = [
        (key, f"{key}: sheet {name!r} takes none. It takes: {', '.join(('title', *taken))}")
        for key in given
        if key not in taken
    ]
    if block.by and "by" in taken and block.by not in kind.by:
        told.append(("by", f"by: {unknown_word(block.by, kind.by)}"))
    if block.bands and sorted(set(block.bands)) != block.bands:
        told.append(("bands", f"bands = {block.bands}: expected months that grow, such as [12, 24, 36]"))
    return told


def _untitled(title: str) -> str:
    """Why Excel does not take a text as the name of a sheet; "" where it does."""
    if len(title) > LONGEST:
        return f"has {len(title)} characters; Excel takes {LONGEST}"
    if _FORBIDDEN.search(title) or title[:1] == "'" or title[-1:] == "'":
        return r"holds a sign that Excel refuses: [ ] : * ? / \ or ' at an end"
    return "" if title.strip() else "is blank"


def _line(lines: Mapping[Keys, int], text: str, keys: Keys) -> int:
    """The line of a key; of a word of `sheets` the line on which it stands in the list."""
    if keys[0] != "sheets":
        return line_of(lines, keys) or 0
    first = line_of(lines, ("sheets",)) or 1
    for number, line in enumerate(text.splitlines()[first - 1 :], first):
        if f'"{keys[1]}"' in line or f"'{keys[1]}'" in line:
            return number
    return first
