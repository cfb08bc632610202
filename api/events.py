"""Planned drills and incidents."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from api.body import Instant, Strict, Text, Truth, at_most
from api.endpoint import Answer, Call, Resource
from api.paging import PageQuery, page, page_schema
from api.present import instant
from brigade.activities import Event, EventUnit
from brigade.events import create_event
from brigade.problems import NotFound
from brigade.units import below

resource = Resource("events", "行事・災害 Events", "/events")


class EventIn(Strict):
    """A new event; ``unit_ids`` are called to it (the organising unit itself when left out)."""

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e02",
            "kind": "T-01",
            "unit_id": "01932c5e-0000-7000-8000-000000000003",
            "title": "秋の合同訓練",
            "planned": True,
            "started_at": "2026-11-15T09:00:00+09:00",
            "ended_at": "2026-11-15T12:00:00+09:00",
            "place": "市民運動場",
        }

    id = fields.UUID(load_default=None)
    kind = Text(max=8, required=True)
    unit_id = fields.UUID(required=True)
    unit_ids = fields.List(fields.UUID(), load_default=list, validate=at_most(500))
    title = Text(max=100, min=1, required=True)
    planned = Truth(load_default=True)
    started_at = Instant(required=True)
    ended_at = Instant(required=True)
    place = Text(max=100, load_default="")


class EventOut(Strict):
    """An event."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    unit_ids = fields.List(fields.UUID(), required=True)
    title = fields.String(required=True)
    planned = fields.Boolean(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)
    place = fields.String(required=True)


class EventQuery(PageQuery):
    """Events that overlap the time from ``from`` to ``to``, called to ``unit_id`` or a unit below it."""

    from_ = Instant(data_key="from", load_default=None)
    to = Instant(load_default=None)
    unit_id = fields.UUID(load_default=None)


def event_out(event: Event) -> dict[str, Any]:
    """An event as answered."""
    return {
        "id": str(event.id),
        "version": event.version,
        "kind": event.kind,
        "unit_id": str(event.unit_id),
        "unit_ids": [str(called.unit_id) for called in event.units],
        "title": event.title,
        "planned": event.planned,
        "started_at": instant(event.started_at),
        "ended_at": instant(event.ended_at),
        "place": event.place,
    }


@resource.post("", "Plan a drill or open an incident", body=EventIn(), returns=EventOut(), status=201, creates="event")
def create(call: Call) -> Answer:
    """By the leaders of the unit or of one above it."""
    body = {name: value for name, value in call.body.items() if name != "id"}
    event = create_event(call.session, call.actor, event_id=call.body["id"], **body)
    return Answer(event_out(event), version=event.version, headers={"Location": f"/api/v1/events/{event.id}"})


@resource.get("", "Find events", query=EventQuery(), returns=page_schema(EventOut()))
def find(call: Call) -> dict[str, Any]:
    """Events that concern one's units, in order of their start."""
    query = select(Event)
    if call.query["from_"]:
        query = query.where(Event.ended_at > call.query["from_"])
    if call.query["to"]:
        query = query.where(Event.started_at < call.query["to"])
    if call.query["unit_id"]:
        called = below([call.query["unit_id"]], call.actor.today)
        query = query.where(Event.id.in_(select(EventUnit.event_id).where(EventUnit.unit_id.in_(called))))
    return page(call.session, query, (Event.started_at, Event.id), call.query, event_out)


@resource.get("/<uuid:event_id>", "One event", returns=EventOut())
def read(call: Call, event_id: uuid.UUID) -> Answer:
    """An event that concerns one's units."""
    event = call.session.scalar(select(Event).where(Event.id == event_id))
    if event is None:
        raise NotFound()
    return Answer(event_out(event), version=event.version)
