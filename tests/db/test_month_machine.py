"""Random people do random things to a month until it is sealed, and after: what the newest edition says and what a member's
own record says is what a plain model of both expects, after every step.

Each run is one savepoint, rolled back at its end.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.activities import ActivityReport
from brigade.activity.content import Person
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.db import new_id
from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.disputes import raise_dispute, settle_dispute, withdraw_dispute
from brigade.month import closing
from brigade.month.closing import Saying
from brigade.month.editions import EditionUnit, newest, rows_of
from brigade.month.sealing import seal
from brigade.own_record import own_record
from brigade.problems import Problem
from brigade.scopes import act_as
from tests import make
from tests.db.month_model import YEN, Kept, Model, Said, Sums
from tests.make import SYSTEM, City

FULL = settings.default is not None and settings.default.max_examples > 1000
RUNS, STEPS = ({"sqlite": 400, "postgresql": 400}, 40) if FULL else ({"sqlite": 30, "postgresql": 20}, 14)
MONTH = "2026-11"
NOW = dt.datetime(2026, 12, 5, 3, tzinfo=dt.UTC)
CHAINS = {
    "11": ("squad11", "company1", "brigade", "station"),
    "21": ("squad21", "company2", "brigade", "station"),
}
MEMBERS = [f"squad{squad}{letter}" for squad in CHAINS for letter in "ab"]


pick = st.integers(0, 5)


class MonthOfACity(RuleBasedStateMachine):
    """The real store and the model, moved together."""

    connection: ClassVar[Connection]
    city: ClassVar[City]
    actors: ClassVar[dict[str, Actor]]

    @initialize()
    def begin(self) -> None:
        self.model, self.savepoint, self.concerned = Model(), self.connection.begin_nested(), set[str]()

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            self.savepoint.rollback()

    def session(self) -> Session:
        return Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)

    def does(self, who: str, do: Callable[[Session, Actor], Any], refusal: str = "") -> Any:
        """What came of it. ``refusal`` is the code of the problem that must be answered instead."""
        with self.session() as session:
            act_as(session, self.actors[who])
            try:
                result = do(session, self.actors[who])
            except Problem as problem:
                told = {problem.code, *getattr(problem, "reasons", ())}
            else:
                session.commit()
                told = {""}
        assert refusal in told, (who, told)
        return result if not refusal else None

    def some(self, number: int, *states: str) -> uuid.UUID | None:
        found = [id_ for id_, report in self.model.reports.items() if report.state in states]
        return found[number % len(found)] if found else None

    def acts(self, who: str, id_: uuid.UUID, action: Action, **said: Any) -> None:
        def do(session: Session, actor: Actor) -> Any:
            version = session.get_one(ActivityReport, id_, execution_options=SYSTEM).version
            return actions.act(session, actor, id_, action, version, **said)

        self.does(who, do)
        self.concerned |= set(self.model.reports[id_].people)

    # Reports.

    @rule(squad=st.sampled_from(sorted(CHAINS)), both=st.booleans(), kind=st.sampled_from(sorted(YEN)))
    def someone_files(self, squad: str, both: bool, kind: str) -> None:
        nth, author = len(self.model.reports), f"squad{squad}a"
        people = [author, f"squad{squad}b"] if both else [author]
        said = {"kind": kind, **({"details": {"drill_type": "pump"}} if kind == "T-01" else {})}
        content = make.content(
            self.city, f"K1-{squad[0]}-{squad[1]}", *people, day=1 + nth % 28, hour=9 + nth // 28 * 3, **said
        )
        made = self.does(
            author,
            lambda session, actor: actions.create(session, actor, content, report_id=None, submit=True)[0].id,
        )
        self.model.reports[made] = Kept(squad, author, people, kind, 120, content.started_at)
        self.concerned |= set(people)

    @rule(number=pick, times=st.integers(1, 4))
    def leaders_approve(self, number: int, times: int) -> None:
        for _ in range(times):
            id_ = self.some(number, "in_review")
            if id_ is None:
                return
            report = self.model.reports[id_]
            self.acts(CHAINS[report.squad][report.step - 1], id_, Action.APPROVE)
            if report.step == 4:
                report.state = "confirmed"
                return
            report.step += 1

    @rule(number=pick, state=st.sampled_from(["in_review", "confirmed", "sealed", "sealed"]))
    def it_goes_back(self, number: int, state: str) -> None:
        id_ = self.some(number, state)
        if id_ is not None:
            report = self.model.reports[id_]
            who = CHAINS[report.squad][report.step - 1] if state == "in_review" else "station"
            self.acts(who, id_, Action.RETURN, comment="確かめてください")
            report.state, report.step = "returned", 0

    @rule(number=pick, more=st.integers(1, 30), alone=st.booleans(), again=st.booleans())
    def the_author_corrects(self, number: int, more: int, alone: bool, again: bool) -> None:
        id_ = self.some(number, "returned")
        if id_ is None:
            return
        report = self.model.reports[id_]
        people = [report.author] if alone else report.people
        changes = {
            "ended_at": report.start + dt.timedelta(minutes=report.minutes + more),
            "participants": tuple(Person(self.city.member_id(who)) for who in people),
        }

        def do(session: Session, actor: Actor) -> Any:
            version = session.get_one(ActivityReport, id_, execution_options=SYSTEM).version
            return actions.edit(session, actor, id_, version, changes)

        self.concerned |= set(report.people)
        self.does(report.author, do)
        report.people, report.minutes, report.saves = people, report.minutes + more, report.saves + 1
        if again:
            self.acts(report.author, id_, Action.SUBMIT)
            report.state, report.step = "in_review", 1

    @rule(number=pick)
    def the_author_withdraws(self, number: int) -> None:
        id_ = self.some(number, "returned", "in_review")
        if id_ is not None and self.model.reports[id_].step < 4:
            self.acts(self.model.reports[id_].author, id_, Action.WITHDRAW, comment="二重でした")
            self.model.reports[id_].state = "withdrawn"

    # The month.

    @rule(unit=st.sampled_from(["K1", "K1", "S1"]))
    def the_station_seals(self, unit: str) -> None:
        made = self.does(
            "station",
            lambda session, actor: [
                (edition.level, edition.number)
                for edition in seal(
                    session, actor, self.city.unit_id(unit), MONTH, edition_id=new_id(), seal_id=new_id()
                )
            ],
        )
        for report in self.model.reports.values():
            report.state = "sealed" if report.state == "confirmed" else report.state
        for level, number in made:
            code = "S1" if level == "station" else "K1"
            before = self.model.editions.get(code, (0, {}, set()))[0]
            assert number == before + 1
            self.model.editions[code] = (number, *self.now_at(code))
        if unit == "S1":  # a brigade without anything new keeps the edition that it has
            assert self.model.editions["K1"][1:] == self.now_at("K1")

    def now_at(self, code: str) -> tuple[dict[str, Sums], set[uuid.UUID]]:
        units = {unit: self.model.sums(unit) for unit in (code, "K1", "K1-1", "K1-2", "K1-1-1", "K1-2-1", "K1-1-2")}
        return units, {id_ for id_, report in self.model.reports.items() if report.pays()}

    @rule(unit=st.sampled_from(["K1-1-1", "K1-2-1", "K1-1-2", "K1-1"]), back=st.booleans())
    def nothing_to_report(self, unit: str, back: bool) -> None:
        company = f"company{unit[3]}"
        if back:
            self.takes_back(company, unit, Saying.NIL)
            return
        there = any(
            f"K1-{report.squad[0]}-{report.squad[1]}".startswith(unit) and report.counts()
            for report in self.model.reports.values()
        )
        refused = "month-has-reports" if there and (unit, Saying.NIL) not in self.model.sayings else ""
        self.says(company, unit, Saying.NIL, refused)

    @rule(unit=st.sampled_from(["K1-1-1", "K1-2-2"]), back=st.booleans())
    def excused(self, unit: str, back: bool) -> None:
        company = f"company{unit[3]}"
        if back:
            self.takes_back(company, unit, Saying.EXCUSED)
        else:
            self.says(company, unit, Saying.EXCUSED, reason="台風", until=NOW.date() + dt.timedelta(days=9))

    @rule(company=st.sampled_from("12"), back=st.booleans())
    def complete(self, company: str, back: bool) -> None:
        unit, who = f"K1-{company}", f"company{company}"
        if back:
            self.takes_back(who, unit, Saying.COMPLETE)
            return
        waiting = any(
            report.squad[0] == company
            and (report.state == "returned" or (report.state == "in_review" and report.step <= 2))
            for report in self.model.reports.values()
        )
        standing = (unit, Saying.COMPLETE) in self.model.sayings
        self.says(who, unit, Saying.COMPLETE, "month-has-open-reports" if waiting and not standing else "")

    def says(self, who: str, unit: str, saying: Saying, refusal: str = "", **more: Any) -> None:
        def do(session: Session, actor: Actor) -> Any:
            return closing.say(session, actor, self.city.unit_id(unit), MONTH, saying, **more)

        self.does(who, do, refusal)
        if not refusal:
            self.model.sayings.add((unit, saying))

    def takes_back(self, who: str, unit: str, saying: Saying) -> None:
        self.does(who, lambda session, actor: closing.take_back(session, actor, self.city.unit_id(unit), MONTH, saying))
        self.model.sayings.discard((unit, saying))

    # Disputes.

    @rule(number=pick, kind=st.sampled_from([DisputeKind.NOT_THERE, DisputeKind.TIMES]))
    def a_member_disputes(self, number: int, kind: DisputeKind) -> None:
        id_ = self.some(number, "in_review", "returned", "confirmed", "sealed")
        if id_ is None:
            return
        who = self.model.reports[id_].people[-1]
        is_open = any(
            (said.report, said.who, said.state) == (id_, who, DisputeState.OPEN)
            for said in self.model.disputes.values()
        )
        made = self.does(
            who,
            lambda session, actor: raise_dispute(session, actor, id_, kind, "違います").id,
            "already-disputed" if is_open else "",
        )
        if made is not None:
            self.model.disputes[made] = Said(id_, who, kind)
        self.concerned.add(who)

    @rule(number=pick, outcome=st.sampled_from(["upheld", "upheld", "dismissed", "withdrawn"]))
    def it_is_settled(self, number: int, outcome: str) -> None:
        ids = sorted(self.model.disputes)
        if not ids:
            return
        id_ = ids[number % len(ids)]
        said, to = self.model.disputes[id_], DisputeState(outcome)
        again = said.state is to is DisputeState.WITHDRAWN
        may = again or said.state is DisputeState.OPEN or (said.state, outcome) == (DisputeState.UPHELD, "dismissed")
        if to is DisputeState.WITHDRAWN:
            self.does(
                said.who, lambda session, actor: withdraw_dispute(session, actor, id_), "" if may else "dispute-settled"
            )
        else:
            self.does(
                "station2",
                lambda session, actor: settle_dispute(session, actor, id_, to, "確かめました"),
                "" if may else "dispute-settled",
            )
        if may:
            said.state, said.saves = to, self.model.reports[said.report].saves
        self.concerned.add(said.who)

    # What must be so.

    @invariant()
    def the_newest_editions_say_what_they_must(self) -> None:
        with self.session() as session:
            for code, (number, units, reports) in self.model.editions.items():
                edition = newest(session, self.city.unit_id(code), MONTH)
                assert edition is not None
                assert (edition.number, {uuid.UUID(row.id) for row in rows_of(session, edition).reports}) == (
                    number, reports,
                )  # fmt: skip
                asked = select(EditionUnit).where(EditionUnit.edition_id == edition.id)
                found = {unit.unit_id: unit for unit in session.scalars(asked, execution_options=SYSTEM)}
                for unit, sums in units.items():
                    told = found[self.city.unit_id(unit)] if unit != "S1" or code == "S1" else None
                    if told is not None:
                        assert (told.times, told.person_times, told.minutes, told.yen, told.unknown) == sums, unit

    @invariant()
    def members_read_what_they_must(self) -> None:
        for who in sorted(self.concerned):
            with self.session() as session:
                act_as(session, self.actors[who])
                record = own_record(session, self.actors[who], MONTH, MONTH)
                [month] = record.months
                told = ({turnout.report.id for turnout in record.turnouts}, month.yen, month.unknown, month.held)
            assert told == self.model.own(who), who
        self.concerned.clear()

    @invariant()
    def what_was_said_stands(self) -> None:
        codes = {unit.id: code for code, unit in self.city.units.items()}
        with self.session() as session:
            act_as(session, self.actors["bureau"])
            found = closing.statements(session, list(codes), MONTH)
            assert {(codes[one.unit_id], Saying(one.saying)) for one in found} == self.model.sayings


@pytest.mark.timeout(3600 if FULL else 300)
def test_a_month_says_what_became_of_it(engine: Engine) -> None:
    with Session(engine) as session:
        city = make.city(session)
        make.member(session, city, "station2", "S1", "station_officer", member_type="staff")
        make.pays(session, city)
        session.expunge_all()
        session.commit()
        MonthOfACity.actors = {login: make.actor(session, city, login, NOW) for login in city.people}
    with engine.connect() as connection, connection.begin() as everything:
        MonthOfACity.connection, MonthOfACity.city = connection, city
        phases = settings.default.phases if FULL and settings.default else [Phase.generate]
        runs = RUNS[engine.dialect.name]
        run_state_machine_as_test(
            MonthOfACity, settings=settings(max_examples=runs, stateful_step_count=STEPS, phases=phases)
        )
        everything.rollback()
