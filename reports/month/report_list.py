"""The month's reports one by one, each with its approval trail: name, post and time in place of a seal.

A report is one block and stays on one page; only a trail longer than a page is carried over.
"""

from __future__ import annotations

from dataclasses import dataclass

from brigade.dates import to_tokyo
from brigade.month.sheet import MonthSheet, ReportLine, TrailLine
from reports.dates import length, span, stamp
from reports.fonts import width
from reports.lines import break_lines, fit, fit_lines
from reports.month.names import acting
from reports.pen import AMBER, BAND, BLUE, HAIR, INK, SOFT, Align, Color, Pen
from reports.sheet import Sheet
from reports.words import done, label, say

KIND, SPAN = 86.0, 300.0  # left edges of the columns after the number, in points from the margin
WHEN = 14.0  # the trail's times; who decided stands under the kind, what was decided under the day
FACT, SECOND, STEP = 9.5, 9.0, 8.5  # sizes of a report's first row, its second, and its trail
FACT_LINE, STEP_LINE = 14.0, 12.0
PAD = 6.5  # above and below a report
HEAD_HEIGHT = 31.0
SOME = 110.0  # of the first report, with the section's title


@dataclass(frozen=True, slots=True)
class Piece:
    """One text of a block: where (points from the margin and from the block's top), what, how."""

    x: float
    y: float
    words: str
    size: float
    bold: bool = False
    color: Color = INK
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a report that stays whole: its facts, or one step of the trail."""

    height: float
    pieces: tuple[Piece, ...]


def report_list(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Every report in the sheet's order."""
    if not month.reports:
        return
    sheet.section()
    note = say("reports_note", lang, count=f"{len(month.reports):,}")
    sheet.heading(say("reports", lang), keep=HEAD_HEIGHT + SOME, note=note)
    _head(sheet, lang)
    sheet.on_turn = lambda: _head(sheet, lang)
    for report in month.reports:
        _place(sheet, _facts(report, sheet.width, lang), _trail(report, sheet.width, lang), lang)
    sheet.on_turn = None


def _head(sheet: Sheet, lang: str) -> None:
    left, right, room = sheet.left, sheet.right, sheet.width
    columns: tuple[tuple[str, str, float, Align], ...] = (
        ("report_number", "report_author", 5, "left"),
        ("report_kind", "report_place", KIND, "left"),
        ("report_span", "report_people", SPAN, "left"),
        ("report_state", "report_entry", room - 5, "right"),
    )

    def draw(pen: Pen, y: float) -> None:
        pen.box(left, y, room, HEAD_HEIGHT, BAND)
        for first, second, x, align in columns:
            pen.text(left + x, y + 13, say(first, lang), 8.5, bold=True, align=align)
            pen.text(left + x, y + 25, say(second, lang), 8.5, color=SOFT, align=align)
        pen.rule(left, y + HEAD_HEIGHT, right, color=BLUE, weight=0.8)

    sheet.add(HEAD_HEIGHT, draw)


def _facts(report: ReportLine, room: float, lang: str) -> Part:
    """Two rows under the two rows of the head; a long place takes a third."""
    right, first, second = room - 5, PAD + FACT_LINE - 4, PAD + 2 * FACT_LINE - 4
    warn = AMBER if report.state == "returned" else INK
    people = "person_hours" if report.people == 1 else "people_hours"
    hours = length(report.minutes, lang)
    pieces = [
        _piece(5, first, report.number, KIND - 11, bold=True),
        _piece(KIND, first, report.kind_label, SPAN - KIND - 8, bold=True),
        *_facing(
            first, span(report.started_at, report.ended_at, lang), label("state", report.state, lang), right, warn
        ),
        _piece(5, second, report.author, KIND - 11, color=SOFT),
        *_facing(
            second,
            say(people, lang, people=f"{report.people:,}", hours=hours),
            label("entry_mode", report.entry_mode, lang),
            right,
        ),
    ]
    place = "　".join(filter(None, (report.unit_name, report.place)))
    where, size = fit_lines(place, SPAN - KIND - 8, SECOND, 2)
    pieces += [Piece(KIND, second + 11.5 * n, line, size) for n, line in enumerate(where)]
    return Part(PAD + 2 * FACT_LINE + 11.5 * (len(where) - 1) + 2, tuple(pieces))


def _piece(x: float, y: float, words: str, room: float, *, bold: bool = False, color: Color = INK) -> Piece:
    shown, size = fit(words, room, FACT if bold else SECOND, bold=bold)
    return Piece(x, y, shown, size, bold, color)


def _facing(y: float, words: str, facing: str, right: float, warn: Color | None = None) -> tuple[Piece, Piece]:
    """The texts of the last two columns on one row; ``facing`` ends at ``right`` and may have what is left over.
    The first row (with ``warn``, its colour) is larger and bold at the right.
    """
    shown, size = fit(words, right - SPAN - 50, FACT if warn else SECOND)
    left_over = right - SPAN - width(shown, size) - 10
    facing, facing_size = fit(facing, left_over, FACT if warn else SECOND, bold=bool(warn))
    return (
        Piece(SPAN, y, shown, size),
        Piece(right, y, facing, facing_size, bool(warn), warn or SOFT, "right"),
    )


def _trail(report: ReportLine, room: float, lang: str) -> list[Part]:
    if not report.trail:
        return [Part(STEP_LINE, (Piece(WHEN, 9, say("no_trail", lang), STEP, color=SOFT),))]
    year = to_tokyo(report.started_at).year
    return [_step(line, year, room, lang) for line in report.trail]


def _step(line: TrailLine, year: int, room: float, lang: str) -> Part:
    who = break_lines(_who(line, lang), SPAN - KIND - 8, STEP)
    action = done(line.action, lang)
    unit, unit_size = fit(line.unit_name, room - 5 - SPAN - width(action, STEP) - 12, STEP)
    color = AMBER if line.action in ("return", "step-back") else SOFT if line.action == "pass" else INK
    pieces = [
        Piece(WHEN, 9, stamp(line.at, year, lang), STEP, color=SOFT),
        *(Piece(KIND, 9 + 11 * n, words, STEP, color=color) for n, words in enumerate(who)),
        Piece(SPAN, 9, action, STEP, color=color),
        Piece(room - 5, 9, unit, unit_size, color=SOFT, align="right"),
    ]
    return Part(STEP_LINE + 11 * (len(who) - 1), tuple(pieces))


def _who(line: TrailLine, lang: str) -> str:
    """Post and name, for a deputy the one stood in for; where the rules acted alone, their reason."""
    if line.action == "pass" or not line.name:
        return label("pass_reason", line.reason, lang) if line.reason else ""
    return acting(line.post, line.name, line.deputy_for, line.level, lang)


def _place(sheet: Sheet, facts: Part, trail: list[Part], lang: str) -> None:
    """Sets a report; a trail that no page can hold goes on under its number on the next one."""
    parts = [facts]
    whole = facts.height + sum(step.height for step in trail) + PAD
    sheet.need(whole if whole <= sheet.blank - HEAD_HEIGHT else facts.height + 3 * STEP_LINE + PAD)
    for step in trail:
        if sum(part.height for part in parts) + step.height + PAD > sheet.room:
            _block(sheet, parts)
            sheet.turn()
            number = say("continued", lang, number=facts.pieces[0].words)
            parts = [Part(PAD + 14, (Piece(5, PAD + 10, number, FACT, True),))]
        parts.append(step)
    _block(sheet, parts)


def _block(sheet: Sheet, parts: list[Part]) -> None:
    left, right = sheet.left, sheet.right
    height = sum(part.height for part in parts) + PAD
    facts = parts[0].height

    def draw(pen: Pen, y: float) -> None:
        pen.upright(left + 7, y + facts, y + height - PAD + 1, color=HAIR, weight=1.6)
        top = y
        for part in parts:
            for p in part.pieces:
                pen.text(left + p.x, top + p.y, p.words, p.size, bold=p.bold, color=p.color, align=p.align)
            top += part.height
        pen.rule(left, y + height, right)

    sheet.add(height, draw)
