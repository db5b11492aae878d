"""The template of the usual pack as text: every kind of sheet with what it shows and the options it takes."""

from __future__ import annotations

from collections.abc import Iterator

from excel.pack.kinds import KINDS, Kind
from excel.pack.template import SheetBlock, default

_HEAD = """\
# The month-end pack: which sheets, in which order. This is the pack that is made without a template.
#   backlog workbook new board.xlsx --period 2026-10 --template board.toml
# Take away, add or move names in `sheets`; the cover comes first by itself. A name is a kind of sheet, or that of a block
# [sheet.NAME] with `kind = "…"`, so that a kind can be shown several times, each about another part of the books.

"""
_TAIL = """
# What is special about a sheet stands in a block of its name. Examples, without effect until the # is taken away:
#
# [sheet.enterprise]                # named in `sheets` as "enterprise"
# kind = "customers"
# title = "Enterprise customers"    # on the tab, 31 characters at most
# segment = "Enterprise"            # only these
# rows = 25                         # the largest; the others in one line
#
# [sheet.rpo]
# bands = [12, 24, 60]              # within 12 months, 13–24, 25–60, thereafter
# by = "region"
"""


def template_text() -> str:
    """The default template: TOML that says the same as no template."""
    usual = default()
    width = max(map(len, KINDS)) + 4
    names = [f'"{chosen.name}",' for chosen in usual.sheets]
    lines = [f"    {name:{width}} # {KINDS[each.kind].about}" for name, each in zip(names, usual.sheets, strict=True)]
    sheets = "\n".join(["sheets = [", *lines, "]"])
    options = "\n".join(_explained())
    return (
        f'{_HEAD}title = "{usual.title}"\n{sheets}\n{_TAIL}#\n# The options, and which sheets take them:\n{options}\n'
    )


def _explained() -> Iterator[str]:
    """Each option, and the sheets that take it with their defaults; what the same sheets take stands together."""
    groups: dict[str, list[str]] = {}
    for name, field in SheetBlock.model_fields.items():
        if name not in ("kind", "title"):
            groups.setdefault(_takers(name), []).append(f"#   {name}: {field.description}")
    for takers, options in groups.items():
        yield from options
        yield f"#       in {takers}"


def _takers(name: str) -> str:
    taken = [f"{key}{_usual(kind, name)}" for key, kind in KINDS.items() if name in kind.takes()]
    others = [key for key, kind in KINDS.items() if name not in kind.takes()]
    return ", ".join(taken) if len(taken) <= len(others) else f"all but {', '.join(others)}"


def _usual(kind: Kind, name: str) -> str:
    value = getattr(kind.options(), name, None)
    return f" ({_words(value)})" if value else ""


def _words(value: object) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)
