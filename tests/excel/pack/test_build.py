"""What a controller finds in the pack: the month's figures, as live formulas that already show their values."""

from __future__ import annotations

import datetime as dt
import math
import zipfile
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from openpyxl.worksheet.worksheet import Worksheet
from pack_cells import LONG_NAME, line, row_of, with_formulas, with_values

from excel.pack.build import new
from excel.pack.empty import nothing_yet
from model.calendar import WEEKS, Calendar
from model.errors import RetryLater

SHEETS = [
    "Cover", "Summary", "Backlog roll-forward", "Bridge", "RPO", "Deferred revenue", "Revenue schedule", "Waterfall",
    "Bookings", "By customer", "By contract", "By product", "By segment and currency", "Concentration", "Cohorts",
    "Quality", "Trend", "Receivable ageing", "Measures", "Measures by part", "Sales", "Signals", "Scenarios", "Exceptions",
    "Reconciliation",
    "Closes", "Method",
]  # fmt: skip


DAY = dt.datetime  # a sheet's days and moments have no zone


def values(path: Path, title: str) -> Worksheet:
    """A sheet as it shows."""
    return with_values(path)[title]


def formulas(path: Path, title: str) -> Worksheet:
    """A sheet as it computes."""
    return with_formulas(path)[title]


def test_every_sheet_is_there_in_the_order_of_the_books(plain_pack):
    assert openpyxl.load_workbook(plain_pack, read_only=True).sheetnames == SHEETS


def test_the_summary_states_the_month_beside_the_prior_month_and_year(plain_pack):
    sheet = values(plain_pack, "Summary")
    # 12,000 + 2,400 USD and 6,000 EUR at 1.10; the yen, without a rate, has tables of its own
    assert line(sheet, "Contracted")[:2] == [21000, 18600]
    assert line(sheet, "Backlog")[:3] == [8700, 7950, 750]
    assert line(sheet, "Deferred revenue")[:2] == [3100, 3000]
    assert line(sheet, "Unbilled")[:2] == [2200, 1650]
    assert line(sheet, "Bookings")[0] == 2400
    assert line(sheet, "Recognized revenue")[0] == 1650  # 1,000 + 100 + 500 EUR
    yen = row_of(sheet, "In JPY")
    assert line(sheet, "Backlog", yen)[:2] == [110000, 0]


def test_each_customer_has_its_backlog_and_the_sum_is_the_whole(plain_pack):
    sheet = values(plain_pack, "By customer")
    assert line(sheet, "Acme Ltd")[3:6] == [14400, 10100, 4300]
    assert line(sheet, "Globex & Sons")[3:6] == [6600, 2200, 4400]
    assert line(sheet, "Total")[3:6] == [21000, 12300, 8700]
    assert line(sheet, "Tanaka KK")[3:6] == [120000, 10000, 110000]


def test_figures_are_live_formulas_that_name_their_cells(plain_pack):
    sheet = formulas(plain_pack, "By customer")
    row = row_of(sheet, "Acme Ltd")
    assert sheet.cell(row, 7).value == f"=BACKLOG($A{row},as_of,,,reporting_currency)"
    assert sheet.cell(row_of(sheet, "Total"), 7).value.startswith("=SUM(G")
    contracts = formulas(plain_pack, "By contract")
    row = row_of(contracts, "K1")
    assert contracts.cell(row, 10).value == f'=BACKLOG("*",as_of,,$A{row},reporting_currency)'


def test_nothing_makes_excel_compute_on_opening(pack):
    with zipfile.ZipFile(pack) as archive:
        book = archive.read("xl/workbook.xml").decode()
    assert 'fullCalcOnLoad="1"' not in book
    assert 'calcId="191029"' in book


def test_every_check_of_the_cover_is_zero(pack, plain_pack):
    for path in (pack, plain_pack):
        sheet = values(path, "Cover")
        first = row_of(sheet, "Tie-out check") + 1
        last = row_of(sheet, "A difference other than zero is shown in red.")
        assert last - first >= 12
        assert {sheet.cell(row, 4).value for row in range(first, last)} == {0}


def test_the_roll_forward_closes_on_the_backlog(plain_pack):
    sheet = values(plain_pack, "Backlog roll-forward")
    opening, closing = line(sheet, "Opening backlog"), line(sheet, "Closing backlog")
    assert closing[:5] == opening[1:6]
    assert closing[-2:] == [8700, 8700]
    assert set(line(sheet, "Difference")) == {0}


def test_corrections_of_closed_months_stand_in_a_line_of_their_own(closed_ledger, pack_of):
    """September was closed before K3 was known: 6,000 EUR from July, 500 a month, at 1.10."""
    path = pack_of(closed_ledger)
    sheet = values(path, "Backlog roll-forward")
    assert line(sheet, "Opening backlog")[5] == 3000
    assert line(sheet, "Bookings")[5:] == [3240, 15240]  # 2,400 and 120,000 JPY; the year 12,000 more
    assert line(sheet, "Prior-period corrections")[5:] == [4950, 4950]  # 6,600 less July to September
    assert line(sheet, "Recognized revenue")[5:] == [-1720, -10720]
    assert line(sheet, "Closing backlog")[5:] == [9470, 9470]
    assert set(line(sheet, "Difference")) == {0}
    assert formulas(path, "Backlog roll-forward").cell(row_of(sheet, "Bookings"), 7).value.endswith("-6600.00")


def test_the_schedule_runs_twenty_four_months_to_the_backlog(plain_pack):
    sheet = values(plain_pack, "Revenue schedule")
    first = next(r for r in range(1, sheet.max_row) if sheet.cell(r, 1).value == DAY(2026, 11, 1))
    revenue = [sheet.cell(first + n, 3).value for n in range(24)]
    # November: 1,000 + 100 + 500 EUR; December the same; then 100, and 500 EUR to June 2027
    assert revenue[:3] == [1650, 1650, 650]
    assert revenue[8:11] == [100, 100, 100]
    assert [revenue[22], revenue[23]] == [100, 0]
    assert sum(revenue) == 8700


def test_what_was_signed_since_and_later_rates_are_not_in_the_schedule(later_pack):
    """Left are K1 2,000, K2 2,300, K3 4,000 EUR, K7 555.58 EUR at 1.10 of 31 October, K4 110,000 JPY at 0.0070; not K6."""
    path = later_pack
    sheet = values(path, "Revenue schedule")
    assert line(sheet, "Backlog")[1] == 2000 + 2300 + 4400 + 611.14 + 770
    november = next(r for r in range(1, sheet.max_row) if sheet.cell(r, 1).value == DAY(2026, 11, 1))
    assert sheet.cell(november, 3).value == 1000 + 100 + 550 + 122.23 + 70
    assert line(sheet, "Later or without a date")[1] == 0
    cover = values(path, "Cover")
    assert line(cover, "Schedule: months and later are the backlog")[2] == 0
    ties = row_of(cover, "Tie-out check")
    differences = [cover.cell(r, 4).value for r in range(ties + 1, row_of(cover, "What is in it?"))]
    assert {each for each in differences if isinstance(each, (int, float))} == {0}

    cohorts = values(path, "Waterfall")
    assert set(line(cohorts, "Difference")) == {0}
    labels = [row[0] for row in cohorts.iter_rows(values_only=True)]
    assert "Rounding of conversion" not in labels  # months at their rates add up to their quarter
    with zipfile.ZipFile(path) as archive:
        charts = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/charts/chart")]
    # A name of sixty characters leaves the bars their room.
    assert [("manualLayout" in chart) for chart in charts if LONG_NAME in chart] == [True, True]
    assert not any("manualLayout" in chart for chart in charts if LONG_NAME not in chart)


def test_the_books_begin_on_the_first_day_of_anything(later_ledger):
    assert nothing_yet(later_ledger, dt.date(2026, 1, 1)) == ""
    assert nothing_yet(later_ledger, dt.date(2025, 12, 31)).endswith("the books begin on 01 January 2026")


def test_no_name_is_cut_where_something_stands_beside_it(later_pack):
    wrapped = set[str]()
    for sheet in with_values(later_pack).worksheets:
        widths = {n: each.width for each in sheet.column_dimensions.values() for n in range(each.min, each.max + 1)}
        over = {area.coord.split(":")[0] for area in sheet.merged_cells.ranges}
        for cell in (cell for row in sheet.iter_rows(min_row=4) for cell in row if isinstance(cell.value, str)):
            wide = (1.05 if cell.font.sz >= 10 else 1.5) * widths[cell.column]  # in letters
            if cell.coordinate in over or len(cell.value) <= wide:
                continue
            lines = math.ceil(len(cell.value) / wide)
            fits = cell.alignment.wrap_text and sheet.row_dimensions[cell.row].height >= 12 * lines
            beside = sheet.cell(cell.row, cell.column + 1).value
            assert fits or beside is None, (sheet.title, cell.coordinate, cell.value)
            if cell.value == LONG_NAME:
                wrapped.add(sheet.title)
    assert {"By customer", "By contract"} <= wrapped


def test_receivables_are_aged_by_due_date(plain_pack):
    sheet = values(plain_pack, "Receivable ageing")
    # due 15 October: sixteen days late; due 31 January: two hundred and seventy-three
    assert line(sheet, "Acme Ltd")[1:] == [0, 1200, 0, 0, 12000, 13200]
    ages = row_of(sheet, "By age: in USD")
    assert [sheet.cell(ages + n, 2).value for n in range(2, 7)] == [0, 1200, 0, 0, 12000]


def test_rpo_is_printed_by_time_band(plain_pack):
    sheet = values(plain_pack, "RPO")
    bands = [line(sheet, band)[0] for band in ("Within 12 months", "13–24 months", "25–36 months", "Thereafter")]
    assert bands == [7600, 1100, 0, 0]  # 2,000 + 1,200 + 4,400; then 1,100 of the second contract


def test_families_segments_and_reps_sum_their_parts(plain_pack):
    products = values(plain_pack, "By product")
    assert line(products, "Software")[3] == 8700
    assert formulas(plain_pack, "By product").cell(row_of(products, "Software"), 5).value.startswith("=SUM(E")
    split = values(plain_pack, "By segment and currency")
    assert line(split, "Enterprise")[:2] == [1, 4300]
    assert line(split, "Ann Lee")[:2] == [2, 6400]
    assert line(split, "EUR") == [6000, 2000, 4000, 0, 0, 2000, 0]


def test_a_currency_without_a_rate_stands_by_itself_with_its_own_digits(plain_pack):
    sheet = with_formulas(plain_pack)["By customer"]
    cell = sheet.cell(row_of(sheet, "Tanaka KK"), 7)
    assert cell.number_format == '#,##0_);(#,##0);"–"_)'
    assert cell.value == f'=BACKLOG($A{cell.row},as_of,,,"JPY")'
    assert sheet.cell(row_of(sheet, "Acme Ltd"), 7).number_format.startswith("#,##0.00_)")


def test_text_from_outside_is_never_a_formula(pack):
    sheet = formulas(pack, "By customer")
    shown = {sheet.cell(r, 1).value: sheet.cell(r, 1) for r in range(1, sheet.max_row + 1)}
    for name in ('=HYPERLINK("http://x.example","Acme")', "+1 Consulting", "-Minus AG", "@Home", "\tTab�bed"):
        assert shown[name].data_type == "s"
        assert shown[name].quotePrefix
    contracts = formulas(pack, "By contract")
    cells = [contracts.cell(r, 1) for r in range(1, contracts.max_row + 1)]
    assert {c.value: c.data_type for c in cells if str(c.value).startswith("=K")} == {f"=K{n}": "s" for n in range(6)}


def test_dates_are_dates_and_names_lead_to_them(plain_pack):
    book = with_values(plain_pack)
    names = {name: defined.attr_text for name, defined in book.defined_names.items()}
    assert {"as_of", "period_start", "reporting_currency", "total_backlog", "customer_backlog"} <= set(names)
    sheet, address = names["as_of"].replace("'", "").replace("$", "").split("!")
    assert book[sheet][address].value == DAY(2026, 10, 31)
    assert book[sheet][address].is_date


def test_it_prints_on_pages_that_count_themselves(plain_pack):
    book = with_formulas(plain_pack)
    for sheet in book.worksheets:
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.right.text == "Page &P of &N"
        assert sheet.oddHeader.left.text == "Northwind && Co"
        assert sheet.print_title_rows
        assert sheet.freeze_panes
    assert book["By contract"].page_setup.orientation == "landscape"


def test_it_has_native_charts_and_tables(plain_pack):
    with zipfile.ZipFile(plain_pack) as archive:
        names = archive.namelist()
        charts = [archive.read(name).decode() for name in names if name.startswith("xl/charts/chart")]
    assert len(charts) == 22
    assert all("<c:v>" in chart or "<v>" in chart for chart in charts)  # drawn before anything recalculates
    tables = {table for sheet in with_formulas(plain_pack).worksheets for table in sheet.tables}
    assert {"tbl_customers", "tbl_customers_jpy", "tbl_contracts", "tbl_deferred", "tbl_receivable"} <= tables


def test_calamine_reads_the_stored_values(plain_pack):
    rows = python_calamine.load_workbook(str(plain_pack)).get_sheet_by_name("By customer").to_python()
    acme = next(row for row in rows if row[0] == "Acme Ltd")
    assert acme[4:7] == [14400.0, 10100.0, 4300.0]


def test_the_cover_says_what_the_figures_stand_on(plain_pack):
    sheet = values(plain_pack, "Cover")
    assert line(sheet, "Ledger version") == ["0123456789abcdef"]
    assert line(sheet, "Facts known until (UTC)") == [DAY(2026, 11, 2, 6)]
    assert line(sheet, "crm") == [DAY(2026, 10, 30, 23), "before the period's end"]
    assert line(sheet, "books") == [DAY(2026, 11, 2, 5), "after the period's end"]


def test_an_open_pack_is_left_as_it_is(plain_pack, ledger_of, tmp_path):
    path = tmp_path / "pack.xlsx"
    path.write_bytes(plain_pack.read_bytes())
    (tmp_path / "~$pack.xlsx").write_bytes(b"")
    with pytest.raises(RetryLater, match="open in Excel"):
        new(ledger_of(), {}, path, dt.date(2026, 10, 1), dt.date(2026, 10, 31), "")
    assert path.read_bytes() == plain_pack.read_bytes()


def test_a_month_of_weeks_compares_with_the_months_of_its_own_calendar(ledger_of, tmp_path):
    calendar = Calendar(weeks=WEEKS["4-4-5"])
    october = calendar.named("2026-10")
    path = new(ledger_of(), {}, tmp_path / "weeks.xlsx", *october, "", calendar=calendar)
    cover = values(path, "Cover")
    found = {row[0].value: row[1].value for row in cover.iter_rows(max_col=2) if row[0].value}
    # The Saturdays: 26 September, 24 October 2026; the year began on 28 December 2025.
    assert found["Period begins"].date() == october.first == dt.date(2026, 9, 27)
    assert found["Fiscal year began"].date() == dt.date(2025, 12, 28)
    assert found["Same day of the prior year"].date() == dt.date(2025, 10, 25)


def test_a_month_before_any_contract_makes_a_pack_of_zeros(ledger_of, tmp_path):
    path = new(ledger_of(), {}, tmp_path / "early.xlsx", dt.date(2020, 1, 1), dt.date(2020, 1, 31), "")
    assert line(values(path, "Summary"), "Backlog")[:2] == [0, 0]
    assert line(values(path, "By contract"), "None.") == []
