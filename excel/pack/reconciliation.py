"""Reconciliation: where the systems differ about what is one, with amounts; a sum for each finding, then every difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from excel.pack.sheet import Block, Column, Content, Row, Sheet
from excel.pack.source import Month
from model.frames import NO_AMOUNT, NO_DAY
from model.money import to_decimal
from model.periods import day_number, day_of

TITLE = "Reconciliation"


def sheet(month: Month) -> Sheet:
    """The sheet: by finding and currency, then the differences, the largest first."""
    frame = month.beside.differences
    heading, subtitle = "Differences between systems", f"On what was signed or issued by {month.last:%d %B %Y}"
    if frame is None:
        return Sheet(TITLE, heading, subtitle, (), notes=("Differences between systems were not read for this pack.",))
    frame = frame[frame["day"] <= day_number(month.last)]
    size = frame["difference_minor"].where(frame["difference_minor"] != NO_AMOUNT, 0).abs()
    # What two systems say otherwise comes before what one of them has alone, which may be as it should.
    alone = frame["finding"].str.startswith("only in")
    frame = frame.assign(size=size, alone=alone)
    frame = frame.sort_values(["alone", "size", "kind", "id"], ascending=[True, False, True, True], kind="stable")
    records = frame.head(month.options.rows).to_dict("records")
    rest = len(frame) - len(records)
    return Sheet(
        title=TITLE,
        heading=heading,
        subtitle=f"{subtitle}: {len(frame):,} differences" if len(frame) else f"{subtitle}: none",
        items=(_sums(frame.to_dict("records")), _list(records)),
        notes=(f"{rest:,} more: the function RECONCILIATION lists all of them.",) if rest > 0 else (),
    )


def _sums(records: list[dict[Any, Any]]) -> Block:
    found: dict[tuple[str, str, str], list[int]] = {}
    for record in records:
        key = (str(record["kind"]), str(record["finding"]), str(record["currency"] or ""))
        found.setdefault(key, []).append(int(record["difference_minor"]))
    rows = []
    for (kind, finding, currency), amounts in sorted(found.items()):
        stated = [amount for amount in amounts if amount != NO_AMOUNT]
        total = to_decimal(sum(stated), currency) if currency and stated else None
        rows.append(
            Row({"kind": kind, "finding": finding, "count": len(amounts), "difference": total, "currency": currency},
                currency=currency)
        )  # fmt: skip
    columns = (
        Column("kind", "What"),
        Column("finding", "Finding", "text", 24),
        Column("count", "Differences", "count", 12),
        Column("difference", "Sum of differences", "money", 18),
        Column("currency", "Currency", "text", 10),
    )
    return Block("findings", columns, tuple(rows), title="By finding")


def _list(records: list[dict[Any, Any]]) -> Block:
    columns = (
        Column("kind", "What"),
        Column("finding", "Finding", "text", 24),
        Column("customer", "Customer", "text", 26),
        Column("amount", "Governing amount", "money"),
        Column("currency", "Currency", "text", 10),
        Column("other_amount", "Other amount", "money"),
        Column("difference", "Difference", "money"),
        Column("record", "Governing record", "text", 30),
        Column("other_record", "Other record", "text", 30),
        Column("day", "Day", "date"),
        Column("detail", "Detail", "long", 40),
    )
    return Block("differences", columns, tuple(map(_row, records)), title="Every difference: first what differs, then what one has alone",
                 table="tbl_differences")  # fmt: skip


def _row(record: Mapping[Any, Any]) -> Row:
    currency = str(record["currency"] or "")
    cells: dict[str, Content] = {
        name: str(record[name] or "") for name in ("kind", "finding", "customer", "currency", "detail")
    }
    for name in ("amount", "other_amount", "difference"):
        minor = int(record[f"{name}_minor"])
        cells[name] = to_decimal(minor, currency) if currency and minor != NO_AMOUNT else None
    cells["record"] = " ".join(filter(None, (str(record["source"] or ""), str(record["id"] or ""))))
    cells["other_record"] = " ".join(filter(None, (str(record["other_source"] or ""), str(record["other_id"] or ""))))
    day = int(record["day"])
    cells["day"] = None if day <= NO_DAY else day_of(day)
    return Row(cells, currency=currency)
