"""A station over brigades of several municipalities: each is paid by its own town's rules, whoever's month is added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.content import Person
from brigade.db import new_id
from brigade.month.behind import Cell, figure_behind
from brigade.month.editions import rows_of
from brigade.month.figures import below, sheet
from brigade.month.reading import month_rows
from brigade.month.sealing import seal
from brigade.month.sums import month_sums, received
from brigade.organisation import tree
from brigade.organisation.people import Membership
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, rebuild_tree
from brigade.own_record import own_record
from brigade.pay.what_if import what_if
from brigade.pay.year import annual_year
from tests import make
from tests.make import SYSTEM, City
from tests.rule_sets import changed

MONTH = "2026-11"
YEN = {"K1": 3_500, "K2": 1_600}
"""A drill of two hours: Yokohama pays 3,500 for each, Nakatsugawa 1,600 a day."""


@pytest.fixture
def towns(session: Session, city: City) -> City:
    """Two brigades of one station, each of which has set its town's rules; and a confirmed drill of one person in each."""
    make.unit(session, city, Level.BRIGADE, "K2", "B消防団", "S1")
    make.unit(session, city, Level.SQUAD, "K2-1", "B班", "K2")
    make.member(session, city, "other", "K2-1")
    rebuild_tree(session, city.bureau_id)
    for code, municipality in (("K1", "yokohama"), ("K2", "nakatsugawa")):
        unit = session.get_one(Unit, city.unit_id(code), execution_options=SYSTEM)
        unit.settings = {"pay_rules": municipality}
    make.kept(session, None)
    for login, code in (("squad11a", "K1-1-1"), ("other", "K2-1")):
        make.report(session, city, login, code)
    confirm_all(session)
    return city


def confirm_all(session: Session) -> None:
    """Whatever was submitted, the station has taken."""
    taken = {"state": "confirmed", "step": 1, "awaiting_unit_id": None, "awaiting_since": None}
    session.execute(update(ActivityReport).values(**taken), execution_options=SYSTEM)
    session.commit()


def membership(session: Session, city: City, login: str) -> Membership:
    """The person's only one."""
    of_one = select(Membership).where(Membership.member_id == city.member_id(login))
    return session.scalars(of_one, execution_options=SYSTEM).one()


def test_every_sheet_pays_each_brigade_as_its_own(session: Session, towns: City) -> None:
    station = make.bound(session, towns, "station")
    for code, yen in {**YEN, "S1": sum(YEN.values())}.items():
        unit_id = towns.unit_id(code)
        rows = month_rows(session, station, unit_id, MONTH)
        whole = sheet(rows, "ja")
        assert (whole.yen, sum(paid.line.yen or 0 for paid in rows.pay)) == (yen, yen), code
        assert month_sums(session, station, unit_id, MONTH, "ja").yen == yen
        assert month_sums(session, station, unit_id, MONTH, "ja").rules == whole.rules
        assert received(session, station, unit_id, MONTH).yen == yen
        assert figure_behind(session, station, unit_id, MONTH, Cell(), None, 1).yen == yen
    one = Cell(member_id=towns.member_id("other"))
    assert figure_behind(session, station, towns.unit_id("S1"), MONTH, one, None, 1).yen == YEN["K2"]


def test_a_station_seals_each_brigade_by_its_own_rules(session: Session, towns: City) -> None:
    station = make.bound(session, towns, "station")
    made = seal(session, station, towns.unit_id("S1"), MONTH, edition_id=new_id(), seal_id=new_id())
    names = {towns.unit_id(code): code for code in ("S1", "K1", "K2")}
    assert {names[one.unit_id]: one.yen for one in made} == {**YEN, "S1": sum(YEN.values())}
    assert [rules.code for rules in rows_of(session, made[0]).rules] == ["nakatsugawa-2022", "yokohama-2024"]


def test_what_a_brigade_sealed_by_itself_is_nothing_new_to_its_station(session: Session, towns: City) -> None:
    """Rules by which others are paid are no part of what its rows say, from whichever sheet they are cut."""
    station = make.bound(session, towns, "station")
    [alone] = seal(session, station, towns.unit_id("K1"), MONTH, edition_id=new_id(), seal_id=new_id())
    made = seal(session, station, towns.unit_id("S1"), MONTH, edition_id=new_id(), seal_id=new_id())
    assert {one.unit_id for one in made} == {towns.unit_id("S1"), towns.unit_id("K2")}
    assert below(rows_of(session, made[0]), str(alone.unit_id)).rules == rows_of(session, alone).rules


def test_a_year_pays_everyone_by_their_own_towns_rules(session: Session, towns: City) -> None:
    found = annual_year(session, make.bound(session, towns, "station"), towns.unit_id("S1"), 2026)
    people = {one.member.id: one for one in found.members}
    for login, code, municipality in (("squad11a", "K1", "yokohama"), ("other", "K2", "nakatsugawa")):
        one = people[towns.member_id(login)]
        assert (one.turnouts.yen, one.rules.municipality) == (YEN[code], municipality)
    assert (sum(one.turnouts.yen for one in found.members), found.rules) == (sum(YEN.values()), None)


def test_who_moves_to_the_other_town_is_paid_by_each_for_its_own(session: Session, towns: City) -> None:
    """Each amount once, by the town of its report, wherever it is added up."""
    who, s1 = towns.member_id("squad11a"), towns.unit_id("S1")
    membership(session, towns, "squad11a").valid_to = dt.date(2026, 11, 8)
    session.add(Membership(member_id=who, unit_id=towns.unit_id("K2-1"), valid_from=dt.date(2026, 11, 9)))
    session.commit()
    make.report(session, towns, "squad11a", "K2-1", day=9)
    confirm_all(session)
    station = make.bound(session, towns, "station")
    both = sum(YEN.values())
    rows = month_rows(session, station, s1, MONTH)
    assert sorted(paid.line.yen or 0 for paid in rows.pay if paid.member_id == str(who)) == sorted(YEN.values())
    assert month_sums(session, station, s1, MONTH, "ja").yen == both + YEN["K2"]
    assert figure_behind(session, station, s1, MONTH, Cell(member_id=who), None, 1).yen == both
    [one] = [one for one in annual_year(session, station, s1, 2026).members if one.member.id == who]
    assert (one.turnouts.yen, one.turnouts.unknown) == (both, 0)
    asked = what_if(session, station, s1, "yokohama-2024", MONTH, MONTH)
    [sums] = [one.sums for one in asked.members if one.id == who]
    assert (sums.in_force.yen, sums.other.yen) == (both, 2 * YEN["K1"])
    [month] = own_record(session, make.bound(session, towns, "squad11a"), MONTH, MONTH).months
    assert month.yen == both


def test_what_one_town_has_no_amount_for_is_counted_as_not_known_everywhere(session: Session, towns: City) -> None:
    """Yokohama's rules name no amount for a meeting."""
    for login in ("squad11a", "squad11b"):
        make.report(session, towns, login, "K1-1-1", kind="M-01", day=9)
    confirm_all(session)
    own = {"K1": (YEN["K1"], 2), "K2": (YEN["K2"], 0)}
    both = (sum(YEN.values()), 2)
    for code, sums in {"B": both, "S1": both, **own}.items():
        actor, unit_id = make.bound(session, towns, "bureau" if code == "B" else "station"), towns.unit_id(code)
        found = (
            sheet(month_rows(session, actor, unit_id, MONTH), "ja"),
            month_sums(session, actor, unit_id, MONTH, "ja"),
            received(session, actor, unit_id, MONTH),
            figure_behind(session, actor, unit_id, MONTH, Cell(), None, 1),
            what_if(session, actor, unit_id, "nakatsugawa-2022", MONTH, MONTH).whole.in_force,
        )
        assert [(one.yen, one.unknown) for one in found] == [sums] * 5, code
        assert found[1].rules == found[0].rules
        turnouts = [one.turnouts for one in annual_year(session, actor, unit_id, 2026).members]
        assert (sum(one.yen for one in turnouts), sum(one.unknown for one in turnouts)) == sums


def test_who_found_nothing_to_do_earns_as_much_in_the_sums_of_a_whole_city(session: Session, towns: City) -> None:
    """Ichikawa pays 2,500 where a fire pays 7,000."""
    session.get_one(Unit, towns.unit_id("K2"), execution_options=SYSTEM).settings = {"pay_rules": "ichikawa"}
    session.commit()
    told = []
    for _ in range(2):
        bureau = make.bound(session, towns, "bureau")
        told.append((
            sheet(month_rows(session, bureau, towns.bureau_id, MONTH), "ja").yen,
            month_sums(session, bureau, towns.bureau_id, MONTH, "ja").yen,
        ))  # fmt: skip
        idle = Person(towns.member_id("other"), acted=False)
        make.report(session, towns, "other", "K2-1", kind="D-01", day=9, hour=9 + 3 * len(told), participants=(idle,))
        confirm_all(session)
    assert [after - before for before, after in zip(*told, strict=True)] == [2_500, 2_500]


def test_a_year_belongs_to_the_town_in_which_the_squad_stood_on_ones_last_day(session: Session, towns: City) -> None:
    """A squad goes over to the other town in the middle of a year."""
    last = {"squad11-deputy": dt.date(2026, 9, 30), "squad11": dt.date(2026, 10, 1), "squad11a": None}
    for login, day in last.items():
        membership(session, towns, login).valid_to = day
    session.commit()
    bureau = make.bound(session, towns, "bureau")
    tree.move_unit(session, bureau, towns.unit_id("K1-1-1"), towns.unit_id("K2"), dt.date(2026, 10, 1))
    session.commit()
    for year, wanted in (
        (2025, dict.fromkeys(last, "K1")),
        (2026, {"squad11-deputy": "K1", "squad11": "K2", "squad11a": "K2"}),
    ):
        for code, municipality in (("K1", "yokohama"), ("K2", "nakatsugawa")):
            of_year = annual_year(session, make.bound(session, towns, "station"), towns.unit_id(code), year).members
            here = {one.member.id: one.rules for one in of_year}
            assert {login for login in last if towns.member_id(login) in here} == {
                login for login, place in wanted.items() if place == code
            }
            assert {rules and rules.municipality for rules in here.values()} == {municipality}
        of_squad = annual_year(session, make.bound(session, towns, "station"), towns.unit_id("K1-1-1"), year)
        assert of_squad.rules is not None
        assert of_squad.rules.municipality == {2025: "yokohama", 2026: "nakatsugawa"}[year]


@pytest.fixture
def dear(tmp_path: Path) -> Iterator[None]:
    """Yokohama pays its members more in a year than is untaxed, from the second day of April 2024."""
    texts = {"{member: 36500,": "{member: 82500,", "{from: 2024-04-01}": "{from: 2024-04-02}"}
    with changed(tmp_path, "yokohama-2024", texts):
        yield


@pytest.mark.usefixtures("dear")
def test_of_the_annual_pay_what_is_above_its_limit_is_wages(session: Session, towns: City) -> None:
    """By the rules of the year's first day: those that begin on its second day hold from the next year on."""
    paid = {}
    for year in (2024, 2026):
        members = annual_year(session, make.bound(session, towns, "station"), towns.unit_id("K1"), year).members
        paid[year] = {
            (one.member.id == towns.member_id("squad11a"), one.pay and one.pay.yen, one.taxable_annual)
            for one in members
            if one.pay is None or one.pay.yen is not None
        }
    assert paid == {2024: {(False, None, 0), (True, None, 0)}, 2026: {(True, 82_500, 32_500), (False, 0, 0)}}


def test_a_year_is_over_when_its_last_day_is(session: Session, towns: City) -> None:
    over = []
    for day in (dt.date(2027, 3, 31), dt.date(2027, 4, 1)):
        station = make.bound(session, towns, "station", dt.datetime.combine(day, dt.time(12), dt.UTC))
        over.append(annual_year(session, station, towns.unit_id("K2"), 2026).is_over)
    assert over == [False, True]


def test_another_rule_set_is_held_against_what_is_in_force_for_each(session: Session, towns: City) -> None:
    station = make.bound(session, towns, "station")
    found = what_if(session, station, towns.unit_id("S1"), "nakatsugawa-2022", MONTH, MONTH)
    assert (found.whole.in_force.yen, found.whole.other.yen) == (sum(YEN.values()), 2 * YEN["K2"])
    alone = what_if(session, station, towns.unit_id("K2"), "yokohama-2024", MONTH, MONTH)
    assert (alone.whole.in_force.yen, alone.whole.other.yen) == (YEN["K2"], YEN["K1"])


def test_ones_own_record_says_the_same(session: Session, towns: City) -> None:
    for login, code in (("squad11a", "K1"), ("other", "K2")):
        record = own_record(session, make.bound(session, towns, login), MONTH, MONTH)
        assert [earned.yen for earned in record.months] == [YEN[code]]
