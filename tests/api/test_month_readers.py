"""Readers while writers: reports are filed, approved and returned, people move, units merge and months are sealed, and each
single answer of a month, a year and an edition adds up within itself.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.extensions import db
from api.worker import work_once
from brigade import statistics
from brigade.actor import load_actor
from brigade.month import report_rows
from brigade.month.totals import month_totals
from brigade.organisation import posts, tree
from brigade.organisation.people import Member
from brigade.problems import Problem
from brigade.scopes import act_as
from tests import make
from tests.api.answers import API
from tests.api.asking import act, bearing, signed_in
from tests.api.disputing import confirmed
from tests.api.paying import set_rules
from tests.api.sealing import MONTH
from tests.make import SYSTEM, City

FULL = settings.default is not None and settings.default.max_examples > 1000
SECONDS = 120 if FULL else 8
WORK = ("file 201", "approve 200", "organise", "seal", "month", "totals", "edition")
READERS = 3
TODAY = dt.date(2026, 11, 20)
LEVELS = {"B": "bureau", "S1": "station", "K1": "brigade", "K1-1": "company1", "K1-2": "company2", "K1-1-1": "squad11"}
"""Whose months are read, and by whom."""
WRITERS = (
    "squad11a", "squad11", "squad12a", "squad12", "squad21a", "squad21", "squad22a", "squad22", "company1", "company2",
    "brigade", "station",
)  # fmt: skip
THREE = ("times", "person_times", "minutes")


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def city(app: Flask, city: City) -> City:
    set_rules(app, city, "yokohama")
    return city


# --- What one answer must be ------------------------------------------------------------------------------------------


def heads(units: Sequence[Mapping[str, Any]], level: str) -> list[Mapping[str, Any]]:
    """The units of a level but those that stand below one of the same level, which has taken them over."""
    found, under = [], None
    for unit in units:
        if under is not None and unit["depth"] > under:
            continue
        under = None
        if unit["level"] == level:
            under = unit["depth"]
            found.append(unit)
    return found


def check_month(body: Mapping[str, Any]) -> None:
    for name in THREE:
        assert body[name] == sum(kind[name] for kind in body["kinds"]) == body["units"][0][name], name
    assert body["person_times"] == sum(member["times"] for member in body["members"])
    assert body["minutes"] == sum(member["minutes"] for member in body["members"])
    yen = sum(line["yen"] or 0 for line in body["pay"]["lines"])
    assert body["pay"]["yen"] == yen == body["units"][0]["yen"] == sum(member["yen"] for member in body["members"])
    counted = {state: n for state, n in body["states"].items() if state != "withdrawn"}
    assert body["times"] == sum(counted.values()) == sum(one["reports"] for one in body["categories"])
    assert body["units"][0]["waiting"] == counted.get("in_review", 0) == sum(body["waiting_by_level"].values())
    assert body["units"][0]["returned"] == counted.get("returned", 0)
    taken = counted.get("confirmed", 0) + counted.get("sealed", 0)
    assert len({line["report_id"] for line in body["pay"]["lines"]}) == taken  # each has people
    for level in {unit["level"] for unit in body["units"]}:
        for name in (*THREE, "yen", "waiting", "returned"):  # every report is one of a squad
            whole = sum(unit[name] for unit in heads(body["units"], level))
            assert whole == body["units"][0][name], (level, name)
    progress = body["progress"]["units"][0]
    assert progress["reports"] == body["times"]
    assert progress["confirmed"] == taken
    assert sum(progress["waiting"].values()) == counted.get("in_review", 0)


def check_year(body: Mapping[str, Any]) -> None:
    for name in ("reports", "person_times", "minutes"):
        calendar = sum(category["calendar"][name] for category in body["categories"])
        assert calendar == sum(month[name] for category in body["categories"] for month in category["months"]), name
        assert calendar == sum(kind[name] for unit in body["units"] for kind in unit["kinds"]), name


def check_edition(body: Mapping[str, Any]) -> None:
    top = body["units"][0]
    for name in (*THREE, "yen", "unknown"):
        assert body[name] == top[name], name


def check_differences(body: Mapping[str, Any]) -> None:
    people = [person for one in body["differences"] for person in one["people"]]
    assert body["before"]["times"] + sum(one["times"] for one in body["differences"]) == body["after"]["times"]
    for name in ("person_times", "minutes", "yen"):
        assert body["before"][name] + sum(person[name] for person in people) == body["after"][name], name


# --- Those who write and those who read -------------------------------------------------------------------------------


class Town:
    """The small city, in which everyone is at work until the time is over or somebody found a fault."""

    def __init__(self, app: Flask, city: City) -> None:
        self.app, self.city = app, city
        self.tokens = {
            login: signed_in(app.test_client(), login).tokens["access_token"] for login in {*LEVELS.values(), *WRITERS}
        }
        self.ends = time.perf_counter() + SECONDS
        self.faults: list[BaseException] = []
        self.count: Counter[str] = Counter()
        self.hours = itertools.count()

    def at_work(self, what: Callable[[Random], Iterator[str]], seed: int) -> None:
        """Until the end: each piece of work is counted by its name. What is refused or goes again is no fault."""
        try:
            for done in what(Random(seed)):
                self.count[done] += 1
                if self.faults or self.over():
                    return
        except BaseException as fault:
            self.faults.append(fault)

    def over(self) -> bool:
        """The time is over and all work has been done once, or a busy machine has had its chance."""
        late = time.perf_counter() - self.ends
        return late > 180 or (late > 0 and all(self.count[work] for work in WORK))

    def person(self, login: str) -> FlaskClient:
        return bearing(self.app.test_client(), self.tokens[login])

    def writes(self, chance: Random) -> Iterator[str]:
        """Files reports for the squads, and has them approved, returned and withdrawn."""
        people = {login: self.person(login) for login in WRITERS}
        reports: list[tuple[str, dict[str, Any]]] = []
        while True:
            squad = chance.choice(["11", "12", "21", "22"])
            if len(reports) < 3 or chance.random() < 0.3:
                nth = next(self.hours)
                author, code = f"squad{squad}a", f"K1-{squad[0]}-{squad[1]}"
                kind = chance.choice(["T-01", "D-01", "M-01"])
                said = {"kind": kind, **({} if kind == "T-01" else {"details": {}})}
                who = [author, f"squad{squad}-deputy"][: chance.randint(1, 2)]
                body = make.body(self.city, code, *who, day=1 + nth % 19, hour=nth // 19 % 11 * 2, **said)
                answer = people[author].post(f"{API}/activity-reports", json=body)
                if answer.status_code == 201:
                    reports.append((squad, dict(answer.json)))
                yield f"file {answer.status_code}"
            else:
                squad, report = reports.pop(chance.randrange(len(reports)))
                for who in (f"squad{squad}", f"company{squad[0]}", "brigade", "station"):
                    action = chance.choice(["approve"] * 9 + ["return"])
                    answer = act(people[who], report, action, **({"comment": "時刻"} if action == "return" else {}))
                    assert answer.status_code < 500 or answer.status_code == 503, answer.text
                    report = dict(answer.json) if answer.status_code == 200 else report
                    yield f"{action} {answer.status_code}"

    def corrects(self, chance: Random) -> Iterator[str]:
        """Takes back what has been sealed or confirmed."""
        officer = self.person("station")
        while True:
            state = chance.choice(["sealed", "confirmed"])
            found = officer.get(f"{API}/activity-reports", query_string={"state": state}).json["items"]
            if found:
                answer = act(officer, chance.choice(found), "return", comment="確かめてください")
                assert answer.status_code < 500 or answer.status_code == 503, answer.text
                yield f"take back {answer.status_code}"
            yield "look"

    def reorganises(self, chance: Random) -> Iterator[str]:
        """People go to other squads; squads are renamed, move and are merged."""
        units = {code: self.city.unit_id(code) for code in ("K1-1-1", "K1-1-2", "K1-2-1", "K1-2-2")}
        companies = [self.city.unit_id("K1-1"), self.city.unit_id("K1-2")]
        for nth in itertools.count():
            code, day = chance.choice(sorted(units)), TODAY + dt.timedelta(days=nth // 4 % 9)
            who = self.city.member_id(chance.choice(["squad11b", "squad12b", "squad21b", "squad22b"]))
            with self.app.app_context(), Session(db.engine) as session:
                try:
                    session.connection(execution_options={"writing": True})
                    bureau = session.get_one(Member, self.city.member_id("bureau"), execution_options=SYSTEM)
                    actor = load_actor(session, bureau, make.NOW)
                    assert actor is not None
                    act_as(session, actor)
                    if nth % 4 == 0:
                        made = tree.rename_unit(session, actor, units[code], f"班{nth}", day)
                        units[code] = made.id
                    elif nth % 4 == 1:
                        tree.move_unit(session, actor, units[code], chance.choice(companies), day)
                    elif nth == 6:
                        pair = [units.pop(code), units.pop(sorted(units)[0])]
                        made = tree.merge_units(session, actor, pair, "K1-9", "合わせた班", day, parent_id=companies[0])
                        units["K1-9"] = made.id
                    else:
                        posts.transfer_member(session, actor, who, units[code], TODAY)
                    session.commit()
                except (Problem, DBAPIError) as refused:
                    yield f"organise: {type(refused).__name__}"
                    continue
            yield "organise"
            time.sleep(0.05)  # others want to write too

    def seals(self, chance: Random) -> Iterator[str]:
        """Seals the brigade's or the station's month again and again, documents and all."""
        officer = self.person("station")
        while True:
            unit = {"unit_id": str(self.city.unit_id(chance.choice(["K1", "S1"])))}
            answer = officer.post(f"{API}/months/{MONTH}/seal", json=unit)
            assert answer.status_code in (202, 503), answer.text
            while work_once(self.app) and time.perf_counter() < self.ends:
                pass
            yield "seal"

    def reads(self, chance: Random) -> Iterator[str]:
        """Everything that adds up, of every level, and adds it up."""
        people = {code: self.person(login) for code, login in LEVELS.items()}
        while True:
            code = chance.choice(sorted(people))
            unit = {"unit_id": str(self.city.unit_id(code))}
            answer = people[code].get(f"{API}/months/{MONTH}", query_string=unit)
            if answer.status_code == 503:
                yield "busy"
                continue
            assert answer.status_code == 200, answer.text
            check_month(answer.json)
            yield "month"
            answer = people[code].get(f"{API}/statistics", query_string={**unit, "year": 2026})
            if answer.status_code == 200:
                check_year(answer.json)
                yield "year"
            self.check_totals(code)
            yield "totals"
            for one in people[code].get(f"{API}/editions", query_string={"limit": 2}).json["items"]:
                at = f"{API}/editions/{one['id']}"
                answer = people[code].get(at)
                assert answer.status_code == 200, answer.text
                check_edition(answer.json)
                changed = people[code].get(f"{at}/differences")
                if changed.status_code == 200:
                    check_differences(changed.json)
                yield "edition"

    def check_totals(self, code: str) -> None:
        with self.app.app_context(), Session(db.engine) as session:
            member = session.get_one(Member, self.city.member_id(LEVELS[code]), execution_options=SYSTEM)
            actor = load_actor(session, member, make.NOW)
            assert actor is not None
            act_as(session, actor)
            totals = month_totals(session, actor, self.city.unit_id(code), MONTH)
        assert totals.whole == totals.of(self.city.unit_id(code))
        for name in THREE:
            assert getattr(totals.whole, name) == sum(getattr(kind, name) for kind in totals.kinds.values())


@pytest.mark.timeout(SECONDS + 280)
def test_every_answer_adds_up_while_others_write(app: Flask, city: City) -> None:
    town = Town(app, city)
    work = [town.writes, town.writes, town.corrects, town.reorganises, town.seals, *([town.reads] * READERS)]
    threads = [threading.Thread(target=town.at_work, args=(what, nth)) for nth, what in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not town.faults, town.faults
    assert all(town.count[work] for work in WORK), town.count


# --- One state --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)
def test_what_is_committed_in_the_middle_of_a_question_is_not_seen(
    app: Flask, ask: Any, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite whoever commits waits for those who read."""
    confirmed(ask, city, "squad11a", "squad11b")
    plain_parts, plain_units = report_rows._parts, statistics._units

    def meanwhile(state: str) -> None:
        with app.app_context(), db.engine.begin() as other:
            other.execute(
                text(f"UPDATE activity_reports SET state = '{state}', step = {4 if state == 'confirmed' else 0}")
            )

    def parts(*said: Any) -> Any:
        meanwhile("returned")
        return plain_parts(*said)

    def units(*said: Any) -> Any:
        meanwhile("withdrawn")
        return plain_units(*said)

    monkeypatch.setattr(report_rows, "_parts", parts)
    monkeypatch.setattr(statistics, "_units", units)
    asked = {"unit_id": str(city.unit_id("K1"))}
    month = ask("station").get(f"{API}/months/{MONTH}", query_string=asked).json
    assert (month["states"], month["pay"]["yen"]) == ({"confirmed": 1}, 7000)
    check_month(month)
    meanwhile("confirmed")
    figure = ask("station").get(f"{API}/months/{MONTH}/figures", query_string=asked).json
    assert (figure["yen"], figure["items"][0]["state"]) == (7000, "confirmed")
    meanwhile("confirmed")
    year = ask("station").get(f"{API}/statistics", query_string={**asked, "year": 2026}).json
    check_year(year)
    assert sum(kind["reports"] for unit in year["units"] for kind in unit["kinds"]) == 1
