"""Nobody sees a row too many or too few, in any list: what the product shows against what ``sight.py`` works
out (S-01).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import settings
from sqlalchemy import ColumnElement, Engine, and_, bindparam, create_engine, or_, select, true
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.second_factors import Totp
from brigade.activity import readers
from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.inbox import next_waiting, summary, waiting
from brigade.actor import STANDING, Actor, load_actor, with_standing
from brigade.connections import prepare_engine
from brigade.db import Base
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.unit_settings import UnitSettings
from brigade.organisation.units import Unit, Vehicle, valid_on
from brigade.questions import Question
from brigade.scopes import SCOPES
from tests.db.sight import Sight, key
from tests.db.town import NOW, PASSWORD, PLACES, TODAY, Town, above, holds

SYSTEM = {"as_system": "a test looks at everything"}
FULL = settings.default is not None and settings.default.max_examples > 1000
SEEDS = range(60 if FULL else 2)


def people(town: Town) -> list[uuid.UUID]:
    """All who hold something or are away, and every fifth of the others."""
    special = {row["member_id"] for model in (Post, DeputyPlace, Absence) for row in town.of(model)}
    return [row["id"] for nth, row in enumerate(town.of(Member)) if row["id"] in special or nth % 5 == 0]


def session_of(engine: Engine, member_id: uuid.UUID) -> Session | None:
    """The person's session; None for one who may not sign in."""
    session = Session(engine)
    member = session.get_one(Member, member_id, execution_options=SYSTEM)
    actor = load_actor(session, member, NOW)
    session.close()
    if actor is not None:
        session.info["actor"] = actor
    return session if actor is not None else None


def leaks(engine: Engine, town: Town, only: type[Base] | None = None) -> Iterator[str]:
    """Every difference between what is shown and what should be."""
    for me in people(town):
        sight = Sight(town, me)
        session = session_of(engine, me)
        if session is None or sight.is_shut_out:
            if (session is None) != sight.is_shut_out:
                yield f"{me}: shut out is {sight.is_shut_out}"
            continue
        with session:
            for model, expected in sight.sees.items():
                if only in (None, model):
                    shown = {key(model, row) for row in session.scalars(select(model)).unique()}
                    if shown != expected:
                        yield f"{me}: {model.__name__} +{len(shown - expected)} -{len(expected - shown)}"
            actor = session.info["actor"]
            inbox = set(session.scalars(select(ActivityReport.id).where(waiting(actor))))
            page = [row.id for row in next_waiting(session, actor, (), len(inbox) + 2)]
            if inbox != sight.waiting() or {*page} != inbox or summary(session, actor).waiting != len(page):
                yield f"{me}: inbox"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_table_shows_each_person_what_the_rules_say(engine: Engine, seed: int) -> None:
    town = Town(seed)
    with Session(engine) as session:
        town.stored(session)
    assert list(leaks(engine, town)) == []


# --- A hole in a rule is noticed ---------------------------------------------------------------------------------------


def shown_too_much(model: type[Base]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(SCOPES, model, lambda actor: true())


def drafts_of_the_city(actor: Actor) -> ColumnElement[bool]:
    drafts = and_(ActivityReport.state == "draft", ActivityReport.bureau_id == actor.bureau_id)
    return or_(readers.readable_reports(actor), drafts)


def no_end(row: Any, day: dt.date) -> ColumnElement[bool]:
    return row.valid_from <= day  # type: ignore[no-any-return]


def no_beginning(row: Any, day: dt.date) -> ColumnElement[bool]:
    return or_(row.valid_to.is_(None), row.valid_to >= day)


def posts_by(valid: Callable[[Any, Any], ColumnElement[bool]]) -> Callable[[pytest.MonkeyPatch], None]:
    """The posts of an actor, found by another rule of days."""

    def of_another_day(row: Any, day: Any) -> ColumnElement[bool]:
        return valid(row, day) if row is Post else valid_on(row, day)

    def dig(patch: pytest.MonkeyPatch) -> None:
        patch.setattr("brigade.actor.valid_on", of_another_day)
        asked = with_standing(select(*STANDING).select_from(Member)).where(Member.id == bindparam("who"))
        patch.setattr("brigade.actor._WHAT_THEY_ARE", Question(asked, SYSTEM))

    return dig


HOLES: dict[str, tuple[type[Base], Callable[[pytest.MonkeyPatch], None]]] = {
    **{f"all of {model.__name__}": (model, shown_too_much(model)) for model in SCOPES},
    "others' drafts": (ActivityReport, lambda patch: patch.setitem(SCOPES, ActivityReport, drafts_of_the_city)),
    "injuries for the bureau": (ActivityReport, lambda patch: patch.setattr(readers, "confidential_kinds", list)),
    "posts that ended": (Unit, posts_by(no_end)),
    "posts to come": (Unit, posts_by(no_beginning)),
    "units of another day": (Unit, lambda patch: patch.setattr("brigade.organisation.units.valid_on", no_end)),
    "units taken over": (Unit, lambda patch: patch.setattr("brigade.actor._with_predecessors", lambda _, *both: both)),
    "deputies at once": (
        ActivityReport,
        lambda patch: patch.setattr("brigade.actor.settings_of", lambda *_: UnitSettings(deputy_after_days=0)),
    ),
}


def test_every_planted_hole_is_found(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    town, engine = Town(7), create_engine(sqlite)
    prepare_engine(engine)
    with Session(engine) as session:
        town.stored(session)
    unnoticed = []
    for name, (model, dig) in HOLES.items():
        with monkeypatch.context() as patch:
            dig(patch)
            if next(leaks(engine, town, model), None) is None:
                unnoticed.append(name)
    engine.dispose()
    assert unnoticed == []


# --- Every list over HTTP ----------------------------------------------------------------------------------------------


class Reader:
    """One person with a phone."""

    def __init__(self, app: Flask, town: Town, me: uuid.UUID) -> None:
        self.client, self.sight, self.town = app.test_client(), Sight(town, me), town
        login = next(row["login"] for row in town.of(Account) if row["member_id"] == me)
        answer = self.client.post("/api/v1/auth/login", json={"login": login, "password": PASSWORD})
        self.signed_in = answer.status_code == 200
        if self.signed_in:
            self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.json['access_token']}"

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query)

    def listed(self, path: str, **query: Any) -> set[uuid.UUID]:
        """Ids on all pages of a list; none of them twice."""
        found: list[str] = []
        cursor = None
        while True:
            body = self.get(path, **query, limit=40, **({"cursor": cursor} if cursor else {})).json
            found += [item["id"] for item in body["items"]]
            cursor = body["next_cursor"]
            if cursor is None:
                assert len(found) == len(set(found))
                return {uuid.UUID(id_) for id_ in found}

    def reports(self, **where: Any) -> set[uuid.UUID]:
        """What the list of reports must hold."""
        return {row["id"] for row in self.sight.reports if all(row[name] == value for name, value in where.items())}

    def today(self, model: type[Base]) -> set[uuid.UUID]:
        seen = self.sight.sees[model]
        return {row["id"] for row in self.town.of(model) if (row["id"],) in seen and holds(row, TODAY)}

    def members_under(self, unit_id: uuid.UUID) -> set[uuid.UUID]:
        seen = self.sight.sees[Membership]
        return {
            row["member_id"]
            for row in self.town.of(Membership)
            if (row["id"],) in seen and holds(row, TODAY) and unit_id in self.sight.line_of(row["unit_id"])
        }

    def month(self, unit: dict[str, Any], month: str) -> tuple[int, int | None, int | None]:
        """Status, reports and attendances of a unit's month."""
        if (unit["id"],) not in self.sight.sees[Unit]:
            return 404, None, None
        last = dt.date(2026, int(month[-2:]), 30)
        if not self.sight.reach & {row["id"] for row in above(self.town, unit["id"], last)}:
            return 403, None, None
        places = self.sight.with_predecessors({unit["id"]})
        counted = {
            row["id"]
            for row in self.sight.reports
            if row["month"] == month
            and row[f"{unit['level']}_id"] in places
            and row["state"] not in ("draft", "withdrawn")
        }
        parts = [row for row in self.town.of(Participation) if row["report_id"] in counted]
        return 200, len(counted), len(parts)


def test_every_list_over_http(app: Flask) -> None:
    town = Town(11)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        town.stored(db.session())
        db.session.remove()
        guarded = {row["account_id"] for row in town.of(Totp)}  # they sign in with more than a password
        owners = {row["member_id"] for row in town.of(Account) if row["id"] in guarded}
        some = [me for me in people(town) if me not in owners][::5]
        readers = [Reader(app, town, me) for me in some]
        assert [reader.signed_in for reader in readers] == [not reader.sight.is_shut_out for reader in readers]
        for reader in readers:
            if reader.signed_in:
                lists_agree(reader, town)


def lists_agree(reader: Reader, town: Town) -> None:
    sight = reader.sight
    assert reader.listed("/activity-reports") == reader.reports()
    assert reader.listed("/activity-reports", state="in_review") == reader.reports(state="in_review")
    assert reader.listed("/activity-reports", month="2026-10") == reader.reports(month="2026-10")
    assert reader.listed("/activity-reports", kind="I-01") == reader.reports(kind="I-01")
    assert reader.listed("/activity-reports", author="me") == reader.reports(author_id=sight.me)
    assert reader.listed("/activity-reports", awaiting="me") == sight.waiting()
    for place in PLACES:
        assert reader.listed("/activity-reports", q=place) == reader.reports(place=place)
    assert reader.listed("/inbox") == sight.waiting()
    assert reader.get("/inbox/summary").json["waiting"] == len(sight.waiting())
    assert reader.listed("/units") == reader.today(Unit)
    assert reader.listed("/vehicles") == reader.today(Vehicle)
    assert {(id_,) for id_ in reader.listed("/events")} == sight.sees[Event]
    chance = Random(str(sight.me))
    for row in chance.sample(town.of(ActivityReport), 6):
        status = 200 if sight.reads(row) else 404
        assert reader.get(f"/activity-reports/{row['id']}").status_code == status
        assert reader.get(f"/activity-reports/{row['id']}/history").status_code == status
    for unit in chance.sample(town.of(Unit), 6):
        if (unit["id"],) in sight.sees[Unit]:
            assert reader.listed(f"/units/{unit['id']}/members", below="true") == reader.members_under(unit["id"])
        else:
            assert reader.get(f"/units/{unit['id']}/members").status_code == 404
        answer = reader.get("/months/2026-11", unit_id=unit["id"])
        found = answer.status_code, answer.json.get("times"), answer.json.get("person_times")
        assert found == reader.month(unit, "2026-11")
