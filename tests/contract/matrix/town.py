"""Two cities in one SQLite store with something of everything, and a phone for each who asks.

Reports reach their states by the product's own actions. ``Thing`` says of an object what the policy asks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.access.accounts import Account
from brigade.activity.corrections import correct
from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.organisation.people import Absence, Membership, Post
from brigade.organisation.ranks import Level
from brigade.organisation.units import rebuild_tree
from tests import make
from tests.api.conftest import CHEAP

YESTERDAY, TODAY, TOMORROW = (dt.date(2026, 11, day) for day in (19, 20, 21))
UNKNOWN = "0199a3c0-0000-7000-8000-00000000dead"
MORE = {
    Level.STATION: [("S2", "B", "station2", "station_officer")],
    Level.BRIGADE: [("K2", "S2", "brigade2", "brigade_leader"), ("K3", "S1", "brigade3", "brigade_leader")],
    Level.COMPANY: [("K2-1", "K2", "company21", "company_leader"), ("K3-1", "K3", "company3", "company_leader")],
    Level.SQUAD: [("K2-1-1", "K2-1", "squad41", "squad_leader"), ("K3-1-1", "K3-1", "squad31", "squad_leader")],
}
ENDED = (("K1-1-1", "squad_leader"), ("K1-1", "company_leader"), ("S1", "station_officer"), ("B", "bureau_officer"))


@dataclass(frozen=True)
class Thing:
    """Something that is asked about. ``at``: the unit at which a report waits; ``by``: who made it;
    ``corrected_by``: who put times or people of a report right.
    """

    name: str
    id: str
    unit: str = ""
    by: str = ""
    state: str = ""
    at: str = ""
    people: tuple[str, ...] = ()
    secret: bool = False
    approved_by: str = ""
    corrected_by: str = ""
    version: int = 1
    more: dict[str, Any] = field(default_factory=dict, hash=False)


NOTHING = Thing("unknown", UNKNOWN)
TO_COME = "to come"
"""The state of an event that takes place after today."""


@dataclass
class Town:
    """The store's cities and all that can be asked about, by kind and name."""

    app: Flask
    city: make.City
    other: make.City
    refresh: dict[str, str] = field(default_factory=dict)
    things: dict[str, dict[str, Thing]] = field(default_factory=dict)

    def id(self, name: str) -> str:
        """Of a unit by code, of a member by login."""
        for city in (self.city, self.other):
            if name in city.units:
                return str(city.unit_id(name))
            if name in city.people:
                return str(city.member_id(name))
        return UNKNOWN

    def keep(self, kind: str, thing: Thing) -> Thing:
        """Something more to be asked about."""
        self.things.setdefault(kind, {"unknown": NOTHING})[thing.name] = thing
        return thing


def built(app: Flask) -> Town:
    """The town in the application's empty store."""
    with app.app_context():
        session = db.session()
        town = Town(app, make.city(session), make.city(session, "B"))
        _grown(session, town.city)
        _reports(session, town)
        cheap = update(Account).values(password_hash=CHEAP.hash(make.PASSWORD))
        session.execute(cheap, execution_options=make.SYSTEM)
        session.commit()
        db.session.remove()
    return town


def _grown(session: Session, city: make.City) -> None:
    """Two brigades more, one of them of another station, and people of every fate."""
    for level, rows in MORE.items():
        for code, parent, login, post in rows:
            make.unit(session, city, level, code, f"{code}の隊", parent)
            make.member(session, city, login, code, post)
    make.unit(session, city, Level.SQUAD, "K1-1-3", "空の班", "K1-1")
    for login, unit in (("squad31a", "K3-1-1"), ("squad41a", "K2-1-1"), ("risen", "K1-2-2"), ("moved", "K1-1-1"),
                        ("gone", "K1-1-1"), ("former", "K1-1-1"), ("future", "K1-1-1")):  # fmt: skip
        make.member(session, city, login, unit)
    make.member(session, city, "suspended", "S1", "station_officer", member_type="staff")
    rebuild_tree(session, city.bureau_id)
    make.kept(session, city)


def moved_on(town: Town) -> None:
    """Posts end and begin, somebody is on leave, one suspended, one gone, one transferred, one risen."""
    city, rows = town.city, list[Any]()
    for unit, post in ENDED:
        held = {"unit_id": city.unit_id(unit), "post": post}
        past = {"valid_from": make.SINCE, "valid_to": YESTERDAY}
        rows += [insert(Post).values(id=new_id(), member_id=city.member_id("former"), **held, **past)]
        rows += [insert(Post).values(id=new_id(), member_id=city.member_id("gone"), **held, **past)]
        rows += [insert(Post).values(id=new_id(), member_id=city.member_id("future"), **held, valid_from=TOMORROW)]
    led = {"unit_id": city.unit_id("K1-1-1"), "post": "squad_leader", "valid_from": make.SINCE, "valid_to": YESTERDAY}
    rows += [insert(Post).values(id=new_id(), member_id=city.member_id("moved"), **led)]
    rises = {"unit_id": city.unit_id("K1-2-2"), "post": "squad_leader", "valid_from": TODAY}
    rows += [insert(Post).values(id=new_id(), member_id=city.member_id("risen"), **rises)]
    for login in ("gone", "moved"):
        theirs = update(Membership).where(Membership.member_id == city.member_id(login))
        rows += [theirs.values(valid_to=YESTERDAY)]
    to = {"member_id": city.member_id("moved"), "unit_id": city.unit_id("K3-1-1"), "valid_from": TODAY}
    rows += [insert(Membership).values(id=new_id(), **to)]
    for login, absence in (("squad21", "leave"), ("suspended", "suspension")):
        away = {"member_id": city.member_id(login), "absence": absence, "valid_from": YESTERDAY}
        rows += [insert(Absence).values(id=new_id(), **away)]
    with town.app.app_context():
        for row in rows:
            db.session.execute(row, execution_options=make.SYSTEM)
        db.session.commit()


# --- Reports ----------------------------------------------------------------------------------------------------------

CLIMB = ("squad11", "company1", "brigade", "station")
WAYS: dict[str, tuple[str, str, tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "draft": ("squad11a", "K1-1-1", ("squad11a", "squad11b"), ()),
    "waits at squad": ("squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"),)),
    "waits at company": ("squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"), ("squad11", "approve"))),
    "waits at brigade": (
        "squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"), *((who, "approve") for who in CLIMB[:2])),
    ),
    "waits at station": (
        "squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"), *((who, "approve") for who in CLIMB[:3])),
    ),
    "returned": (
        "squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"), ("squad11", "return")),
    ),
    "confirmed": (
        "squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"), *((who, "approve") for who in CLIMB)),
    ),
    "withdrawn": ("squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"), ("squad11a", "withdraw"))),
    "leader's own": ("squad11", "K1-1-1", ("squad11", "squad11b"), (("squad11", "submit"),)),
    "brigade's own": ("brigade", "K1", ("brigade",), (("brigade", "submit"),)),
    "risen's own": ("risen", "K1-2-2", ("risen", "squad22a"), (("risen", "submit"),)),
    "risen alone": ("squad22a", "K1-2-2", ("risen",), (("squad22a", "submit"),)),
    "returned of gone": ("gone", "K1-1-1", ("gone", "squad11b"), (("gone", "submit"), ("squad11", "return"))),
    "of the sibling squad": ("squad12a", "K1-1-2", ("squad12a",), (("squad12a", "submit"),)),
    "at who is on leave": ("squad21a", "K1-2-1", ("squad21a",), (("squad21a", "submit"),)),
    "of another brigade": ("squad31a", "K3-1-1", ("squad31a",), (("squad31a", "submit"),)),
    "of another station": ("squad41a", "K2-1-1", ("squad41a",), (("squad41a", "submit"),)),
    "an injury": (
        "squad11a", "K1-1-1", ("squad11a", "squad11b"), (("squad11a", "submit"), *((who, "approve") for who in CLIMB[:3])),
    ),
    "of another city": ("Bsquad11a", "BK1-1-1", ("Bsquad11a",), (("Bsquad11a", "submit"),)),
    **{f"{what} corrected by an officer": ("squad22a", "K1-2-2", ("squad22a", "squad22b"), (
        ("squad22a", "submit"), ("squad22", "approve"), ("station", what),
        *((who, "approve") for who in ("squad22", "company2", "brigade"))))
       for what in ("times", "place")},
}  # fmt: skip
"""Each report with its author, unit, people, and what was done with it: a step, or times or the place corrected."""
AT = {"waits at squad": "K1-1-1", "waits at company": "K1-1", "waits at brigade": "K1", "waits at station": "S1",
      "leader's own": "K1-1", "brigade's own": "S1", "risen's own": "K1-2-2", "risen alone": "K1-2-2",
      "of the sibling squad": "K1-1-2", "at who is on leave": "K1-2-1", "of another brigade": "K3-1-1",
      "an injury": "S1", "of another station": "K2-1-1", "of another city": "BK1-1-1",
      "times corrected by an officer": "S1", "place corrected by an officer": "S1"}  # fmt: skip
STATES = {"draft": "draft", "returned": "returned", "returned of gone": "returned", "confirmed": "confirmed",
          "withdrawn": "withdrawn"}  # fmt: skip


def _injury(city: make.City) -> dict[str, Any]:
    """Of the kind that the bureau does not see."""
    hurt = {
        "injured_member_id": str(city.member_id("squad11b")),
        "how": "転びました",
        "few_witnesses_reason": "二人でした",
    }
    return {"kind": "I-01", "details": hurt}


def _corrected(session: Session, city: make.City, login: str, made: make.Filed, what: str) -> make.Filed:
    """By somebody who leads the second company for a moment: they sit at the station today."""
    lends = Post(
        member_id=city.member_id(login), unit_id=city.unit_id("K1-2"), post="company_leader", valid_from=make.SINCE
    )
    session.add(lends)
    make.kept(session, lends)
    changes = {"place": "本町の器具置場"} if what == "place" else {"ended_at": made.ended_at + dt.timedelta(minutes=30)}
    leader = make.bound(session, city, login)
    done, _ = correct(session, leader, made.id, made.version, changes, comment="名簿で直しました")
    make.kept(session, done)
    session.execute(update(Post).where(Post.id == lends.id).values(valid_to=YESTERDAY), execution_options=make.SYSTEM)
    return make.kept(session, done)


def _reports(session: Session, town: Town) -> None:
    for nth, (name, (author, unit, people, steps)) in enumerate(WAYS.items()):
        city = town.other if unit.startswith("B") else town.city
        what = _injury(city) if name == "an injury" else {"details": {"drill_type": "pump"}}
        when = {"day": 1 + nth % 18, "hour": 6 if nth < 18 else 14}
        made = make.report(session, city, author, unit, *people, submit=False, **what, **when)
        approved_by = corrected_by = ""
        for who, action in steps:
            if action in ("times", "place"):
                made = _corrected(session, city, who, made, action)
                corrected_by = who if action == "times" else ""
                continue
            made = make.step(session, city, who, made, Action(action), comment="確かめてください")
            approved_by = who if action == "approve" else ""
        state = STATES.get(name, "in_review")
        assert made.state == state, (name, made.state)
        town.keep(
            "reports",
            Thing(name, str(made.id), unit, author, state, AT.get(name, ""), people, secret=name == "an injury",
                  approved_by=approved_by, corrected_by=corrected_by, version=made.version),
        )  # fmt: skip
