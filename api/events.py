"""Planned drills and incidents: plan, change, cancel, take part, say that nobody came."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import present
from api.endpoint import Answer, Call, Resource
from api.event_schemas import (
    AnswersOut,
    CancelIn,
    EventIn,
    EventMade,
    EventOut,
    EventPatch,
    EventQuery,
    NobodyCameIn,
    ScopeQuery,
    TookPartIn,
)
from api.paging import page, page_schema
from api.present import Names, instant
from api.schemas import ReportOut
from brigade.activity.activities import ActivityReport, Event, NobodyCame
from brigade.calendar import event_answers, events
from brigade.calendar.event_calls import called_by, calling, read_event
from brigade.calendar.event_series import WEEKDAYS, Rule
from brigade.calendar.expected import Expected, answers_of, state_counts
from brigade.calendar.taking_part import expected_of, took_part

resource = Resource("events", "行事・災害 Events", "/events")
EVENT = EventOut()
EVERY = tuple(EventPatch().fields)


def events_out(session: Session, rows: Sequence[Event]) -> list[dict[str, Any]]:
    """Events as answered."""
    names = Names(session, {event.cancelled_by_id for event in rows}, ())
    called = called_by(session, [event.id for event in rows])
    return [_event_out(event, names, called[event.id]) for event in rows]


def _event_out(event: Event, names: Names, called: Sequence[uuid.UUID]) -> dict[str, Any]:
    cancelled = event.cancelled_at and {
        "by": names.member(event.cancelled_by_id),
        "at": instant(event.cancelled_at),
        "reason": event.cancel_reason,
    }
    return {
        "id": str(event.id),
        "version": event.version,
        "kind": event.kind,
        "unit_id": str(event.unit_id),
        "unit_ids": [str(unit_id) for unit_id in called],
        "title": event.title,
        "planned": event.planned,
        "started_at": instant(event.started_at),
        "ended_at": instant(event.ended_at),
        "place": event.place,
        "details": event.details,
        "order_by": event.order_by,
        "note": event.note,
        "state": event.state,
        "cancelled": cancelled,
        "series_id": str(event.series_id) if event.series_id else None,
    }


def _one(call: Call, event: Event) -> Answer:
    return Answer(events_out(call.session, [event])[0], version=event.version)


def _rule(sent: dict[str, Any] | None) -> Rule | None:
    if sent is None:
        return None
    day = sent["on"].get("weekday")
    on = {**sent["on"], "weekday": WEEKDAYS.index(day) if day else None}
    return Rule(sent["every"], sent["interval"], **on, until=sent["until"], count=sent["count"])


@resource.post("", "Plan a drill or open an incident", body=EventIn(), returns=EventMade(), status=201, creates="event")
def create(call: Call) -> Answer:
    """By the leaders of the unit or of one above it. With ``series`` all its events are made at once."""
    said = {name: value for name, value in call.body.items() if name not in ("id", "unit_id", "unit_ids", "series")}
    made = events.create_event(
        call.session, call.actor, events.Plan(**said, unit_ids=tuple(call.body["unit_ids"])),
        unit_id=call.body["unit_id"], event_id=call.body["id"], series=_rule(call.body["series"]),
    )  # fmt: skip
    first = made.events[0]
    answer = _one(call, first)
    answer.headers["Location"] = f"/api/v1/events/{first.id}"
    if first.series_id is not None:
        held = [{"id": str(event.id), "started_at": instant(event.started_at)} for event in made.events]
        answer.body["series"] = {"events": held, "skipped": list(made.skipped)}
    return answer


@resource.get("", "Find events", query=EventQuery(), returns=page_schema(EVENT))
def find(call: Call) -> dict[str, Any]:
    """Events that concern one's units, in order of their start."""
    asked = call.query
    query = select(Event)
    if asked["from_"]:
        query = query.where(Event.ended_at > asked["from_"])
    if asked["to"]:
        query = query.where(Event.started_at < asked["to"])
    if asked["unit_id"]:
        query = query.where(Event.id.in_(calling(asked["unit_id"])))
    for name in ("state", "series_id"):
        if asked[name]:
            query = query.where(getattr(Event, name) == asked[name])
    if asked["expected"]:
        query = query.where(expected_of(call.actor))
    found = page(call.session, query, (Event.started_at, Event.id), asked, lambda event: event)
    found["items"] = events_out(call.session, found["items"])
    return found


@resource.get("/<uuid:event_id>", "One event", returns=EVENT)
def read(call: Call, event_id: uuid.UUID) -> Answer:
    """An event that concerns one's units."""
    return _one(call, read_event(call.session, event_id))


@resource.patch(
    "/<uuid:event_id>", "Change an event", query=ScopeQuery(), body=EventPatch(partial=EVERY), returns=EVENT,
    versioned=True,
)  # fmt: skip
def change(call: Call, event_id: uuid.UUID) -> Answer:
    """By those who may plan it. Only the fields sent change; the later ones of a series move by as much as this one.

    Refused (409) where a report that was filed of it would no longer be true; it is named.
    """
    changes = dict(call.body)
    if "unit_ids" in changes:
        changes["unit_ids"] = tuple(changes["unit_ids"])
    event = events.change_event(
        call.session, call.actor, event_id, call.version, changes, following=call.query["scope"] == "following"
    )
    return _one(call, event)


@resource.post(
    "/<uuid:event_id>/cancel", "Cancel an event", query=ScopeQuery(), body=CancelIn(), returns=EVENT, versioned=True
)
def cancel(call: Call, event_id: uuid.UUID) -> Answer:
    """With the reason that everyone is told. Refused (409) when a report was filed of it; it is named."""
    event = events.cancel_event(
        call.session, call.actor, event_id, call.version, call.body["reason"],
        following=call.query["scope"] == "following",
    )  # fmt: skip
    return _one(call, event)


@resource.post(
    "/<uuid:event_id>/reopen", "Hold a cancelled event after all", query=ScopeQuery(), returns=EVENT, versioned=True
)
def reopen(call: Call, event_id: uuid.UUID) -> Answer:
    """The cancellation is undone."""
    event = events.reopen_event(
        call.session, call.actor, event_id, call.version, following=call.query["scope"] == "following"
    )
    return _one(call, event)


@resource.post(
    "/<uuid:event_id>/took-part", "I took part as planned", body=TookPartIn(), returns=ReportOut(), status=201,
    creates="activity-report",
)  # fmt: skip
def take_part(call: Call, event_id: uuid.UUID) -> Answer:
    """Files and submits one's own report with the event's kind, times, place, details and order, fully checked.

    From the event's start on, by those whose unit was called. The same id again answers as the first time did.
    """
    said = {name: call.body[name] for name in ("started_at", "ended_at", "role")}
    row, checked = took_part(call.session, call.actor, event_id, report_id=call.body["id"], **said)
    body = present.one_report(call.session, call.actor, row, checked=checked)
    return Answer(body, version=row.version, headers={"Location": f"/api/v1/activity-reports/{row.id}"})


@resource.get("/<uuid:event_id>/answers", "What each squad has said of an event", returns=AnswersOut())
def answers(call: Call, event_id: uuid.UUID) -> dict[str, Any]:
    """Squads that one may look into, and one's own; units of the event's day."""
    return _answers(call, read_event(call.session, event_id))


@resource.post(
    "/<uuid:event_id>/nobody-came", "Say that nobody of a squad came", body=NobodyCameIn(), returns=AnswersOut(),
    status=201, problems=(409,),
)  # fmt: skip
def nobody_came(call: Call, event_id: uuid.UUID) -> dict[str, Any]:
    """By who leads the squad or a unit over it, or acts for them. A report filed afterwards outweighs it."""
    body = call.body
    event = event_answers.state_nobody_came(call.session, call.actor, event_id, body["unit_id"], body["comment"])
    return _answers(call, event)


@resource.delete("/<uuid:event_id>/nobody-came/<uuid:unit_id>", "Take that back", status=204)
def somebody_came(call: Call, event_id: uuid.UUID, unit_id: uuid.UUID) -> None:
    """By the same people. That it was said, and taken back, stays in the answers."""
    event_answers.take_back(call.session, call.actor, event_id, unit_id)


def _answers(call: Call, event: Event) -> dict[str, Any]:
    rows = answers_of(call.session, call.actor, event.id)
    said = event_answers.statements_of(call.session, event)
    names = Names(call.session, {id_ for one, _ in said for id_ in (one.stated_by_id, one.withdrawn_by_id)}, ())
    reports = call.session.scalars(
        select(ActivityReport).where(ActivityReport.event_id == event.id).order_by(ActivityReport.created_at)
    )
    return {
        "event_id": str(event.id),
        "items": [
            {**squad_out(row), "statements": [_statement(one, names) for one, about in said if row.unit_id in about]}
            for row in rows
        ],
        "reports": [
            {"id": str(row.id), "number": row.number, "unit_id": str(row.unit_id), "state": row.state}
            for row in reports
        ],
        "counts": state_counts(rows),
        "next_cursor": None,
    }


def squad_out(row: Expected) -> dict[str, Any]:
    """What a squad has said, as answered."""
    unit = {"id": str(row.unit_id), "name": row.unit_name, "level": row.level}
    return {"unit": unit, "state": row.state.value, "reports": dict(row.reports)}


def _statement(said: NobodyCame, names: Names) -> dict[str, Any]:
    return {
        "by": names.member(said.stated_by_id),
        "at": instant(said.stated_at),
        "comment": said.comment,
        "withdrawn_by": names.member(said.withdrawn_by_id),
        "withdrawn_at": instant(said.withdrawn_at),
        "withdrawn_because": said.withdrawn_because,
    }
