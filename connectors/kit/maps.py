"""Field maps with what the configuration changes in them: other vendor fields for columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.kit.fields import BY_KIND, Field, Fields, nearest
from model.errors import ConfigNeeded
from model.records import TABLES


def override(maps: Mapping[str, Fields], changes: Mapping[str, Any], name: str) -> dict[str, dict[str, Field]]:
    """The maps with the paths that `[connectors.NAME.fields]` names instead.

    Keys are `table.column`, quoted or as nested tables; the value is the vendor's field. A column that the map
    has no reading for is read as its kind asks. Unknown names are ConfigNeeded with the nearest spelling.
    """
    changed = {table: dict(fields) for table, fields in maps.items()}
    for key, path in flattened(changes):
        table, _, column = key.partition(".")
        where = f"{name}: [connectors.{name}.fields] names {key!r}"
        if table not in maps:
            raise ConfigNeeded(f"{where}, but has no such record{nearest(table, maps)}. Allowed: {', '.join(maps)}")
        columns = [each.name for each in TABLES[table].columns]
        if column not in columns:
            raise ConfigNeeded(f"{where}, but {table} has no such column{nearest(column, columns)}")
        if not isinstance(path, str) or not path:
            raise ConfigNeeded(f"{where} with {path!r}: write the vendor's field as text")
        known = changed[table].get(column)
        kind = TABLES[table].column(column).kind.value
        changed[table][column] = replace(known, paths=(path,)) if known else Field((path,), BY_KIND[kind])
    return changed


def flattened(changes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """`table.column` and vendor field of a configured table of fields, nested or not."""
    flat: list[tuple[str, Any]] = []
    for key, value in changes.items():
        nested = isinstance(value, Mapping)
        flat += [(f"{key}.{column}", path) for column, path in value.items()] if nested else [(key, value)]
    return flat
