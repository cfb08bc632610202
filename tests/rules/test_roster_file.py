"""Reading roster files: the encodings, headings and days people write, and files made to do harm (S-24)."""

from __future__ import annotations

import datetime as dt
import io
import tracemalloc
import zipfile
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from brigade.organisation.roster_file import MAX_BYTES, MAX_ROWS, parse_day, read_sheet
from brigade.problems import Invalid, Problem
from tests.effort import calls

HEADING = "団員番号,氏名,フリガナ,所属,階級・役職,種別,異動日\n"
ROW = "1000017,髙橋 一郎,タカハシ イチロウ,北消防団/第一分団,班長,基本団員,令和8年4月1日\n"


def xlsx(*rows: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def refusal(data: bytes) -> list[str]:
    with pytest.raises(Problem) as problem:
        read_sheet(data)
    if isinstance(problem.value, Invalid):
        return [found.code for found in problem.value.problems]
    return [problem.value.code]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_in_the_encodings_of_japanese_offices(codec: str, end: str) -> None:
    sheet = read_sheet((HEADING + ROW).replace("\n", end).encode(codec))
    assert sheet.columns == ("number", "name", "kana", "unit", "post", "type", "date")
    assert sheet.rows == (
        (2, {"number": "1000017", "name": "髙橋 一郎", "kana": "タカハシ イチロウ", "unit": "北消防団/第一分団",
             "post": "班長", "type": "基本団員", "date": "令和8年4月1日"}),
    )  # fmt: skip
    assert sheet.unknown == ()


def test_english_headings_blank_rows_and_short_rows() -> None:
    sheet = read_sheet(b"\n\xef\xbc\xae\xef\xbd\x95mber,Name,KANA,unit_code,post\n,,,,\n1,A,B\n")
    assert sheet.rows == ((4, {"number": "1", "name": "A", "kana": "B", "unit_code": "", "post": ""}),)


def test_every_missing_column_is_named_at_once() -> None:
    with pytest.raises(Invalid) as problem:
        read_sheet("番号,備考\n1,2\n".encode())
    assert [(found.code, found.params["column"]) for found in problem.value.problems] == [
        ("column-missing", "氏名"), ("column-missing", "フリガナ"), ("column-missing", "所属"),
    ]  # fmt: skip


def test_columns_that_are_not_used_are_told() -> None:
    sheet = read_sheet((HEADING.strip() + ",備考,氏名\n" + ROW.strip() + ",x,y,z\n").encode())
    assert sheet.unknown == ((1, "備考"), (1, "氏名"), (1, "#10"))


def test_a_spoilt_file_shows_which_rows_are_wrong() -> None:
    data = (HEADING + ROW * 20).encode() + b"1000025," + b"\xff\xfe" + ROW[7:].encode()
    [*_, (number, values)] = read_sheet(data).rows
    assert number == 22
    assert "\ufffd" in values["name"]


def test_a_nul_far_down_is_a_spoilt_character() -> None:
    sheet = read_sheet((HEADING + ROW * 100 + ROW.replace("髙", "\0")).encode())
    assert sheet.rows[-1][1]["name"] == "\ufffd橋 一郎"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"\n\n", "file-empty"),
        (HEADING.encode(), "file-empty"),
        (HEADING.encode() + ROW.encode() * (MAX_ROWS + 1), "file-too-many-rows"),
        (HEADING.encode() + b"\n" * 200_000, "file-too-many-rows"),
        (b"\x00" * 100, "wrong-media-type"),
        ("団員番号,氏名".encode("utf-16"), "wrong-media-type"),
        (b"x" * (MAX_BYTES + 1), "too-large"),
        (bytes(range(128, 256)) * 20, "file-unreadable"),
        (b'"' + b"x" * 200_000, "file-unreadable"),
        (b"PK\x03\x04 and no more", "file-unreadable"),
        (archive(word__document_xml=b"<x/>"), "wrong-media-type"),
        (archive(xl__workbook_xml=b"<x/>"), "file-unreadable"),
        (archive(xl__workbook_xml=b"not xml"), "file-unreadable"),
    ],
)
def test_files_that_are_no_roster(data: bytes, code: str) -> None:
    assert refusal(data) == [code]


def test_xlsx_as_a_spreadsheet_program_writes_it() -> None:
    sheet = read_sheet(
        xlsx(
            ["団員番号", "氏名", "フリガナ", "所属コード", "異動日"],
            [1000017, "佐藤 太郎", "サトウ タロウ", "K01", dt.datetime(2026, 4, 1)],  # noqa: DTZ001
            [],
            [1000025.0, "=1+1", None, True, "2026/4/1"],
        )
    )
    assert sheet.rows == (
        (
            2,
            {
                "number": "1000017",
                "name": "佐藤 太郎",
                "kana": "サトウ タロウ",
                "unit_code": "K01",
                "date": "2026-04-01",
            },
        ),
        (4, {"number": "1000025", "name": "=1+1", "kana": "", "unit_code": "True", "date": "2026/4/1"}),
    )


def test_what_grows_beyond_measure_is_refused_before_it_grows() -> None:
    bombs = [
        archive(xl__workbook_xml=b"<x/>", xl__big_xml=b" " * 40_000_000),
        archive(xl__workbook_xml=b"<x/>", xl__steep_xml=b" " * 1_000_000),
        archive(xl__workbook_xml=b"<x/>", **{f"n{n}": b"" for n in range(1001)}),
    ]
    tracemalloc.start()
    try:
        assert [refusal(bomb) for bomb in bombs] == [["too-large"]] * 3
        assert tracemalloc.get_traced_memory()[1] < 2_000_000  # half a million, for the names of 1,001 parts
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_sheet_with_a_document_type_is_refused(encoding: str) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    good = zipfile.ZipFile(io.BytesIO(xlsx(["a"])))
    for hit in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name in good.namelist():
                made.writestr(name, bomb.encode(encoding) if name == hit else good.read(name))
        assert refusal(out.getvalue()) == ["file-unreadable"]


def test_a_cell_far_out_costs_nothing() -> None:
    good = zipfile.ZipFile(io.BytesIO(xlsx(["a"])))
    far = good.read("xl/worksheets/sheet1.xml").replace(b'<row r="1"', b'<row r="1048576"').replace(b'"A1"', b'"XFD9"')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in good.namelist():
            made.writestr(name, far if name.endswith("sheet1.xml") else good.read(name))
    refused: list[str] = []
    assert calls(lambda: refused.extend(refusal(out.getvalue()))) < 1_000_000  # fewer than one for each row above it
    assert refused == ["file-too-many-rows"]


@given(st.binary(max_size=400))
def test_whatever_is_sent_is_read_or_refused(data: bytes) -> None:
    for sent in (data, HEADING.encode() + data, b"PK\x03\x04" + data):
        try:
            read_sheet(sent)
        except Problem:
            continue


WHOLE = xlsx(["団員番号", "氏名", "フリガナ", "所属"], ["1", "佐藤", "サトウ", "K01"])


@given(st.floats(0, 0.999), st.integers(0, 255))
def test_a_damaged_archive_is_read_or_refused(place: float, value: int) -> None:
    data = bytearray(WHOLE)
    data[int(place * len(data))] = value
    with suppress(Problem):
        read_sheet(bytes(data))


@given(st.sampled_from(zipfile.ZipFile(io.BytesIO(WHOLE)).namelist()), st.floats(0, 1), st.binary(max_size=8))
def test_a_damaged_part_is_read_or_refused(hit: str, place: float, cut_in: bytes) -> None:
    good, out = zipfile.ZipFile(io.BytesIO(WHOLE)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in good.namelist():
            content, at = good.read(name), int(place * len(good.read(name)))
            made.writestr(name, content[:at] + cut_in + content[at + len(cut_in) :] if name == hit else content)
    with suppress(Problem):
        read_sheet(out.getvalue())


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-04-01", dt.date(2026, 4, 1)),
        ("2026/4/1", dt.date(2026, 4, 1)),
        ("２０２６．４．１", dt.date(2026, 4, 1)),
        ("2026年4月1日", dt.date(2026, 4, 1)),
        ("令和8年4月1日", dt.date(2026, 4, 1)),
        ("令和 元年 5月 1日", dt.date(2019, 5, 1)),
        ("R8.4.1", dt.date(2026, 4, 1)),
        ("h31/4/30", dt.date(2019, 4, 30)),
        ("昭和64年1月7日", dt.date(1989, 1, 7)),
        ("2026-02-29", None),
        ("令和8年13月1日", None),
        ("8年4月1日", None),
        ("X8.4.1", None),
        ("46113", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("明日", None),
    ],
)
def test_days_as_people_write_them(written: str, day: dt.date | None) -> None:
    assert parse_day(written) == day


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_none(written: str) -> None:
    parse_day(written)


def test_a_number_in_a_format_of_zeros_is_read_with_them() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["団員番号", "氏名", "フリガナ", "所属"])
    for number in (123, 1_234_567.0, 12_345_678):
        sheet.append([number, "佐藤 花子", "サトウ ハナコ", "K1"])
        sheet.cell(sheet.max_row, 1).number_format = "0000000"
    sheet.append([123, "佐藤 花子", "サトウ ハナコ", "K1"])
    out = io.BytesIO()
    book.save(out)
    numbers = [row["number"] for _, row in read_sheet(out.getvalue()).rows]
    assert numbers == ["0000123", "1234567", "12345678", "123"]
