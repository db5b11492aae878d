"""Configured fields, held against what the vendor has: a misspelt name would read as nothing for ever.

Where a vendor has a list of its fields, that list decides. Where it has none, or one of custom fields only, a field must
stand in one of the records that a check reads; what no record was read for stays unproven, and is told as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.kit.fields import Context, Field, nearest
from connectors.kit.maps import flattened

Maps = Mapping[str, dict[str, Field]]


@dataclass
class Met:
    """How many records a field was read from, and the names that stood along its path."""

    records: int = 0
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Watched(Field):
    """A field that notes what it is read from."""

    met: Met = field(default_factory=Met)

    def read(self, payload: Any, context: Context) -> Any:
        self.met.records += 1
        for path in self.paths:
            self.met.names.update(_along(payload, path))
        return super().read(payload, context)


class Configured:
    """The fields that a configuration names: `watch` lays them under the maps before records are read, `wrong` and
    `proof` tell afterwards what came of them."""

    def __init__(self, changes: Mapping[str, Any]) -> None:
        self.paths = [(key, str(path)) for key, path in flattened(changes)]
        self._met = {key: Met() for key, _ in self.paths}

    def tables(self) -> list[str]:
        """The tables that have configured fields."""
        return list(dict.fromkeys(key.partition(".")[0] for key, _ in self.paths))

    def watch(self, maps: Maps) -> None:
        """Notes what the configured fields are read from, from now on."""
        for key, _ in self.paths:
            table, _, column = key.partition(".")
            known = maps[table][column]
            maps[table][column] = _Watched(known.paths, known.reading, known.default, self._met[key])

    def wrong(self, table: str, custom: Iterable[str]) -> list[str]:
        """What is wrong with the fields of a table: no record read has them, and they are none of the `custom` fields."""
        listed = set(custom)
        told = []
        for key, path in self._of(table):
            met = self._met[key]
            if met.records and path not in met.names | listed:
                read = f"none of the records read ({met.records}) has it" + (
                    ", nor the list of custom fields" * bool(listed)
                )
                told.append(
                    f"{key} = {path!r}: {read}{nearest(path, met.names | listed)}. Correct the name, or give one a value"
                )
        return told

    def proof(self, table: str, title: str) -> str:
        """What the fields of a table, none of which is wrong, were compared with."""
        bare = [key for key, _ in self._of(table) if not self._met[key].records]
        if bare:
            return f"not compared, for no record with it was read: {', '.join(bare)}"
        return f"found in the records read ({title} has no list of all its fields)"

    def _of(self, table: str) -> Sequence[tuple[str, str]]:
        return [(key, path) for key, path in self.paths if key.partition(".")[0] == table]


def unknown_fields(changes: Mapping[str, Any], table: str, known: Iterable[str]) -> list[str]:
    """What is wrong with the fields configured for a table, against the vendor's list.

    A name of the list may be dotted (custom_fields.a1b2): a field that begins like it must then be one of those.
    """
    names = set(known)
    tables = {name.partition(".")[0] for name in names if "." in name}
    wrong = []
    for key, path in flattened(changes):
        head = str(path).partition(".")[0]
        asked = ".".join(str(path).split(".")[:2]) if head in tables else head
        if key.partition(".")[0] == table and asked not in names:
            wrong.append(f"{key} = {path!r}: the vendor has no such field{nearest(asked, names)}")
    return wrong


def by_name(entries: Any, name: str, *values: str) -> dict[str, Any]:
    """A list of named values as a table, so that a path may name one: the first of `values` that an entry has."""
    return {
        str(each[name]): next((each[value] for value in values if each.get(value) is not None), None)
        for each in entries or ()
    }


def _along(payload: Any, path: str) -> Iterator[str]:
    """The names at every step of a path: `id`, `metadata`, `metadata.deal` of a record that has those.

    >>> sorted(_along({"id": 1, "metadata": {"deal": "7"}}, "metadata.dael"))
    ['id', 'metadata', 'metadata.deal']
    """
    before = ""
    for step in path.split("."):
        if isinstance(payload, Mapping):
            yield from (f"{before}{name}" for name in payload)
            payload = payload.get(step)
        elif isinstance(payload, (list, tuple)) and step.isdigit():
            yield from (f"{before}{at}" for at in range(len(payload)))
            payload = payload[int(step)] if int(step) < len(payload) else None
        else:
            return
        before = f"{before}{step}."
