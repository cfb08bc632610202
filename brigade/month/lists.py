"""The lists beside a month's figures: members by activities, and what an officer should look at. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from brigade.activity.kinds import kind_label
from brigade.activity.workflow import Action
from brigade.dates import tokyo_day
from brigade.month.rows import MonthRows, ReportRow
from brigade.month.sheet import Column, Matrix, MatrixRow, Oddity
from brigade.pay.turnouts import Reason
from brigade.wording import text

WORKED, STOOD_BY = "worked", "stood-by"


def matrix(rows: MonthRows, counted: Sequence[ReportRow], lang: str) -> Matrix:
    """Who was at what, in the order of time and of names."""
    numbers: dict[tuple[object, ...], int] = {}
    columns: list[Column] = []
    cells: dict[str, dict[int, str]] = defaultdict(dict)
    places: dict[str, str] = {}
    for report in counted:
        day = tokyo_day(report.started_at)
        number = numbers.setdefault((day, report.event, report.kind), len(columns))
        if number == len(columns):
            columns.append(Column(day, report.kind, kind_label(report.kind, lang), report.event_title))
        for part in report.parts:
            mark, held = WORKED if part.acted else STOOD_BY, cells[part.member_id]
            # At one event twice (by turns): having worked once is having worked.
            held[number] = WORKED if WORKED in (mark, held.get(number)) else mark
            places[part.member_id] = report.unit_id
    order = {unit.id: place for place, unit in enumerate(rows.units)}
    labels = {unit.id: unit.label for unit in rows.units}
    people = sorted(
        (person for person in rows.people if person.id in cells),
        key=lambda person: (order.get(places[person.id], len(order)), person.kana_sort, person.number),
    )
    return Matrix(
        tuple(columns),
        tuple(
            MatrixRow(person.id, person.number, person.name, labels.get(places[person.id], ""), cells[person.id])
            for person in people
        ),
    )


def oddities(rows: MonthRows, counted: Sequence[ReportRow], lang: str) -> Iterator[Oddity]:
    """What differs from the plain way, report by report."""
    unknown = {one.line.report_id for one in rows.pay if one.line.is_unknown}
    on_hold = {one.line.report_id for one in rows.pay if one.line.reason is Reason.HELD}
    unannounced = {
        one.line.report_id for one in rows.pay if one.line.unannounced or one.line.reason is Reason.NO_NOTICE
    }
    for report in counted:
        for what, detail in _of_report(report, lang):
            yield Oddity(report.id, report.number, what, detail)
        if report.id in unannounced:
            yield Oddity(report.id, report.number, "unannounced", "")
        if report.id in unknown:
            yield Oddity(report.id, report.number, "unknown-amount", "")
        if report.id in on_hold:
            yield Oddity(report.id, report.number, "held", "")


def _of_report(report: ReportRow, lang: str) -> Iterator[tuple[str, str]]:
    if report.entry_mode != "self":
        yield "entered-by-other", text(f"entry_mode.{report.entry_mode}", lang)
    if report.late:
        yield "late", ""
    for line in report.trail:
        if line.action == Action.PASS:
            yield "passed", f"{line.unit_name} {text(f'pass_reason.{line.reason}', lang)}"
        elif line.action == Action.RETURN:
            yield "returned", line.unit_name
        elif line.action == Action.CORRECT:
            yield "corrected", f"{line.unit_name} {line.name}"
        elif line.action == Action.APPROVE and line.deputy_for:
            yield "deputy", f"{line.name} ← {line.deputy_for}"
