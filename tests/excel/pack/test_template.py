"""A team's own pack: sheets, order, titles and parts as a template says; what is wrong in one is told by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pack_cells import line, row_of, with_formulas, with_values

from excel.pack.build import new
from excel.pack.template import default, read_template
from excel.pack.template_text import template_text
from model.errors import ConfigNeeded, Unanswerable
from model.periods import parse_month

OCTOBER = parse_month("2026-10")
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "month-end-workbook.md"


@pytest.fixture
def written(tmp_path):
    """A template's file with a text."""

    def write(text: str) -> Path:
        path = tmp_path / "board.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def board(ledger_of, tmp_path_factory):
    """The pack of the guide's example, for the company whose currencies all have rates."""
    folder = tmp_path_factory.mktemp("board")
    example = re.search(r"```toml\n(# board\.toml.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (folder / "board.toml").write_text(example[1], encoding="utf-8")
    template = read_template(folder / "board.toml")
    return new(ledger_of(yen_rate="0.0070"), {}, folder / "board.xlsx", *OCTOBER, "", template=template)


def test_the_printed_template_is_the_usual_pack(written):
    assert read_template(written(template_text())) == default()


def test_the_guides_example_makes_its_pack(board):
    book = with_values(board)
    assert book.sheetnames == ["Cover", "Summary", "Enterprise", "Acme", "RPO by region", "Largest contracts", "Method"]
    assert book["Cover"]["A2"].value == "Board pack for October 2026"
    assert line(book["Enterprise"], "Total")[3:6] == [14400 + 840, 10100 + 70, 4300 + 770]
    assert "segment Enterprise" in book["Enterprise"]["A2"].value
    assert line(book["RPO by region"], "EMEA")[-1] == 1


def test_a_part_that_functions_can_ask_for_stays_live(board):
    sheet = with_formulas(board)["Acme"]
    assert sheet.cell(row_of(sheet, "Opening backlog"), 2).value.startswith('=BACKLOG("Acme*",')
    cover = with_formulas(board)["Cover"]
    assert (
        cover.cell(row_of(cover, "Backlog, customer Acme*"), 2).value == '=BACKLOG("Acme*",as_of,,,reporting_currency)'
    )
    # No function asks for a segment.
    assert cover.cell(row_of(cover, "Backlog, segment Enterprise"), 2).value != "="
    stored = with_values(board)["Cover"]
    assert line(stored, "Backlog, segment Enterprise")[0] == 5070
    assert line(stored, "Backlog, customer Acme*")[0] == 4300


def test_lines_beyond_the_wanted_are_summed_in_one(board):
    sheet = with_values(board)["Largest contracts"]
    assert line(sheet, "All others (2)")[-1] == 2000 + 770
    assert line(sheet, "Total")[-1] == 9470


def test_every_check_of_an_own_pack_is_zero(board):
    sheet = with_values(board)["Cover"]
    first, last = row_of(sheet, "Tie-out check") + 1, row_of(sheet, "A difference other than zero is shown in red.")
    assert last - first >= 5
    assert {sheet.cell(row, 4).value for row in range(first, last)} == {0}


def test_every_name_of_a_formula_is_there(board, plain_pack):
    """A sheet that is left out takes no name away that another one's formulas use."""
    ours = re.compile(r"\b(?:total|bridge|closing|customer|contract|concentration|rpo)_[a-z_0-9]+\b")
    for path in (board, plain_pack):
        book = with_formulas(path)
        texts = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        assert {name for text in texts for name in ours.findall(text)} <= set(book.defined_names)


def test_charts_without_their_figures_are_left_out(board):
    book = with_formulas(board)
    # The trend, the schedule, the ageing and the whole list of customers are in no sheet of this pack; RPO's bands are.
    assert len(book["Summary"]._charts) == 1
    assert len(book["RPO by region"]._charts) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('sheets = ["summry"]', "line 1: sheets: 'summry' is not allowed; did you mean 'summary'? Allowed: summary, "),
        ('sheets = [\n  "rpo",\n  "trnd",\n]', "line 3: sheets: 'trnd' is not allowed; did you mean 'trend'?"),
        ("sheets = []", "line 1: sheets = []"),
        ('sheet = ["rpo"]', "line 1: sheet = ['rpo']: expected a block"),
        ('sheets = ["rpo"]\n[sheet.rpo]\nrow = 5', "line 3: unknown setting 'row' in [sheet.rpo]. Did you mean 'rows'?"),
        ('sheets = ["rpo"]\n[sheet.rpo]\nrows = 5', "line 3: rows: sheet 'rpo' takes none. It takes: title, bands, by, "),
        ('sheets = ["rpo"]\n[sheet.rpo]\nby = "segmnt"', "line 3: by: 'segmnt' is not allowed; did you mean 'segment'?"),
        ('sheets = ["rpo"]\n[sheet.rpo]\nbands = [24, 12]', "line 3: bands = [24, 12]: expected months that grow"),
        ('sheets = ["a"]\n[sheet.a]\nkind = "trends"', "line 3: kind: 'trends' is not allowed; did you mean 'trend'?"),
        ('sheets = ["a"]\n[sheet.a]\nkind = "rpo"\ntitle = "What/ever"', "line 4: title: 'What/ever' holds a sign that Excel"),
        (f'sheets = ["rpo"]\n[sheet.rpo]\ntitle = "{"x" * 32}"', "has 32 characters; Excel takes 31"),
        ('sheets = ["rpo", "b"]\n[sheet.b]\nkind = "rpo"', "line 1: two sheets are called 'RPO'"),
        ('sheets = ["rpo"]\n[sheet.rpoo]\nkind = "rpo"', "line 2: [sheet.rpoo] is not shown: 'rpoo' is not allowed; did you mean 'rpo'?"),
        ('sheets = ["rpo"]\n[sheet.rpo]\nbands = "12"', "line 3: bands = '12' in [sheet.rpo]: expected a list in brackets"),
        ('sheets = ["method",\n "b"]\n[sheet.b]\nkind = "method"\ntitle = "B"', "line 2: sheets: 'b' shows 'method' again"),
        ('sheets = ["rpo"', "not valid TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_line_with_what_is_allowed(written, text, told):
    with pytest.raises(ConfigNeeded) as error:
        read_template(written(text))
    assert told in str(error.value)


def test_a_template_that_is_missing_is_named_with_the_remedy(tmp_path):
    with pytest.raises(ConfigNeeded, match=r"no such template\. Begin with: backlog workbook template"):
        read_template(tmp_path / "none.toml")


def test_a_part_that_is_not_in_the_books_is_named(ledger_of, written, tmp_path):
    template = read_template(written('sheets = ["rpo"]\n[sheet.rpo]\nsegment = "Enterprize"'))
    with pytest.raises(
        Unanswerable, match="sheet 'rpo' of the template: no segment is called 'Enterprize'; did you mean 'Enterprise'"
    ):
        new(ledger_of(), {}, tmp_path / "pack.xlsx", *OCTOBER, "", template=template)
    assert not (tmp_path / "pack.xlsx").exists()
