"""Remaining performance obligations as public companies print them: time bands, in total and by segment (606-10-50-13)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from excel.pack.groups import Group
from excel.pack.listing import Tie, block_title, foot_rows, tie_check, values_of, with_share
from excel.pack.method import left_out
from excel.pack.sheet import Block, Chart, Charts, Check, Column, Content, Formula, Paragraph, Row, Series, Sheet
from excel.pack.source import Month, minus, plus, ratio
from excel.patch.values import CellError
from model.money import exponent

TITLE = "RPO"
_MILLION = 1_000_000
DIMENSIONS = ("segment", "region", "family", "sales_rep")


def sheet(month: Month) -> Sheet:
    """The sheet: a chart, the sentence of the disclosure, bands that sum to RPO, the same by a dimension."""
    items: list[Block | Charts | Paragraph] = [_charts(month)]
    checks: list[Check] = []
    for group in month.groups:
        bands, (split, tie) = _bands(month, group), _split(month, group)
        items += [bands, _sentence(month, group, bands), split]
        whole = Formula(f"total_rpo{group.totals}", month.one(group, "rpo", month.last))
        left = Formula(f"total_rpo_bands{group.suffix}", plus(bands.foot[0].cells["amount"]))
        checks.append(Check("RPO: the time bands' sum is the whole", left, whole, group.currency))
        checks.append(tie_check(f"RPO: the sum by {_word(month)} is the whole", split, tie, group.currency))
    return Sheet(
        title=TITLE,
        heading="Remaining performance obligations",
        subtitle=f"As of {month.last:%d %B %Y}: transaction price not yet satisfied, ASC 606-10-50-13 to 50-15",
        items=tuple(items),
        checks=tuple(checks),
        notes=(f"Practical expedients elected (ASC 606-10-50-14, 50-14A). {left_out(month.ledger.policy)}",),
    )


def _names(month: Month) -> list[str]:
    """What the bands are called."""
    edges = month.options.bands
    between = [f"{low + 1}–{high} months" for low, high in pairwise(edges)]
    return [f"Within {edges[0]} months", *between, "Thereafter"]


def _word(month: Month) -> str:
    return month.options.by.replace("_", " ")


def _charts(month: Month) -> Charts:
    group = month.groups[0]
    bands = Chart("column", "When it is expected to be recognized", Series(f"rpo{group.suffix}", "band"),
                  (Series(f"rpo{group.suffix}", "amount"),), group.currency)  # fmt: skip
    split = f"rpo_by{group.suffix}"
    keys = [f"band{n}" for n in range(len(_names(month)))]
    by = Chart("stacked", f"By {_word(month)} and time band", Series(split, "value", 8),
               tuple(Series(split, key, 8) for key in keys), group.currency)  # fmt: skip
    return Charts((bands, by), rows=15)


def _bands(month: Month, group: Group) -> Block:
    whole = month.one(group, "rpo", month.last)
    rows, before, asked = [], plus(), ""
    for words, months in zip(_names(month), (*month.options.bands, None), strict=True):
        until = month.one(group, "rpo", month.last, months=months)
        text = group.call("RPO", f"as_of,{'' if months is None else months}")
        rows.append((words, f"{text}-{asked}" if asked else text, minus(until, before)))
        before, asked = until, text
    total = f"total_rpo_bands{group.suffix}"
    share = f"IF({total}=0,NA(),{{amount}}/{total})"
    return Block(
        f"rpo{group.suffix}",
        (
            Column("band", "Expected to be recognized", "text", 32),
            Column("amount", f"RPO ({group.currency})", "money", 18),
            Column("share", "Share", "percent", 18),
        ),
        tuple(
            Row({"band": words, "amount": group.total(text, amount), "share": Formula(share, ratio(amount, whole))}, f"b{n}",
                names={"share": f"rpo_share{n}{group.suffix}"} if n < 2 else {})
            for n, (words, text, amount) in enumerate(rows)
        ),
        (
            Row({"band": "Remaining performance obligations", "amount": Formula("SUM({above})", whole)}, style="total",
                names={"amount": total}),
        ),
        title=block_title(month, group, "By time band"),
        currency=group.currency,
    )  # fmt: skip


def _sentence(month: Month, group: Group, bands: Block) -> Paragraph:
    """The text of the note, as a live formula: amount and shares follow the cells."""
    whole = plus(bands.foot[0].cells["amount"])
    large = isinstance(whole, Decimal) and abs(whole) >= _MILLION
    digits = 1 if large else exponent(group.currency)
    opening = (
        f"As of {month.last:%B} {month.last.day}, {month.last.year}, the aggregate amount of the transaction price "
        f"allocated to remaining performance obligations was {group.currency} "
    )
    edges = month.options.bands
    more = len(edges) > 1
    unit = " million" if large else ""
    words = (
        f"{unit}. We expect to recognize ",
        f"% within {edges[0]} months and ",
        f"% in months {edges[0] + 1} to {edges[1]}, and the remainder thereafter." if more else "% thereafter.",
    )
    total = f"total_rpo_bands{group.suffix}"
    amount = f"ROUND({total}{'/1000000' if large else ''},{digits})"
    shares = [f"ROUND(100*rpo_share{n}{group.suffix},0)" for n in range(2)]
    told = "&".join(f'"{text}"&{figure}' for text, figure in zip((opening, *words[:2]), (amount, *shares), strict=True))
    text = f'IF({total}=0,"{opening}0.",{told}&"{words[2]}")'
    value: str | CellError = f"{opening}0."
    if isinstance(whole, CellError):
        value = whole
    elif whole:
        figures = [_rounded(whole / _MILLION if large else whole, digits)]
        figures += [_rounded(100 * Decimal(plus(row.cells["share"])), 0) for row in bands.rows[:2]]
        value = "".join(part for pair in zip((opening, *words[:2]), figures, strict=True) for part in pair) + words[2]
    return Paragraph(Formula(text, value), block_title(month, group, "Disclosure"))


def _rounded(number: Decimal, digits: int) -> str:
    """A rounded number as a spreadsheet joins it to text: no zeros at the end."""
    text = f"{number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _split(month: Month, group: Group) -> tuple[Block, Tie]:
    """A row for each value of the dimension, a column a band."""
    edges, names = (*month.options.bands, None), _names(month)
    values = values_of(month, group, month.options.by)
    asked = [month.ask(group, "rpo", [month.last], list(values.values()), months=months) for months in edges]
    rows = []
    for n, value in enumerate(values):
        until = [plus(column[n][0]) for column in asked]
        if not any(until):
            continue
        bands = {f"band{b}": minus(until[b], until[b - 1]) if b else until[0] for b in range(len(edges))}
        total = Formula(f"SUM({{band0~band{len(edges) - 1}}})", until[-1])
        rows.append(Row({"value": value, **bands, "total": total}))
    whole = month.one(group, "rpo", month.last)
    tie = Tie("total", f"total_rpo_split{group.suffix}", f"total_rpo{group.totals}", whole)
    rows = with_share(sorted(rows, key=lambda row: -_size(row.cells["total"])), "total", tie.name)
    keys = [f"band{b}" for b in range(len(edges))]
    columns = (
        Column("value", _word(month).capitalize()),
        *(Column(key, f"{words} ({group.currency})", "money") for key, words in zip(keys, names, strict=True)),
        Column("total", f"RPO ({group.currency})", "money"),
        Column("share", "Share", "percent"),
    )
    foot = foot_rows(rows, group, "value", (*keys, "total"), tie, each=len(keys))
    title = block_title(month, group, f"By {_word(month)}")
    return Block(f"rpo_by{group.suffix}", columns, tuple(rows), foot, title=title, currency=group.currency), tie


def _size(content: Content) -> float:
    amount = plus(content)
    return 0.0 if isinstance(amount, CellError) else float(amount)
