"""Random people do random things to reports on the real store; every step is held against ``model.py`` (R-04).

Each run starts from the same reports at every stage, is one savepoint, and is rolled back at its end.
"""

from __future__ import annotations

import copy
import uuid
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from brigade.organisation.units import Unit
from tests import make
from tests.db.model import OURS, PEOPLE
from tests.db.world import World, prepared

FULL = settings.default is not None and settings.default.max_examples > 1000
RUNS, STEPS = ({"sqlite": 5000, "postgresql": 5000}, 50) if FULL else ({"sqlite": 1300, "postgresql": 700}, 5)
HOURS = (9, 10, 11, 14)  # a drill lasts two: the first three overlap their neighbours

anyone, ours, nth = st.sampled_from(PEOPLE), st.sampled_from(OURS), st.integers(0, 11)
squad = st.sampled_from(["squad11", "squad11-deputy", "squad11a", "squad11b"])
some_people = st.lists(squad, min_size=1, max_size=2, unique=True)
hours = st.sampled_from(HOURS)
stale = st.sampled_from([0] * 8 + [-1, 1])
words = st.sampled_from(["", "時刻", " "])
tries = st.sampled_from(["submit", "approve", "step-back", "return", "withdraw", "undo", "delete"])
changes = st.fixed_dictionaries(
    {}, optional={"place": st.sampled_from(["器具置場", "河川敷"]), "people": some_people, "hour": hours}
)


class Review(RuleBasedStateMachine):
    """One run. ``base`` is set by the test."""

    base: World

    def __init__(self) -> None:
        super().__init__()
        self.run_savepoint = self.base.connection.begin_nested()
        self.world = copy.copy(self.base)
        self.model = self.world.model = copy.deepcopy(self.base.model)
        self.at_hand = uuid.UUID(int=0)

    def teardown(self) -> None:
        """At the end of each run the inboxes of those whom the last step concerned."""
        try:
            for who in sorted(self.world.concerned):
                self.world.compare_inbox(who)
        finally:
            self.run_savepoint.rollback()

    def report(self, number: int) -> uuid.UUID:
        """Mostly the one that was touched before."""
        if self.at_hand not in self.model.reports or number >= 4:
            self.at_hand = list(self.model.reports)[number % len(self.model.reports)]
        return self.at_hand

    @initialize(repass=st.booleans())
    def levels_need_not_look_twice(self, repass: bool) -> None:
        if repass:
            self.model.repass = True
            brigade = update(Unit).where(Unit.id == self.world.units["K1"])
            self.world.connection.execute(brigade.values(settings={"repass_after_return": True}))

    def someone_does_what_is_offered(self, number: int, pick: int, off: int) -> None:
        id_ = self.report(number)
        report = self.model.reports[id_]
        offers = [
            (who, action)
            for who in PEOPLE
            if self.model.sees(who, report)
            for action in sorted(self.model.offered(who, report) - {"edit", "correct"})
        ]
        if offers:
            who, action = offers[pick % len(offers)]
            self.world.act(who, id_, action, off=off, reason="時刻")

    one_step = rule(number=nth, pick=nth, off=stale)(someone_does_what_is_offered)
    another_step = rule(number=nth, pick=nth, off=stale)(someone_does_what_is_offered)  # half of all steps

    @rule(items=st.lists(st.tuples(nth, stale), min_size=1, max_size=4), who=anyone, action=tries, reason=words)
    def anyone_tries(self, items: list[tuple[int, int]], who: str, action: str, reason: str) -> None:
        if who in self.model.left:
            return
        if len(items) > 1:
            self.world.approve_many(who, [(self.report(number), off) for number, off in items])
        else:
            self.world.act(who, self.report(items[0][0]), action, off=items[0][1], reason=reason)

    @rule(who=ours, unit=st.sampled_from(["K1-1-1", "K1-1"]), people=some_people, hour=hours, submit=st.booleans())
    def someone_files(self, who: str, unit: str, people: list[str], hour: int, submit: bool) -> None:
        if who not in self.model.left:
            self.world.file(who, unit, people, hour, submit=submit)

    @rule(number=nth, off=stale, said=changes)
    def the_author_edits(self, number: int, off: int, said: dict[str, Any]) -> None:
        theirs = [id_ for id_, report in self.model.reports.items() if report.state in ("draft", "returned")]
        id_ = theirs[number % len(theirs)] if theirs and number > 1 else self.report(number)
        report = self.model.reports[id_]
        if "people" in said and report.unit == "K1-2-1":
            said = {**said, "people": [who.replace("11", "21") for who in said["people"]]}
        if report.author not in self.model.left:
            self.world.edit(report.author, id_, off, said)

    @rule(number=nth, pick=nth, off=stale, said=changes, who=anyone)
    def a_leader_corrects(self, number: int, pick: int, off: int, said: dict[str, Any], who: str) -> None:
        waits = [id_ for id_, report in self.model.reports.items() if report.state == "in_review"]
        id_ = waits[number % len(waits)] if waits and number > 1 else self.report(number)
        report = self.model.reports[id_]
        if "people" in said and report.unit == "K1-2-1":
            said = {**said, "people": [one.replace("11", "21") for one in said["people"]]}
        leaders = [one for one in PEOPLE if "correct" in self.model.offered(one, report)]
        corrector = leaders[pick % len(leaders)] if leaders and pick > 1 else who
        if corrector not in self.model.left:
            self.world.correct(corrector, id_, off, said)
        self.at_hand = id_

    @rule(number=nth, pick=nth, off=stale, who=anyone, reason=words)
    def an_author_leaves_or_is_back(self, number: int, pick: int, off: int, who: str, reason: str) -> None:
        back = [id_ for id_, report in self.model.reports.items() if report.state == "returned"]
        self.at_hand = id_ = back[number % len(back)] if back and number > 1 else self.report(number)
        report = self.model.reports[id_]
        self.world.leave_service_or_return(report.author)
        may = [one for one in PEOPLE if "withdraw" in self.model.offered(one, report) and self.model.sees(one, report)]
        withdrawer = may[pick % len(may)] if may and pick > 1 else who
        if withdrawer not in self.model.left:
            self.world.act(withdrawer, id_, "withdraw", off=off, reason=reason)

    @rule(who=ours, unit=st.sampled_from(["K1-1-1", "K1-1", "K1", "S1"]), more=st.lists(ours, max_size=2, unique=True),
          what=st.sampled_from(["leave", "post", "deputies"]), days=st.sampled_from([0, 0, 1, 7, 14]), pick=nth)  # fmt: skip
    def the_city_changes(self, who: str, unit: str, more: list[str], what: str, days: int, pick: int) -> None:
        if what == "leave":
            self.world.leave_or_return(who)
        elif what == "post" and who not in self.model.left:
            self.world.lead_or_resign(who, unit)
        else:
            self.world.name_deputies(unit, [one for one in more if one not in self.model.left])
        if days:
            self.world.let_pass(days)
        self.someone_does_what_is_offered(days + pick, pick, 0)


@pytest.mark.timeout(1500)  # two thousand runs in all: minutes on a slow machine
def test_reports_go_the_way_of_the_specification(engine: Engine) -> None:
    with Session(engine) as session:
        cities = [make.city(session), make.city(session, "Z")]
    with engine.connect() as connection, connection.begin() as everything:
        Review.base = prepared(connection, cities)
        # A run is short enough to be read as it is: making it shorter would take minutes.
        phases = settings.default.phases if FULL else [Phase.generate]
        run_state_machine_as_test(
            Review,
            settings=settings(max_examples=RUNS[engine.dialect.name], stateful_step_count=STEPS, phases=phases),
        )
        everything.rollback()
