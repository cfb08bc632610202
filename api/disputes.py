"""Disputes: a member's word against a report, told to the officers of its station and to no leader."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.body import Strict, Text, one_of
from api.endpoint import OFFICERS, Answer, Call, Resource
from api.paging import PageQuery, page, page_schema
from api.present import Names, instant
from api.problems import language
from api.schemas import PersonRef
from brigade.activity.activities import ActivityReport
from brigade.activity.history import ReportEvent
from brigade.activity.kinds import kind_label
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.disputes import Dispute, answering, raise_dispute, settle_dispute, withdraw_dispute
from brigade.wording import text

resource = Resource("disputes", "申し出 Disputes")
OUTCOMES = (DisputeState.UPHELD, DisputeState.DISMISSED)
STATES = {"open": (DisputeState.OPEN,), "settled": OUTCOMES}


class DisputeIn(Strict):
    """What is wrong about oneself in a report. The client's own ``id`` makes it safe to send again."""

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e02",
            "report_id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e01",
            "kind": "not-there",
            "reason": "その日は仕事で、出動していません。",
        }

    id = fields.UUID(load_default=None)
    report_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=one_of(kind.value for kind in DisputeKind))
    reason = Text(max=1000, min=1, lines=True, required=True)


class SettleIn(Strict):
    """``upheld``: the member is right; ``dismissed``: the report stands. The member reads the comment."""

    class Meta(Strict.Meta):
        example = {"outcome": "upheld", "comment": "当日の記録を確かめました。報告を差し戻します。"}

    outcome = fields.String(required=True, validate=one_of(outcome.value for outcome in OUTCOMES))
    comment = Text(max=1000, min=1, lines=True, required=True)


class DisputesQuery(PageQuery):
    """Those to be settled, or those that were."""

    state = fields.String(load_default="open", validate=one_of(STATES))


class DisputeOut(Strict):
    """A dispute as its member sees it."""

    id = fields.UUID(required=True)
    report_id = fields.UUID(required=True)
    report_number = fields.String(required=True)
    activity = fields.String(required=True)
    activity_label = fields.String(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)
    kind = fields.String(required=True)
    kind_label = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True)
    state_label = fields.String(required=True)
    raised_at = fields.String(required=True)
    settled_by = fields.Nested(PersonRef, required=True, allow_none=True)
    settled_at = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True)


class ApprovalOut(Strict):
    """Who approved the report, as what and when."""

    by = fields.Nested(PersonRef, required=True, allow_none=True)
    post = fields.String(required=True, allow_none=True)
    at = fields.String(required=True)


class DisputeAtStation(DisputeOut):
    """The same for an officer: who disputes, who entered and approved, and whether one may settle it oneself."""

    member = fields.Nested(PersonRef, required=True)
    entered_by = fields.Nested(PersonRef, required=True)
    entry_mode = fields.String(required=True)
    approvals = fields.List(fields.Nested(ApprovalOut), required=True)
    may_settle = fields.Boolean(required=True)


def _reports(session: Session, rows: Sequence[Dispute]) -> dict[uuid.UUID, ActivityReport]:
    """The reports of these disputes; a member may no longer stand in theirs."""
    asked = select(ActivityReport).where(ActivityReport.id.in_({row.report_id for row in rows}))
    found = session.scalars(asked, execution_options={"as_system": "the report of a dispute that one may see"})
    return {report.id: report for report in found}


def _shown(row: Dispute, report: ActivityReport, names: Names) -> dict[str, Any]:
    lang = language()
    return {
        "id": str(row.id),
        "report_id": str(row.report_id),
        "report_number": report.number or "",
        "activity": report.kind,
        "activity_label": kind_label(report.kind, lang),
        "started_at": instant(report.started_at),
        "ended_at": instant(report.ended_at),
        "kind": row.kind,
        "kind_label": text(f"dispute.kind.{row.kind}", lang),
        "reason": row.reason,
        "state": row.state,
        "state_label": text(f"dispute.state.{row.state}", lang),
        "raised_at": instant(row.raised_at),
        "settled_by": names.member(row.settled_by_id),
        "settled_at": instant(row.settled_at),
        "comment": row.comment,
    }


def _own(session: Session, rows: Sequence[Dispute]) -> list[dict[str, Any]]:
    reports = _reports(session, rows)
    names = Names(session, (row.settled_by_id for row in rows), ())
    return [_shown(row, reports[row.report_id], names) for row in rows]


def at_station(session: Session, actor: Actor, rows: Sequence[Dispute]) -> list[dict[str, Any]]:
    """Disputes as an officer is told of them."""
    reports = _reports(session, rows)
    approvals = _approvals(session, reports)
    people = {id_ for row in rows for id_ in (row.settled_by_id, row.member_id)}
    people |= {report.author_id for report in reports.values()} | {one.actor_id for one in approvals}
    names = Names(session, people, ())
    answer_for = answering(session, reports)
    items = []
    for row in rows:
        report = reports[row.report_id]
        items.append({
            **_shown(row, report, names),
            "member": names.member(row.member_id),
            "entered_by": names.member(report.author_id),
            "entry_mode": report.entry_mode,
            "approvals": [
                {"by": names.member(one.actor_id), "post": one.post, "at": instant(one.at)}
                for one in approvals if one.report_id == report.id
            ],
            "may_settle": actor.member_id not in answer_for[report.id] | {row.member_id},
        })  # fmt: skip
    return items


def _approvals(session: Session, report_ids: Iterable[uuid.UUID]) -> Sequence[ReportEvent]:
    asked = select(ReportEvent).where(ReportEvent.report_id.in_(report_ids), ReportEvent.action == Action.APPROVE.value)
    return session.scalars(asked.order_by(ReportEvent.report_id, ReportEvent.seq)).all()


# --- One's own --------------------------------------------------------------------------------------------------------


@resource.post(
    "/me/disputes", "Dispute a report", body=DisputeIn(), returns=DisputeOut(), status=201, creates="dispute",
    problems=(404, 409),
)  # fmt: skip
def raise_(call: Call) -> Answer:
    """Privately to the station, by someone whom the report names. What it earns one is on hold until it is settled."""
    made = raise_dispute(
        call.session, call.actor, call.body["report_id"], DisputeKind(call.body["kind"]), call.body["reason"],
        id_=call.body["id"],
    )  # fmt: skip
    return Answer(_own(call.session, [made])[0])


@resource.get("/me/disputes", "My disputes", query=PageQuery(), returns=page_schema(DisputeOut()))
def mine(call: Call) -> dict[str, Any]:
    """The newest first."""
    asked = select(Dispute).where(Dispute.member_id == call.actor.member_id)
    found = page(call.session, asked, (Dispute.raised_at, Dispute.id), call.query, lambda row: row, descending=True)
    return {**found, "items": _own(call.session, found["items"])}


@resource.post(
    "/me/disputes/<uuid:dispute_id>/withdraw", "Withdraw a dispute", returns=DisputeOut(), problems=(404, 409)
)
def withdraw(call: Call, dispute_id: uuid.UUID) -> dict[str, Any]:
    """While it is open: the line is paid again."""
    return _own(call.session, [withdraw_dispute(call.session, call.actor, dispute_id)])[0]


# --- The station's ----------------------------------------------------------------------------------------------------


@resource.get(
    "/disputes", "Disputes to settle", needs=OFFICERS, query=DisputesQuery(), returns=page_schema(DisputeAtStation())
)
def find(call: Call) -> dict[str, Any]:
    """Of the officer's station or bureau, the oldest first."""
    asked = select(Dispute).where(Dispute.state.in_(STATES[call.query["state"]]))
    found = page(call.session, asked, (Dispute.raised_at, Dispute.id), call.query, lambda row: row)
    return {**found, "items": at_station(call.session, call.actor, found["items"])}


@resource.post(
    "/disputes/<uuid:dispute_id>/settle", "Settle a dispute", needs=OFFICERS, body=SettleIn(),
    returns=DisputeAtStation(), problems=(404, 409),
)  # fmt: skip
def settle(call: Call, dispute_id: uuid.UUID) -> dict[str, Any]:
    """By an officer who neither wrote nor approved the report. Where the member is right, return the report too."""
    outcome = DisputeState(call.body["outcome"])
    return at_station(
        call.session, call.actor, [settle_dispute(call.session, call.actor, dispute_id, outcome, call.body["comment"])]
    )[0]
