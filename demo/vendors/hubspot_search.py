"""HubSpot's search: filter groups, one sort, 200 a page, 10,000 results in all, and a lag before a change is found.

Reference: https://developers.hubspot.com/docs/api-reference/search/guide
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from demo.vendors.exchange import Reply, Request

if TYPE_CHECKING:
    from demo.vendors.hubspot import HubSpotServer

PAGE, CAP, GROUPS, FILTERS, FILTERS_IN_ALL = 200, 10_000, 5, 6, 18


def search(server: HubSpotServer, kind: str, request: Request) -> Reply:
    """POST /crm/v3/objects/{kind}/search."""
    body = request.json()
    if not isinstance(body, dict):
        return server.problem(400, "VALIDATION_ERROR", "Invalid input JSON")
    fault = _invalid(body)
    if fault:
        return server.problem(400, "VALIDATION_ERROR", fault)
    limit, after = int(body.get("limit") or 10), int(body.get("after") or 0)
    horizon = server.clock() - server.search_lag
    rows = []
    for row in server.by_id(kind):
        values = server.properties(row)
        visible = not server.search_lag or float(_comparable(values["hs_lastmodifieddate"])) <= horizon * 1000
        if visible and not row.get("archived") and _fits(values, body.get("filterGroups") or ()):
            rows.append(row)
    for sort in body.get("sorts") or ():
        name, falling = _sort(sort)
        rows.sort(key=lambda row: _sort_key(server.properties(row).get(name)), reverse=falling)
    page = rows[after : after + limit]
    payload: dict[str, Any] = {"total": len(rows)}
    payload["results"] = [server.shown(kind, row, body.get("properties") or ()) for row in page]
    if len(rows) > after + limit:
        payload["paging"] = {"next": {"after": str(after + limit)}}
    return Reply(200, payload)


def _invalid(body: Mapping[str, Any]) -> str:
    limit, after = str(body.get("limit") or 10), str(body.get("after") or 0)
    if not limit.isdigit() or not 1 <= int(limit) <= PAGE:
        return f"Invalid input: limit must be between 1 and {PAGE}"
    if not after.isdigit():
        return f"Invalid input: {after} is no paging cursor"
    if int(after) + int(limit) > CAP:
        return f"Invalid input: paging beyond {CAP} results is not supported, use a filter"
    groups = body.get("filterGroups") or ()
    counts = [len(group.get("filters") or ()) for group in groups]
    if len(groups) > GROUPS or any(count > FILTERS for count in counts) or sum(counts) > FILTERS_IN_ALL:
        return f"A search takes {GROUPS} filterGroups of {FILTERS} filters, {FILTERS_IN_ALL} in all"
    for group in groups:
        for each in group.get("filters") or ():
            if each.get("operator") not in OPERATORS:
                return f"{each.get('operator')} is not a supported operator"
    if len(body.get("sorts") or ()) > 1:
        return "Only one sort is supported"
    return ""


def _fits(values: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> bool:
    if not groups:
        return True
    return any(all(_passes(values, each) for each in group.get("filters") or ()) for group in groups)


def _passes(values: Mapping[str, Any], each: Mapping[str, Any]) -> bool:
    return bool(OPERATORS[each["operator"]](values.get(each["propertyName"]), each))


def _compared(actual: Any, wanted: Any) -> int | None:
    """Below, equal or above as -1, 0, 1; None where either is unset."""
    if actual in (None, "") or wanted in (None, ""):
        return None
    one, other = _comparable(actual), _comparable(wanted)
    if isinstance(one, str) or isinstance(other, str):
        one, other = str(actual).lower(), str(wanted).lower()
        return (one > other) - (one < other)
    return (one > other) - (one < other)


def _among(actual: Any, each: Mapping[str, Any]) -> bool:
    return any(_compared(actual, value) == 0 for value in each.get("values") or ())


OPERATORS: Mapping[str, Any] = {
    "EQ": lambda actual, each: _compared(actual, each.get("value")) == 0,
    "NEQ": lambda actual, each: _compared(actual, each.get("value")) != 0,
    "LT": lambda actual, each: _compared(actual, each.get("value")) == -1,
    "LTE": lambda actual, each: _compared(actual, each.get("value")) in (-1, 0),
    "GT": lambda actual, each: _compared(actual, each.get("value")) == 1,
    "GTE": lambda actual, each: _compared(actual, each.get("value")) in (0, 1),
    "BETWEEN": lambda actual, each: (
        _compared(actual, each.get("value")) in (0, 1) and _compared(actual, each.get("highValue")) in (-1, 0)
    ),
    "IN": _among,
    "NOT_IN": lambda actual, each: not _among(actual, each),
    "HAS_PROPERTY": lambda actual, each: actual not in (None, ""),
    "NOT_HAS_PROPERTY": lambda actual, each: actual in (None, ""),
    "CONTAINS_TOKEN": lambda actual, each: str(each.get("value", "")).strip("*").lower() in str(actual or "").lower(),
}


def _comparable(value: Any) -> Decimal | str:
    """Numbers and dates as numbers (milliseconds since 1970, as filters write them), anything else as text."""
    text = str(value)
    try:
        return Decimal(text)
    except InvalidOperation:
        return _moment(text)


def _moment(text: str) -> Decimal | str:
    try:
        moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return Decimal((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1))


def _sort(sort: Any) -> tuple[str, bool]:
    if isinstance(sort, str):
        return sort.removeprefix("-"), sort.startswith("-")
    return str(sort.get("propertyName")), sort.get("direction") == "DESCENDING"


def _sort_key(value: Any) -> tuple[int, Decimal, str]:
    if value in (None, ""):
        return (0, Decimal(0), "")
    found = _comparable(value)
    return (2, Decimal(0), found.lower()) if isinstance(found, str) else (1, found, "")
