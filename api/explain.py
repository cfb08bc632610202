"""A figure of a month explains itself: its reports, the lines of pay with their rules, and the decisions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from api.body import Strict, Text, between, one_of
from api.endpoint import Call, Resource
from api.paging import LONGEST, decoded, encoded
from api.present import instant
from api.problems import language
from api.schemas import PersonRef, UnitRef
from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue, kind_label
from brigade.month.behind import Cell, figure_behind
from brigade.month.explain import Explanation, Figure, Place, Reason, explain
from brigade.month.rows import MonthRows, PaidLine, PersonRow
from brigade.month.sheet import TrailLine
from brigade.month.spans import checked_month
from brigade.problems import FieldProblem, Invalid
from brigade.wording import text

resource = Resource("explain", "数字の根拠 Figures", "/months")
MOST = 100
PLACE = (ActivityReport.started_at, ActivityReport.number, ActivityReport.id)
STEP = tuple(field.name for field in dataclasses.fields(TrailLine))


class CellQuery(Strict):
    """Which figure of an edition or month: one kind, one person, one category, or several of these at once."""

    kind = Text(max=8, load_default=None)
    member_id = fields.UUID(load_default=None)
    category = fields.String(load_default=None, validate=one_of(catalogue().classes["statistics"]))
    limit = fields.Integer(load_default=MOST, validate=between(1, MOST))
    cursor = Text(max=LONGEST, load_default=None)


class FigureQuery(CellQuery):
    """The same of one unit's month."""

    unit_id = fields.UUID(required=True)


class TrailLineOut(Strict):
    """One step of the report's way, as it is printed in place of a seal."""

    action = fields.String(required=True)
    level = fields.String(required=True)
    unit_name = fields.String(required=True)
    name = fields.String(required=True)
    post = fields.String(required=True)
    at = fields.String(required=True)
    deputy_for = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class PartOut(Strict):
    """One person's part in a report."""

    member = fields.Nested(PersonRef, required=True)
    role = fields.String(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)
    minutes = fields.Integer(required=True)
    acted = fields.Boolean(required=True)


class LineOut(Strict):
    """One amount with what it was made from: ``full`` is what it were without the other turnouts of its day."""

    member_id = fields.UUID(required=True)
    day = fields.String(required=True)
    part = fields.Integer(required=True)
    pay_class = fields.String(required=True)
    tax_class = fields.String(required=True)
    minutes = fields.Integer(required=True)
    full = fields.Integer(required=True, allow_none=True)
    yen = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    unannounced = fields.Boolean(required=True)
    rule_set = fields.String(required=True)
    digest = fields.String(required=True)
    sentence = fields.String(required=True)


class BehindOut(Strict):
    """One report behind the figure and what it adds; ``times`` 0 where its event is counted already."""

    report_id = fields.UUID(required=True)
    number = fields.String(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    kind_label = fields.String(required=True)
    category = fields.String(required=True)
    event = fields.UUID(required=True)
    event_title = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    unit_name = fields.String(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)
    place = fields.String(required=True)
    state = fields.String(required=True)
    entry_mode = fields.String(required=True)
    late = fields.Boolean(required=True)
    times = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    yen = fields.Integer(required=True)
    unknown = fields.Integer(required=True)
    people = fields.List(fields.Nested(PartOut), required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    decisions = fields.List(fields.Nested(TrailLineOut), required=True)


class RulesOut(Strict):
    """A rule set and its version."""

    code = fields.String(required=True)
    digest = fields.String(required=True)
    label = fields.String(required=True)


class ExplanationOut(Strict):
    """One figure: its sums over all reports behind it, and these page by page. ``minutes`` are those of people."""

    month = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)
    kind = fields.String(required=True, allow_none=True)
    member_id = fields.UUID(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    incidents_once = fields.Boolean(required=True)
    times = fields.Integer(required=True)
    reports = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    yen = fields.Integer(required=True)
    unknown = fields.Integer(required=True)
    sentence = fields.String(required=True)
    rules = fields.List(fields.Nested(RulesOut), required=True)
    items = fields.List(fields.Nested(BehindOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@resource.get(
    "/<month>/figures",
    "Why a figure is what it is",
    query=FigureQuery(),
    returns=ExplanationOut(),
    heavy=True,
)
def figures(call: Call, month: str) -> dict[str, Any]:
    """The reports behind a figure of the month, what each adds, its lines of pay and its decisions."""
    return figure_out(of_month(call, month, call.query, call.query["limit"]))


def of_month(call: Call, month: str, asked: dict[str, Any], limit: int, paid_up_to: int | None = None) -> Figure:
    """The figure that a ``FigureQuery`` asks for, as the month is now."""
    cell = Cell(asked["kind"], asked["member_id"], asked["category"])
    return figure_behind(
        call.session,
        call.actor,
        asked["unit_id"],
        checked_month(month),
        cell,
        place_of(asked["cursor"]),
        limit,
        paid_up_to,
    )


def place_of(cursor: str | None) -> Place | None:
    """Where the page before ended. Invalid for what names no place."""
    return Place(*decoded(cursor, PLACE)) if cursor else None


def explained(rows: MonthRows, cell: dict[str, Any], unit_id: str | None = None) -> Explanation:
    """The figure that a ``CellQuery`` asks for. Invalid for a kind that there is not; KeyError as ``explain``."""
    kind = cell["kind"]
    if kind is not None and catalogue().get(kind) is None and kind not in {report.kind for report in rows.reports}:
        raise Invalid([FieldProblem("/kind", "unknown-kind")])
    member_id = str(cell["member_id"]) if cell["member_id"] else None
    return explain(rows, unit_id=unit_id, kind=kind, member_id=member_id, category=cell["category"])


def figure_out(figure: Figure) -> dict[str, Any]:
    """The figure as answered: its sums, and a page of reports."""
    lang, found = language(), figure.shown
    unit = next((unit for unit in found.rows.units if unit.id == found.unit_id), None)
    name, level = (unit.name, unit.level) if unit else (found.rows.unit_name, found.rows.level)
    sums = {name: getattr(figure, name) for name in ("times", "reports", "person_times", "minutes", "yen", "unknown")}
    people = {person.id: person for person in found.people}
    labels = {unit.id: unit.label for unit in found.rows.units}
    key = "figure.events" if found.category is not None and found.rows.incidents_once else "figure.reports"
    return {
        "month": found.rows.month,
        "unit": {"id": found.unit_id, "name": name, "level": level},
        "kind": found.kind,
        "member_id": found.member_id,
        "category": found.category,
        "incidents_once": found.rows.incidents_once,
        **sums,
        "sentence": text(key, lang, **{name: f"{sum_:,}" for name, sum_ in sums.items() if sum_ is not None}),
        "rules": [
            {"code": rules.code, "digest": rules.digest, "label": rules.ja if lang == "ja" else rules.en}
            for rules in figure.rules
        ],
        "items": [_behind_out(reason, people, labels, lang) for reason in found.reasons],
        "next_cursor": encoded(figure.last) if figure.last else None,
    }


def _behind_out(
    reason: Reason, people: Mapping[str, PersonRow], labels: Mapping[str, str], lang: str
) -> dict[str, Any]:
    report = reason.report
    return {
        "report_id": report.id,
        "number": report.number,
        "version": report.version,
        "kind": report.kind,
        "kind_label": kind_label(report.kind, lang),
        "category": report.statistics_class,
        "event": report.event,
        "event_title": report.event_title,
        "unit_id": report.unit_id,
        "unit_name": labels.get(report.unit_id, ""),
        "started_at": instant(report.started_at),
        "ended_at": instant(report.ended_at),
        "place": report.place,
        "state": report.state,
        "entry_mode": report.entry_mode,
        "late": report.late,
        "times": reason.times,
        "person_times": reason.person_times,
        "minutes": reason.minutes,
        "yen": reason.yen,
        "unknown": reason.unknown,
        "people": [
            {
                "member": {
                    "id": part.member_id,
                    "number": people[part.member_id].number,
                    "name": people[part.member_id].name,
                },
                "role": part.role,
                "started_at": instant(part.started_at),
                "ended_at": instant(part.ended_at),
                "minutes": part.minutes,
                "acted": part.acted,
            }
            for part in reason.parts
        ],
        "lines": [_line_out(paid, lang) for paid in reason.lines],
        "decisions": [
            {**{name: getattr(line, name) for name in STEP}, "at": instant(line.at)} for line in report.trail
        ],
    }


def _line_out(paid: PaidLine, lang: str) -> dict[str, Any]:
    line = paid.line
    return {
        "member_id": paid.member_id,
        "day": line.day.isoformat(),
        "part": line.part,
        "pay_class": line.pay_class,
        "tax_class": line.tax_class,
        "minutes": line.minutes,
        "full": line.full,
        "yen": line.yen,
        "reason": line.reason.value,
        "role": line.role,
        "unannounced": line.unannounced,
        "rule_set": line.rule_set,
        "digest": line.digest,
        "sentence": paid.ja if lang == "ja" else paid.en,
    }
