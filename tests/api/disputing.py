"""A city that pays, an absent member who is credited, and what becomes of it over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from api.extensions import db
from brigade.db import new_id
from brigade.organisation.units import Unit
from tests import make
from tests.api.answers import API, CheckedClient, body_of
from tests.api.asking import done, file

MINE, DISPUTES, RECORD = f"{API}/me/disputes", f"{API}/disputes", f"{API}/me/record"
NOVEMBER = f"{API}/months/2026-11"
WHY = "その日は遠くへ出かけていました"
LINE = ("squad11", "company1", "brigade", "station")


def pay_like(app: Flask, city: make.City, municipality: str = "yokohama") -> None:
    """The city pays by that municipality's rules."""
    settings = {"second_factor_posts": [], "step_up": [], "pay_rules": municipality}
    with app.app_context():
        bureau = update(Unit).where(Unit.id == city.bureau_id).values(settings=settings)
        db.session.execute(bureau, execution_options=make.SYSTEM)
        db.session.commit()


def confirmed(ask: Any, city: make.City, *people: str, author: str = "squad11a", **said: Any) -> dict[str, Any]:
    """A report of squad 1-1 that the station has taken."""
    made = file(ask(author), make.body(city, "K1-1-1", *people, **said))
    for leader in LINE:
        if leader != author:
            made = done(ask(leader), made, "approve")
    assert made["state"] == "confirmed"
    return made


def disputed(person: CheckedClient, report: dict[str, Any], kind: str = "not-there", **said: Any) -> TestResponse:
    """The answer to a dispute of the report."""
    body = {"id": str(new_id()), "report_id": report["id"], "kind": kind, "reason": WHY, **said}
    return person.post(MINE, json=body)


def settled(
    person: CheckedClient, dispute_id: str, outcome: str = "upheld", comment: str = "確かめました"
) -> TestResponse:
    """The answer to an officer's word."""
    return person.post(f"{DISPUTES}/{dispute_id}/settle", json={"outcome": outcome, "comment": comment})


def pay(person: CheckedClient, unit_id: Any) -> dict[str, Any]:
    """The pay of November, as a leader of the unit sees it."""
    return dict(body_of(person.get(NOVEMBER, query_string={"unit_id": str(unit_id)}))["pay"])


def lines_of(paid: dict[str, Any], member_id: Any) -> list[tuple[int | None, str]]:
    """(yen, reason) of one member's lines."""
    return [(line["yen"], line["reason"]) for line in paid["lines"] if line["member_id"] == str(member_id)]
