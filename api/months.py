"""The month so far: figures as JSON, and the same as a PDF marked as a preview."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from marshmallow import fields

from api import filenames
from api.body import Strict
from api.endpoint import Answer, Call, Resource
from api.present import instant
from api.problems import language
from api.schemas import UnitRef
from brigade.month import figures, reading
from brigade.month.editions import newest_with
from brigade.month.rows import MonthRows
from brigade.month.spans import checked_month
from brigade.month.status import month_status
from brigade.month.totals import Sum, month_totals

resource = Resource("months", "月次 Months", "/months")


class MonthQuery(Strict):
    """The unit whose month is asked for."""

    unit_id = fields.UUID(required=True)


class CountedOut(Strict):
    """Reports, attendances and minutes of people."""

    times = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class KindTotalOut(CountedOut):
    """Of one kind."""

    code = fields.String(required=True)
    label = fields.String(required=True)


class UnitTotalOut(CountedOut):
    """Of one unit with all below it."""

    unit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    depth = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    yen = fields.Integer(required=True)


class SumOut(CountedOut):
    """The same, and of the reports those in review and those returned."""

    waiting = fields.Integer(required=True)
    returned = fields.Integer(required=True)


class KindSumOut(SumOut):
    """Of one kind."""

    code = fields.String(required=True)


class UnitSumOut(SumOut):
    """Of one unit with all below it."""

    unit_id = fields.UUID(required=True)


class MonthTotalsOut(SumOut):
    """The unit's month in all, by kind and by unit; what has no report is left out."""

    kinds = fields.List(fields.Nested(KindSumOut), required=True)
    units = fields.List(fields.Nested(UnitSumOut), required=True)


class CategoryOut(Strict):
    """One category of the ministry's survey: ``times`` counts what several units did together once."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    times = fields.Integer(required=True)
    reports = fields.Integer(required=True)
    person_times = fields.Integer(required=True)


class PayRowOut(Strict):
    """One line of the pay list with its reason; ``yen`` null where the amount is not known or the line is on hold."""

    member_id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    report_id = fields.UUID(required=True)
    report_number = fields.String(required=True)
    day = fields.String(required=True)
    kind = fields.String(required=True)
    minutes = fields.Integer(required=True)
    yen = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True)
    rule_set = fields.String(required=True)
    sentence = fields.String(required=True)
    unit_name = fields.String(required=True)
    kind_label = fields.String(required=True)
    tax_class = fields.String(required=True)
    version = fields.String(required=True)


class PayOut(Strict):
    """What the confirmed reports earn. ``unknown`` lines have no amount yet; ``rules`` name sets and versions."""

    yen = fields.Integer(required=True)
    unknown = fields.Integer(required=True)
    rules = fields.List(fields.String(), required=True)
    lines = fields.List(fields.Nested(PayRowOut), required=True)


class MemberTotalOut(Strict):
    """One member's month."""

    member_id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    unit_name = fields.String(required=True)
    times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    by_kind = fields.Dict(required=True)
    yen = fields.Integer(required=True)


class SaidOut(Strict):
    """Who declared it, and when."""

    by = fields.String(required=True)
    at = fields.String(required=True)


class UnitProgressOut(Strict):
    """How far one unit is, with all below it. ``owing`` are squads that have not said all: nothing of the month (``silent``),
    or not of planned events, which ``unanswered`` counts for each of them. ``expected`` counts these of all.
    """

    unit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    depth = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    reports = fields.Integer(required=True)
    waiting = fields.Dict(required=True)
    returned = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    nil = fields.Integer(required=True)
    excused = fields.Integer(required=True)
    owing = fields.List(fields.UUID(), required=True)
    silent = fields.List(fields.UUID(), required=True)
    unanswered = fields.Dict(required=True)
    overdue = fields.Boolean(required=True)
    complete = fields.Nested(SaidOut, required=True, allow_none=True)


class ProgressOut(Strict):
    """The month's last day, the last days of input and of grace, and each unit."""

    month_ends = fields.String(required=True)
    input_ends = fields.String(required=True)
    grace_ends = fields.String(required=True)
    units = fields.List(fields.Nested(UnitProgressOut), required=True)


class NewestOut(Strict):
    """The newest sealed edition of which the unit is a part."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    sealed_at = fields.String(required=True)
    code = fields.String(required=True)


class MonthOut(Strict):
    """The month of one unit as it is now. ``minutes`` are person-minutes."""

    month = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)
    path = fields.List(fields.String(), required=True)
    preview = fields.Boolean(required=True)
    generated_at = fields.String(required=True)
    times = fields.Integer(required=True)
    person_times = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    states = fields.Dict(required=True)
    waiting_by_level = fields.Dict(required=True)
    kinds = fields.List(fields.Nested(KindTotalOut), required=True)
    units = fields.List(fields.Nested(UnitTotalOut), required=True)
    members = fields.List(fields.Nested(MemberTotalOut), required=True)
    categories = fields.List(fields.Nested(CategoryOut), required=True)
    pay = fields.Nested(PayOut, required=True)
    progress = fields.Nested(ProgressOut, required=True)
    edition = fields.Nested(NewestOut, required=True, allow_none=True)


def _rows(call: Call, month: str) -> MonthRows:
    return reading.month_rows(call.session, call.actor, call.query["unit_id"], checked_month(month))


def _progress_out(call: Call, rows: MonthRows) -> dict[str, Any]:
    dates, units = month_status(call.session, call.actor, rows)
    shown = [
        {
            **asdict(unit),
            "owing": list(unit.owing),
            "silent": sorted(unit.silent),
            "complete": {"by": unit.complete.by, "at": instant(unit.complete.at)} if unit.complete else None,
        }
        for unit in units
    ]
    return {**{name: day.isoformat() for name, day in asdict(dates).items()}, "units": shown}


def _newest_out(call: Call, rows: MonthRows) -> dict[str, Any] | None:
    found = newest_with(call.session, uuid.UUID(rows.unit_id), rows.month)
    if found is None:
        return None
    edition, code = found
    return {"id": str(edition.id), "number": edition.number, "sealed_at": instant(edition.sealed_at), "code": code}


@resource.get("/<month>", "The month so far", query=MonthQuery(), returns=MonthOut(), heavy=True)
def month(call: Call, month: str) -> dict[str, Any]:
    """Progress and totals by kind, unit and member of one unit and all below it."""
    rows = _rows(call, month)
    sheet = figures.sheet(rows, language())
    return {
        "month": sheet.month,
        "unit": {"id": sheet.unit_id, "name": sheet.unit_name, "level": sheet.level},
        "path": list(sheet.path),
        "preview": sheet.preview,
        "generated_at": instant(sheet.generated_at),
        "times": sheet.times,
        "person_times": sheet.person_times,
        "minutes": sheet.minutes,
        "states": sheet.states,
        "waiting_by_level": sheet.waiting_by_level,
        "kinds": [asdict(total) for total in sheet.kinds],
        "units": [asdict(total) for total in sheet.units],
        "members": [asdict(total) for total in sheet.members],
        "categories": [asdict(total) for total in sheet.categories],
        "progress": _progress_out(call, rows),
        "edition": _newest_out(call, rows),
        "pay": {
            "yen": sheet.yen,
            "unknown": sheet.unknown,
            "rules": list(sheet.rules),
            "lines": [{**asdict(line), "day": line.day.isoformat()} for line in sheet.pay],
        },
    }


def _sum_out(total: Sum, **named: Any) -> dict[str, Any]:
    return {**named, **total._asdict()}


@resource.get("/<month>/totals", "The month's totals", query=MonthQuery(), returns=MonthTotalsOut(), heavy=True)
def totals(call: Call, month: str) -> dict[str, Any]:
    """The figures of the month by kind and unit, added up by the database: quick for a whole city, and without a name."""
    found = month_totals(call.session, call.actor, call.query["unit_id"], checked_month(month))
    return {
        **_sum_out(found.whole),
        "kinds": [_sum_out(total, code=code) for code, total in sorted(found.kinds.items())],
        "units": [_sum_out(total, unit_id=str(unit_id)) for unit_id, total in sorted(found.units.items())],
    }


@resource.get(
    "/<month>/report.pdf",
    "The month as PDF",
    query=MonthQuery(),
    media_type="application/pdf",
    step_up="export",
    heavy=True,
)
def report(call: Call, month: str) -> Answer:
    """The same figures with the list of reports and their approvals, marked as a preview."""
    from reports.month.document import month_pdf  # reportlab is loaded when the first document is asked for

    sheet = figures.sheet(_rows(call, month), language())
    call.session.rollback()  # drawing takes longer than reading: no writer should wait for it
    name = f"brigade-{month}-{uuid.UUID(sheet.unit_id).hex[:8]}.pdf"
    headers = filenames.named("inline", name, sheet.unit_name, filenames.when(month), filenames.what("preview"))
    return Answer(month_pdf(sheet, language()), media_type="application/pdf", headers=headers)
