"""Legal holds: what must not go whatever its time, by whose word, and lifting it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.body import Strict, Text, one_of
from api.endpoint import BUREAU, Answer, Call, Resource
from api.paging import PageQuery, page, page_schema
from api.present import Names, instant
from api.retention import STEP_UP
from api.schemas import PersonRef
from brigade.activity.activities import ActivityReport
from brigade.retention.holds import MOST_LETTERS, lift_hold, place_hold
from brigade.retention.tables import LegalHold, Subject

resource = Resource("holds", "消去を止める Holds", "/retention/holds")


class HoldsQuery(PageQuery):
    """``lifted=true``: those that were lifted, else those that stand."""

    lifted = fields.Boolean(load_default=False)


class HoldIn(Strict):
    """What is to stay: a member by number, a report by number, a unit by code (with all below it), or a month.

    The client's own ``id`` makes it safe to send again.
    """

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e04", "kind": "month", "subject": "2026-10", "reason": "監査",
        }  # fmt: skip

    id = fields.UUID(load_default=None)
    kind = fields.String(required=True, validate=one_of(Subject))
    subject = Text(max=40, min=1, required=True)
    reason = Text(max=MOST_LETTERS, min=1, lines=True, required=True)


class HoldOut(Strict):
    """``subject``: the id of the member, report or unit, or the month; ``label``: what it is called."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"enum": list(Subject)})
    subject = fields.String(required=True)
    label = fields.String(required=True)
    reason = fields.String(required=True)
    placed_by = fields.Nested(PersonRef, required=True)
    placed_at = fields.String(required=True)
    lifted_by = fields.Nested(PersonRef, required=True, allow_none=True)
    lifted_at = fields.String(required=True, allow_none=True)


@resource.get("", "Holds", needs=BUREAU, query=HoldsQuery(), returns=page_schema(HoldOut()))
def find(call: Call) -> dict[str, Any]:
    """The newest first."""
    is_lifted = LegalHold.lifted_at.is_not(None) if call.query["lifted"] else LegalHold.lifted_at.is_(None)
    keys = (LegalHold.placed_at, LegalHold.id)
    found = page(call.session, select(LegalHold).where(is_lifted), keys, call.query, lambda row: row, descending=True)
    return {**found, "items": _shown(call, found["items"])}


@resource.post(
    "", "Put on hold", needs=BUREAU, body=HoldIn(), returns=HoldOut(), status=201, creates="hold", step_up=STEP_UP,
    problems=(409,),
)  # fmt: skip
def place(call: Call) -> Answer:
    """From now on nothing that it touches goes, whatever was marked before."""
    body = call.body
    made = place_hold(call.session, call.actor, Subject(body["kind"]), body["subject"], body["reason"], id_=body["id"])
    return Answer(_shown(call, [made])[0])


@resource.post("/<uuid:hold_id>/lift", "Lift a hold", needs=BUREAU, returns=HoldOut(), step_up=STEP_UP, problems=(404,))
def lift(call: Call, hold_id: uuid.UUID) -> dict[str, Any]:
    """Its time counts again. 404 for one that was lifted before."""
    return _shown(call, [lift_hold(call.session, call.actor, hold_id)])[0]


def _shown(call: Call, rows: Sequence[LegalHold]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "subject": row.subject,
            "label": label,
            "reason": row.reason,
            "placed_by": placed_by,
            "placed_at": instant(row.placed_at),
            "lifted_by": lifted_by,
            "lifted_at": instant(row.lifted_at),
        }
        for row, label, placed_by, lifted_by in with_labels(call.session, rows)
    ]


def with_labels(session: Session, rows: Sequence[LegalHold]) -> list[tuple[LegalHold, str, Any, Any]]:
    """Each hold with what it is on in words, who placed it and who lifted it."""
    ids = {uuid.UUID(row.subject) for row in rows if row.kind != Subject.MONTH}
    names = Names(session, ids | {row.placed_by_id for row in rows} | {row.lifted_by_id for row in rows}, ids)
    numbers = select(ActivityReport.id, ActivityReport.number).where(ActivityReport.id.in_(ids))
    reports = dict(session.execute(numbers).all())
    return [
        (row, _called(row, names, reports), names.member(row.placed_by_id), names.member(row.lifted_by_id))
        for row in rows
    ]


def _called(row: LegalHold, names: Names, reports: dict[uuid.UUID, str | None]) -> str:
    if row.kind == Subject.MONTH:
        return row.subject
    id_ = uuid.UUID(row.subject)
    found = names.member(id_) or names.unit(id_)
    return str(found["name"]) if found else reports.get(id_) or row.subject
