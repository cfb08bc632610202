"""Totals added up by the database against the sheet made from every row of the same month, cell by cell, for everyone."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine, event, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.workflow import Action
from brigade.actor import Actor, load_actor
from brigade.dates import month_bounds, month_of
from brigade.month import earned
from brigade.month.behind import Cell, figure_behind
from brigade.month.explain import Place, explain, paged
from brigade.month.figures import PAYABLE, sheet
from brigade.month.reading import month_rows
from brigade.month.rows import MonthRows
from brigade.month.sheet import KindTotal, MonthSheet, UnitTotal
from brigade.month.sums import MonthSums, Received, month_sums, received
from brigade.month.totals import Sum, month_totals
from brigade.organisation.people import Member, Post
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.units import Unit
from brigade.problems import NotFound, Refused
from brigade.scopes import act_as
from tests import make
from tests.db.town import NOW, Town
from tests.make import SYSTEM, City

FULL = settings.default is not None and settings.default.max_examples > 1000
SEEDS = range(300, 340 if FULL else 302)
MONTHS = ("2026-10", "2026-11")
TOWNS = ("yokohama", "nakatsugawa", "ichikawa")
"""Paid by the turnout, by the day, and less where there was nothing to do."""
TICK = dt.timedelta(microseconds=1)


def busy(seed: int) -> Town:
    """A town whose reports begin and end at odd moments, also in the first and the last one of a month, and many of
    whose people came later or left earlier than the report says, found nothing to do, or may do some kinds only; several
    reports tell of one event. Each of its brigades pays by some town's rules.
    """
    town, chance = Town(seed), Random(seed)
    times = {}
    events = town.of(Event)
    for row in town.of(ActivityReport):
        first, after = month_bounds(chance.choice(MONTHS))
        start = first + (after - first) * chance.random()
        start = chance.choice([start, start, start, first, after - TICK, first - TICK])
        end = start + dt.timedelta(microseconds=chance.randint(1, 9 * 3600 * 10**6))
        near = [one["id"] for one in events if one["bureau_id"] == row["bureau_id"]]
        row.update(started_at=start, ended_at=end, month=month_of(start), event_id=chance.choice([None, *near]))
        times[row["id"]] = (start, end)
    for row in town.of(Participation):
        start, end = times[row["report_id"]]
        came, left = sorted(start + (end - start) * chance.random() for _ in range(2))
        row.update(
            started_at=chance.choice([None, came]), ended_at=chance.choice([None, left]), acted=chance.random() < 0.8
        )
    for row in town.of(Member):
        if row["member_type"] == "ordinary":
            row["member_type"] = chance.choice(["ordinary", "function_limited"])
    for row in town.of(Unit):
        row["settings"] = {
            **row["settings"],
            "pay_rules": chance.choice(TOWNS),
            "incidents_once": chance.random() < 0.5,
        }
    return town


def compare(session: Session, actor: Actor, unit_id: uuid.UUID, month: str, chance: Random) -> int:
    """Both ways give the same, or the same refusal; now and then the console's two as well. How many reports were counted."""
    try:
        rows = month_rows(session, actor, unit_id, month)
        whole = sheet(rows, "ja")
    except (NotFound, Refused) as refusal:
        with pytest.raises(type(refusal)):
            month_totals(session, actor, unit_id, month)
        with pytest.raises(type(refusal)):
            month_sums(session, actor, unit_id, month, "ja")
        return 0
    if whole.times and chance.random() < 0.15:
        compare_sums(month_sums(session, actor, unit_id, month, "ja"), whole)
        compare_folded(session, actor, unit_id, whole, chance.choice(LEVELS))
        compare_received(session, actor, unit_id, rows)
        compare_figure(session, actor, rows, whole, chance)
    totals = month_totals(session, actor, unit_id, month)
    waiting, returned = whole.states.get("in_review", 0), whole.states.get("returned", 0)
    assert totals.whole == Sum(whole.times, whole.person_times, whole.minutes, waiting, returned)
    cells = {kind.code: of_kind(kind) for kind in whole.kinds}
    assert {code: (s.times, s.person_times, s.minutes) for code, s in totals.kinds.items()} == cells
    for unit in whole.units:
        assert totals.of(uuid.UUID(unit.unit_id)) == of_unit(unit), unit
    return whole.times


def compare_sums(sums: MonthSums, whole: MonthSheet) -> None:
    """Pay and categories are those of the sheet too."""
    for field in fields(MonthSums):
        if field.name != "units":
            assert getattr(sums, field.name) == getattr(whole, field.name), field.name
    # Units that left within the month stand last below the one above; in which order hangs on the reports.
    assert sorted(sums.units, key=by_id) == sorted(whole.units, key=by_id)


def compare_folded(session: Session, actor: Actor, unit_id: uuid.UUID, whole: MonthSheet, level: Level) -> None:
    """Of fewer levels, and without pay, what is there is the same."""
    found = month_sums(session, actor, unit_id, whole.month, "ja", down_to=level, paid_up_to=whole.times)
    deepest = max(map(LEVELS.index, (level, Level(whole.level))))
    units = [unit for unit in whole.units if LEVELS.index(Level(unit.level)) <= deepest]
    assert sorted(found.units, key=by_id) == sorted(units, key=by_id)
    assert found.yen == whole.yen
    unpaid = month_sums(session, actor, unit_id, whole.month, "ja", down_to=level, paid_up_to=whole.times - 1)
    without = [replace(unit, yen=0) for unit in found.units]
    assert replace(unpaid, units=()) == replace(found, yen=None, unknown=None, rules=(), units=())
    assert list(unpaid.units) == without


def compare_received(session: Session, actor: Actor, unit_id: uuid.UUID, rows: MonthRows) -> None:
    """What would be sealed is the sheet of what was received."""
    counted = replace(rows, reports=tuple(one for one in rows.reports if one.state in PAYABLE))
    wanted, found = sheet(counted, "ja"), received(session, actor, unit_id, rows.month)
    for field in fields(Received):
        assert getattr(found, field.name) == getattr(wanted, field.name), field.name


def compare_figure(session: Session, actor: Actor, rows: MonthRows, whole: MonthSheet, chance: Random) -> None:
    """A figure from its own rows is that from the month's; what stands on the page is told whole."""
    cells = [
        Cell(),
        *(Cell(kind=one.code) for one in whole.kinds),
        *(Cell(category=one.code) for one in whole.categories),
    ]
    cell = chance.choice([*cells, *(Cell(member_id=uuid.UUID(one.member_id)) for one in whole.members[:5])])
    who = str(cell.member_id) if cell.member_id else None
    asked: Any = {"kind": cell.kind, "category": cell.category, "member_id": who}
    wanted = explain(rows, **asked)
    places = [Place.of(reason.report) for reason in wanted.reasons]
    after = places[1] if len(places) > 3 else None
    found = figure_behind(session, actor, uuid.UUID(rows.unit_id), rows.month, cell, after, 2)
    for name in ("times", "person_times", "minutes", "yen", "unknown", "rules"):
        assert getattr(found, name) == getattr(wanted, name), (cell, name)
    assert found == replace(paged(wanted, after, 2), shown=found.shown)
    page = wanted.reasons[2:4] if after else wanted.reasons[:2]
    assert found.shown.reasons == page
    there = {part.member_id for reason in page for part in reason.parts}
    assert there <= {person.id for person in found.shown.people}
    unpaid = figure_behind(session, actor, uuid.UUID(rows.unit_id), rows.month, cell, after, 2, paid_up_to=0)
    left_out = {"yen": None, "unknown": None, "rules": found.shown.rules} if len(page) < len(places) else {}
    assert replace(unpaid, shown=found.shown) == replace(found, **left_out)


def by_id(total: UnitTotal) -> str:
    return total.unit_id


def of_kind(total: KindTotal) -> tuple[int, int, int]:
    return total.times, total.person_times, total.minutes


def of_unit(total: UnitTotal) -> Sum:
    return Sum(total.times, total.person_times, total.minutes, total.waiting, total.returned)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_is_that_of_the_sheet(engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    town, chance = busy(seed), Random(seed)
    monkeypatch.setattr(earned, "ONE_BY_ONE", chance.choice([0, 5]))  # as in a large city, whose people are counted
    with Session(engine) as session:
        town.stored(session)
    units = [row["id"] for row in town.of(Unit)]
    counted, refused = 0, 0
    for member_id in sorted({row["member_id"] for row in town.of(Post)}):
        with Session(engine) as session:
            actor = load_actor(session, session.get_one(Member, member_id, execution_options=SYSTEM), NOW)
            if actor is None:
                continue
            act_as(session, actor)
            for unit_id in {*chance.sample(units, 3), *(held for _, held in actor.reach)}:
                for month in MONTHS:
                    found = compare(session, actor, unit_id, month, chance)
                    counted, refused = counted + found, refused + (not found)
    assert counted > 200
    assert refused > 10


def test_a_bureau_counts_no_injuries(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", kind="T-01")
    session.execute(update(ActivityReport).where(ActivityReport.id == made.id).values(kind="I-01"),
                    execution_options=SYSTEM)  # fmt: skip
    station = month_totals(session, make.bound(session, city, "station"), city.unit_id("S1"), "2026-11")
    assert station.kinds["I-01"] == station.of(city.unit_id("K1")) == station.whole == Sum(1, 2, 240, 1, 0)
    bureau = month_totals(session, make.bound(session, city, "bureau"), city.unit_id("B"), "2026-11")
    assert (bureau.kinds, bureau.units, bureau.whole) == ({}, {}, Sum())


def test_drafts_and_withdrawn_reports_are_not_counted(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1", submit=False)
    taken_back = make.report(session, city, "squad11a", "K1-1-1", hour=14)
    make.step(session, city, "squad11a", taken_back, Action.WITHDRAW, comment="二重でした")
    leader = make.bound(session, city, "squad11")
    assert month_totals(session, leader, city.unit_id("K1-1-1"), "2026-11").whole == Sum()


def test_members_and_strangers_are_refused(session: Session, city: City) -> None:
    for login, code in (("squad11a", "K1-1-1"), ("squad11", "K1-1")):
        with pytest.raises(Refused):
            month_totals(session, make.bound(session, city, login), city.unit_id(code), "2026-11")
    with pytest.raises(NotFound):
        month_totals(session, make.bound(session, city, "bureau"), uuid.uuid4(), "2026-11")
    with pytest.raises(ValueError):
        month_totals(session, make.bound(session, city, "bureau"), city.unit_id("B"), "2026-13")


def test_it_takes_as_few_questions_as_the_unit_is_small(session: Session, city: City) -> None:
    """However many reports and units: who asks for what, and the sums."""
    asked: list[str] = []
    bureau = make.bound(session, city, "bureau")
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
    for made in range(3):
        month_totals(session, bureau, city.unit_id("B"), "2026-11")
        assert len(asked) == 2 * (made + 1)
    assert {Level(level) for level in Level if f"{level}_id" in asked[-1]} == set(Level)
