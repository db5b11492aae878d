"""Every live formula of the pack, asked of the function catalogue as Excel would ask it, gives the value it has stored."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from pack_cells import with_formulas, with_values

from books.reconciliation import empty
from engine.metrics.inputs import Inputs
from excel.answers import single
from excel.catalogue import call
from model.money import Money, to_decimal

CALL = re.compile(r"([+-]?)([A-Z]+)\(([^()]*)\)")
PICKED = re.compile(r"=VLOOKUP\((.*?),(BACKLOG_ROLLFORWARD|BACKLOG_BY)\((.*)\),2,FALSE\)")
DAY = re.compile(r"(.+)-1\Z")


class Host:
    """A program that runs the functions over one ledger."""

    today = dt.date(2026, 11, 2)
    zone = dt.UTC

    def __init__(self, ledger):
        self._ledger = ledger

    def ledger(self, known_at):
        return self._ledger

    def freshness(self):
        return {}

    def links(self, raw_ids):
        return {}

    def reconciliation(self):
        return empty()

    def inputs(self, known_at=None):
        return Inputs.none()


class Sheet:
    """What the words of a call's arguments stand for on one sheet of the pack."""

    def __init__(self, book, title):
        self.book, self.title = book, title

    def value(self, word):
        if not word:
            return None
        if word.startswith('"'):
            return word.strip('"')
        if word.isdigit():
            return int(word)
        if before := DAY.match(word):
            return self.value(before[1]) - dt.timedelta(days=1)
        if word in self.book.defined_names:
            title, address = self.book.defined_names[word].attr_text.replace("$", "").rsplit("!", 1)
            found = self.book[title.strip("'")][address].value
        else:
            found = self.book[self.title][word.replace("$", "")].value
        return found.date() if isinstance(found, dt.datetime) else found


def answered(text, sheet, host):
    """The sum of the calls a formula is made of; None where it is made of anything else."""
    calls = list(CALL.finditer(text[1:]))
    if "".join(found[0] for found in calls) != text[1:]:
        return None
    total = Decimal(0)
    for found in calls:
        money = single(call(found[2], [sheet.value(word.strip()) for word in found[3].split(",")], host))
        assert isinstance(money, Money), (text, money)
        amount = to_decimal(money.minor, money.currency)
        total += -amount if found[1] == "-" else amount
    return total


def picked(text, sheet, host):
    """What a formula picks from a table of ours: the amount of a movement."""
    found = PICKED.fullmatch(text)
    table = call(found[2], [sheet.value(word) for word in found[3].split(",")], host)
    money = next(row[1] for row in table.rows() if row[0] == sheet.value(found[1]))
    return to_decimal(money.minor, money.currency)


@pytest.mark.parametrize("options", [{"yen_rate": "0.0070", "hostile": True}, {}], ids=["converted", "apart"])
def test_every_function_answers_what_is_stored(options, ledger_of, pack_of):
    ledger = ledger_of(**options)
    path = pack_of(ledger)
    asked, stored = with_formulas(path), with_values(path)
    ours = re.compile(
        r"=[+-]?(BACKLOG|CONTRACTED|RECOGNIZED|BILLED|COLLECTED|DEFERRED|UNBILLED|RECEIVABLE|RPO|BOOKINGS|CANC)"
    )
    count = 0
    for page in asked.worksheets:
        sheet = Sheet(stored, page.title)
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f" and (ours.match(cell.value) or PICKED.match(cell.value)):
                    compute = picked if PICKED.match(cell.value) else answered
                    value = compute(cell.value, sheet, Host(ledger))
                    shown = stored[page.title][cell.coordinate].value
                    assert value is not None, cell.value
                    assert float(value) == pytest.approx(shown, abs=1e-9), (page.title, cell.coordinate, cell.value)
                    count += 1
    assert count > (150 if options else 40)
