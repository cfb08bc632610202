"""CSV as programs and spreadsheets read it: every table comes back, nothing is a formula, CP932 says what it
lacks (S-19).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brigade.dates import TOKYO
from brigade.texts import check_text
from reports.csv_file import ALIKE, GETA, SIGNS, Missing, cp932_text, csv_bytes, guarded, unguarded
from reports.tables import LARGEST, Column, Kind, Table, readable
from tests.print.any_table import PAYLOADS, as_shown, tables

FORMULA_SIGNS = "=+-@|%−"


def rows_of(data: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), strict=True))


def texts(*values: str | None, **how: str) -> list[str | None]:
    """What a reader gets from one column of these texts."""
    table = Table("t", "表", (Column("text", "文"),), [(value,) for value in values])
    return [row[0] for row in rows_of(csv_bytes(table, **how).data)[1:]]  # type: ignore[arg-type]


def might_compute(cell: str) -> bool:
    """Whether any program could take a part of the cell for a formula: by Unicode's properties, not by our list."""
    for piece in cell.replace(";", "\n").split("\n"):
        for char in piece:
            if unicodedata.normalize("NFKC", char)[0] in FORMULA_SIGNS:
                return True
            unseen = char.isspace() or unicodedata.category(char) in ("Cf", "Cc") or char in '"\u115f\u1160\u3164\uffa0'
            if not unseen:
                break
    return cell[:1] in ("\t", "\r", "\n", "\0")


# --- Formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_no_payload_is_a_formula_and_each_comes_back(encoding) -> None:
    assert len(PAYLOADS) >= 5000
    assert sum(map(might_compute, PAYLOADS)) > 4000  # the question above finds them
    cells = texts(*PAYLOADS, encoding=encoding) if encoding == "utf-8" else _cp932_texts()
    assert not [cell for cell in cells if might_compute(cell)]
    wanted = [readable(payload) for payload in PAYLOADS]
    assert [unguarded(cell) for cell in cells] == (
        wanted if encoding == "utf-8" else [cp932_text(text)[0] for text in wanted]
    )


def _cp932_texts() -> list[str]:
    table = Table("t", "表", (Column("text", "文"),), [(value,) for value in PAYLOADS])
    return [row[0] for row in rows_of(csv_bytes(table, encoding="cp932").data, "cp932")[1:]]


@given(st.text(st.sampled_from("=+-@|%'\"; \n\tａ＝－−a1\u3000\u200b,"), max_size=12) | st.text())
@example("'")
@example("\n'")
@example("';'\n''")
def test_the_guard_leaves_no_formula_and_is_undone_exactly(text) -> None:
    text = readable(text)
    assert unguarded(guarded(text)) == text
    assert not might_compute(guarded(text))
    if not might_compute(text) and "'" not in text:
        assert guarded(text) == text


def test_every_form_of_the_signs_is_known() -> None:
    forms = {chr(code) for code in range(0x110000) if unicodedata.normalize("NFKC", chr(code))[0] in FORMULA_SIGNS}
    assert set(SIGNS) == forms


def test_what_the_guard_does_to_the_usual_cases() -> None:
    assert guarded("=1+1") == "'=1+1"
    assert guarded("  -3") == "'  -3"
    assert guarded("＝SUM") == "'＝SUM"
    assert guarded("見出し\n+81-90") == "見出し\n'+81-90"
    assert guarded("良;=1") == "良;'=1"
    assert guarded("'tis") == "''tis"
    assert guarded("090-1234-5678, 第1班; O'Brien") == "090-1234-5678, 第1班; O'Brien"


def test_headings_are_guarded_and_numbers_are_not() -> None:
    table = Table("t", "表", (Column("a", "+/−"), Column("b", "増減", Kind.YEN)), [("", -7000)])
    assert csv_bytes(table).data.decode("utf-8-sig") == '"\'+/−","増減"\r\n"",-7000\r\n'
    odd = Table("t", "表", (Column("a", "額\u202e\ud800"),), [])
    assert csv_bytes(odd).data.decode("utf-8-sig") == '"額<U+202E><U+D800>"\r\n'


# --- The file ---------------------------------------------------------------------------------------------------------


@given(tables())
def test_every_table_comes_back(table) -> None:
    file = csv_bytes(table)
    heads, *rows = rows_of(file.data)
    assert [unguarded(head) for head in heads] == [
        column.label + ("（分）" if column.kind is Kind.MINUTES else "") for column in table.columns
    ]
    assert [[value_of(cell, c) for cell, c in zip(row, table.columns, strict=True)] for row in rows] == as_shown(table)
    assert file.missing == ()
    assert file == csv_bytes(table)


def value_of(cell: str, column: Column) -> object:
    """What an import of our own file makes of a cell."""
    if cell == "":
        return None
    match column.kind:
        case Kind.TEXT:
            return unguarded(cell)
        case Kind.DATE:
            return dt.date.fromisoformat(cell)
        case Kind.INSTANT:
            return dt.datetime.strptime(cell, "%Y-%m-%d %H:%M:%S").replace(tzinfo=TOKYO)
        case Kind.TRUTH:
            return {"TRUE": True, "FALSE": False}[cell]
        case _:
            return int(cell)


def test_the_bytes_are_those_of_rfc_4180_with_a_byte_order_mark() -> None:
    columns = (
        Column("number", "団員番号"), Column("note", '備考 "注"'), Column("yen", "金額", Kind.YEN),
        Column("minutes", "時間", Kind.MINUTES), Column("at", "開始", Kind.INSTANT), Column("on", "日", Kind.DATE),
        Column("paid", "支給", Kind.TRUTH),
    )  # fmt: skip
    noon = dt.datetime(2026, 11, 8, 3, 0, 59, 999, tzinfo=dt.UTC)
    rows = [
        ("0001236", '甲,乙\n"丙"', 7000, 150, noon, dt.date(2026, 11, 8), True),
        ("", None, None, None, None, None, None),
    ]
    table = Table("pay", "支給", columns, rows)
    assert (
        csv_bytes(table).data
        == (
            '\ufeff"団員番号","備考 ""注""","金額","時間（分）","開始","日","支給"\r\n'
            '"0001236","甲,乙\n""丙""",7000,150,"2026-11-08 12:00:59","2026-11-08","TRUE"\r\n'
            '"","","","","","",""\r\n'
        ).encode()
    )
    codes = csv_bytes(table, heads="codes").data.decode("utf-8-sig").splitlines()[0]
    assert codes == '"number","note","yen","minutes","at","on","paid"'
    assert '"時間 (min)"' in csv_bytes(table, lang="en").data.decode()
    assert csv_bytes(table, encoding="cp932").data.startswith("団員番号".encode("cp932").join([b'"', b'"']))


def test_a_row_of_one_empty_cell_is_a_row() -> None:
    assert texts("", None, "x") == ["", "", "x"]


# --- CP932 ------------------------------------------------------------------------------------------------------------


def test_every_character_is_kept_or_replaced_by_its_twin_or_reported() -> None:
    codes = (*range(0x10000), *range(0x10000, 0x110000, 97))  # beyond the first plane it has none
    chars = [char for char in map(chr, codes) if char != "\n" and not "\ud800" <= char <= "\udfff"]
    selectors = {char for char in chars if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"}
    chars = [char for char in chars if char not in selectors]
    text, lacking = cp932_text("\n".join(chars))
    assert text.encode("cp932").decode("cp932") == text
    shown = dict(zip(chars, text.split("\n"), strict=True))
    changed = {char for char in chars if shown[char] not in (char, char.translate(ALIKE))}
    assert changed == set(lacking)
    assert {shown[char] for char in changed} == {GETA}
    assert all(not _in_cp932(char) or _read_back(char) != char for char in map(chr, ALIKE))  # none replaced needlessly


def _in_cp932(char: str) -> bool:
    return char.encode("cp932", "ignore") != b""


def _read_back(char: str) -> str:
    return char.encode("cp932").decode("cp932")


@pytest.mark.parametrize(
    ("written", "read", "lacking"),
    [
        ("髙﨑 徳德 ①㈱Ⅲ 濵 瀨 神", "髙﨑 徳德 ①㈱Ⅲ 濵 瀨 神", ()),
        ("9〜17時 −3 ‖ ¢£¬ — ¥", "9～17時 －3 ∥ ￠￡￢ ― ￥", ()),
        ("…―～－∥￠￡￢", "…―～－∥￠￡￢", ()),
        ("𠮷田 𠮷男", "〓田 〓男", ("𠮷",)),
        ("大槗", "大〓", ("槗",)),
        ("葛\U000e0100城", "葛城", ("葛\U000e0100",)),
        ("か\u3099くへ\u309a", "がくぺ", ()),
        ("Café 🚒", "Caf〓 〓", ("é", "🚒")),
        ("〓", "〓", ()),
    ],
)
def test_names_and_signs_in_cp932(written, read, lacking) -> None:
    assert cp932_text(written) == (read, lacking)


def test_what_is_missing_is_told_by_row_column_and_character() -> None:
    columns = (Column("name", "氏名"), Column("place", "場所 🚒"))
    file = csv_bytes(Table("t", "表", columns, [("佐藤", "駅"), ("𠮷田", "𠮷槗駅")]), encoding="cp932")
    assert file.missing == (
        Missing(1, "place", "🚒"), Missing(3, "name", "𠮷"), Missing(3, "place", "𠮷"), Missing(3, "place", "槗"),
    )  # fmt: skip
    assert rows_of(file.data, "cp932") == [["氏名", "場所 〓"], ["佐藤", "駅"], ["〓田", "〓〓駅"]]


def test_a_minus_that_becomes_full_width_is_still_guarded() -> None:
    table = Table("t", "表", (Column("a", "文"),), [("−1",)])
    assert rows_of(csv_bytes(table, encoding="cp932").data, "cp932")[1] == ["'－1"]


# --- What a table may hold --------------------------------------------------------------------------------------------


def test_readable_shows_exactly_what_the_product_does_not_take_in() -> None:
    for code in range(0x10000):
        char = chr(code)
        refused = check_text("", f"a{char}b", 99)[1]
        assert readable(char) == (f"<U+{code:04X}>" if refused else {"\t": " ", "\r": "\n"}.get(char, char))
    beyond = "".join(map(chr, range(0x10000, 0x110000)))
    assert check_text("", beyond, len(beyond)) == (beyond, ())
    assert readable(beyond) == beyond
    assert readable("a\r\nb\rc") == "a\nb\nc"
    assert readable("7,000\u202e円\0") == "7,000<U+202E>円<U+0000>"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.TEXT, 1), (Kind.NUMBER, "1"), (Kind.NUMBER, True), (Kind.YEN, 1.0), (Kind.YEN, LARGEST + 1),
        (Kind.MINUTES, dt.timedelta(1)), (Kind.DATE, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), (Kind.DATE, dt.date(1899, 12, 31)),
        (Kind.INSTANT, dt.datetime(2026, 1, 1)), (Kind.INSTANT, dt.date(2026, 1, 1)), (Kind.TRUTH, 1),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_by_place_and_not_by_content(kind, value) -> None:
    table = Table(
        "pay", "支給", (Column("name", "氏名"), Column("what", "値", kind)), [("山田", None), ("佐藤", value)]
    )
    with pytest.raises(ValueError, match="table 'pay', row 2: column 'what' cannot hold this") as refused:
        csv_bytes(table)
    assert str(value) not in str(refused.value)
    assert "佐藤" not in str(refused.value)


def test_a_table_has_columns_and_rows_of_their_number() -> None:
    with pytest.raises(ValueError, match="each code once"):
        Table("t", "表", (), [])
    with pytest.raises(ValueError, match="each code once"):
        Table("t", "表", (Column("a", "甲"), Column("a", "乙")), [])
    with pytest.raises(ValueError, match="row 1: 2 cells for 1 columns"):
        csv_bytes(Table("t", "表", (Column("a", "甲"),), [("x", "y")]))
