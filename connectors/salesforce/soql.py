"""Salesforce's query interfaces as calls that give whole answers.

A whole list is read by Id, what changed by (SystemModstamp, Id): both positions are in the data, so that a cut goes on
there whatever became of the server's own cursor. An answer may come in batches (`nextRecordsUrl`); they are followed.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm ·
…/api_rest/resources_sobject_describe.htm · …/api_asynch/queries.htm (Bulk API 2.0)
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.kit.fields import look
from connectors.kit.paging import Position
from connectors.kit.transport import NotThere, Transport
from model.errors import ConfigNeeded, RetryLater

Object = dict[str, Any]
ROOT = "/services/data/v62.0"
PAGE = 2_000  # records of one query
IDS = 150  # ids in one query, so that its address stays short
BULK_PAGE = 10_000
_NUMBERS = ("double", "currency", "percent")
BULK = "bulk:"


class Soql:
    """The calls. `rest` waits for a bulk job and says False where waiting is to end."""

    def __init__(self, api: Transport, rest: Callable[[float], bool]) -> None:
        self._api, self._rest = api, rest
        self._described: dict[str, Mapping[str, str]] = {}

    def fields(self, kind: str) -> Mapping[str, str]:
        """The fields of an object with their types; a relation counts as a field of type "relation"."""
        if kind not in self._described:
            found = look(self._api.get(f"{ROOT}/sobjects/{kind}/describe"), "fields") or ()
            types = {str(each["name"]): str(each.get("type")) for each in found}
            types |= {str(each["relationshipName"]): "relation" for each in found if each.get("relationshipName")}
            self._described[kind] = types
        return self._described[kind]

    def count(self, kind: str) -> int:
        """How many records an object has."""
        return int(look(self._api.get(f"{ROOT}/query", {"q": f"SELECT COUNT() FROM {kind}"}), "totalSize") or 0)

    def all(self, kind: str, fields: Sequence[str], position: Position) -> Iterator[tuple[list[Object], Position]]:
        """Every record, the deleted ones in the recycle bin included, by Id."""
        last = str(position or "")
        while True:
            where = f" WHERE Id > '{last}'" if last else ""
            asked = f"SELECT {', '.join(fields)} FROM {kind}{where} ORDER BY Id LIMIT {PAGE}"
            count, batches = 0, list(self.query(asked, everything=True))
            for at, records in enumerate(batches):
                count += len(records)
                last = str(records[-1]["Id"]) if records else last
                over = at + 1 == len(batches) and count < PAGE
                yield records, None if over else last
            if count < PAGE:
                return

    def changed(self, kind: str, fields: Sequence[str], since: dt.datetime) -> Iterator[list[Object]]:
        """What changed since a moment, oldest first, the deleted included; ties are told apart by Id."""
        moment, last = since.strftime("%Y-%m-%dT%H:%M:%S.000Z"), ""
        names = ", ".join(dict.fromkeys(("Id", "SystemModstamp", *fields)))
        while True:
            beyond = f"(SystemModstamp > {moment} OR (SystemModstamp = {moment} AND Id > '{last}'))"
            where = beyond if last else f"SystemModstamp >= {moment}"
            asked = f"SELECT {names} FROM {kind} WHERE {where} ORDER BY SystemModstamp, Id LIMIT {PAGE}"
            count = 0
            for records in self.query(asked, everything=True):
                count += len(records)
                if records:
                    moment, last = literal(str(records[-1]["SystemModstamp"])), str(records[-1]["Id"])
                yield records
            if count < PAGE:
                return

    def where_in(
        self, kind: str, fields: Sequence[str], column: str, keys: Sequence[str], and_also: str = "",
        *, everything: bool = False,
    ) -> Iterator[Object]:  # fmt: skip
        """The records whose column holds one of the keys, by Id."""
        for start in range(0, len(keys), IDS):
            names = ", ".join(f"'{key}'" for key in keys[start : start + IDS])
            asked = f"SELECT {', '.join(fields)} FROM {kind} WHERE {column} IN ({names}){and_also} ORDER BY Id"
            for records in self.query(asked, everything=everything):
                yield from records

    def query(self, asked: str, *, everything: bool = False) -> Iterator[list[Object]]:
        """The batches of one query's answer; `everything`: with what is in the recycle bin."""
        body = self._api.get(f"{ROOT}/{'queryAll' if everything else 'query'}", {"q": asked})
        while True:
            yield [_plain(each) for each in look(body, "records") or ()]
            further = look(body, "nextRecordsUrl")
            if look(body, "done") is not False or not further:
                return
            body = self._api.get(str(further))

    def bulk(self, kind: str, fields: Sequence[str], position: Position) -> Iterator[tuple[list[Object], Position]]:
        """Every record through a bulk job, whose results are kept for a week: a cut goes on in them."""
        job, locator = "", ""
        if position:
            job, _, locator = str(position).removeprefix(BULK).partition(":")
            try:
                self._api.get(f"{ROOT}/jobs/query/{job}")
            except NotThere:
                job, locator = "", ""  # its results are no longer kept
        job = job or self._begun(kind, fields)
        types = self.fields(kind)
        while True:
            params = {"maxRecords": BULK_PAGE, "locator": locator or None}
            text, headers = self._api.text(f"{ROOT}/jobs/query/{job}/results", params)
            following = headers.get("Sforce-Locator", "null")
            locator = "" if following in ("null", "") else following
            yield list(_from_csv(text, fields, types)), f"{BULK}{job}:{locator}" if locator else None
            if not locator:
                return

    def _begun(self, kind: str, fields: Sequence[str]) -> str:
        """A bulk job that has ended well."""
        body = {"operation": "queryAll", "query": f"SELECT {', '.join(fields)} FROM {kind}"}
        job = str(self._api.post(f"{ROOT}/jobs/query", body)["id"])
        wait = 0.1
        while True:
            told = self._api.get(f"{ROOT}/jobs/query/{job}")
            if told["state"] == "JobComplete":
                return job
            if told["state"] in ("Failed", "Aborted"):
                why = told.get("errorMessage") or told["state"]
                raise ConfigNeeded(
                    f"Salesforce's bulk job for {kind} ended badly ({why}). Set bulk_from = 0 to do without"
                )
            if not self._rest(wait):
                raise RetryLater(f"Salesforce is still at work on its bulk job for {kind}, and we are to end")
            wait = min(wait * 2, 15.0)


def literal(moment: str) -> str:
    """A moment of an answer as SOQL writes it.

    >>> literal("2026-01-05T10:00:00.000+0000")
    '2026-01-05T10:00:00.000Z'
    """
    return moment.replace("+0000", "Z")


def _plain(record: Mapping[str, Any]) -> Object:
    """A record without what describes the answer and not the record."""
    return {
        name: _plain(value) if isinstance(value, Mapping) else value
        for name, value in record.items()
        if name != "attributes"
    }


def _from_csv(text: str, fields: Sequence[str], types: Mapping[str, str]) -> Iterator[Object]:
    """Rows as the REST API would have told them. A page may begin with the names again, or not."""
    for cells in csv.reader(io.StringIO(text)):
        if cells == list(fields) or not cells:
            continue
        record: Object = {}
        for name, cell in zip(fields, cells, strict=True):
            head, _, tail = name.partition(".")
            if tail:
                inner = record.get(head) or {}
                record[head] = {**inner, tail: cell} if cell else (inner or None)
            else:
                record[head] = _value(cell, types.get(name, "string"))
        yield record


def _value(cell: str, kind: str) -> Any:
    if cell == "":
        return None
    if kind == "boolean":
        return cell == "true"
    if kind in _NUMBERS:
        return Decimal(cell)
    if kind == "int":
        return int(cell)
    return cell.replace("Z", "+0000") if kind == "datetime" else cell
