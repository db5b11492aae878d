"""A connector's block, read: objects with their paging, and what their records mean. Every mistake is told where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from connectors.kit.fields import look, nearest
from model.errors import ConfigNeeded, RecordRejected
from model.records import TABLES

Find = Callable[[Any], Any]
Seek = Callable[[Mapping[str, Any], Any], Any]
"""A row and the payload it stands in → a value."""
STYLES = ("none", "offset", "page", "cursor", "link", "after_id")
FORMS = ("iso", "date", "unix", "unix_ms")
_OBJECT = ("path", "rows", "key", "params", "paging", "changed", "deleted", "keeps", "records")
_RECORD = ("table", "each", "fields", "words", "minor", "currency", "unix")
# Names one within another, as nearly every path is: they need no search through a tree of expressions.
_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_PAGING = ("style", "send", "read", "size", "first")


@dataclass(frozen=True)
class Meaning:
    """What one kind of row in a record means: its table, where the rows are, and what fills each column."""

    table: str
    each: Find | None
    columns: Mapping[str, Seek]
    words: Mapping[str, Mapping[str, str]]
    minor: frozenset[str]
    unix: frozenset[str]
    currency: Seek | None


@dataclass(frozen=True)
class Listed:
    """One object of the API as configured."""

    path: str
    rows: Find
    key: Find
    params: Mapping[str, Any]
    paging: Mapping[str, Any]
    read: Find | None
    changed: Mapping[str, str]
    deleted: Find | None
    keeps: bool
    meanings: Sequence[Meaning]


class Described:
    """Reads what stands under [connectors.NAME]."""

    def __init__(self, name: str) -> None:
        self.name = name

    def listed(self, name: str, told: Any) -> Listed:
        """One object."""
        where = f"objects.{name}"
        told = self.table(told, where, _OBJECT)
        for needed in ("path", "records"):
            if not told.get(needed):
                raise ConfigNeeded(f"[connectors.{self.name}.{where}] needs {needed!r}")
        paging = self.table(told.get("paging") or {"style": "none"}, f"{where}.paging", _PAGING)
        style = self.word(paging.get("style"), STYLES, f"{where}.paging.style")
        needs = {
            "offset": ("send",),
            "page": ("send",),
            "cursor": ("send", "read"),
            "link": ("read",),
            "after_id": ("send",),
        }
        for needed in needs.get(style, ()):
            if needed not in paging:
                raise ConfigNeeded(f"[connectors.{self.name}.{where}] paging of the style {style!r} needs {needed!r}")
        changed = self.table(told.get("changed") or {}, f"{where}.changed", ("send", "form"))
        if changed:
            changed = {"send": str(changed.get("send") or "updated_since"),
                       "form": self.word(changed.get("form", "iso"), FORMS, f"{where}.changed.form")}  # fmt: skip
        return Listed(
            str(told["path"]), self.compiled(str(told.get("rows") or "@"), f"{where}.rows"),
            self.compiled(str(told.get("key") or "id"), f"{where}.key"), dict(told.get("params") or {}), paging,
            self.compiled(str(paging["read"]), f"{where}.paging.read") if paging.get("read") else None, changed,
            self.compiled(str(told["deleted"]), f"{where}.deleted") if told.get("deleted") else None,
            bool(told.get("keeps")), [self.meaning(each, f"{where}.records") for each in told["records"]],
        )  # fmt: skip

    def meaning(self, told: Any, where: str) -> Meaning:
        """One kind of row."""
        told = self.table(told, where, _RECORD)
        table = self.word(told.get("table"), tuple(TABLES), f"{where} table")
        columns = tuple(column.name for column in TABLES[table].columns)
        fields = told.get("fields") or {}
        for column in (*fields, *(told.get("minor") or ()), *(told.get("unix") or ()), *(told.get("words") or {})):
            self.word(column, columns, f"{where} ({table})")
        return Meaning(
            table, self.several(str(told["each"]), f"{where}.each") if told.get("each") else None,
            {column: self.in_row(str(path), f"{where}.{column}") for column, path in fields.items()},
            told.get("words") or {}, frozenset(told.get("minor") or ()), frozenset(told.get("unix") or ()),
            self.in_row(str(told["currency"]), f"{where}.currency") if told.get("currency") else None,
        )  # fmt: skip

    def compiled(self, path: str, where: str) -> Find:
        """A JMESPath, ready to be asked."""
        try:
            search: Find = jmespath.compile(path).search
        except JMESPathError as error:
            why = str(error).partition("\n")[0]
            raise ConfigNeeded(f"[connectors.{self.name}] {where} = {path!r} is no JMESPath: {why}") from None

        if _NAMES.fullmatch(path):
            return partial(look, path=path)

        def find(payload: Any) -> Any:
            try:
                return search(payload)
            except JMESPathError as error:
                raise RecordRejected(f"{path!r} does not fit the record: {error}", remedy=f"Correct {where}") from None

        return find

    def several(self, path: str, where: str) -> Find:
        """A JMESPath of rows, `lines[]` as nearly always: a list of records stands as it is."""
        search = self.compiled(path, where)
        plain = path.removesuffix("[]")
        if plain == path or not _NAMES.fullmatch(plain):
            return search

        def find(payload: Any) -> Any:
            found = look(payload, plain)
            return found if type(found) is list and all(type(each) is dict for each in found) else search(payload)

        return find

    def in_row(self, path: str, where: str) -> Seek:
        """A JMESPath of a row, ready to be asked: the row's own fields, and `parent` for the payload it stands in."""
        find = self.compiled(path, where)
        first, _, rest = path.partition(".")
        if not _NAMES.fullmatch(path):
            return lambda own, payload: find({**own, "parent": payload})
        if first != "parent":
            return (lambda own, payload: find(own)) if rest else (lambda own, payload: own.get(path))
        return (lambda own, payload: look(payload, rest)) if rest else (lambda own, payload: payload)

    def word(self, word: Any, allowed: Sequence[str], where: str) -> str:
        """A word that is allowed there."""
        if word not in allowed:
            raise ConfigNeeded(
                f"[connectors.{self.name}] {where}: {word!r} is not known{nearest(str(word), allowed)}. "
                f"Allowed: {', '.join(allowed)}"
            )
        return str(word)

    def table(self, told: Any, where: str, known: Sequence[str]) -> dict[str, Any]:
        """A table whose keys are known."""
        if not isinstance(told, Mapping):
            raise ConfigNeeded(f"[connectors.{self.name}.{where}] must be a table")
        for key in told:
            self.word(key, known, where)
        return dict(told)
