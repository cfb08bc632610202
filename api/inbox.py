"""What waits for the asker: list, counts, many decisions at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from marshmallow import fields
from sqlalchemy import ColumnElement, select

from api import present
from api.body import Strict, one_of
from api.endpoint import Call, Resource
from api.paging import PageQuery, page, page_by, page_schema
from api.problems import body_of, language, refusal_of
from api.schemas import BulkIn, BulkOut, ReportOut
from brigade.activity import inbox as waiting_room
from brigade.activity import many
from brigade.activity.activities import ActivityReport
from brigade.activity.flags import asks_to_look, flags, last_doubts
from brigade.activity.surroundings import Around, around_whole
from brigade.activity.whole import WholeReport, read_without_lists
from brigade.activity.workflow import Action
from brigade.problems import Problem, Refused

resource = Resource("inbox", "承認待ち Inbox", "/inbox")


class InboxQuery(PageQuery):
    """``group=event`` puts the reports of one event together; ``vehicles=true`` compares their vehicles with all other
    reports and looks who approved them so far, as one does before many are approved at once.
    """

    group = fields.String(load_default=None, validate=one_of(["event"]))
    vehicles = fields.Boolean(load_default=False)


class UndoableQuery(PageQuery):
    """``newest=true``: the newest approval first."""

    newest = fields.Boolean(load_default=False)


class InboxItem(ReportOut):
    """A report that waits; ``doubtful`` where it has a warning."""

    doubtful = fields.Boolean(required=True)


class UndoableItem(ReportOut):
    """A report whose last event is one's own approval."""


class ReturnedItem(ReportOut):
    """A report that its author has to put right."""


class EventRef(Strict):
    """The event that a group belongs to."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)


class InboxGroup(Strict):
    """The waiting reports of one event, or of none."""

    event = fields.Nested(EventRef, required=True, allow_none=True)
    doubtful = fields.Integer(required=True)
    items = fields.List(fields.Nested(InboxItem), required=True)


class InboxPage(page_schema(InboxItem()).__class__):  # type: ignore[misc]
    """Items, or ``groups`` where asked."""

    items = fields.List(fields.Nested(InboxItem))
    groups = fields.List(fields.Nested(InboxGroup))


class SummaryOut(Strict):
    """Counts for the badges."""

    waiting = fields.Integer(required=True)
    oldest_waiting_since = fields.String(required=True, allow_none=True)
    returned_to_me = fields.Integer(required=True)
    my_drafts = fields.Integer(required=True)


@resource.get("", "What waits for me", query=InboxQuery(), returns=InboxPage())
def waiting(call: Call) -> dict[str, Any]:
    """Reports that the asker may decide on now, the longest waiting first, doubtful ones marked."""
    found = page_by(waiting_room.ORDER, call.query, partial(waiting_room.next_waiting, call.session, call.actor))
    if call.query["count"]:
        found["count"] = waiting_room.summary(call.session, call.actor).waiting
    known, items = _shown(call, found["items"])
    if call.query["group"]:
        del found["items"]
        return {**found, "groups": _groups(known, items)}
    return {**found, "items": items}


def _shown(call: Call, rows: Sequence[WholeReport]) -> tuple[Around, list[dict[str, Any]]]:
    """The reports as answered, each with its warnings and whether it is doubtful; and what was found around them."""
    known = around_whole(call.session, rows)
    flagged = flags(call.session, rows, known)
    if call.query["vehicles"]:
        for id_, more in last_doubts(call.session, rows).items():
            flagged[id_] += [flag for flag in more if flag not in flagged[id_]]
    items = present.reports(call.session, call.actor, rows, flagged, known)
    for row, item in zip(rows, items, strict=True):
        item["doubtful"] = any(asks_to_look(row, flag) for flag in flagged[row.id])
    return known, items


def _groups(known: Around, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    grouped: dict[str | None, list[dict[str, Any]]] = {}
    for item in items:
        grouped.setdefault(item["event_id"], []).append(item)
    events = {
        str(event.id): {
            "id": str(event.id),
            "title": event.title,
            "started_at": present.instant(event.started_at),
            "ended_at": present.instant(event.ended_at),
        }
        for event in known.events.values()
    }
    return [
        {
            "event": events.get(event_id) if event_id else None,
            "doubtful": sum(item["doubtful"] for item in members),
            "items": members,
        }
        for event_id, members in grouped.items()
    ]


@resource.get("/summary", "Counts for the badges", returns=SummaryOut())
def summary(call: Call) -> dict[str, Any]:
    """What waits for me, what came back to me, my drafts."""
    found = waiting_room.summary(call.session, call.actor)
    return {
        "waiting": found.waiting,
        "oldest_waiting_since": present.instant(found.oldest_waiting_since),
        "returned_to_me": found.returned_to_me,
        "my_drafts": found.my_drafts,
    }


@resource.post("/approve", "Approve many", body=BulkIn(), returns=BulkOut(), step_up="bulk-approval")
def approve(call: Call) -> dict[str, Any]:
    """Each item for itself, by the same rule as one; the answer lists what became of each, in the order sent."""
    return _decided(call, Action.APPROVE)


@resource.get("/undoable", "What I just approved", query=UndoableQuery(), returns=page_schema(UndoableItem()))
def undoable(call: Call) -> dict[str, Any]:
    """One's own approvals of the last twelve hours after which nobody has acted, oldest first. There is no hurry: each can
    also be taken back later, by itself.
    """
    return _listed(call, waiting_room.just_approved(call.actor), newest=call.query["newest"])


@resource.get("/returned", "What came back to its authors", query=PageQuery(), returns=page_schema(ReturnedItem()))
def returned(call: Call) -> dict[str, Any]:
    """What was returned in the units of the asker's desks and is now with its authors, the longest first. ``actions`` says
    what the asker may do with it: correct it, or withdraw it where its author has left.
    """
    return _listed(call, waiting_room.with_authors(call.actor))


def _listed(call: Call, which: ColumnElement[bool], newest: bool = False) -> dict[str, Any]:
    keys, asked = (ActivityReport.updated_at, ActivityReport.id), select(ActivityReport).where(which)
    found = page(call.session, asked, keys, call.query, lambda row: row, descending=newest, read=read_without_lists)
    rows = found["items"]
    known = around_whole(call.session, rows)
    flagged = flags(call.session, rows, known)
    return {**found, "items": present.reports(call.session, call.actor, rows, flagged, known)}


@resource.post("/undo", "Undo many of one's own approvals", body=BulkIn(), returns=BulkOut())
def undo(call: Call) -> dict[str, Any]:
    """The same the other way: each waits again where it was, as long as nobody has acted after it."""
    return _decided(call, Action.UNDO)


def _decided(call: Call, action: Action) -> dict[str, Any]:
    items = [(item["id"], item["version"]) for item in call.body["items"]]
    results = []
    for id_, row, problem in many.act_on_many(call.session, call.actor, items, action):
        if row is not None:
            results.append({"id": str(id_), "ok": True, "version": row.version, "state": row.state})
        else:
            results.append({"id": str(id_), "ok": False, "problem": _problem(problem)})
    return {"results": results}


def _problem(problem: Problem | None) -> dict[str, Any]:
    shown = refusal_of(problem.reasons) if isinstance(problem, Refused) else problem
    return body_of(shown or Problem(), language())
