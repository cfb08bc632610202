"""A small city to test in, made by plain rows; reports reach their states by performing actions.

``city(session)`` gives one bureau, one station, one brigade of two companies with two squads each; every post is
held, every squad has a deputy and two plain members. Everything starts on ``SINCE``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session, scoped_session

from brigade.access.accounts import Account
from brigade.access.passwords import HASHER
from brigade.activity import actions
from brigade.activity.activities import ActivityReport
from brigade.activity.content import Content, Person
from brigade.activity.whole import WholeReport
from brigade.activity.workflow import Action
from brigade.actor import Actor, load_actor
from brigade.db import new_id
from brigade.organisation.people import Member, Membership, Post
from brigade.organisation.ranks import LEADS, Level
from brigade.organisation.units import Unit, UnitParent, rebuild_tree
from brigade.scopes import act_as

SINCE = dt.date(2020, 4, 1)
NOW = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
PASSWORD = "brigade-demo"
PASSWORD_HASH = HASHER.hash(PASSWORD)
SYSTEM = {"as_system": "a test looks at everything"}


@dataclass
class City:
    """Units by code and people by login."""

    bureau_id: uuid.UUID
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Member] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def unit_id(self, code: str) -> uuid.UUID:
        """The id of the unit with this code."""
        return self.units[code].id

    def member_id(self, login: str) -> uuid.UUID:
        """The id of the member who signs in so."""
        return self.people[login].id

    def mine(self) -> City:
        """The same city: who is added to it is in no other test's."""
        return replace(self, units=dict(self.units), people=dict(self.people))


def unit(session: Session, city: City, level: Level, code: str, name: str, parent: str | None) -> Unit:
    """A unit since ``SINCE`` under its parent."""
    made = Unit(
        id=city.bureau_id if parent is None else new_id(),
        bureau_id=city.bureau_id, level=level.value, code=code, name=name, valid_from=SINCE,
        settings={"second_factor_posts": [], "step_up": []} if parent is None else {},
    )  # fmt: skip
    session.add(made)
    session.flush()
    if parent is not None:
        session.add(UnitParent(unit_id=made.id, parent_id=city.unit_id(parent), valid_from=SINCE))
    city.units[code] = made
    return made


def member(session: Session, city: City, login: str, unit_code: str, post: str | None = None, **said: Any) -> Member:
    """A member with an account, in a unit, with a post there."""
    number = next(city.numbers)
    made = Member(
        id=new_id(), bureau_id=city.bureau_id, number=f"{number:06d}", name=f"団員 {login}", kana="ダンイン",
        kana_sort=f"タンイン{number:06d}", **{"member_type": "ordinary", **said},
    )  # fmt: skip
    session.add(made)
    session.flush()
    place = city.unit_id(unit_code)
    session.add(Membership(member_id=made.id, unit_id=place, valid_from=SINCE))
    if post:
        session.add(Post(member_id=made.id, unit_id=place, post=post, valid_from=SINCE))
    session.add(Account(member_id=made.id, login=login, password_hash=PASSWORD_HASH))
    city.people[login] = made
    return made


def city(session: Session, name: str = "A") -> City:
    """The small city; ``name`` goes before every code and login of a second one."""
    head = "" if name == "A" else name
    made = City(new_id())
    unit(session, made, Level.BUREAU, f"{head}B", f"{name}市消防局", None)
    member(session, made, f"{head}bureau", f"{head}B", "bureau_officer", member_type="staff")
    unit(session, made, Level.STATION, f"{head}S1", f"{name}消防署", f"{head}B")
    member(session, made, f"{head}station", f"{head}S1", "station_officer", member_type="staff")
    unit(session, made, Level.BRIGADE, f"{head}K1", f"{name}消防団", f"{head}S1")
    member(session, made, f"{head}brigade", f"{head}K1", "brigade_leader")
    member(session, made, f"{head}brigade-deputy", f"{head}K1", "deputy_brigade_leader")
    for company in ("1", "2"):
        code = f"{head}K1-{company}"
        unit(session, made, Level.COMPANY, code, f"第{company}分団", f"{head}K1")
        member(session, made, f"{head}company{company}", code, "company_leader")
        member(session, made, f"{head}company{company}-deputy", code, "deputy_company_leader")
        for squad in ("1", "2"):
            below, login = f"{code}-{squad}", f"{head}squad{company}{squad}"
            unit(session, made, Level.SQUAD, below, f"第{company}分団第{squad}班", code)
            member(session, made, login, below, LEADS[Level.SQUAD].value)
            member(session, made, f"{login}-deputy", below, "deputy_squad_leader")
            for letter in "ab":
                member(session, made, f"{login}{letter}", below)
    rebuild_tree(session, made.bureau_id)
    return kept(session, made)


Made = TypeVar("Made")
Filed = ActivityReport | WholeReport
"""A report as the product's actions give it: with the values of a row, or the row."""


def pays(session: Session, city: City, municipality: str = "yokohama") -> None:
    """The city pays as that one does; not committed."""
    bureau = session.get_one(Unit, city.bureau_id, execution_options=SYSTEM)
    bureau.settings = {**bureau.settings, "pay_rules": municipality}
    session.flush()


def kept(session: Session, made: Made) -> Made:
    """Committed; the rows at hand keep their values and belong to no session."""
    session.flush()
    session.expunge_all()
    session.commit()
    return made


def actor(session: Session, city: City, login: str, now: dt.datetime = NOW) -> Actor:
    """The person at ``now``, not bound to the session."""
    found = load_actor(session, city.people[login], now)
    assert found is not None
    return found


def bound(session: Session | scoped_session[Session], city: City, login: str, now: dt.datetime = NOW) -> Actor:
    """The person, with the session bound to them."""
    its = session() if isinstance(session, scoped_session) else session
    found = actor(its, city, login, now)
    its.info.pop("actor", None)
    act_as(its, found)
    return found


def content(city: City, unit_code: str, *logins: str, day: int = 8, hour: int = 9, **said: Any) -> Content:
    """A drill of November 2026 with these people."""
    start = dt.datetime(2026, 11, day, hour, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    values: dict[str, Any] = {
        "kind": "T-01",
        "unit_id": city.unit_id(unit_code),
        "started_at": start,
        "ended_at": start + dt.timedelta(hours=2),
        "place": "器具置場",
        "participants": tuple(Person(city.member_id(login)) for login in logins),
        **said,
    }
    return Content(**values)


def report(session: Session, city: City, login: str, unit_code: str, *logins: str, **said: Any) -> Filed:
    """A report filed and submitted by ``login``; committed."""
    submit = said.pop("submit", True)
    who = bound(session, city, login)
    made, _ = actions.create(
        session, who, content(city, unit_code, *(logins or (login,)), **said), report_id=None, submit=submit
    )
    return kept(session, made)


def step(session: Session, city: City, login: str, made: Filed, action: Action, **said: Any) -> Filed:
    """One action by ``login`` on the newest version; committed."""
    who = bound(session, city, login)
    done = actions.act(session, who, made.id, action, made.version, **said)
    return kept(session, done)


def body(city: City, unit_code: str, *logins: str, **said: Any) -> dict[str, Any]:
    """The same as a request body."""
    made = content(city, unit_code, *logins, **{k: v for k, v in said.items() if k in ("day", "hour")})
    return {
        "id": str(new_id()),
        "kind": made.kind,
        "unit_id": str(made.unit_id),
        "event_id": None,
        "started_at": made.started_at.isoformat(),
        "ended_at": made.ended_at.isoformat(),
        "place": made.place,
        "summary": "",
        "details": {"drill_type": "pump"},
        "participants": [
            {"member_id": str(person.member_id), "role": "member", "started_at": None, "ended_at": None, "acted": True,
             "injured": False}
            for person in made.participants
        ],
        "vehicle_ids": [],
        "attachment_ids": [],
        "submit": True,
        **{k: v for k, v in said.items() if k not in ("day", "hour")},
    }  # fmt: skip
