"""Who may take part is a matter of the activity's own day: membership, suspension, what a person may do."""

from __future__ import annotations

import datetime as dt

import pytest

from api.extensions import db
from brigade.organisation.people import Absence, Membership
from brigade.organisation.units import Vehicle, rebuild_tree
from tests import make
from tests.api.asking import REPORTS, places

LEFT, CAME = dt.date(2026, 11, 10), dt.date(2026, 11, 18)
CARS = {code: make.new_id() for code in ("company's", "sold", "others'")}


@pytest.fixture(autouse=True, scope="module")
def people(quiet):
    """In squad 1-1: one who left on the 10th, one who came on the 18th, one suspended, two with limited functions."""
    city = quiet.city
    with quiet.app.app_context():
        session = db.session()
        make.member(session, city, "limited", "K1-1-1", member_type="function_limited")
        agreed = {"member_type": "function_limited", "allowed_kinds": ["D-01"]}
        make.member(session, city, "agreed", "K1-1-1", **agreed)
        make.member(session, city, "suspended", "K1-1-1")
        for login, first, last in (("gone", make.SINCE, LEFT), ("new", CAME, None)):
            made = make.member(session, city, login, "K1-1-2")
            session.add(Membership(member_id=made.id, unit_id=city.unit_id("K1-1-1"), valid_from=first, valid_to=last))
        session.add(
            Absence(
                member_id=city.member_id("suspended"), absence="suspension",
                valid_from=dt.date(2026, 11, 1), valid_to=dt.date(2026, 11, 15),
            )
        )  # fmt: skip
        ended = make.unit(session, city, make.Level.SQUAD, "K1-1-9", "第1分団第9班", "K1-1")
        ended.valid_to = LEFT
        session.add_all(
            Vehicle(
                id=CARS[code], bureau_id=city.bureau_id, unit_id=city.unit_id(unit), code=code, name="ポンプ車",
                valid_from=make.SINCE, valid_to=last,
            )
            for code, unit, last in (("company's", "K1-1", None), ("sold", "K1-1-1", LEFT), ("others'", "K1-2", None))
        )  # fmt: skip
        rebuild_tree(session, city.bureau_id)
        session.flush()
        session.expunge_all()
        session.commit()


def told(quiet, *logins, author="squad11", unit="K1-1-1", **said):
    answer = quiet.person(author).post(f"{REPORTS}/validate", json=make.body(quiet.city, unit, *logins, **said))
    return {} if answer.status_code == 200 else places(answer)


@pytest.mark.parametrize(
    ("login", "day", "code"),
    [
        ("gone", 10, None),
        ("gone", 11, "not-enrolled"),
        ("new", 17, "not-enrolled"),
        ("new", 18, None),
        ("suspended", 15, "suspended"),
        ("suspended", 16, None),
        ("squad12a", 18, "not-enrolled"),  # another squad of the same company
    ],
)
def test_membership_and_suspension_count_by_day(quiet, login, day, code) -> None:
    found = told(quiet, "squad11a", login, author="company1", day=day)
    assert found == ({"/participants/1/member_id": code} if code else {})


@pytest.mark.parametrize(
    ("author", "code"), [("squad11", "suspended"), ("company1", "suspended"), ("squad11a", "not-enrolled")]
)
def test_that_somebody_is_suspended_is_told_to_those_who_lead_them_alone(quiet, author, code) -> None:
    """A mate hears what is said of anyone who is not on that day's list, in the very same words."""
    assert told(quiet, "squad11a", "suspended", author=author, day=15) == {"/participants/1/member_id": code}
    if code == "not-enrolled":
        mine = quiet.person(author)
        said = [
            mine.post(f"{REPORTS}/validate", json=make.body(quiet.city, "K1-1-1", author, login, day=15)).json
            for login in ("suspended", "new")
        ]
        assert said[0]["errors"] == said[1]["errors"]
        assert "停職" not in str(said)


@pytest.mark.parametrize(
    ("login", "kind", "code"),
    [
        ("limited", "T-01", None),
        ("limited", "D-01", "barred-kind"),
        ("agreed", "D-01", None),
        ("agreed", "T-01", "barred-kind"),
        ("squad11b", "D-01", None),
    ],
)
def test_limited_members_take_part_in_agreed_kinds_only(quiet, login, kind, code) -> None:
    found = told(quiet, "squad11a", login, kind=kind, details={}, day=18)
    assert found == ({"/participants/1/member_id": code} if code else {})


def test_a_night_belongs_to_the_day_on_which_it_began_in_japan(quiet) -> None:
    night = {"started_at": "2026-11-17T14:59:00Z", "ended_at": "2026-11-17T20:00:00Z"}  # 23:59 in Tokyo
    assert told(quiet, "new", author="company1", **night) == {"/participants/0/member_id": "not-enrolled"}
    night["started_at"] = "2026-11-17T15:00:00Z"  # midnight
    assert told(quiet, "new", author="company1", **night) == {}


def test_a_unit_that_ended_takes_no_later_activity(quiet) -> None:
    nobody = {
        "author": "company1",
        "unit": "K1-1-9",
        "kind": "E-02",
        "details": {"item": "ホース", "severity": "limited"},
    }
    late, early = (told(quiet, **nobody, day=day) for day in (11, 10))
    assert late == {"/unit_id": "unit-ended"}
    assert "/unit_id" not in early


def test_vehicles_stand_in_the_line_of_the_unit_on_that_day(quiet) -> None:
    cars = [str(CARS[code]) for code in ("company's", "sold", "others'")]
    assert told(quiet, "squad11a", vehicle_ids=cars[:2], day=10) == {}
    wrong = {"/vehicle_ids/1": "unknown-vehicle", "/vehicle_ids/2": "unknown-vehicle"}
    assert told(quiet, "squad11a", vehicle_ids=cars, day=11) == wrong


def test_a_kind_that_needs_a_vehicle_or_takes_no_people_says_so(quiet) -> None:
    run = {"kind": "V-01", "details": {"odometer_end_km": 120.5}, "day": 18}
    assert told(quiet, "squad11a", **run) == {"/vehicle_ids": "vehicle-missing"}
    notice = {"kind": "N-01", "details": {"planned_kind": "T-01"}}
    assert told(quiet, "squad11a", **notice, day=18)["/participants"] == "participants-not-allowed"
