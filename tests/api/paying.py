"""A city that pays, and reports that are confirmed at once: for tests of what is earned."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask
from sqlalchemy import update

from api.extensions import db
from brigade.activity.activities import ActivityReport
from brigade.organisation.units import Unit
from tests import make
from tests.api.asking import file

TOKYO = dt.timezone(dt.timedelta(hours=9))


def set_rules(app: Flask, city: make.City, municipality: str, **said: Any) -> None:
    """The whole city pays by the rules of that municipality."""
    settings = {"second_factor_posts": [], "step_up": [], "pay_rules": municipality, **said}
    with app.app_context():
        changed = update(Unit).where(Unit.id == city.bureau_id).values(settings=settings)
        db.session.execute(changed, execution_options=make.SYSTEM)
        db.session.commit()


def confirm_all(app: Flask) -> None:
    """Whatever was submitted, the station has taken."""
    taken = {"state": "confirmed", "step": 1, "awaiting_unit_id": None, "awaiting_since": None}
    with app.app_context():
        submitted = update(ActivityReport).where(ActivityReport.state == "in_review").values(**taken)
        db.session.execute(submitted, execution_options={**make.SYSTEM, "synchronize_session": False})
        db.session.commit()


def filed(
    person: Any, city: make.City, unit: str, *people: str, at: str, hours: float = 2, **said: Any
) -> dict[str, Any]:
    """A report of an activity that began ``at`` (``2026-10-31 23:00``, in Tokyo)."""
    start = dt.datetime.fromisoformat(at).replace(tzinfo=TOKYO)
    times = {"started_at": start.isoformat(), "ended_at": (start + dt.timedelta(hours=hours)).isoformat()}
    details = {"drill_type": "pump"} if said.get("kind", "T-01") == "T-01" else {}
    return file(person, make.body(city, unit, *people, **{**times, "details": details, **said}))
