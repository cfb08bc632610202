"""Two people at the same instant, each with a connection of their own, in threads that start together (R-06).

What is looked for: one wins, the other is told, nothing happens twice, nothing is locked up.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.activity import actions, many
from brigade.activity.activities import ActivityReport
from brigade.activity.history import ReportEvent, replay
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.creations import Creation
from brigade.problems import Invalid, Problem, Stale
from brigade.scopes import act_as
from tests import make
from tests.make import NOW, SYSTEM, City

A = Action
REPORTS = "/api/v1/activity-reports"
LATE = NOW + dt.timedelta(days=8)  # by then the deputy may act too
HOUR = dt.timedelta(hours=1)
Run = Callable[[], Any]


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    """One store for all races of this file; what is committed stays."""
    return shared_engine


@pytest.fixture
def pair() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def at_once(pair: ThreadPoolExecutor, *runs: Run) -> list[Any]:
    """What each returned; both leave the line together."""
    line = threading.Barrier(len(runs), timeout=30)

    def start(run: Run) -> Any:
        line.wait()
        return run()

    return [future.result(60) for future in [pair.submit(start, run) for run in runs]]


def as_(engine: Engine, actor: Actor, do: Callable[[Session, Actor], Any]) -> Run:
    """One person's transaction, as a request would make it; what came of it."""

    def run() -> Any:
        with Session(engine) as session:
            session.connection(execution_options={"writing": True})
            act_as(session, actor)
            try:
                result = do(session, actor)
                session.commit()
            except Problem as problem:
                return problem
            return result or "done"

    return run


@pytest.fixture(scope="module")
def people(shared_engine: Engine, shared_city: City) -> dict[str, Actor]:
    """Everyone, eight days after the reports were filed."""
    with Session(shared_engine) as session:
        return {login: make.actor(session, shared_city, login, LATE) for login in shared_city.people}


def by(report: ActivityReport, action: Action, comment: str = "") -> Callable[[Session, Actor], Any]:
    id_, version = report.id, report.version
    return lambda session, actor: actions.act(session, actor, id_, action, version, comment=comment) and None


def story(session: Session, id_: uuid.UUID) -> list[str]:
    """The actions of a report; they must replay to its row."""
    row = session.scalar(
        select(ActivityReport).where(ActivityReport.id == id_),
        execution_options={**SYSTEM, "populate_existing": True},
    )
    events = session.scalars(
        select(ReportEvent).where(ReportEvent.report_id == id_).order_by(ReportEvent.seq), execution_options=SYSTEM
    ).all()
    assert row is not None
    assert replay(events) == (row.state, row.step, row.version)
    return [event.action for event in events]


SLOTS = itertools.count()


def slot(city: City, *logins: str, **said: Any) -> Any:
    """The content of a report about two hours of their own, going back from ``NOW``."""
    end = NOW - next(SLOTS) * 2 * HOUR
    return make.content(city, "K1-1-1", *logins, started_at=end - 2 * HOUR, ended_at=end, **said)


def filed(engine: Engine, city: City, count: int, *deciders: str) -> list[ActivityReport]:
    """So many reports by squad11a, approved by these."""
    with Session(engine, expire_on_commit=False) as session:
        author = make.bound(session, city, "squad11a")
        reports = [
            actions.create(session, author, slot(city, "squad11a"), report_id=None, submit=True)[0]
            for _ in range(count)
        ]
        session.commit()
    for login in deciders:
        with Session(engine, expire_on_commit=False) as session:
            who = make.bound(session, city, login)
            items = [(report.id, report.version) for report in reports]
            reports = [row for _, row, _ in many.act_on_many(session, who, items, A.APPROVE) if row is not None]
            session.commit()
    assert len(reports) == count
    return reports


def no_number_twice_or_left_out(engine: Engine) -> None:
    with Session(engine) as session:
        found = session.scalars(select(ActivityReport.number), execution_options=SYSTEM)
        numbers = sorted(int(number[-5:]) for number in found if number)
    assert numbers == list(range(1, len(numbers) + 1))


# --- Two decisions on one report --------------------------------------------------------------------------------------

LEADERS = ("squad11", "company1", "brigade")
DUELS: list[tuple[tuple[str, ...], str, Action, str, Action]] = [
    ((), "squad11", A.APPROVE, "squad11-deputy", A.APPROVE),
    ((), "squad11", A.APPROVE, "squad11-deputy", A.RETURN),
    ((), "squad11", A.APPROVE, "squad11a", A.WITHDRAW),
    ((), "squad11-deputy", A.RETURN, "squad11a", A.WITHDRAW),
    (LEADERS[:1], "squad11", A.UNDO, "company1", A.APPROVE),
    (LEADERS, "station", A.APPROVE, "brigade", A.UNDO),
    (LEADERS, "station", A.APPROVE, "station", A.STEP_BACK),
]
ROUNDS = 25


@pytest.mark.parametrize("duel", DUELS, ids=lambda duel: f"{duel[1]} {duel[2]}, {duel[3]} {duel[4]}")
def test_one_wins_and_the_other_is_told(
    engine: Engine, city: City, people: dict[str, Actor], pair: ThreadPoolExecutor, duel: tuple[Any, ...]
) -> None:
    deciders, one, first, other, second = duel
    for report in filed(engine, city, ROUNDS, *deciders):
        answers = at_once(
            pair,
            as_(engine, people[one], by(report, first, "時刻")),
            as_(engine, people[other], by(report, second, "時刻")),
        )
        assert answers.count("done") == 1, answers
        (loser,) = [answer for answer in answers if answer != "done"]
        assert isinstance(loser, Stale), loser
        assert loser.current_version == report.version + 1
        with Session(engine) as session:
            done = story(session, report.id)[report.version :]
        assert done == [(first if answers[0] == "done" else second).value]


def test_one_person_on_two_devices_decides_once(
    engine: Engine, city: City, people: dict[str, Actor], pair: ThreadPoolExecutor
) -> None:
    """The same decision at the same instant: both are told that it is done, and it was done once."""
    for report in filed(engine, city, ROUNDS):
        run = as_(engine, people["squad11"], by(report, A.APPROVE, "時刻"))
        assert at_once(pair, run, run) == ["done", "done"]
        with Session(engine) as session:
            assert story(session, report.id)[report.version :] == [A.APPROVE.value]


def test_two_who_approve_many(engine: Engine, city: City, people: dict[str, Actor], pair: ThreadPoolExecutor) -> None:
    """In opposite orders: each report goes to one of them, none to both, and they do not lock each other up."""
    won: Counter[str] = Counter()
    for _ in range(10):
        items = [(report.id, report.version) for report in filed(engine, city, 5)]
        leader, deputy = at_once(
            pair,
            as_(engine, people["squad11"], lambda s, who, items=items: many.act_on_many(s, who, items, A.APPROVE)),
            as_(
                engine, people["squad11-deputy"],
                lambda s, who, items=items: many.act_on_many(s, who, items[::-1], A.APPROVE),
            ),
        )  # fmt: skip
        told = {id_: problem for id_, _, problem in leader}
        for id_, _, problem in deputy:
            assert (problem is None) != (told[id_] is None)
            assert isinstance(problem or told[id_], Stale)
            won["deputy" if problem is None else "leader"] += 1
            with Session(engine) as session:
                assert story(session, id_) == ["create", "submit", "approve"]
    assert won.total() == 50


# --- Two reports at once ----------------------------------------------------------------------------------------------


def test_one_person_is_claimed_once(
    engine: Engine, city: City, people: dict[str, Actor], pair: ThreadPoolExecutor
) -> None:
    """By two new reports, by two drafts that are submitted, or by one of each; the people stand in opposite orders."""

    def claim(who: str, content: Any, *, draft: bool) -> Run:
        if not draft:
            return as_(
                engine, people[who],
                lambda s, a: actions.create(s, a, content, report_id=None, submit=True) and None,
            )  # fmt: skip
        with Session(engine, expire_on_commit=False) as session:
            act_as(session, people[who])
            report, _ = actions.create(session, people[who], content, report_id=None, submit=False)
            session.commit()
        return as_(engine, people[who], by(report, A.SUBMIT))

    for number in range(30):
        first = slot(city, "squad11a", "squad11b")
        second = replace(first, started_at=first.started_at + HOUR, participants=first.participants[::-1])
        runs = [
            claim("squad11", first, draft=number % 3 > 0),
            claim("squad11-deputy", second, draft=number % 3 > 1),
        ]
        answers = at_once(pair, *runs)
        assert answers.count("done") == 1, answers
        (loser,) = [answer for answer in answers if answer != "done"]
        assert isinstance(loser, Invalid)
        assert {problem.code for problem in loser.problems} == {"overlap"}
    no_number_twice_or_left_out(engine)


def test_a_busy_evening(engine: Engine, city: City, people: dict[str, Actor]) -> None:
    """Four at once file, decide, return and submit again: no lock that does not end, no number twice or left out."""
    reports = [report.id for report in filed(engine, city, 6)]

    def evening(chance: random.Random) -> int:
        refused = 0
        for _ in range(25):
            with Session(engine) as session:
                rows = session.execute(
                    select(ActivityReport.id, ActivityReport.version).where(ActivityReport.id.in_(reports)),
                    execution_options=SYSTEM,
                ).all()
            chance.shuffle(rows)
            items = [(row.id, row.version) for row in rows[:3]]
            who, do = chance.choice(
                [
                    ("squad11", lambda s, a, i=items: many.act_on_many(s, a, i, A.APPROVE)),
                    ("company1", lambda s, a, i=items: many.act_on_many(s, a, i, A.APPROVE)),
                    ("squad11", lambda s, a, i=items: actions.act(s, a, i[0][0], A.RETURN, i[0][1], comment="時刻")),
                    ("squad11a", lambda s, a, i=items: actions.act(s, a, i[0][0], A.SUBMIT, i[0][1])),
                    (
                        "squad11a",
                        lambda s, a: actions.create(
                            s, a, slot(city, "squad11a", "squad11b"), report_id=None, submit=True
                        ),
                    ),
                ]
            )
            refused += isinstance(as_(engine, people[who], do)(), Problem)
        return refused

    with ThreadPoolExecutor(4) as threads:
        refused = list(threads.map(evening, [random.Random(seed) for seed in range(4)]))
    assert 0 < sum(refused) < 100
    with Session(engine) as session:
        for id_ in session.scalars(select(ActivityReport.id), execution_options=SYSTEM).all():
            story(session, id_)
    no_number_twice_or_left_out(engine)


# --- Over HTTP --------------------------------------------------------------------------------------------------------


@pytest.fixture
def web(app: Flask) -> Iterator[tuple[Flask, City]]:
    """The small city behind the API, in November 2026."""
    with app.app_context():
        city = make.city(db.session())
        db.session.remove()
    with time_machine.travel(NOW, tick=True):
        yield app, city


def phone(app: Flask, login: str) -> Callable[..., Any]:
    """Sends as this person, each time over a connection of its own."""
    answer = app.test_client().post("/api/v1/auth/login", json={"login": login, "password": make.PASSWORD})
    token = {"Authorization": f"Bearer {answer.json['access_token']}"}

    def send(path: str, body: Any = None, **headers: str) -> Any:
        return app.test_client().post(path, json=body, headers={**token, **headers})

    return send


@pytest.mark.parametrize("submit", [True, False])
def test_one_id_sent_twice_at_once_is_one_report(
    web: tuple[Flask, City], pair: ThreadPoolExecutor, submit: bool
) -> None:
    app, city = web
    send = phone(app, "squad11a")
    for number in range(20):
        body = make.body(city, "K1-1-1", "squad11a", day=1 + number % 18, hour=number // 18 * 3, submit=submit)
        answers = at_once(pair, *[lambda body=body: send(REPORTS, body)] * 2)
        assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
        assert answers[0].data == answers[1].data
    with app.app_context():
        counted = [
            db.session().scalar(select(func.count()).select_from(model), execution_options=SYSTEM)
            for model in (ActivityReport, Creation)
        ]
    assert counted == [20, 20]


def test_one_id_with_two_contents_at_once_is_a_conflict(web: tuple[Flask, City], pair: ThreadPoolExecutor) -> None:
    app, city = web
    send = phone(app, "squad11a")
    for number in range(10):
        body = make.body(city, "K1-1-1", "squad11a", day=1 + number)
        other = {**body, "place": "河川敷"}
        answers = at_once(pair, lambda body=body: send(REPORTS, body), lambda body=other: send(REPORTS, body))
        assert sorted(answer.status_code for answer in answers) == [201, 409]


def test_the_loser_is_told_412(web: tuple[Flask, City], pair: ThreadPoolExecutor) -> None:
    app, city = web
    author, leader = phone(app, "squad11a"), phone(app, "squad11")
    for number in range(15):
        body = make.body(city, "K1-1-1", "squad11a", day=1 + number)
        at = f"{REPORTS}/{author(REPORTS, body).json['id']}"
        answers = at_once(
            pair,
            lambda at=at: leader(f"{at}/approve", **{"If-Match": '"2"'}),
            lambda at=at: author(f"{at}/withdraw", {"comment": "重複"}, **{"If-Match": '"2"'}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        loser = next(answer.json for answer in answers if answer.status_code == 412)
        assert (loser["code"], loser["current_version"]) == ("stale-version", 3)
