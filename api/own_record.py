"""My own record: turnouts, amounts, service."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import fields

from api.body import Strict, Text
from api.endpoint import Call, Resource
from api.present import Names, instant, sentence
from api.problems import language
from api.schemas import PersonRef, UnitRef
from brigade.activity.history import Step
from brigade.activity.kinds import kind_label
from brigade.dates import tokyo_day
from brigade.month.rows import PaidLine
from brigade.own_record import OwnTurnout, PostHeld, ServedIn, own_record
from brigade.wording import text

resource = Resource("own_record", "自分の記録 My record")


class RecordQuery(Strict):
    """Months as ``2026-11``; left out, those of the current fiscal year."""

    from_ = Text(max=7, min=1, load_default=None, data_key="from")
    to = Text(max=7, min=1, load_default=None)


class DecisionOut(Strict):
    """One step on the report's way: by whom, as what, when, and as a sentence."""

    action = fields.String(required=True)
    by = fields.Nested(PersonRef, required=True, allow_none=True)
    post = fields.String(required=True, allow_none=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)
    deputy_for = fields.Nested(PersonRef, required=True, allow_none=True)
    at = fields.String(required=True)
    sentence = fields.String(required=True)


class OwnLineOut(Strict):
    """One amount with its reason. ``yen`` null: not known, or on hold; ``full`` is what it would be."""

    day = fields.String(required=True)
    yen = fields.Integer(required=True, allow_none=True)
    full = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True)
    sentence = fields.String(required=True)
    rule_set = fields.String(required=True)
    digest = fields.String(required=True)


class OwnDisputeOut(Strict):
    """What one has said against the report."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    state_label = fields.String(required=True)


class OwnTurnoutOut(Strict):
    """One's part in one report. Only confirmed and sealed reports have lines."""

    report_id = fields.UUID(required=True)
    number = fields.String(required=True)
    month = fields.String(required=True)
    day = fields.String(required=True)
    kind = fields.String(required=True)
    kind_label = fields.String(required=True)
    unit = fields.Nested(UnitRef, required=True)
    place = fields.String(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)
    minutes = fields.Integer(required=True)
    role = fields.String(required=True)
    acted = fields.Boolean(required=True)
    state = fields.String(required=True)
    state_label = fields.String(required=True)
    entered_by = fields.Nested(PersonRef, required=True)
    entry_mode = fields.String(required=True)
    decisions = fields.List(fields.Nested(DecisionOut), required=True)
    lines = fields.List(fields.Nested(OwnLineOut), required=True)
    held = fields.Boolean(required=True)
    dispute = fields.Nested(OwnDisputeOut, required=True, allow_none=True)


class EarnedOut(Strict):
    """A month (``2026-11``) or what was asked of a fiscal year (``2026``). ``yen`` is what is known and not on hold,
    ``taxable`` the part of it that is wages. ``unknown`` and ``held`` count lines.
    """

    period = fields.String(required=True)
    yen = fields.Integer(required=True)
    taxable = fields.Integer(required=True)
    unknown = fields.Integer(required=True)
    held = fields.Integer(required=True)
    held_yen = fields.Integer(required=True)


class ServiceOut(Strict):
    """Up to today, gaps not counted: days in all, and whole years and months."""

    days = fields.Integer(required=True)
    years = fields.Integer(required=True)
    months = fields.Integer(required=True)


class ServedInOut(Strict):
    """Membership in a unit; both days count."""

    unit = fields.Nested(UnitRef, required=True)
    since = fields.String(required=True)
    until = fields.String(required=True, allow_none=True)


class PostHeldOut(ServedInOut):
    """A post held in a unit."""

    post = fields.String(required=True)
    post_label = fields.String(required=True)


class TypeBeforeOut(Strict):
    """What one was as a member, and the last day of it."""

    member_type = fields.String(required=True)
    label = fields.String(required=True)
    until = fields.String(required=True)


class RecordOut(Strict):
    """One's own record. ``former_types``: what one was before one's type of member changed, the earliest first."""

    from_ = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    turnouts = fields.List(fields.Nested(OwnTurnoutOut), required=True)
    months = fields.List(fields.Nested(EarnedOut), required=True)
    fiscal_years = fields.List(fields.Nested(EarnedOut), required=True)
    service = fields.Nested(ServiceOut, required=True)
    units = fields.List(fields.Nested(ServedInOut), required=True)
    posts = fields.List(fields.Nested(PostHeldOut), required=True)
    former_types = fields.List(fields.Nested(TypeBeforeOut), required=True)


@resource.get("/me/record", "My own record", query=RecordQuery(), returns=RecordOut())
def record(call: Call) -> dict[str, Any]:
    """My turnouts with who entered and approved them, what they earn by which rules, how long I have served."""
    found = own_record(call.session, call.actor, call.query["from_"], call.query["to"])
    events = [event for turnout in found.turnouts for event in turnout.decisions]
    names = Names(
        call.session,
        [id_ for event in events for id_ in (event.actor_id, event.for_id)]
        + [turnout.report.author_id for turnout in found.turnouts],
        [event.unit_id for event in events]
        + [turnout.report.unit_id for turnout in found.turnouts]
        + [row.unit_id for row in found.memberships]
        + [row.unit_id for row in found.posts],
    )
    return {
        "from": found.first,
        "to": found.last,
        "turnouts": [_turnout(turnout, names) for turnout in found.turnouts],
        "months": [asdict(month) for month in found.months],
        "fiscal_years": [asdict(year) for year in found.years],
        "service": asdict(found.service),
        "units": [_served_in(row, names) for row in found.memberships],
        "posts": [
            {**_served_in(row, names), "post": row.post, "post_label": text(f"post.{row.post}", language())}
            for row in found.posts
        ],
        "former_types": [
            {
                "member_type": row.member_type,
                "label": text(f"member_type.{row.member_type}", language()),
                "until": row.valid_to.isoformat(),
            }
            for row in found.former_types
        ],
    }


def _turnout(turnout: OwnTurnout, names: Names) -> dict[str, Any]:
    report, lang = turnout.report, language()
    dispute = turnout.dispute
    return {
        "report_id": str(report.id),
        "number": report.number,
        "month": report.month,
        "day": tokyo_day(report.started_at).isoformat(),
        "kind": report.kind,
        "kind_label": kind_label(report.kind, lang),
        "unit": names.unit(report.unit_id),
        "place": report.place,
        "started_at": instant(report.started_at),
        "ended_at": instant(report.ended_at),
        "minutes": turnout.minutes,
        "role": report.role,
        "acted": report.acted,
        "state": report.state,
        "state_label": text(f"state.{report.state}", lang),
        "entered_by": names.member(report.author_id),
        "entry_mode": report.entry_mode,
        "decisions": [_decision(event, names) for event in turnout.decisions],
        "lines": [_line(paid, lang) for paid in turnout.lines],
        "held": turnout.held,
        "dispute": {
            "id": str(dispute.id),
            "kind": dispute.kind,
            "state": dispute.state,
            "state_label": text(f"dispute.state.{dispute.state}", lang),
        }
        if dispute
        else None,
    }


def _decision(event: Step, names: Names) -> dict[str, Any]:
    return {
        "action": event.action,
        "by": names.member(event.actor_id),
        "post": event.post,
        "unit": names.unit(event.unit_id),
        "deputy_for": names.member(event.for_id),
        "at": instant(event.at),
        "sentence": sentence(event, names),
    }


def _line(paid: PaidLine, lang: str) -> dict[str, Any]:
    line = paid.line
    return {
        "day": line.day.isoformat(),
        "yen": line.yen,
        "full": line.full,
        "reason": line.reason.value,
        "sentence": paid.ja if lang == "ja" else paid.en,
        "rule_set": line.rule_set,
        "digest": line.digest,
    }


def _served_in(row: ServedIn | PostHeld, names: Names) -> dict[str, Any]:
    return {
        "unit": names.unit(row.unit_id),
        "since": row.valid_from.isoformat(),
        "until": row.valid_to.isoformat() if row.valid_to else None,
    }
