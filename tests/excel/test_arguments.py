"""Arguments: what a cell's content is read as."""

import datetime as dt
from typing import Any

import pytest

from excel import arguments, vocabulary
from excel.arguments import Argument, Reading
from model.errors import Unanswerable, WrongArgument

READING = Reading(dt.date(2026, 1, 31), dt.UTC)


def argument(hint: Any) -> Argument:
    found: Argument = hint.__metadata__[0]
    return found


def read(hint: Any, cell: object) -> object:
    return argument(hint).read(cell, READING)


@pytest.mark.parametrize(
    ("cell", "expected"), [(" Acme Ltd ", "Acme Ltd"), (1001.0, "1001"), (17, "17"), (None, ""), ("", ""), ("*", "*")]
)
def test_a_customer_is_text_without_outer_blanks(cell: object, expected: str) -> None:
    assert read(vocabulary.Customer, cell) == expected


def test_a_blank_date_is_the_hosts_today_and_a_blank_from_the_beginning() -> None:
    assert read(vocabulary.Date, None) == dt.date(2026, 1, 31)
    assert read(vocabulary.To, "") == dt.date(2026, 1, 31)
    assert read(vocabulary.From, "") is None
    assert read(vocabulary.KnownAt, None) is None


@pytest.mark.parametrize(
    ("hint", "cell", "expected"),
    [
        (vocabulary.Part, None, "total"),
        (vocabulary.Part, " Current ", "current"),
        (vocabulary.Basis, "", ""),
        (vocabulary.Basis, "PAID", "paid"),
        (vocabulary.Bucket, "90+", "90+"),
        (vocabulary.By, None, "month"),
        (vocabulary.Dimension, "sales_rep", "sales_rep"),
        (vocabulary.Months, 12.0, 12),
        (vocabulary.Months, "12", 12),
        (vocabulary.Months, "", None),
        (vocabulary.Currency, "usd", "USD"),
        (vocabulary.Currency, None, ""),
    ],
)
def test_words_numbers_and_currencies(hint: Any, cell: object, expected: object) -> None:
    assert read(hint, cell) == expected


@pytest.mark.parametrize(
    ("hint", "cell", "named"),
    [
        (vocabulary.Part, "long", "total, current or noncurrent"),
        (vocabulary.Basis, "cash", "billed or paid"),
        (vocabulary.Bucket, "120+", "1-30"),
        (vocabulary.By, "week", "month, quarter or year"),
        (vocabulary.Dimension, "country", "sales_rep or currency"),
        (vocabulary.Currency, "USDX", "ISO 4217"),
        (vocabulary.Months, 0, "12"),
        (vocabulary.Months, 1.5, "12"),
        (vocabulary.Months, "twelve", "number"),
        (vocabulary.Customer, True, "name or id"),
    ],
)
def test_an_unknown_word_is_refused_with_the_known_ones(hint: Any, cell: object, named: str) -> None:
    with pytest.raises(WrongArgument, match="(?s)" + named.replace("+", r"\+")):
        read(hint, cell)


def test_a_range_keeps_its_shape_and_reads_each_content_once() -> None:
    times: list[object] = []

    def counted(cell: object, reading: Reading) -> str:
        times.append(cell)
        return arguments.text(cell, reading)

    given = Argument("help", "all", counted, "text").give("customer", [["a", "b"], ["b", "a"]], READING)
    assert given.codes.tolist() == [[0, 1], [1, 0]]
    assert given.values == ("a", "b")
    assert times == ["a", "b"]


@pytest.mark.parametrize(("cell", "name"), [("#REF!", "#REF!"), (-2146826246, "#N/A"), (" #div/0! ", "#DIV/0!")])
def test_an_error_passed_in_is_kept_as_it_was(cell: object, name: str) -> None:
    (error,) = argument(vocabulary.Date).give("date", cell, READING).values
    assert isinstance(error, Unanswerable)
    assert error.excel == name


def test_a_bad_cell_names_its_argument_and_spoils_only_itself() -> None:
    good, bad = argument(vocabulary.Date).give("date", [["2026-01-31", "soon"]], READING).values
    assert good == dt.date(2026, 1, 31)
    assert isinstance(bad, WrongArgument)
    assert str(bad).startswith("date: 'soon' is no date")
