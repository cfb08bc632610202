"""The month's tables: reports by state, by kind, by unit and by member."""

from __future__ import annotations

from brigade.month.sheet import MonthSheet
from brigade.organisation.ranks import LEVELS
from reports.dates import clock
from reports.sheet import A4, MARGIN, Sheet
from reports.table import NONE, Bar, Column, Row, Table, cuts_words, uncut
from reports.words import label, say

STATES = ("draft", "in_review", "returned", "confirmed", "sealed", "withdrawn")
MOST_KINDS = 12  # more than that, and the members' table shows totals only
UPRIGHT_KINDS = 4  # more than that, and it lies on its side


def _some(number: int) -> str:
    return f"{number:,}" if number else NONE


def state_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """How many of the month's reports are in each state; drafts only where the sheet counts them."""
    states = [s for s in STATES if s in month.states or s != "draft"]
    states += sorted(set(month.states) - set(STATES))
    share = sheet.width / len(states)
    table = Table([Column(label("state", s, lang), share, "center") for s in states], size=11, row_height=22)
    rows = [Row([f"{month.states.get(s, 0):,}" for s in states])]
    sheet.section()
    table.place(sheet, say("states", lang), rows, note=_waiting(month, lang))


def _waiting(month: MonthSheet, lang: str) -> str:
    """``承認待ちの段階　班 3件、分団 5件``: where those in review wait, from the bottom up."""
    waits = [(level, month.waiting_by_level.get(level, 0)) for level in reversed(LEVELS)]
    parts = [say("waits_at", lang, level=label("level", level, lang), count=f"{n:,}") for level, n in waits if n]
    return say("waits", lang, parts=say("waits_between", lang).join(parts)) if parts else ""


def _round_up(number: int) -> int:
    """The next round number: where a bar's scale ends."""
    step = 1
    while step * 10 < number:
        step *= 10
    return min(int(step * n) for n in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * n >= number and step * n % 1 == 0)


def kind_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Each kind's reports, person-times and hours, the person-times also as bars from zero."""
    top = _round_up(max((k.person_times for k in month.kinds), default=1))
    table = Table(
        [
            Column(say("kind", lang), 140, lines=2),
            Column(say("col_times", lang), 52, "right"),
            Column(say("col_people", lang), 68, "right"),
            Column(say("col_hours", lang), 72, "right"),
            Column(say("compare", lang, top=f"{top:,}"), sheet.width - 332),
        ]
    )
    rows = [
        Row([k.label, f"{k.times:,}", f"{k.person_times:,}", clock(k.minutes), Bar(k.person_times / top)])
        for k in month.kinds
    ]
    total = Row(
        [say("total", lang), f"{month.times:,}", f"{month.person_times:,}", clock(month.minutes), ""], bold=True
    )
    sheet.section()
    table.place(sheet, say("by_kind", lang), rows, total, note=say("hours_note", lang))


def unit_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Each unit at or below the sheet's, indented by its depth; every line holds the units below it. What is under way
    stands where the month is not sealed; bars compare the units below the sheet's own.
    """
    if len(month.units) < 2:
        return
    top = _round_up(max((u.person_times for u in month.units if u.depth), default=1))
    bars, paid, open_ = len(month.units) > 2, bool(month.pay), month.edition is None
    columns = [("col_times", 40.0), ("col_people", 52.0), ("col_hours", 60.0)]
    columns += [("col_yen", 66.0)] if paid else []
    columns += [("col_waiting", 40.0), ("col_returned", 40.0)] if open_ else []
    columns = [(key, uncut(say(key, lang), least)) for key, least in columns]
    room = sheet.width - sum(wide for _, wide in columns)
    chart = min(150.0, room - 104.0) if bars else 0.0
    table = Table(
        [
            Column(say("col_unit", lang), room - chart, lines=2),
            *(Column(say(key, lang), wide, "right") for key, wide in columns),
            *([Column(say("compare_units", lang, top=f"{top:,}"), chart)] if bars else []),
        ],
        size=9.5,
        row_height=18,
    )
    rows = []
    for u in month.units:
        cells: list[str | Bar] = [u.name, f"{u.times:,}", f"{u.person_times:,}", clock(u.minutes)]
        cells += [f"{u.yen:,}"] if paid else []
        cells += [_some(u.waiting), _some(u.returned)] if open_ else []
        cells += [Bar(u.person_times / top) if u.depth else ""] if bars else []
        rows.append(Row(cells, bold=u.depth == 0, indent=10.0 * min(u.depth, 6)))
    sheet.section()
    table.place(sheet, say("by_unit", lang), rows, note=say("units_note", lang))


def member_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Each member's times and hours, by kind where the kinds find room. Where all are of one unit,
    nothing says so line by line.
    """
    if not month.members:
        return
    kinds = month.kinds if len(month.kinds) <= MOST_KINDS else ()
    alone = one_unit(month)
    wide = len(kinds) > (UPRIGHT_KINDS + 3 if alone else UPRIGHT_KINDS)
    sheet.section(landscape=wide)
    columns = _member_columns([k.label for k in kinds], wide=wide, alone=alone, lang=lang)
    table = Table(columns, size=9.5, row_height=17, zebra=True)
    rows = [
        Row(
            [m.number, m.name, *([] if alone else [m.unit_name]), f"{m.times:,}", clock(m.minutes)]
            + [_some(m.by_kind.get(k.code, 0)) for k in kinds]
        )
        for m in month.members
    ]
    times, minutes = sum(m.times for m in month.members), sum(m.minutes for m in month.members)
    of_kind = [f"{sum(m.by_kind.get(k.code, 0) for m in month.members):,}" for k in kinds]
    blank = [] if alone else [""]
    total = Row(["", say("total", lang), *blank, f"{times:,}", clock(minutes), *of_kind], bold=True)
    table.place(sheet, say("by_member", lang), rows, total, note=say("members_note", lang, count=f"{len(rows):,}"))


def one_unit(month: MonthSheet) -> bool:
    """Whether all members of the month are of one unit."""
    return len({member.unit_name for member in month.members}) < 2


def _member_columns(kinds: list[str], *, wide: bool, alone: bool, lang: str) -> list[Column]:
    room = A4[1 if wide else 0] - 2 * MARGIN
    number, name, unit, times, hours = (60.0, 86.0, 94.0, 38.0, 58.0) if wide else (58.0, 86.0, 92.0, 38.0, 54.0)
    if alone:
        unit = 0.0
    fixed = number + name + unit + times + hours
    each = min((room - fixed) / len(kinds), 48.0) if kinds else 0.0
    spare = room - fixed - each * len(kinds)
    turned = any(cuts_words(kind, each) for kind in kinds)
    return [
        Column(say("number", lang), number + spare * (0.2 if alone else 0.1), lines=2),
        Column(say("name", lang), name + spare * (0.8 if alone else 0.4), lines=2),
        *([] if alone else [Column(say("member_unit", lang), unit + spare * 0.5, lines=2)]),
        Column(say("member_times", lang), times, "right"),
        Column(say("member_hours", lang), hours, "right"),
        *(Column(kind, each, "center", upward=turned) for kind in kinds),
    ]
