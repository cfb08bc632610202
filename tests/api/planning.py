"""Events as a leader plans and changes them over the API, and what people are told of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.extensions import db
from brigade.db import new_id
from brigade.messages.notices import Notice
from tests import make
from tests.api.answers import API, CheckedClient, body_of

EVENTS = f"{API}/events"
UNKNOWN = "0199a3c0-0000-7000-8000-00000000dead"


def plan(city: make.City, unit: str = "K1-1", day: int = 25, **said: Any) -> dict[str, Any]:
    """What is sent for a drill of three hours in November 2026."""
    return {
        "id": str(new_id()), "kind": "T-01", "unit_id": str(city.unit_id(unit)), "title": "秋の合同訓練",
        "planned": True, "started_at": f"2026-11-{day}T09:00:00+09:00", "ended_at": f"2026-11-{day}T12:00:00+09:00",
        "place": "市民運動場", **said,
    }  # fmt: skip


def made(person: CheckedClient, body: dict[str, Any]) -> dict[str, Any]:
    """The event as it was made."""
    return body_of(person.post(EVENTS, json=body), 201)


def done(person: CheckedClient, event: dict[str, Any], action: str, query: str = "", **said: Any) -> TestResponse:
    """The answer to a change (``""``), ``cancel`` or ``reopen`` of the event as it was seen."""
    headers = {"If-Match": f'"{event["version"]}"'}
    if not action:
        return person.patch(f"{EVENTS}/{event['id']}{query}", json=said, headers=headers)
    body = {"json": said} if said else {}
    return person.post(f"{EVENTS}/{event['id']}/{action}{query}", headers=headers, **body)


def ok(answer: TestResponse) -> dict[str, Any]:
    """The body of an answer that must be good."""
    return body_of(answer)


def told(app: Flask, city: make.City) -> Counter[tuple[str, str]]:
    """How often each kind of notice went to whom, since the last time this was asked."""
    with app.app_context():
        rows = db.session().scalars(select(Notice), execution_options=make.SYSTEM).all()
        names = {member.id: login for login, member in city.people.items()}
        found = Counter((row.kind, names[row.member_id]) for row in rows)
        for row in rows:
            db.session().delete(row)
        db.session().commit()
    return found


def of_squads(*squads: str) -> set[str]:
    """Logins of everyone in these squads."""
    return {f"squad{squad}{who}" for squad in squads for who in ("", "-deputy", "a", "b")}
