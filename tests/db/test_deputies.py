"""The order of deputies, absences, and what a unit may set for itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from brigade.audit import AuditEntry
from brigade.organisation import deputies, tree
from brigade.organisation.people import Absence, DeputyPlace
from brigade.organisation.unit_settings import settings_of
from brigade.problems import Invalid, NotFound, Refused, Stale
from tests import make
from tests.db.rows import APRIL, EVE, TODAY, all_of, codes, spans
from tests.make import City


def bureau(session: Session, city: City) -> Any:
    return make.bound(session, city, "bureau")


def test_a_leader_names_deputies_of_their_own_unit_only(session: Session, city: City) -> None:
    names = [city.member_id("squad11"), city.member_id("squad12")]
    leader = make.bound(session, city, "company1")
    made = deputies.set_deputies(session, leader, city.unit_id("K1-1"), names, TODAY)
    assert [row.member_id for row in made] == names
    assert [row.member_id for row in deputies.deputies_of(session, leader, city.unit_id("K1-1"), TODAY)] == names
    with pytest.raises(Refused):
        deputies.set_deputies(session, leader, city.unit_id("K1-1-1"), [], TODAY)
    with pytest.raises(NotFound):
        deputies.set_deputies(session, make.bound(session, city, "squad21"), city.unit_id("K1-1"), [], TODAY)
    with pytest.raises(Refused):
        deputies.set_deputies(session, make.bound(session, city, "company1-deputy"), city.unit_id("K1-1"), [], TODAY)


def test_deputies_belong_to_the_unit(session: Session, city: City) -> None:
    leader = make.bound(session, city, "company1")
    names = [city.member_id("squad21"), city.member_id("squad11"), city.member_id("squad11")]
    with pytest.raises(Invalid) as problem:
        deputies.set_deputies(session, leader, city.unit_id("K1-1"), names, TODAY)
    assert codes(problem) == {("/member_ids/0", "unknown-member"), ("/member_ids/2", "participant-twice")}


def test_a_new_order_of_deputies_keeps_the_old_one(session: Session, city: City) -> None:
    leader = make.bound(session, city, "company1")
    for on in (dt.date(2026, 10, 1), TODAY, TODAY):
        deputies.set_deputies(session, leader, city.unit_id("K1-1"), [city.member_id("squad11")], on)
    rows = all_of(session, DeputyPlace, unit_id=city.unit_id("K1-1"))
    assert spans(rows) == [(dt.date(2026, 10, 1), EVE), (TODAY, None)]


def test_a_leader_on_leave_is_acted_for(session: Session, city: City) -> None:
    leader = make.bound(session, city, "squad11")
    row = deputies.record_absence(session, leader, leader.member_id, "leave", TODAY, None, "入院")
    session.commit()
    actor = make.actor(session, city, "squad11-deputy")
    assert [(desk.unit_id, desk.basis) for desk in actor.desks] == [(city.unit_id("K1-1-1"), "on-leave")]
    deputies.end_absence(session, make.bound(session, city, "squad11"), row.id, APRIL)
    assert spans(all_of(session, Absence)) == [(TODAY, dt.date(2027, 3, 31))]
    [entry] = all_of(session, AuditEntry, action="absence.record")
    assert entry.data["reason"] == "入院"


def test_nobody_takes_back_their_own_leave_for_days_that_are_over(session: Session, city: City) -> None:
    """Months on leave are no service that is paid: only an officer says that they were not."""
    station, who = make.bound(session, city, "station"), city.member_id("squad11")
    spring = deputies.record_absence(session, station, who, "leave", dt.date(2026, 4, 1), TODAY)
    session.commit()
    leader = make.bound(session, city, "squad11")
    for on in (dt.date(2026, 4, 1), EVE):
        with pytest.raises(Refused) as refusal:
            deputies.end_absence(session, leader, spring.id, on)
        assert refusal.value.reasons == ("not-permitted",)
    deputies.end_absence(session, leader, spring.id, TODAY)
    deputies.end_absence(session, make.bound(session, city, "station"), spring.id, dt.date(2026, 6, 1))
    assert spans(all_of(session, Absence)) == [(dt.date(2026, 4, 1), dt.date(2026, 5, 31))]


@pytest.mark.parametrize(
    ("who", "whom", "absence", "allowed"),
    [
        ("squad11", "squad11", "leave", True),
        ("squad11", "squad11", "suspension", False),
        ("squad11", "squad11a", "leave", False),
        ("squad11a", "squad11a", "leave", False),
        ("company1", "squad11", "leave", False),
        ("station", "squad11a", "suspension", True),
        ("bureau", "station", "suspension", True),
    ],
)
def test_who_records_an_absence(session: Session, city: City, who: str, whom: str, absence: str, allowed: bool) -> None:
    actor = make.bound(session, city, who)
    if allowed:
        assert deputies.record_absence(session, actor, city.member_id(whom), absence, TODAY, None)
    else:
        with pytest.raises(Refused):
            deputies.record_absence(session, actor, city.member_id(whom), absence, TODAY, None)


def test_absences_of_one_kind_do_not_overlap(session: Session, city: City) -> None:
    who, member = bureau(session, city), city.member_id("squad11a")
    deputies.record_absence(session, who, member, "leave", TODAY, APRIL)
    deputies.record_absence(session, who, member, "suspension", TODAY, APRIL)
    with pytest.raises(Invalid) as problem:
        deputies.record_absence(session, who, member, "leave", EVE, TODAY)
    assert codes(problem) == {("/valid_from", "already-absent")}
    with pytest.raises(Invalid) as problem:
        deputies.record_absence(session, who, member, "leave", TODAY, EVE)
    assert codes(problem) == {("/valid_to", "end-before-start")}


def test_settings_are_checked_and_the_nearest_wins(session: Session, city: City) -> None:
    who = bureau(session, city)
    tree.change_settings(session, who, city.unit_id("K1"), {"deputy_after_days": 3, "prior_notice": "hard"}, 1)
    tree.change_settings(session, who, city.unit_id("K1-1"), {"deputy_after_days": 5})
    found = settings_of(session, city.unit_id("K1-1-1"), TODAY)
    assert (found.deputy_after_days, found.prior_notice) == (5, "hard")
    tree.change_settings(session, who, city.unit_id("K1-1"), {"deputy_after_days": None})
    assert settings_of(session, city.unit_id("K1-1-1"), TODAY).deputy_after_days == 3
    with pytest.raises(Stale):
        tree.change_settings(session, who, city.unit_id("K1"), {"late_after_days": 5}, 1)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("deputy_after_days", -1, "out-of-range"),
        ("deputy_after_days", 91, "out-of-range"),
        ("deputy_after_days", True, "wrong-type"),
        ("deputy_after_days", "7", "wrong-type"),
        ("repass_after_return", 1, "wrong-type"),
        ("prior_notice", "never", "not-an-option"),
        ("password", "x", "unknown-field"),
    ],
)
def test_wrong_settings(session: Session, city: City, name: str, value: Any, code: str) -> None:
    with pytest.raises(Invalid) as problem:
        tree.change_settings(session, bureau(session, city), city.unit_id("K1"), {name: value})
    assert codes(problem) == {(f"/{name}", code)}
