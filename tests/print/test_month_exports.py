"""The month's files: CSV, workbook and sheet say the same, in typed cells, and nothing in them computes."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from brigade.dates import to_tokyo
from brigade.month.figures import sheet
from brigade.month.rows import MonthRows
from reports.csv_file import unguarded
from reports.month.columns import LABELS
from reports.month.exports import (
    CSV_TABLES,
    difference_table,
    month_csv,
    month_workbook,
    participation_table,
    pay_table,
    report_table,
    statistics_table,
)
from reports.month.workbook_sheets import exception_sheet, matrix_sheet, member_sheet, unit_kind_sheet, unit_sheet
from reports.tables import Cell, Kind, Table
from tests.print.months import SIZES, month_rows
from tests.rules.test_month_figures import months

STARTS = "=+-@"


@pytest.fixture(scope="module")
def second(make_month):
    return make_month("town", preview=False, edition=2)


@pytest.fixture(scope="module")
def book(second):
    return openpyxl.load_workbook(io.BytesIO(month_workbook(second)))


def of(table: Table) -> list[dict[str, Cell]]:
    codes = [column.code for column in table.columns]
    return [dict(zip(codes, row, strict=True)) for row in table.cells()]


def csv_rows(data: bytes, encoding: str = "utf-8-sig") -> tuple[list[str], list[list[str]]]:
    heads, *rows = csv.reader(io.StringIO(data.decode(encoding), newline=""))
    return heads, [[unguarded(cell) for cell in row] for row in rows]


def as_csv(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)


def as_xlsx(value: object, kind: Kind) -> Cell:
    """What a cell of the workbook holds, as the table has it."""
    if value is None:
        return None
    if kind is Kind.MINUTES:
        assert isinstance(value, dt.timedelta | dt.time | int | float | dt.datetime)
        if isinstance(value, dt.time):
            return value.hour * 60 + value.minute
        if isinstance(value, dt.timedelta):
            return round(value.total_seconds() / 60)
        return round(float(value) * 1440) if not isinstance(value, dt.datetime) else None
    if kind is Kind.DATE:
        return value.date()  # type: ignore[attr-defined]
    return value  # type: ignore[return-value]


# --- They agree -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CSV_TABLES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_csv_file_holds_every_row_of_its_table(second, name, lang):
    table = CSV_TABLES[name](second, lang)
    assert table.name == name
    heads, rows = csv_rows(month_csv(second, name, lang=lang, heads="codes").data)
    assert heads == [column.code for column in table.columns]
    assert rows == [[as_csv(cell) for cell in row] for row in table.cells()]
    assert rows
    labels, _ = csv_rows(month_csv(second, name, lang=lang).data)
    unit = {"ja": "（分）", "en": " (min)"}[lang]
    assert labels == [c.label + (unit if c.kind is Kind.MINUTES else "") for c in table.columns]


@pytest.mark.parametrize(
    "make", [*CSV_TABLES.values(), unit_kind_sheet, unit_sheet, member_sheet, matrix_sheet, exception_sheet]
)
def test_the_workbook_holds_the_same_in_typed_cells(second, book, make):
    table = make(second, "ja")
    page = next(page for page in book if page.title == table.title.replace("：", "-"))
    heads, *rows = page.iter_rows()
    assert [cell.value for cell in heads] == [column.label for column in table.columns]
    for cells, row in zip(rows, table.cells(), strict=True):
        for cell, value, column in zip(cells, row, table.columns, strict=True):
            wanted = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
            assert as_xlsx(cell.value, column.kind) == (wanted if wanted != "" else None)
            assert cell.data_type != "f"
    assert page.freeze_panes
    assert page.print_area
    assert page.auto_filter.ref


def test_the_first_sheet_says_whose_month_and_which_edition(second, book):
    said = {row[0].value: row[1].value for row in book["表紙"].iter_rows(min_row=3)}
    assert said["所属"] == " › ".join(second.path)
    assert said["版"] == "第2版"
    assert said["照合番号"] == second.edition.code
    assert said["確認のページ"] == second.edition.verify_url
    assert (said["件数"], said["延べ人員"]) == (f"{second.times:,}", f"{second.person_times:,}")
    assert said["出動報酬"] == f"{second.yen:,}円"
    assert "横浜市 2024" in said["報酬の決まり"]


def test_the_same_sheet_gives_the_same_bytes(second, make_month):
    again = make_month("town", preview=False, edition=2)
    assert month_workbook(again) == month_workbook(second)
    assert all(month_csv(again, name) == month_csv(second, name) for name in CSV_TABLES)


@given(months())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_sums_of_the_files_are_those_of_the_sheet(rows: MonthRows) -> None:
    whole = sheet(rows, "ja")
    reports, parts = of(report_table(whole, "ja")), of(participation_table(whole, "ja"))
    assert len(reports) == whole.times
    assert sum(row["people"] for row in reports) == len(parts) == whole.person_times
    assert sum(row["person_minutes"] for row in reports) == sum(row["minutes"] for row in parts) == whole.minutes
    lines = of(pay_table(whole, "ja"))
    assert sum(row["yen"] or 0 for row in lines) == sum(row["yen"] or 0 for row in reports) == whole.yen
    assert sum(row["yen"] is None for row in lines) == sum(row["unknown_amounts"] for row in reports) == whole.unknown
    members = of(member_sheet(whole, "ja"))
    assert sum(row["times"] for row in members) == whole.person_times
    assert sum(row["yen"] for row in members) == whole.yen
    top = of(unit_kind_sheet(whole, "ja"))[0]
    assert sum(value for code, value in top.items() if code.endswith("_person_times")) == whole.person_times
    assert len(of(statistics_table(whole, "ja"))) == len(whole.survey)


# --- What a line says -------------------------------------------------------------------------------------------------


def test_a_line_of_pay_says_for_whom_for_what_and_why(make_month):
    month = make_month("squad", preview=False)
    rows = of(pay_table(month, "ja"))
    known = next(row for row in rows if row["yen"] == 7000)
    assert known["sentence"] == "7,000 円：災害出動 1回（横浜市 2024）"
    assert (known["reason"], known["rule_set"], known["kind"]) == ("turnout", "yokohama-2024", "D-01")
    assert known["member_number"]
    assert known["unit"] == "第一分団 第一班"
    unknown = [row for row in rows if row["yen"] is None]
    assert len(unknown) == month.unknown > 0
    assert all(row["reason"] == "unknown" and "金額が決まっていません" in str(row["sentence"]) for row in unknown)
    assert len({row["rule_version"] for row in rows}) == 1


def test_the_difference_file_adds_up_in_every_column(second):
    rows = of(difference_table(second, "ja"))
    first, *lines, last = rows
    assert (first["what"], last["what"]) == ("total-before", "total-after")
    for code in ("times", "person_times", "minutes_change", "yen_change"):
        assert first[code] + sum(row[code] for row in lines) == last[code]
    assert last["yen_change"] == second.yen
    assert {row["what"] for row in lines} == {"added", "removed", "changed"}
    for row in lines:
        if row["member_number"]:
            assert row["yen_after"] - row["yen_before"] == row["yen_change"]


def test_a_first_edition_has_no_differences(make_month):
    assert of(difference_table(make_month("squad", preview=False), "ja")) == []
    with pytest.raises(KeyError):
        month_csv(make_month("squad"), "no-such-table")


def test_codes_of_columns_are_stable_and_all_named_in_both_languages(second):
    for name, make in CSV_TABLES.items():
        for column in make(second, "en").columns:
            assert column.code in LABELS, (name, column.code)
            assert column.code == column.code.lower()
            assert column.code.replace("_", "").isalpha()
            assert column.label.isascii()


def test_exceptions_name_what_was_left_open_and_who_need_not_report(second):
    rows = of(exception_sheet(second, "ja"))
    assert sum(row["what"] == "left-open" for row in rows) == len(second.left_open) > 0
    assert [row["detail"] for row in rows if row["what"] == "nil"] == ["第三分団 第二班"]


# --- Texts ------------------------------------------------------------------------------------------------------------


def test_what_cp932_lacks_is_reported_with_its_cell(make_month):
    month = make_month("squad", preview=False)
    made = month_csv(month, "pay", encoding="cp932")
    heads, rows = csv_rows(made.data, "cp932")
    assert heads[0] == "団員番号"
    names = {(missing.row, missing.column, missing.character) for missing in made.missing}
    table = pay_table(month, "ja")
    lacking = [number for number, row in enumerate(table.cells(), 2) if "𠮷" in str(row[1])]
    assert lacking
    assert all((number, "name", "𠮷") in names for number in lacking)
    assert all(rows[number - 2][1].startswith("〓") for number in lacking)
    assert any(missing.character == "葛󠄀" for missing in made.missing)
    assert not month_csv(month, "pay").missing


@pytest.mark.parametrize("start", STARTS)
def test_a_name_that_looks_like_a_formula_stays_a_name(start):
    rows = month_rows(SIZES["squad"], sealed=True)
    evil = f'{start}HYPERLINK("http://x.invalid")'
    people = tuple(replace(person, name=evil, number=f"{start}1+1") for person in rows.people)
    reports = tuple(replace(report, place=evil, event_title=f"{start}2") for report in rows.reports)
    month = sheet(replace(rows, people=people, reports=reports), "ja")
    for page in openpyxl.load_workbook(io.BytesIO(month_workbook(month))):
        assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    for name in ("report", "participations", "pay"):
        data = month_csv(month, name).data.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(data, newline="")) for cell in row]
        assert f"'{evil}" in cells
        assert not any(cell.startswith(tuple(STARTS)) for cell in cells)


def test_instants_are_tokyos(make_month):
    month = make_month("few")
    row = of(report_table(month, "ja"))[0]
    assert row["started_at"] == to_tokyo(month.reports[0].started_at)
    assert month.reports[0].started_at.tzinfo is dt.UTC
