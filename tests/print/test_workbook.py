"""XLSX as a spreadsheet reads it: every table comes back, typed; no formulas; ready to print; the same bytes each time."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import subprocess
import sys
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from brigade.dates import TOKYO
from reports.tables import Cell, Column, Kind, Table, columns_wide, readable
from reports.workbook import sheet_names, workbook_bytes
from tests.print.any_table import PAYLOADS, as_shown, tables

MADE = dt.datetime(2026, 12, 1, 0, 12, 33, tzinfo=dt.UTC)
ROWS = int(os.environ.get("BRIGADE_TEST_EXPORTED_ROWS", "2000"))
PAY = Table(
    "pay",
    "支給一覧",
    (
        Column("number", "団員番号"), Column("name", "氏名"), Column("yen", "金額", Kind.YEN), Column("minutes", "活動時間", Kind.MINUTES),
        Column("times", "回数", Kind.NUMBER), Column("on", "支給日", Kind.DATE), Column("at", "承認日時", Kind.INSTANT),
        Column("taxed", "課税", Kind.TRUTH), Column("note", "備考", width=12),
    ),
    [
        ("0001236", "𠮷田 茂", 1234567, 1505, 12, dt.date(2026, 12, 21), MADE, True, "一行目\n二行目"),
        ("0001237", "神谷 祥", -7000, -90, 0, None, None, False, None),
    ],
)  # fmt: skip


def book_of(*tables: Table, **how: Any) -> bytes:
    return workbook_bytes(tables, **({"title": "題", "made_at": MADE} | how))


def opened(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data))


def parts_of(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {part: archive.read(part).decode() for part in archive.namelist()}


def text_of(value: Any) -> Any:
    """A cell's value as Excel shows it: openpyxl leaves ``_x005F_`` as it stands."""
    return unescape(value) if isinstance(value, str) else value


# --- Texts are texts --------------------------------------------------------------------------------------------------


def test_no_payload_is_a_formula_and_each_comes_back() -> None:
    table = Table("t", "表", (Column("text", "文"), Column("next", "次")), [(payload, "次") for payload in PAYLOADS])
    data = book_of(table)
    cells = list(opened(data).active.iter_rows(min_row=2))
    wanted = [readable(payload) for payload in PAYLOADS]
    assert len(cells) == len(wanted) >= 5000
    assert {(cell.data_type, after.value) for cell, after in cells} == {("s", "次")}
    assert [text_of(cell.value) for cell, _ in cells] == wanted
    assert_nothing_computes(data)


def assert_nothing_computes(data: bytes) -> None:
    """No formula, no link, and no part of the file beyond those that plain sheets need."""
    parts = parts_of(data)
    assert not [name for name, xml in parts.items() if re.search(r"<(f|hyperlink|externalReference|ddeLink)[ />]", xml)]
    plain = {
        "[Content_Types].xml",
        "_rels/.rels",
        "docProps/app.xml",
        "docProps/core.xml",
        "xl/_rels/workbook.xml.rels",
    }
    plain |= {"xl/styles.xml", "xl/theme/theme1.xml", "xl/workbook.xml"}
    assert {name for name in parts if not re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)} == plain
    assert "External" not in parts["xl/_rels/workbook.xml.rels"]


@pytest.mark.parametrize("text", ["=1+1", "<r><t>x</t></r></is></c><c r='B2'><f>1+1</f></c></r>", "_x0041_x202E_7000"])
def test_names_titles_and_labels_are_texts_too(text) -> None:
    table = Table("t", text, (Column("a", text, Kind.YEN),), [(1,)])
    data = book_of(table, title=text, properties=[(text, text)])
    cover, sheet = opened(data).worksheets
    assert [text_of(cell.value) for cell in (cover["A1"], cover["A3"], cover["B3"], sheet["A1"])] == [text] * 4
    assert {cell.data_type for cell in (cover["A1"], cover["A3"], cover["B3"], sheet["A1"])} == {"s"}
    assert_nothing_computes(data)


def test_a_text_stays_one_when_somebody_edits_its_cell() -> None:
    sheet = opened(book_of(PAY)).active
    assert sheet["A2"].quotePrefix
    assert sheet["A1"].quotePrefix
    assert not sheet["C2"].quotePrefix


# --- Every table comes back -------------------------------------------------------------------------------------------


@given(tables())
def test_every_table_comes_back(table) -> None:
    data = book_of(table)
    sheet = opened(data).active
    heads, *rows = sheet.iter_rows(max_col=len(table.columns), max_row=1 + len(list(table.rows)))
    assert [text_of(cell.value) for cell in heads] == [column.label for column in table.columns]
    assert [[value_of(cell, c) for cell, c in zip(row, table.columns, strict=True)] for row in rows] == as_shown(table)
    assert_nothing_computes(data)


def value_of(cell: Any, column: Column) -> object:
    value = text_of(cell.value)
    if value is None:
        return None
    match column.kind:
        case Kind.DATE:
            assert value.time() == dt.time()
            return value.date()
        case Kind.INSTANT:
            return value.replace(tzinfo=TOKYO)
        case Kind.MINUTES:
            minutes = (value if isinstance(value, dt.timedelta) else of_clock(value)) / dt.timedelta(minutes=1)
            assert round(minutes) == pytest.approx(minutes, abs=1e-3)
            return round(minutes)
        case _:
            return value


def of_clock(value: dt.time | dt.datetime) -> dt.timedelta:
    """openpyxl takes a length below a day for a time of day."""
    at = value.time() if isinstance(value, dt.datetime) else value
    return dt.datetime.combine(dt.date.min, at) - dt.datetime.min  # noqa: DTZ901


def test_cells_have_types_and_formats() -> None:
    sheet = opened(book_of(PAY)).active
    row = {column.code: cell for column, cell in zip(PAY.columns, sheet[2], strict=True)}
    assert (row["number"].value, row["number"].data_type) == ("0001236", "s")
    assert (row["yen"].value, row["yen"].number_format) == (1234567, "#,##0")
    assert (row["minutes"].value, row["minutes"].number_format) == (dt.timedelta(minutes=1505), "[h]:mm")
    assert (row["times"].value, row["times"].number_format) == (12, "0")
    assert (row["on"].value, row["on"].number_format) == (dt.datetime(2026, 12, 21), '[$-411]yyyy"年"m"月"d"日"(aaa)')  # noqa: DTZ001
    assert row["at"].value == dt.datetime(2026, 12, 1, 9, 12, 33)  # noqa: DTZ001
    assert row["at"].number_format.endswith("(aaa) hh:mm")
    assert (row["taxed"].value, row["taxed"].data_type) == (True, "b")
    assert row["note"].alignment.wrap_text
    assert {cell.font.name for cell in (*sheet[1], *sheet[2])} == {"Yu Gothic"}
    assert opened(book_of(PAY, lang="en")).active["F2"].number_format == "yyyy-mm-dd"


def test_a_negative_length_is_a_text_because_excel_shows_none() -> None:
    sheet = opened(book_of(PAY)).active
    assert (sheet["D3"].value, sheet["D3"].data_type, sheet["D3"].alignment.horizontal) == ("-1:30", "s", "right")
    assert sheet["C3"].value == -7000


# --- Ready to read and to print ---------------------------------------------------------------------------------------


def test_headings_stay_and_pages_are_set_up() -> None:
    book = opened(book_of(PAY, title="支給 令和8年11月 A&B"))
    sheet = book["支給一覧"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:I3"
    assert sheet.print_area == "'支給一覧'!$A$1:$I$3"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)  # 1 is left out
    assert sheet.oddHeader.left.text == "支給 令和8年11月 A＆B"
    assert sheet.oddHeader.right.text == "支給一覧"
    assert sheet.oddFooter.left.text == "作成日時 令和8年12月1日（火） 09:12"
    assert re.sub(r"\s", "", sheet.oddFooter.right.text) == "&[Page]/&[Pages]ページ".replace("[Page]", "P").replace(
        "[Pages]", "N"
    )
    assert sheet.oddHeader.left.font == "Yu Gothic,Regular"


def test_columns_are_as_wide_as_their_content_up_to_a_bound() -> None:
    columns = (
        Column("a", "甲"),
        Column("b", "乙"),
        Column("c", "丙"),
        Column("d", "丁", width=33),
        Column("e", "金額", Kind.YEN),
    )
    rows = [("ab", "器具置場の扉\n鍵", "長い話" * 99, "x" * 99, 123_456_789)]
    sheet = opened(book_of(Table("t", "表", columns, rows))).active
    # A width in the file has five pixels of edges, of eight a digit; openpyxl gives it as it stands.
    widths = [round(sheet.column_dimensions[name].width - 5 / 8, 1) for name in "ABCDE"]
    assert widths == [6, 14, 50, 33, 13]


@pytest.mark.parametrize(
    ("text", "wide"),
    [("", 0), ("abc", 3), ("団員", 4), ("ﾀﾞﾝ", 3), ("a\n団員\nb", 4), ("①※", 4), ("é", 1)],
)
def test_width_counts_full_width_twice(text, wide) -> None:
    assert columns_wide(text) == wide


def test_the_first_sheet_has_title_and_properties_when_given() -> None:
    book = opened(book_of(PAY, title="支給 令和8年11月", properties=[("団", "○○市中央消防団"), ("版", "第1版")]))
    assert book.sheetnames == ["表紙", "支給一覧"]
    cover = book.active
    assert [[cell.value for cell in row] for row in cover.iter_rows()] == [
        ["支給 令和8年11月", None], [None, None], ["団", "○○市中央消防団"], ["版", "第1版"],
    ]  # fmt: skip
    assert opened(book_of(PAY)).sheetnames == ["支給一覧"]
    assert opened(book_of(PAY, lang="en", properties=[("a", "b")])).sheetnames == ["Cover", "支給一覧"]


def test_the_file_describes_itself() -> None:
    properties = opened(book_of(PAY, title="支給 令和8年11月")).properties
    assert (properties.title, properties.creator) == ("支給 令和8年11月", "Brigade")
    assert properties.created == properties.modified == MADE.replace(tzinfo=None)


def test_an_empty_table_is_its_headings() -> None:
    sheet = opened(book_of(Table("t", "表", PAY.columns, []))).active
    assert [cell.value for cell in sheet[1]] == [column.label for column in PAY.columns]
    assert sheet.max_row == 1


# --- Names of sheets --------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.text(max_size=45) | st.sampled_from(["表", "ひょう" * 15, "🚒" * 20, "History", "A", "Ａ", "a", "'", ""]),
        max_size=9,
    )
)
def test_any_titles_become_names_that_spreadsheets_take(titles) -> None:
    names = sheet_names(titles)
    assert len(names) == len(titles)
    folded = [unicodedata.normalize("NFKC", name).casefold() for name in names]
    assert len({*folded, "history"}) == len(names) + 1
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\'\n\t’＇＊／：？［＼］￥")
        assert name == name.strip()
    if titles:
        assert opened(book_of(*(Table("t", title, PAY.columns, []) for title in titles))).sheetnames == names


def test_names_stay_close_to_the_titles() -> None:
    assert sheet_names(["支給 2026/11", "支給 2026/11", "", "[秘]", "第一分団 " * 9]) == [
        "支給 2026-11", "支給 2026-11 (2)", "3", "-秘-", "第一分団 第一分団 第一分団 第一分団 第一分団 第一分団 第",
    ]  # fmt: skip


# --- What a sheet cannot hold -----------------------------------------------------------------------------------------


def test_what_a_sheet_cannot_hold_is_refused_and_never_cut() -> None:
    def one(text: str) -> Table:
        return Table("t", "表", (Column("a", "甲"),), [(text,)])

    longest = "あ" * 32_765 + "🚒"
    assert opened(book_of(one(longest))).active["A2"].value == longest
    with pytest.raises(ValueError, match="cannot hold the cell in row 2, column 1"):
        book_of(one(longest + "a"))
    with pytest.raises(ValueError, match="row 1: column 'a' cannot hold this int"):
        book_of(Table("t", "表", (Column("a", "甲"),), [(1,)]))
    with pytest.raises(ValueError, match="cannot hold the cell in row 1, column 16385"):
        book_of(Table("t", "表", tuple(Column(f"c{n}", "x") for n in range(16_385)), []))


# --- The same bytes, in little memory ---------------------------------------------------------------------------------

ELSEWHERE = """
import datetime, os, sys, time
offset = float(sys.argv[1])
real = time.time
class Shifted(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(real() + offset, tz)
datetime.datetime = Shifted
time.time = lambda: real() + offset
local, utc = time.localtime, time.gmtime
time.localtime = lambda at=None: local(time.time() if at is None else at)
time.gmtime = lambda at=None: utc(time.time() if at is None else at)
os.umask(int(sys.argv[2], 8))
from tests.print.test_workbook import PAY, book_of
from reports.csv_file import csv_bytes
import hashlib, xlsxwriter.core
data = book_of(PAY, title="支給", properties=[("団", "中央")])
print(xlsxwriter.core.datetime.now().year, hashlib.sha256(data).hexdigest(), hashlib.sha256(csv_bytes(PAY).data).hexdigest())
"""


def test_two_processes_with_other_clocks_zones_and_folders_write_the_same_bytes(tmp_path) -> None:
    said = []
    for offset, umask, zone, seed in ((0, "022", "Asia/Tokyo", "1"), (4e8, "077", "America/New_York", "2")):
        folder = tmp_path / zone.replace("/", "-")
        folder.mkdir()
        environ = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "TMPDIR": str(folder), "LANG": "C"}
        command = [sys.executable, "-c", ELSEWHERE, str(offset), umask]
        ran = subprocess.run(
            command, cwd=Path(__file__).parents[2], env=environ, capture_output=True, text=True, check=True
        )
        said.append(ran.stdout.split())
        assert list(folder.iterdir()) == []
    (year, *here), (later, *there) = said
    assert int(later) - int(year) in (12, 13)
    assert here == there
    assert here[0] == hashlib.sha256(book_of(PAY, title="支給", properties=[("団", "中央")])).hexdigest()


class ManyRows:
    """Rows made as they are read: 20 columns, a dozen of them Japanese texts that are all different."""

    columns = tuple(Column(f"c{n}", f"見出し{n}", kind) for n, kind in enumerate([Kind.TEXT] * 12 + [*Kind, Kind.YEN]))

    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        for n in range(self.count):
            texts = [f"第二分団器具置場 {n * 12 + column}" for column in range(13)]
            yield (*texts, n, n * 100, n, MADE.date(), MADE, n % 2 == 0, n)


def peak(count: int) -> tuple[int, int]:
    """Bytes at the peak, and those of the file."""
    table = Table("many", "多数", ManyRows.columns, ManyRows(count))
    tracemalloc.start()
    try:
        data = book_of(table)
        return tracemalloc.get_traced_memory()[1], len(data)
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows() -> None:
    """50,000 rows are tried with BRIGADE_TEST_EXPORTED_ROWS=50000; the bound is the same."""
    assert len(ManyRows.columns) == 20
    book_of(PAY)  # what is imported and compiled once is not a row's
    highest, size = peak(ROWS)
    assert highest < 4 * 1024 * 1024 + 3 * size
    assert size < 200 * ROWS
