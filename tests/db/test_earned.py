"""The sums of a whole city, for which people are counted, one rule at a time: exact yen, and those of everyone's lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.content import Person
from brigade.db import new_id
from brigade.dispute_rules import DisputeKind
from brigade.disputes import raise_dispute
from brigade.month.earned import Earned, earned
from brigade.organisation.people import Member
from tests import make
from tests.make import NOW, SYSTEM, City
from tests.rule_sets import changed

TOKYO = dt.timezone(dt.timedelta(hours=9))
MONTH = "2026-11"
Filing = Callable[..., ActivityReport]


def at(day: int, hour: int, month: int = 11) -> dt.datetime:
    """An hour of 2026 in Tokyo."""
    return dt.datetime(2026, month, day, hour, tzinfo=TOKYO)


@pytest.fixture
def filed(session: Session, city: City) -> Filing:
    """Files what the station has taken; ``set_`` writes over what was checked when it was filed."""

    def one(*people: Person, begun: dt.datetime, hours: float = 2, kind: str = "T-01", **set_: Any) -> ActivityReport:
        made = make.report(
            session, city, "squad11", "K1-1-1", kind="T-01", started_at=begun, participants=people,
            ended_at=begun + dt.timedelta(hours=hours),
        )  # fmt: skip
        taken = {"kind": kind, "state": "confirmed", "step": 1, "awaiting_unit_id": None, "awaiting_since": None}
        changed = update(ActivityReport).where(ActivityReport.id == made.id).values({**taken, **set_})
        session.execute(changed, execution_options=SYSTEM)
        session.commit()
        return session.get_one(ActivityReport, made.id, execution_options=SYSTEM)

    return one


def both(session: Session, city: City, municipality: str, *asked: ActivityReport, month: str = MONTH) -> Earned:
    """What they earn, people counted; from everyone's lines it is the same."""
    ids = [one.id for one in asked]
    said = (session, city.bureau_id, municipality, month, ids)
    found = earned(*said, None)
    people = session.scalars(select(Participation.member_id).distinct(), execution_options=SYSTEM).all()
    lines = earned(*said, people)
    assert (+found.yen, found.unknown, found.rule_sets) == (+lines.yen, lines.unknown, lines.rule_sets)
    return found


def yen(session: Session, city: City, municipality: str, *asked: ActivityReport, month: str = MONTH) -> list[int]:
    found = both(session, city, municipality, *asked, month=month)
    return [found.yen[one.id] for one in asked]


def test_only_the_line_of_who_disputes_is_on_hold(session: Session, city: City, filed: Filing) -> None:
    """The same hours of three of one squad: who disputes one of their two reports, who the other, who none."""
    people = [Person(city.member_id(login)) for login in ("squad11a", "squad11b", "squad11-deputy")]
    first, second = (filed(*people, begun=at(day, 9)) for day in (8, 9))
    assert yen(session, city, "yokohama", first, second) == [10_500, 10_500]
    raise_dispute(session, make.bound(session, city, "squad11a"), first.id, DisputeKind.TIMES, "一時間でした。")
    session.commit()
    found = both(session, city, "yokohama", first, second)
    assert [found.yen[one.id] for one in (first, second)] == [7_000, 10_500]
    assert (found.unknown, found.rule_sets) == (0, {"yokohama-2024"})
    raise_dispute(session, make.bound(session, city, "squad11b"), second.id, DisputeKind.TIMES, "一時間でした。")
    session.commit()
    assert yen(session, city, "yokohama", first, second) == [7_000, 7_000]


def test_a_role_that_earns_is_paid_to_who_had_it(session: Session, city: City, filed: Filing) -> None:
    """Gojo pays the pump operator 1,000 more, and the one who leads or drives nothing more."""
    roles = {"squad11a": "operator", "squad11b": "driver", "squad11-deputy": "member"}
    people = [Person(city.member_id(login), role) for login, role in roles.items()]
    assert yen(session, city, "gojo", filed(*people, begun=at(8, 9))) == [3 * 3_000 + 1_000]


def test_ones_own_times_and_what_one_found_to_do_decide(session: Session, city: City, filed: Filing) -> None:
    """Nakatsugawa pays a fire of four hours 8,000, and half for less; Ichikawa 2,500 where there was nothing to do."""
    begun = at(8, 9)
    who = [city.member_id(login) for login in ("squad11a", "squad11b", "squad11-deputy")]
    people = (
        Person(who[0], acted=False),
        Person(who[1], started_at=begun + dt.timedelta(hours=2)),
        Person(who[2], ended_at=begun + dt.timedelta(hours=2)),
    )
    fire = filed(*people, begun=begun, hours=5, kind="D-01")
    assert yen(session, city, "nakatsugawa", fire) == [8_000 + 4_000 + 4_000]
    assert yen(session, city, "ichikawa", fire) == [2_500 + 7_000 + 7_000]


def test_a_day_is_paid_once_in_whatever_order_it_was_filed(session: Session, city: City, filed: Filing) -> None:
    """Two duties of the eighth, the second of which is filed last and after the ninth."""
    one = Person(city.member_id("squad11a"))
    first, next_day, late = (filed(one, begun=begun) for begun in (at(8, 9), at(9, 9), at(8, 14)))
    early = filed(one, begun=at(8, 6))
    asked = (first, next_day, late, early)
    assert yen(session, city, "nakatsugawa", *asked) == [0, 1_600, 0, 1_600]
    assert yen(session, city, "nakatsugawa", late) == [0]
    assert yen(session, city, "yokohama", *asked) == [3_500] * 4


def test_what_began_in_the_month_before_takes_the_day_it_reaches(session: Session, city: City, filed: Filing) -> None:
    one = Person(city.member_id("squad11a"))
    night = filed(one, begun=at(31, 23, month=10), ended_at=at(1, 10))
    day = filed(one, begun=at(1, 14))
    assert yen(session, city, "nakatsugawa", day) == [0]
    assert yen(session, city, "nakatsugawa", night, month="2026-10") == [3_200]


def test_what_begins_in_the_next_month_counts_with_the_duty_that_reaches_its_day(
    session: Session, city: City, filed: Filing
) -> None:
    """Nakatsugawa pays 4,000 for two hours of the first of November; with three more that day it pays 8,000."""
    one = Person(city.member_id("squad11a"))
    night = filed(one, begun=at(31, 20, month=10), hours=6, kind="D-01")
    alone = yen(session, city, "nakatsugawa", night, month="2026-10")
    filed(one, begun=at(1, 10), hours=3, kind="D-01")
    assert (alone, yen(session, city, "nakatsugawa", night, month="2026-10")) == ([12_000], [16_000])


def test_who_may_do_some_kinds_only_earns_by_those(session: Session, city: City, filed: Filing) -> None:
    people = [Person(city.member_id(login)) for login in ("squad11a", "squad11b", "squad11-deputy")]
    fire, drill = (filed(*people, begun=at(day, 9), kind=kind) for day, kind in ((8, "D-01"), (9, "T-01")))
    assert yen(session, city, "yokohama", fire, drill) == [21_000, 10_500]
    for login, kinds in (("squad11a", ["T-01"]), ("squad11b", ["D-01", "T-01"])):
        who = update(Member).where(Member.id == city.member_id(login))
        session.execute(
            who.values(member_type="function_limited", allowed_kinds=kinds), execution_options=SYSTEM
        )  # fmt: skip
    session.commit()
    assert yen(session, city, "yokohama", fire, drill) == [14_000, 10_500]


def test_a_kind_that_is_no_more_earns_nothing_and_stops_nobodys_pay(
    session: Session, city: City, filed: Filing
) -> None:
    one = Person(city.member_id("squad11a"))
    gone, there = filed(one, begun=at(8, 9), kind="X-99"), filed(one, begun=at(8, 14))
    assert yen(session, city, "yokohama", gone, there) == [0, 3_500]


@pytest.fixture
def announced(tmp_path: Path) -> Iterator[None]:
    """Ichikawa pays a drill only if it was announced."""
    with changed(tmp_path, "ichikawa-2015", {"guard, drill], per": "guard, drill], prior_notice: hard, per"}):
        yield


@pytest.mark.usefixtures("announced")
def test_what_must_be_announced_is_paid_if_it_was_before_it_began(session: Session, city: City, filed: Filing) -> None:
    """By an event that was planned before, or by its plan; not by one planned after, unplanned, or of another report."""
    one, minute = Person(city.member_id("squad11a")), dt.timedelta(minutes=1)
    reports = []
    for day, planned, planned_at in (
        (8, True, at(8, 9) - minute), (9, True, at(9, 9)), (10, False, at(10, 9) - minute), (11, True, None),
    ):  # fmt: skip
        event = Event(
            id=new_id(), version=1, bureau_id=city.bureau_id, unit_id=city.unit_id("K1-1-1"), kind="T-01", title="訓練",
            planned=planned, started_at=at(day, 9), ended_at=at(day, 11), day=at(day, 9).date(), place="",
            created_by_id=city.member_id("squad11"), created_at=NOW, updated_at=NOW, planned_at=planned_at,
        )  # fmt: skip
        session.add(event)
        session.commit()
        reports.append(filed(one, begun=at(day, 9), event_id=event.id))
    reports.append(filed(one, begun=at(12, 9)))
    reports.append(filed(one, begun=at(13, 9), details={"plan_id": str(new_id())}))
    assert yen(session, city, "ichikawa", *reports) == [2_500, 0, 0, 0, 0, 2_500]


def test_another_citys_month_is_no_part_of_it(session: Session, city: City, filed: Filing) -> None:
    """Nor what is not confirmed, and of what is asked for only that."""
    people = [Person(city.member_id(login)) for login in ("squad11a", "squad11b")]
    asked, waiting = filed(*people, begun=at(8, 9)), filed(*people, begun=at(9, 9))
    taken_back = {"state": "withdrawn", "step": 0}
    session.execute(
        update(ActivityReport).where(ActivityReport.id == waiting.id).values(taken_back), execution_options=SYSTEM
    )
    session.commit()
    filed(*people, begun=at(10, 9))
    found = both(session, city, "yokohama", asked, waiting)
    assert +found.yen == {asked.id: 7_000}
    assert not earned(session, new_id(), "yokohama", MONTH, [asked.id], None).yen
