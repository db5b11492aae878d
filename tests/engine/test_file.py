"""A file of columns gives back what was written, a text at a time or whole; what is not whole is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.file import Reader, write
from engine.texts import Texts, Words, objects
from model.errors import LedgerBroken


def read_back(tmp_path, values):
    path = tmp_path / "one.ledger"
    write(path, {"table": {"column": values}}, {"made": "here"})
    reader = Reader(path)
    assert reader.facts == {"made": "here"}
    assert reader.names("table") == ["column"]
    assert reader.count("table", "column") == len(values)
    reader.verify()
    return reader.column("table", "column")


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]))), pick=st.randoms())
def test_texts_are_what_was_written(tmp_path_factory, texts, pick) -> None:
    column = read_back(tmp_path_factory.mktemp("file"), objects(texts))
    assert np.asarray(column).tolist() == list(column) == texts
    places = [pick.randrange(len(texts)) for _ in range(3)] if texts else []
    column = read_back(tmp_path_factory.mktemp("file"), column)
    assert [column[n] for n in places] == [texts[n] for n in places] == column[np.array(places, np.int64)].tolist()


def test_many_different_texts_are_kept_apart_and_few_as_numbers(tmp_path) -> None:
    many = [f"Müller {n}" if n % 3 else "" for n in range(5000)]
    column = read_back(tmp_path, objects(many))
    assert isinstance(column, Texts)
    assert (column[4], column[-1], column[1:3].tolist()) == (many[4], many[-1], many[1:3])
    assert np.flatnonzero(column == "Müller 7").tolist() == [7]
    few = ["USD", "EUR", "USD"] * 1000
    column = read_back(tmp_path, objects(few))
    assert isinstance(column, Words)
    assert np.asarray(column).tolist() == few
    assert np.flatnonzero(column == "EUR").tolist() == list(range(1, 3000, 3))
    assert not (column == "GBP").any()


@pytest.mark.parametrize("values", [[], [0, -1, 2**63 - 1, -(2**63)]])
def test_whole_numbers_are_what_was_written(tmp_path, values) -> None:
    assert read_back(tmp_path, np.array(values, np.int64)).tolist() == values


@pytest.mark.parametrize("cut", [0, 3, 10, 63, 100, -1])
def test_a_file_that_is_not_whole_is_refused(tmp_path, cut: int) -> None:
    path = tmp_path / "one.ledger"
    write(path, {"table": {"column": np.arange(100)}}, {})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(LedgerBroken, match="Rebuild it: backlog sync"):
        Reader(path)


def test_a_changed_byte_is_found(tmp_path) -> None:
    path = tmp_path / "one.ledger"
    write(path, {"table": {"column": np.arange(100)}}, {})
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    with pytest.raises(LedgerBroken, match="has changed"):
        Reader(path).verify()
