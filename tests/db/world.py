"""The real store with its people, moved together with ``model.py`` and compared with it after every step."""

import copy
import datetime as dt
import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.orm import Session

from brigade.activity import actions, corrections, many
from brigade.activity.activities import ActivityReport
from brigade.activity.content import Person
from brigade.activity.gone_authors import gone_authors
from brigade.activity.history import ReportEvent, replay
from brigade.activity.inbox import waiting
from brigade.activity.took_part import took_part
from brigade.activity.transition import actions_of
from brigade.activity.workflow import Action
from brigade.actor import Actor, load_actor
from brigade.dates import tokyo_day
from brigade.db import new_id
from brigade.organisation.people import Absence, DeputyPlace, Membership, Post
from brigade.organisation.posts import release_vacant_steps
from brigade.organisation.ranks import LEADS, Level
from brigade.problems import Invalid, Problem, Refused, Stale
from brigade.scopes import act_as
from tests import make
from tests.db.model import PEOPLE, Kept, Model, Outcome, two_cities

OK: Outcome = ("ok",)


class World:
    """The store and the model, moved together and compared after every step."""

    def __init__(self, connection: Connection, cities: list[make.City], model: Model) -> None:
        self.connection, self.model = connection, model
        self.people = {login: member for city in cities for login, member in city.people.items()}
        self.units = {code: unit.id for city in cities for code, unit in city.units.items()}
        self.codes = {id_: code for code, id_ in self.units.items()}
        self.city = cities[0]
        self.actors: dict[str, Actor] = {}
        self.concerned: set[str] = set()

    def session(self) -> Session:
        return Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)

    def actor(self, who: str) -> Actor:
        """Loaded once for as long as nobody's posts and no day have changed."""
        if who not in self.actors:
            with self.session() as session:
                actor = load_actor(session, self.people[who], self.model.now)
            assert actor is not None
            self.actors[who] = actor
        return self.actors[who]

    def attempt(self, who: str, do: Callable[[Session, Actor], Any]) -> tuple[Outcome, Any]:
        """What came of it. A refusal is committed too: there must be nothing in it."""
        before = self.written()
        with self.session() as session:
            act_as(session, self.actor(who))
            try:
                result = do(session, self.actor(who))
            except Problem as problem:
                session.commit()
                assert self.written() == before, "a refusal changed something"
                return told(problem), None
            session.commit()
            return OK, result

    def written(self) -> int:
        """Rows written in this transaction, to whatever table; also those that were taken back."""
        if self.connection.dialect.name == "sqlite":
            driver = self.connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            return driver.total_changes
        total = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
        return int(self.connection.scalar(text(total)) or 0)

    def file(self, who: str, unit: str, people: list[str], hour: int, *, submit: bool) -> uuid.UUID | None:
        id_, kept = new_id(), Kept(who, unit, people, hour)
        content = make.content(self.city, unit, *people, hour=hour)
        outcome, row = self.attempt(
            who, lambda session, actor: actions.create(session, actor, content, report_id=id_, submit=submit)[0]
        )
        wrong = self.model.wrong(who, kept, id_, submit=submit)
        if not fits(outcome, wrong):
            return None
        self.model.reports[id_] = kept
        if submit:
            self.model.submit(kept)
        self.compare(id_, row, who)
        return id_

    def said(self, changes: dict[str, Any]) -> dict[str, Any]:
        """The changes as the domain takes them."""
        said: dict[str, Any] = {name: value for name, value in changes.items() if name == "place"}
        if "people" in changes:
            said["participants"] = tuple(Person(self.people[login].id) for login in changes["people"])
        if "hour" in changes:
            times = make.content(self.city, "B", hour=changes["hour"])
            said |= {"started_at": times.started_at, "ended_at": times.ended_at}
        return said

    def edit(self, who: str, id_: uuid.UUID, off: int, changes: dict[str, Any]) -> None:
        kept = self.model.reports[id_]
        said = self.said(changes)
        version = kept.version + off
        outcome, row = self.attempt(who, lambda session, actor: actions.edit(session, actor, id_, version, said)[0])
        if (expected := self.expected(who, kept, "edit", version, "", changes)) is not None:
            assert outcome == expected
        elif fits(outcome, self.model.wrong(who, kept, id_, submit=False)):
            kept.edited(who, version, changes, self.model.now)
        if outcome == OK:
            self.compare(id_, row, who)

    def correct(self, who: str, id_: uuid.UUID, off: int, changes: dict[str, Any]) -> None:
        kept = self.model.reports[id_]
        version, said = kept.version + off, self.said(changes)
        outcome, row = self.attempt(
            who, lambda session, actor: corrections.correct(session, actor, id_, version, said)[0]
        )
        expected = self.expected(who, kept, "correct", version, "", changes)
        thought = copy.copy(kept)
        vars(thought).update(changes)
        if expected is not None:
            assert outcome == expected
        elif wrong := self.model.wrong(who, thought, id_, submit=True, desk=kept.at):
            fits(outcome, wrong)
        elif thought.people == [who]:
            assert outcome == ("refused", "own-report")
        else:
            assert outcome == OK, outcome
            self.model.correct(who, kept, version, changes)
        if outcome == OK:
            self.compare(id_, row, who)

    def act(self, who: str, id_: uuid.UUID, action: str, *, off: int = 0, reason: str = "") -> Outcome:
        kept = self.model.reports[id_]
        version = kept.version + off

        def do(session: Session, actor: Actor) -> Any:
            if action == "delete":
                return actions.delete(session, actor, id_, version)
            return actions.act(session, actor, id_, Action(action), version, comment=reason)

        outcome, row = self.attempt(who, do)
        expected = self.expected(who, kept, action, version, reason.strip())
        if expected is not None:
            assert outcome == expected
        elif action == "delete":
            assert outcome == OK, outcome
            del self.model.reports[id_]
            assert not self.rows(ActivityReport, id=id_)
        elif fits(outcome, self.model.wrong(who, kept, id_, submit=True) if action == "submit" else {}):
            self.model.act(who, kept, action)
            kept.noted(version, who, action, reason.strip())
        if outcome == OK and row is not None:
            self.compare(id_, row, who)
        return outcome

    def approve_many(self, who: str, items: list[tuple[uuid.UUID, int]]) -> None:
        kept = [(id_, self.model.reports[id_]) for id_, _ in items]
        sent = [(id_, report.version + off) for (id_, report), (_, off) in zip(kept, items, strict=True)]
        seen = {id_ for id_, report in kept if self.model.sees(who, report)}
        _, results = self.attempt(who, lambda session, actor: many.act_on_many(session, actor, sent, Action.APPROVE))
        for (id_, report), (_, version), (answered, _, problem) in zip(kept, sent, results, strict=True):
            assert answered == id_
            refused = self.expected(who, report, "approve", version, "") if id_ in seen else ("not-found",)
            assert (told(problem) if problem else refused and OK) == refused
            if refused is None:
                self.model.act(who, report, "approve")
                report.noted(version, who, "approve", "")
        for id_ in dict.fromkeys(id_ for id_, *_ in items):
            row = next((row for answered, row, _ in results if answered == id_ and row is not None), None)
            if row is not None:
                self.compare(id_, row, who)

    def expected(
        self, who: str, kept: Kept, action: str, version: int, reason: str, changes: dict[str, Any] | None = None
    ) -> Outcome | None:
        """What must be answered instead; None where it must be done, OK where it was done before."""
        if not self.model.sees(who, kept):
            return ("not-found",)
        if version != kept.version:
            repeated = kept.repeats(version, who, action, reason, changes or {})
            return OK if repeated else ("stale-version", kept.version)
        return self.model.refusal(who, kept, action, reason)

    def change(self, statement: Any) -> None:
        """A change in the organisation: everyone is looked up anew."""
        self.connection.execute(statement)
        self.actors = {}

    def leave_or_return(self, who: str) -> None:
        self.model.away ^= {who}
        row = {"member_id": self.people[who].id, "absence": "leave"}
        self.change(self.dated(Absence, row, begins=who in self.model.away))

    def leave_service_or_return(self, who: str) -> None:
        """From today in no unit, with no post and no place in an order of deputies; or in the unit again."""
        self.model.leave_service(who)
        ends = tokyo_day(self.model.now) - dt.timedelta(days=1) if who in self.model.left else None
        for model in (Post, DeputyPlace):
            self.change(delete(model).where(model.member_id == self.people[who].id))
        theirs = update(Membership).where(Membership.member_id == self.people[who].id)
        self.change(theirs.values(valid_to=ends))

    def lead_or_resign(self, who: str, unit: str) -> None:
        leaders = self.model.leaders[unit]
        leaders.remove(who) if who in leaders else leaders.append(who)
        level = {"S1": Level.STATION, "K1": Level.BRIGADE, "K1-1": Level.COMPANY}.get(unit, Level.SQUAD)
        row = {"member_id": self.people[who].id, "unit_id": self.units[unit], "post": LEADS[level].value}
        self.change(self.dated(Post, row, begins=who in leaders))

    def name_deputies(self, unit: str, people: list[str]) -> None:
        self.model.named[unit] = people
        self.change(delete(DeputyPlace).where(DeputyPlace.unit_id == self.units[unit]))
        for place, who in enumerate(people, 1):
            row = {"unit_id": self.units[unit], "member_id": self.people[who].id, "place": place}
            self.change(self.dated(DeputyPlace, row, begins=True))

    def dated(self, model: Any, row: dict[str, Any], *, begins: bool) -> Any:
        """That row begins today, or is gone."""
        if begins:
            return insert(model).values(**row, id=new_id(), valid_from=tokyo_day(self.model.now))
        return delete(model).where(*(getattr(model, name) == value for name, value in row.items()))

    def let_pass(self, days: int) -> None:
        self.model.now += dt.timedelta(days=days)
        self.actors = {}
        with self.session() as session:
            release_vacant_steps(session, None, self.model.now)
            session.commit()
        self.model.release()

    def rows(self, model: Any, **where: Any) -> list[Any]:
        table = model.__table__
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        return list(self.connection.execute(query.order_by(*table.primary_key)))

    def compare(self, id_: uuid.UUID, report: ActivityReport, who: str) -> None:
        """Row, history and offered actions say what the model says."""
        kept = self.model.reports[id_]
        (row,) = self.rows(ActivityReport, id=id_)
        assert (row.state, row.step, row.version, row.number) == (kept.state, kept.step, kept.version, kept.number)
        assert self.codes.get(row.awaiting_unit_id) == kept.at
        assert row.awaiting_since == kept.since
        events = self.rows(ReportEvent, report_id=id_)
        assert replay(events) == (row.state, row.step, row.version)
        approvers = {event.actor_id for event in events if event.action == "approve"}
        assert row.author_id not in approvers, "decided on one's own report"
        for login in {who, *self.actors}:
            actor = self.actor(login)
            with self.session() as session:
                gone, there = gone_authors(session, actor, [report]), took_part(session, actor, [report])
            assert set(actions_of(report, actor, gone, there=there)) == self.model.offered(login, kept), login
        self.concerned = {who, *[login for login in PEOPLE if self.model.holds(login, kept)][:2]}

    def compare_inbox(self, who: str) -> None:
        if who in self.model.left:
            return
        with self.session() as session:
            act_as(session, self.actor(who))
            found = session.scalars(select(ActivityReport.id).where(waiting(self.actor(who)))).all()
        assert sorted(found) == sorted(self.model.inbox(who)), who


def told(problem: Problem) -> Outcome:
    """A refusal as the model says it."""
    if isinstance(problem, Refused):
        return ("refused", *problem.reasons)
    if isinstance(problem, Stale):
        return (problem.code, problem.current_version)
    if isinstance(problem, Invalid):
        return (problem.code, {found.pointer: found.code for found in problem.problems})
    return (problem.code,)


def fits(outcome: Outcome, wrong: dict[str, set[str]]) -> bool:
    """Whether it was done; what was refused must have been refused for what is wrong with it."""
    if not wrong:
        assert outcome == OK, outcome
        return True
    assert outcome[0] == "invalid-fields"
    assert outcome[1].keys() == wrong.keys()
    assert all(code in wrong[pointer] for pointer, code in outcome[1].items())
    return False


def prepared(connection: Connection, cities: list[make.City]) -> World:
    """Reports at every stage, brought there by the actions themselves."""
    world = World(connection, cities, two_cities([*cities[0].people, *cities[1].people], make.NOW))
    squad, company = ("squad11", "approve"), ("company1", "approve")
    plan: list[tuple[str, str, list[str], int, list[tuple[str, str]]]] = [
        ("squad11a", "K1-1-1", ["squad11a"], 9, []),
        ("squad11a", "K1-1-1", ["squad11a", "squad11b"], 14, [("squad11a", "submit")]),
        ("squad11b", "K1-1-1", ["squad11b"], 9, [("squad11b", "submit"), squad]),
        ("squad21", "K1-2-1", ["squad21", "squad21a"], 9, [("squad21", "submit"), ("company2", "approve")]),
        ("company1-deputy", "K1-1", ["company1"], 9, [("company1-deputy", "submit"), ("brigade", "approve")]),
        ("squad21a", "K1-2-1", ["squad21a"], 14, [("squad21a", "submit"), ("squad21", "approve"),
         ("company2", "approve"), ("brigade", "approve"), ("station", "approve")]),
        ("squad11a", "K1-1-1", ["squad11-deputy"], 9, [("squad11a", "submit"), squad, company, ("brigade", "return")]),
        ("squad11b", "K1-1-1", ["squad11-deputy"], 12, [("squad11b", "submit"), squad, company, ("brigade", "return"),
         ("squad11b", "edit"), ("squad11b", "submit"), squad]),
    ]  # fmt: skip
    for author, unit, people, hour, steps in plan:
        id_ = world.file(author, unit, people, hour, submit=False)
        assert id_ is not None
        for who, action in steps:
            if action == "edit":
                world.edit(who, id_, 0, {"hour": hour + 3})
            else:
                assert world.act(who, id_, action, reason="時刻") == OK
    return world
