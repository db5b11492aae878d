"""Tryton's remote calls: a method of a model with its parameters, answered with a result or an error, 200 in both cases.

Decimals, dates and moments come as objects that name their class; they are decimals and texts of ISO 8601 here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.kit.transport import Transport
from model.errors import ConfigNeeded, RetryLater

Object = Mapping[str, Any]


class Calls:
    """The calls of one database. `context` names what every call is to know."""

    def __init__(self, api: Transport, name: str, rights: str) -> None:
        self._api, self._name, self._rights = api, name, rights

    def search_read(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Records that fit a domain, by id; what is inactive included."""
        given = [list(domain), 0, limit, [["id", "ASC"]], list(fields), {"active_test": False}]
        return [dict(each) for each in self._call(f"model.{model}.search_read", given)]

    def read(self, model: str, keys: Sequence[int], fields: Sequence[str]) -> dict[int, dict[str, Any]]:
        """Records by their ids."""
        found = self.search_read(model, [["id", "in", list(keys)]], fields) if keys else []
        return {int(each["id"]): each for each in found}

    def models(self, names: Sequence[str]) -> frozenset[str]:
        """Which of these models the activated modules have."""
        found = self.search_read("ir.model", [["name", "in", list(names)]], ["name"])
        return frozenset(str(each["name"]) for each in found)

    def fields(self, model: str) -> Mapping[str, Any]:
        """The fields of a model."""
        return dict(self._call(f"model.{model}.fields_get", [[], 0, {}]))

    def _call(self, method: str, params: Sequence[Any]) -> Any:
        answer = self._api.post("", {"id": 0, "method": method, "params": list(params)})
        if not isinstance(answer, Mapping):
            raise RetryLater(f"{self._name}: Tryton answered in no form we know. Later, run: backlog sync {self._name}")
        if error := answer.get("error"):
            kind, told = (error[0], error[1] if len(error) > 1 else "") if isinstance(error, list) else ("", str(error))
            words = told[0] if isinstance(told, list) and told else told
            raise ConfigNeeded(
                f"{self._name}: Tryton does not answer {method} ({kind}: {words}). Grant the right (needed: "
                f"{self._rights}), then run: backlog connectors test {self._name}"
            )
        return _plain(answer.get("result"))


def moment(when: dt.datetime) -> dict[str, Any]:
    """A moment (UTC) as a parameter."""
    return {
        "__class__": "datetime", "year": when.year, "month": when.month, "day": when.day, "hour": when.hour,
        "minute": when.minute, "second": when.second, "microsecond": when.microsecond,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    kind = value.get("__class__")
    if kind is None:
        # What belongs to another record comes under "currency."; a path cannot name a point.
        return {name.replace(".", "_"): _plain(each) for name, each in value.items()}
    if kind == "Decimal":
        return Decimal(str(value["decimal"]))
    if kind == "date":
        return f"{value['year']:04d}-{value['month']:02d}-{value['day']:02d}"
    if kind == "datetime":
        said = f"{value['year']:04d}-{value['month']:02d}-{value['day']:02d}T{value['hour']:02d}:{value['minute']:02d}"
        return f"{said}:{value['second']:02d}.{value.get('microsecond') or 0:06d}+00:00"
    return value
