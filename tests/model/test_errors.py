"""Errors: typed by what happens next, worded by what, where and remedy."""

import pytest

from model.errors import (
    BacklogError,
    ConfigNeeded,
    LedgerBroken,
    RecordRejected,
    RetryLater,
    Unanswerable,
    WrongArgument,
)


@pytest.mark.parametrize("kind", [RetryLater, RecordRejected, ConfigNeeded, LedgerBroken, Unanswerable, WrongArgument])
def test_every_error_is_one_of_ours_and_reads_as_its_message(kind):
    assert issubclass(kind, BacklogError)
    assert str(kind("the store is locked")) == "the store is locked"


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (
            {"place": "contracts.csv row 7", "column": "currency"},
            "contracts.csv row 7, column currency: is blank. Fill it",
        ),
        ({"place": "contracts.csv row 7"}, "contracts.csv row 7: is blank. Fill it"),
        ({"column": "currency"}, "column currency: is blank. Fill it"),
        ({}, "is blank. Fill it"),
    ],
)
def test_a_rejected_record_says_where_what_and_the_remedy(where, words):
    assert str(RecordRejected("is blank", remedy="Fill it", **where)) == words


def test_patience_may_be_named_and_may_be_pointless():
    assert (RetryLater("slow down", 3.5).seconds, RetryLater("slow down").seconds) == (3.5, None)
    assert RetryLater("the day's quota is used", park=True).park


def test_a_question_without_answer_shows_as_an_error_of_the_sheet():
    assert (Unanswerable.excel, WrongArgument.excel) == ("#N/A", "#VALUE!")
