"""What squads owe: against a slow count over a made-up region's rows, and by hand through mergers, renames and moves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, EventUnit, NobodyCame, Participation
from brigade.activity.workflow import Action
from brigade.actor import load_actor
from brigade.calendar.event_answers import state_nobody_came
from brigade.calendar.events import Plan, change_event, create_event
from brigade.calendar.expected import Answer, expected
from brigade.calendar.taking_part import took_part
from brigade.dates import tokyo_day
from brigade.organisation import posts, tree
from brigade.organisation.people import Member, Membership, Post
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, UnitParent
from brigade.problems import Problem
from tests import make
from tests.db.sight import Sight
from tests.db.town import NOW, Row, Town, above, holds
from tests.make import SYSTEM, City

FULL = settings.default is not None and settings.default.max_examples > 1000
SEEDS = range(100, 160 if FULL else 102)
DAYS = (dt.date(2026, 10, 30), dt.date(2026, 11, 8), NOW.date(), NOW.date() + dt.timedelta(days=1))
Told = dict[tuple[uuid.UUID, uuid.UUID], tuple[str, dict[str, int]]]
"""State and reports, by event and squad."""

FROM, TO = dt.datetime(2026, 10, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


# --- A made-up region -------------------------------------------------------------------------------------------------


def autumn(seed: int) -> Town:
    """A town with events on days before and after its changes, reports that name them, and statements."""
    town, chance = Town(seed), Random(seed)
    town.rows[Event], town.rows[EventUnit], town.rows[NobodyCame] = [], [], []
    for bureau in [row for row in town.of(Unit) if row["level"] == Level.BUREAU]:
        ours = [row for row in town.of(Unit) if row["bureau_id"] == bureau["id"]]
        people = [row for row in town.of(Member) if row["bureau_id"] == bureau["id"]]
        for number in range(24):
            start = dt.datetime.combine(chance.choice(DAYS), dt.time(chance.choice([0, 3, 16])), dt.UTC)
            off = number % 8 == 7
            made = town.add(
                Event, id=town.id(), version=1, bureau_id=bureau["id"], unit_id=bureau["id"], kind="T-01", title="訓練",
                planned=number % 9 != 8, started_at=start, ended_at=start + dt.timedelta(hours=3), place="", created_at=NOW,
                created_by_id=people[0]["id"], state="cancelled" if off else "planned", cancelled_at=NOW if off else None,
            )  # fmt: skip
            called = chance.sample(ours, chance.randint(1, 3))
            town.rows[EventUnit] += [{"event_id": made["id"], "unit_id": unit["id"]} for unit in called]
            for unit in chance.sample(ours, 4):
                taken_back = chance.random() < 0.3
                town.add(
                    NobodyCame, id=town.id(), event_id=made["id"], unit_id=unit["id"], stated_by_id=people[0]["id"],
                    stated_at=NOW, comment="", withdrawn_at=NOW if taken_back else None,
                    withdrawn_because="undone" if taken_back else None,
                )  # fmt: skip
        theirs = [row for row in town.of(Event) if row["bureau_id"] == bureau["id"]]
        for report in [row for row in town.of(ActivityReport) if row["bureau_id"] == bureau["id"]]:
            same_day = [row["id"] for row in theirs if tokyo_day(row["started_at"]) == tokyo_day(report["started_at"])]
            report["event_id"] = chance.choice(same_day) if same_day and chance.random() < 0.9 else None
    return town


class Slow:
    """The same answers, row by row."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.units = {row["id"]: row for row in town.of(Unit)}
        self.lines: dict[tuple[uuid.UUID, dt.date], set[uuid.UUID]] = {}

    def line(self, unit_id: uuid.UUID, day: dt.date) -> set[uuid.UUID]:
        """The unit and all above it that day."""
        if (unit_id, day) not in self.lines:
            self.lines[unit_id, day] = {row["id"] for row in above(self.town, unit_id, day)}
        return self.lines[unit_id, day]

    def squads(self, day: dt.date) -> Iterator[Row]:
        """Units of brigades that were there that day and had none below."""
        there = {id_ for id_, row in self.units.items() if holds(row, day)}
        links = [row for row in self.town.of(UnitParent) if holds(row, day) and row["unit_id"] in there]
        parents = {row["parent_id"] for row in links}
        yield from (self.units[id_] for id_ in there - parents if self.units[id_]["level"] not in ("bureau", "station"))

    def told(self, sight: Sight, unit_id: uuid.UUID | None = None) -> Told:
        """What one person is told of, of one unit or of all."""
        under = sight.with_predecessors({unit_id}) if unit_id else set()
        found: Told = {}
        for each in self.town.of(Event):
            day = tokyo_day(each["started_at"])
            if not each["planned"] or each["state"] != "planned" or not FROM <= each["started_at"] < TO:
                continue
            called = {row["unit_id"] for row in self.town.of(EventUnit) if row["event_id"] == each["id"]}
            for squad in self.squads(day):
                line = self.line(squad["id"], day)
                mine = {row["unit_id"] for row in self.homes(sight.me, day)}
                if called & line and (sight.reach & line or squad["id"] in mine) and (not unit_id or under & line):
                    found[each["id"], squad["id"]] = self.state(each, squad, day)
        return found

    def homes(self, member_id: uuid.UUID, day: dt.date) -> list[Row]:
        return [row for row in self.town.of(Membership) if row["member_id"] == member_id and holds(row, day)]

    def state(self, each: Row, squad: Row, day: dt.date) -> tuple[str, dict[str, int]]:
        reports = Counter(
            row["state"]
            for row in self.town.of(ActivityReport)
            if row["event_id"] == each["id"]
            and row["state"] not in ("draft", "withdrawn")
            and (self.stands_for(row["unit_id"], squad, day) or self.names_one_of(row, squad, day))
        )
        if reports:
            return "reported", dict(reports)
        nobody = [row for row in self.town.of(NobodyCame) if row["event_id"] == each["id"] and not row["withdrawn_at"]]
        if any(self.stands_for(row["unit_id"], squad, day) for row in nobody):
            return "nobody_came", {}
        return ("overdue" if each["ended_at"] <= NOW else "expected"), {}

    def stands_for(self, unit_id: uuid.UUID, squad: Row, day: dt.date) -> bool:
        """The squad itself, or one that was taken over before that day and lies under it now."""
        gone = not holds(self.units[unit_id], day)
        return unit_id == squad["id"] or (gone and squad["id"] in self.line(unit_id, day))

    def names_one_of(self, report: Row, squad: Row, day: dt.date) -> bool:
        """A report from above the squads that has someone of this squad in it."""
        if report["squad_id"] or report["unit_id"] == squad["id"]:
            return False
        people = [row["member_id"] for row in self.town.of(Participation) if row["report_id"] == report["id"]]
        return any(row["unit_id"] == squad["id"] for who in people for row in self.homes(who, day))


def shown(session: Session, actor: Any, unit_id: uuid.UUID | None = None) -> Told:
    rows = expected(session, actor, FROM, TO, unit_id)
    assert rows == sorted(rows, key=lambda row: row.place)
    found = {(row.event_id, row.unit_id): (row.state.value, dict(row.reports)) for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_owed_is_what_a_slow_count_finds(engine: Engine, seed: int) -> None:
    town = autumn(seed)
    with Session(engine) as session:
        town.stored(session)
    slow, chance, states = Slow(town), Random(seed), Counter[str]()
    for me in chance.sample([row["id"] for row in town.of(Member)], 40 if FULL else 12):
        with Session(engine) as session:
            actor = load_actor(session, session.get_one(Member, me, execution_options=SYSTEM), NOW)
            if actor is None:
                continue
            session.info["actor"] = actor
            sight = Sight(town, me)
            found = shown(session, actor)
            assert found == slow.told(sight), me
            states.update(state for state, _ in found.values())
            for unit in chance.sample(town.of(Unit), 2):
                assert shown(session, actor, unit["id"]) == slow.told(sight, unit["id"]), (me, unit)
    assert set(states) == {answer.value for answer in Answer}  # or nothing much was compared


def test_it_costs_the_same_however_many_squads_there_are(engine: Engine) -> None:
    town, said, costs = autumn(100), [], {}
    with Session(engine) as session:
        town.stored(session)
    event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: said.append(statement))
    officer = next(
        row["member_id"] for row in town.of(Post) if row["post"] == "bureau_officer" and holds(row, NOW.date())
    )
    with Session(engine) as session:
        actor = load_actor(session, session.get_one(Member, officer, execution_options=SYSTEM), NOW)
        assert actor is not None
        session.info["actor"] = actor
        for to in (TO, FROM + dt.timedelta(days=30, hours=1)):
            said.clear()
            rows = expected(session, actor, FROM, to)
            costs[len(rows)] = len([statement for statement in said if "SELECT" in statement])
    assert set(costs.values()) == {5}
    assert max(costs) > 3 * min(costs) > 0


# --- By hand ----------------------------------------------------------------------------------------------------------


def at(day: int) -> dt.datetime:
    """Nine in the morning in Japan, in November 2026."""
    return dt.datetime(2026, 11, day, tzinfo=dt.UTC)


def planned(session: Session, city: City, day: int, unit: str = "K1-1", *called: str) -> uuid.UUID:
    """A drill that company 1 (or ``unit``) is called to by the brigade."""
    plan = Plan(
        "T-01",
        "訓練",
        at(day),
        at(day) + dt.timedelta(hours=2),
        tuple(city.unit_id(code) for code in called or (unit,)),
    )
    [made] = create_event(session, make.bound(session, city, "brigade"), plan, unit_id=city.unit_id("K1")).events
    session.commit()
    return made.id


def owed(session: Session, city: City, login: str = "bureau", unit_id: uuid.UUID | None = None) -> list[str]:
    """Day, squad and state, for this person."""
    session.commit()
    session.expunge_all()
    rows = expected(session, make.bound(session, city, login), at(1), at(30), unit_id)
    return [f"{row.started_at.day} {row.unit_name[-4:]} {row.state.value}" for row in rows]


def merged(session: Session, city: City, day: int) -> Unit:
    """Squads 1 and 2 of company 1 become one from that day on."""
    both = [city.unit_id(f"K1-1-{n}") for n in (1, 2)]
    made = tree.merge_units(
        session, make.bound(session, city, "bureau"), both, "K1-1-9", "第九班", dt.date(2026, 11, day)
    )
    city.units["K1-1-9"] = made
    session.commit()
    return made


def test_a_merger_before_the_day_asks_the_new_squad(session: Session, city: City) -> None:
    planned(session, city, 25, "K1-1", "K1-1-1")
    assert owed(session, city) == ["25 団第1班 expected"]
    merged(session, city, 22)
    assert (
        owed(session, city)
        == owed(session, city, "squad11a")
        == owed(session, city, "squad12a")
        == ["25 第九班 expected"]
    )


def test_a_plan_for_after_a_merger_that_is_coming_calls_the_new_squad(session: Session, city: City) -> None:
    merged(session, city, 22)
    planned(session, city, 25, "K1-1", "K1-1-2")
    planned(session, city, 21, "K1-1", "K1-1-2")
    assert owed(session, city) == ["21 団第2班 expected", "25 第九班 expected"]


def test_moved_past_a_merger_it_calls_the_new_squad(session: Session, city: City) -> None:
    id_ = planned(session, city, 21, "K1-1", "K1-1-1")
    merged(session, city, 24)
    moved = {"started_at": at(25), "ended_at": at(25) + dt.timedelta(hours=1)}
    change_event(session, make.bound(session, city, "brigade"), id_, 1, moved)
    assert owed(session, city) == ["25 第九班 expected"]


def test_a_merger_after_the_day_leaves_the_squads_of_the_day(session: Session, city: City) -> None:
    id_ = planned(session, city, 8)
    make.report(session, city, "squad11a", "K1-1-1", day=8, event_id=id_)
    made = merged(session, city, 15)
    before = ["8 団第1班 reported", "8 団第2班 overdue"]
    assert owed(session, city) == owed(session, city, "squad12") == owed(session, city, "bureau", made.id) == before
    # Who leads the new squad, or belonged to the old one that day, still answers for it.
    state_nobody_came(session, make.bound(session, city, "squad11"), id_, city.unit_id("K1-1-2"), "")
    assert owed(session, city, "squad12a") == ["8 団第2班 nobody_came"]
    took_part(session, make.bound(session, city, "squad12a"), id_, report_id=None)
    assert owed(session, city, "squad12a") == ["8 団第2班 reported"]


def test_a_merger_entered_late_takes_over_what_was_said(session: Session, city: City) -> None:
    reported, nobody, neither = planned(session, city, 8), planned(session, city, 9), planned(session, city, 10)
    make.report(session, city, "squad11a", "K1-1-1", day=8, event_id=reported)
    state_nobody_came(session, make.bound(session, city, "squad12"), nobody, city.unit_id("K1-1-2"), "")
    assert neither
    merged(session, city, 5)
    assert owed(session, city) == ["8 第九班 reported", "9 第九班 nobody_came", "10 第九班 overdue"]
    took_part(session, make.bound(session, city, "squad11b"), nobody, report_id=None)
    assert owed(session, city, "squad11b") == ["8 第九班 reported", "9 第九班 reported", "10 第九班 overdue"]
    with pytest.raises(Problem, match="squad-has-reported"):
        state_nobody_came(session, make.bound(session, city, "squad12"), nobody, city.unit_id("K1-1-9"), "")


def test_a_renamed_squad_is_asked_by_its_name_of_the_day(session: Session, city: City) -> None:
    past, ahead = planned(session, city, 8, "K1-1", "K1-1-1"), planned(session, city, 25, "K1-1", "K1-1-1")
    assert past != ahead
    tree.rename_unit(
        session, make.bound(session, city, "bureau"), city.unit_id("K1-1-1"), "川端班", dt.date(2026, 11, 15)
    )
    assert owed(session, city) == owed(session, city, "squad11a") == ["8 団第1班 overdue", "25 川端班 expected"]


def test_a_squad_that_moves_away_is_called_with_the_company_of_the_day(session: Session, city: City) -> None:
    planned(session, city, 8)
    planned(session, city, 25)
    tree.move_unit(
        session,
        make.bound(session, city, "bureau"),
        city.unit_id("K1-1-2"),
        city.unit_id("K1-2"),
        dt.date(2026, 11, 15),
    )
    assert owed(session, city) == ["8 団第1班 overdue", "8 団第2班 overdue", "25 団第1班 expected"]
    assert owed(session, city, "company1") == ["8 団第1班 overdue", "8 団第2班 overdue", "25 団第1班 expected"]
    assert owed(session, city, "company2") == []
    assert owed(session, city, "squad12a") == ["8 団第2班 overdue"]
    assert owed(session, city, "bureau", city.unit_id("K1-1")) == owed(session, city)


def test_a_company_without_squads_answers_for_itself_and_a_station_for_nothing(session: Session, city: City) -> None:
    officer, women = make.bound(session, city, "bureau"), make.new_id()
    for level, code, name, above_ in (("company", "K1-3", "女性分団", "K1"), ("station", "S2", "南消防署", "B")):
        parent = city.unit_id(above_)
        tree.add_unit(
            session,
            officer,
            level=level,
            code=code,
            name=name,
            parent_id=parent,
            on=dt.date(2026, 11, 1),
            id_=women if level == "company" else None,
        )
    plan = Plan("T-01", "訓練", at(10), at(10) + dt.timedelta(hours=2))
    [made] = create_event(session, officer, plan, unit_id=city.bureau_id).events
    asked = ["10 団第1班 overdue", "10 団第2班 overdue"]
    assert owed(session, city) == asked + asked + ["10 女性分団 overdue"]
    city.units["K1-3"] = session.get_one(Unit, women, execution_options=SYSTEM)
    make.member(session, city, "women", "K1-3")
    make.report(session, city, "women", "K1-3", day=10, event_id=made.id)
    [row] = expected(session, make.bound(session, city, "women"), at(1), at(30))
    assert (row.state, row.reports) == ("reported", {"in_review": 1})


def test_drafts_withdrawn_and_returned_reports(session: Session, city: City) -> None:
    id_ = planned(session, city, 8)
    make.report(session, city, "squad11a", "K1-1-1", day=8, event_id=id_, submit=False)
    assert owed(session, city)[0] == "8 団第1班 overdue"
    report = make.report(session, city, "squad11b", "K1-1-1", day=8, event_id=id_)
    returned = make.step(session, city, "squad11", report, Action.RETURN, comment="時刻")
    assert owed(session, city)[0] == "8 団第1班 reported"
    make.step(session, city, "squad11b", returned, Action.WITHDRAW, comment="誤り")
    assert owed(session, city)[0] == "8 団第1班 overdue"


def test_a_member_who_moved_answers_for_the_squad_of_the_day(session: Session, city: City) -> None:
    id_ = planned(session, city, 8, "K1-1", "K1-1-1")
    posts.transfer_member(
        session,
        make.bound(session, city, "bureau"),
        city.member_id("squad11a"),
        city.unit_id("K1-2-1"),
        dt.date(2026, 11, 15),
    )
    session.commit()
    made, _ = took_part(session, make.bound(session, city, "squad11a"), id_, report_id=None)
    assert made.unit_id == city.unit_id("K1-1-1")
    assert owed(session, city) == owed(session, city, "squad11a") == ["8 団第1班 reported"]
