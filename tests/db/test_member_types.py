"""Types of members are dated: what a roster changes holds from its day on, and nothing before it is judged or paid anew."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.content import Person
from brigade.db import id_of, key_of
from brigade.month.earned import earned
from brigade.month.forecast import forecast
from brigade.month.reading import month_rows
from brigade.organisation import posts, roster_imports
from brigade.organisation.member_types import (
    FORMER,
    KINDS,
    TYPE,
    TypeHeld,
    former_rows,
    former_types,
    held_then,
    type_on,
)
from brigade.organisation.people import FormerType, Member
from brigade.pay.year import MemberYear, annual_year
from brigade.problems import Invalid
from tests import make
from tests.db.rows import APRIL, EVE, TODAY, all_of
from tests.db.test_roster_import import applied, member, prepared, problems, row
from tests.make import SYSTEM, City
from tests.rule_sets import changed

WHO, DAY = "squad11a", dt.timedelta(days=1)
OCTOBER = dt.date(2026, 10, 1)
LIMITED, ORDINARY, STAFF = "function_limited", "ordinary", "staff"
LABEL = {LIMITED: "機能別団員", ORDINARY: "基本団員", STAFF: "職員"}


def becomes(session: Session, city: City, type_: str, on: dt.date, login: str = WHO) -> None:
    """A roster says so."""
    applied(session, city, row(city, login, f"K1-1-1,,{LABEL[type_]},{on}"))


def former(session: Session) -> list[tuple[str, dt.date]]:
    return sorted(((one.member_type, one.valid_to) for one in all_of(session, FormerType)), key=lambda one: one[1])


def now(session: Session, city: City, login: str = WHO) -> str:
    return member(session, city.people[login].number).member_type


# --- What a roster does -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [dt.date(2026, 4, 1), TODAY, APRIL])
def test_what_held_until_the_day_before_stays(session: Session, city: City, on: dt.date) -> None:
    """Also when the roster is of long ago, or comes before its day."""
    becomes(session, city, LIMITED, on)
    assert former(session) == [(ORDINARY, on - DAY)]
    there, its = member(session, city.people[WHO].number), all_of(session, FormerType)
    assert [type_on(there, its, day) for day in (on - DAY, on)] == [ORDINARY, LIMITED]


def test_the_same_roster_again_changes_nothing(session: Session, city: City) -> None:
    said = row(city, WHO, f"K1-1-1,,機能別団員,{OCTOBER}")
    applied(session, city, said)
    assert applied(session, city, said).rows[0]["change"] == "unchanged"
    assert former(session) == [(ORDINARY, OCTOBER - DAY)]


def test_an_old_roster_says_what_was_then(session: Session, city: City) -> None:
    before = row(city, WHO, "K1-1-1,,基本団員,2026-04-01")
    becomes(session, city, LIMITED, OCTOBER)
    assert prepared(session, city, before).rows[0]["change"] == "unchanged"


def test_a_second_change_on_one_day_leaves_nothing_that_never_held(session: Session, city: City) -> None:
    becomes(session, city, LIMITED, OCTOBER)
    becomes(session, city, STAFF, OCTOBER)
    assert (former(session), now(session, city)) == ([(ORDINARY, OCTOBER - DAY)], STAFF)
    becomes(session, city, ORDINARY, OCTOBER)
    assert (former(session), now(session, city)) == ([], ORDINARY)


def test_who_came_that_day_was_nothing_before(session: Session, city: City) -> None:
    said = "999001,山本 花子,ヤマモト ハナコ,K1-1-1,,{},2026-10-01"
    applied(session, city, said.format("基本団員"))
    applied(session, city, said.format("機能別団員"))
    assert (former(session), member(session, "999001").member_type) == ([], LIMITED)


def test_who_comes_back_as_something_else_was_what_they_were(session: Session, city: City) -> None:
    posts.leave_service(session, make.bound(session, city, "bureau"), city.member_id(WHO), OCTOBER)
    session.commit()
    becomes(session, city, LIMITED, TODAY)
    assert former(session) == [(ORDINARY, EVE)]


def test_a_change_of_type_dated_later_stands_against_the_row(session: Session, city: City) -> None:
    becomes(session, city, LIMITED, APRIL)
    assert problems(prepared(session, city, row(city, WHO, "K1-1-1,,職員,"))) == [(2, "date", "later-change")]
    assert problems(prepared(session, city, row(city, WHO, "K1-1-1,,基本団員,"))) == []
    assert former(session) == [(ORDINARY, APRIL - DAY)]


def test_a_wrong_row_is_put_right_from_the_last_change_back(session: Session, city: City) -> None:
    becomes(session, city, LIMITED, OCTOBER)
    becomes(session, city, ORDINARY, TODAY)
    assert former(session) == [(ORDINARY, OCTOBER - DAY), (LIMITED, EVE)]
    becomes(session, city, LIMITED, TODAY)
    becomes(session, city, ORDINARY, OCTOBER)
    assert (former(session), now(session, city)) == ([], ORDINARY)


# --- One rule, in SQL and in Python -----------------------------------------------------------------------------------


def test_both_ways_to_ask_say_the_same(session: Session, city: City) -> None:
    chance, logins = Random(20), ["squad11a", "squad11b", "squad12a", "squad12b"]
    days = [dt.date(2026, 1, 1) + DAY * nth for nth in range(0, 40, 3)]
    for login in logins[1:]:
        for valid_to in chance.sample(days, 3):
            kinds = chance.choice([None, ["T-01"], ["T-01", "P-01"]])
            session.add(FormerType(
                member_id=city.member_id(login), bureau_id=city.bureau_id, member_type=chance.choice(list(LABEL)),
                allowed_kinds=kinds, valid_to=valid_to,
            ))  # fmt: skip
    session.commit()
    ids = [city.member_id(login) for login in logins]
    rows = former_rows(session, ids)
    keyed = session.scalars(select(key_of(Member.id).label("key")), execution_options=SYSTEM)
    keys = {id_of(key): key for key in keyed}
    for day in (dt.date(2025, 12, 31) + DAY * nth for nth in range(45)):
        asked = select(Member, TYPE, KINDS).outerjoin(FORMER, held_then(day)).where(Member.id.in_(ids))
        found = session.execute(asked, execution_options=SYSTEM).all()
        assert len(found) == len(ids)
        types = former_types(session, city.bureau_id, day)
        for one, type_, kinds in found:
            held = TypeHeld(type_, kinds)
            mine = TypeHeld(one.member_type, one.allowed_kinds)
            assert types.on(one.id, day, mine) == types.on(keys[one.id], day, mine) == held
            assert type_on(one, rows[one.id], day) == type_
            [span] = [span for span in types.spans(one.id, one.member_type) if span.first <= day <= (span.last or day)]
            assert span.member_type == type_


# --- Reports and turnouts ---------------------------------------------------------------------------------------------


def fire(session: Session, city: City, day: int, *logins: str) -> ActivityReport:
    """A fire, of which function-limited members do not take part, filed today."""
    people = tuple(Person(city.member_id(login)) for login in logins)
    return make.report(session, city, "squad11", "K1-1-1", day=day, kind="D-01", participants=people)


def is_barred(session: Session, city: City, day: int) -> bool:
    try:
        fire(session, city, day, WHO)
    except Invalid as refused:
        session.rollback()
        return [one.code for one in refused.problems] == ["barred-kind"]
    return False


@pytest.mark.parametrize(("first", "then"), [(ORDINARY, LIMITED), (LIMITED, ORDINARY)])
def test_a_late_report_is_judged_by_the_type_of_its_day(session: Session, city: City, first: str, then: str) -> None:
    becomes(session, city, first, dt.date(2026, 10, 1))
    becomes(session, city, then, dt.date(2026, 11, 10))
    assert [is_barred(session, city, day) for day in (9, 10)] == [first == LIMITED, then == LIMITED]


def test_the_kinds_agreed_to_are_those_of_the_day(session: Session, city: City) -> None:
    of_who = update(Member).where(Member.id == city.member_id(WHO))
    agreed = of_who.values(member_type=LIMITED, allowed_kinds=["D-01"])
    session.execute(agreed, execution_options=SYSTEM)
    becomes(session, city, ORDINARY, dt.date(2026, 11, 10))
    session.execute(of_who.values(member_type=LIMITED, allowed_kinds=None), execution_options=SYSTEM)
    session.commit()
    assert [is_barred(session, city, day) for day in (9, 10)] == [False, True]


def confirmed(session: Session, *reports: ActivityReport) -> None:
    taken = {"state": "confirmed", "step": 1, "awaiting_unit_id": None, "awaiting_since": None}
    ids = [one.id for one in reports]
    session.execute(update(ActivityReport).where(ActivityReport.id.in_(ids)).values(taken), execution_options=SYSTEM)
    session.commit()


def test_a_month_pays_each_turnout_by_the_type_of_its_day(session: Session, city: City) -> None:
    make.pays(session, city)
    reports = [fire(session, city, day, WHO, "squad11b") for day in (9, 10)]
    expected = _forecast(session, city)
    confirmed(session, *reports)
    assert _sums(session, city, reports) == expected == [14_000, 14_000]
    becomes(session, city, LIMITED, dt.date(2026, 11, 10))
    assert _sums(session, city, reports) == [14_000, 7_000]
    assert _forecast(session, city) == [14_000, 7_000]


def _sums(session: Session, city: City, reports: list[ActivityReport]) -> list[int]:
    """What each report earns: people counted, line by line, and in the month's sheet."""
    ids = [one.id for one in reports]
    people = session.scalars(select(Participation.member_id).distinct(), execution_options=SYSTEM).all()
    found = [earned(session, city.bureau_id, "yokohama", "2026-11", ids, of) for of in (None, people)]
    sheet = month_rows(session, make.bound(session, city, "station"), city.unit_id("K1"), "2026-11")
    by_report = {id_: sum(one.line.yen or 0 for one in sheet.pay if one.line.report_id == str(id_)) for id_ in ids}
    each = [[one.yen[id_] for id_ in ids] for one in found] + [list(by_report.values())]
    assert each[0] == each[1] == each[2]
    return each[0]


def _forecast(session: Session, city: City) -> list[int]:
    who = make.bound(session, city, "squad11")
    asked = select(ActivityReport).options(selectinload(ActivityReport.participations))
    rows = session.scalars(asked.order_by(ActivityReport.started_at), execution_options=SYSTEM).all()
    found = forecast(session, who, rows)
    return [found[one.id].yen for one in rows]


def test_a_sheet_names_the_type_of_its_months_end(session: Session, city: City) -> None:
    for month, day in ((10, 20), (11, 9)):
        start = dt.datetime(2026, month, day, 9, tzinfo=dt.timezone(dt.timedelta(hours=9)))
        make.report(session, city, WHO, "K1-1-1", started_at=start, ended_at=start + dt.timedelta(hours=1))
    becomes(session, city, LIMITED, dt.date(2026, 11, 10))
    who = make.bound(session, city, "station")
    told = [
        {one.member_type for one in month_rows(session, who, city.unit_id("K1"), month).people if one.id == str(city.member_id(WHO))}
        for month in ("2026-10", "2026-11")
    ]  # fmt: skip
    assert told == [{ORDINARY}, {LIMITED}]


# --- The year ---------------------------------------------------------------------------------------------------------


def year_of(session: Session, city: City, year: int, unit: str = "K1-1-1") -> MemberYear | None:
    found = annual_year(session, make.bound(session, city, "station"), city.unit_id(unit), year).members
    return next((one for one in found if one.member.id == city.member_id(WHO)), None)


@pytest.fixture
def national(session: Session, city: City, tmp_path: Path) -> Any:
    """National rules that know an amount for function-limited members, and no need of an activity."""
    make.pays(session, city, "national")
    session.commit()
    with changed(tmp_path, "national-2022", {"function_limited: unknown": "function_limited: 12000"}):
        yield


def test_the_past_year_is_paid_as_before_the_roster(session: Session, city: City, national: Any) -> None:
    before = year_of(session, city, 2025)
    assert before is not None
    assert before.pay is not None
    becomes(session, city, LIMITED, dt.date(2026, 4, 1))
    after, this_year = year_of(session, city, 2025), year_of(session, city, 2026)
    assert after is not None
    assert this_year is not None
    assert this_year.pay is not None
    assert (after.pay, after.served, after.member_type) == (before.pay, before.served, ORDINARY)
    assert (before.pay.yen, this_year.pay.yen, this_year.member_type) == (36_500, 12_000, LIMITED)


def test_each_part_of_a_year_is_paid_by_its_type(session: Session, city: City, national: Any) -> None:
    becomes(session, city, LIMITED, OCTOBER)
    found = year_of(session, city, 2026)
    assert found is not None
    assert found.pay is not None
    assert [(one.limited, one.first) for one in found.served] == [(False, dt.date(2026, 4, 1)), (True, OCTOBER)]
    assert (found.pay.yen, found.pay.months, found.member_type) == (18_250 + 6_000, 12, LIMITED)


def test_who_becomes_staff_is_paid_until_then_where_they_were(session: Session, city: City, national: Any) -> None:
    """And stands on the list of the unit that they left, not on that of the office alone."""
    applied(session, city, row(city, WHO, f"S1,,職員,{OCTOBER}"))
    found = year_of(session, city, 2026)
    assert found is not None
    assert found.pay is not None
    assert (found.pay.yen, found.pay.months, found.unit.id) == (18_250, 6, city.unit_id("K1-1-1"))
    assert (found.member_type, found.served[-1].last) == (ORDINARY, OCTOBER - DAY)
    assert year_of(session, city, 2027) is None
    assert year_of(session, city, 2025) is not None


def test_who_was_staff_is_paid_from_then_on(session: Session, city: City, national: Any) -> None:
    becomes(session, city, STAFF, make.SINCE)
    assert former(session) == []
    assert year_of(session, city, 2026) is None
    becomes(session, city, ORDINARY, OCTOBER)
    found = year_of(session, city, 2026)
    assert found is not None
    assert found.pay is not None
    assert (found.pay.yen, found.pay.months, found.served[0].first) == (18_250, 6, OCTOBER)
    assert year_of(session, city, 2025) is None


def test_a_roster_shows_what_it_would_change(session: Session, city: City) -> None:
    roster = prepared(session, city, row(city, WHO, "K1-1-1,,機能別団員,"))
    assert roster.rows[0]["changed"] == ["type"]
    assert former(session) == []
    roster_imports.apply(session, make.bound(session, city, "bureau"), roster.id, roster.version)
    assert former(session) == [(ORDINARY, EVE)]
