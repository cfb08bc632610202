"""The annual pay of a fiscal year: who counts where with what, who is refused an amount and why, and what is wages."""

from __future__ import annotations

import datetime as dt

import pytest

from api.extensions import db
from brigade.organisation.people import Absence, Member, Membership, Post
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, places
from tests.api.paying import confirm_all, filed, set_rules
from tests.contract.test_statements import counted

DAY = dt.date


def asked(person, unit_id, year=2026, **said):
    return person.get(f"{API}/annual-pay", query_string={"unit_id": str(unit_id), "year": year}, **said)


def of(person, city, unit, year=2026):
    """The answer for a unit, and its people by login."""
    answer = asked(person, city.unit_id(unit), year)
    assert answer.status_code == 200, answer.text
    return answer.json, {one["member"]["name"].removeprefix("団員 "): one for one in answer.json["members"]}


@pytest.fixture
def rows(app):
    """``rows(row, …)`` stores them; ``rows(query)`` gives the one that a query finds, to be changed."""

    def store(*made, change=None):
        with app.app_context():
            for row in made:
                db.session.add(row)
            if change is not None:
                query, values = change
                found = db.session.scalars(query, execution_options=make.SYSTEM).one()
                for name, value in values.items():
                    setattr(found, name, value)
            db.session.commit()

    return store


def test_everyone_of_the_unit_with_rank_time_and_reason(app, ask, city) -> None:
    set_rules(app, city, "yokohama")
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", "squad11", at="2026-10-03 09:00")
    confirm_all(app)
    found, people = of(ask("squad11"), city, "K1-1-1")
    assert (found["year"], found["is_over"], found["rule_set"]["code"]) == (2026, False, "yokohama-2024")
    assert found["fiscal"] == {"first": "2026-04-01", "last": "2027-03-31"}
    assert set(people) == {"squad11", "squad11-deputy", "squad11a", "squad11b"}
    paid = people["squad11a"]
    assert (paid["yen"], paid["reason"], paid["months"], paid["days"]) == (36_500, "served", 12, 365)
    assert paid["sentence"] == "36,500 円：年額報酬 12か月（横浜市 2024）"
    as_what = {"rank": "member", "label": "団員", "member_type": "ordinary"}
    assert paid["ranks"] == [{**as_what, "first": "2026-04-01", "last": "2027-03-31"}]
    assert (people["squad11"]["yen"], people["squad11"]["reason"]) == (None, "unknown")
    withheld = people["squad11b"]
    assert (withheld["yen"], withheld["reason"], withheld["was_active"]) == (0, "withheld", False)
    assert "活動がなかった" in withheld["sentence"]
    assert found["total"] == {
        "yen": 36_500, "unknown": 1, "taxable": 0, "turnouts": {"yen": 7_000, "unknown": 0, "taxable": 0},
    }  # fmt: skip


def test_only_what_the_station_took_makes_a_year_active(app, ask, city) -> None:
    set_rules(app, city, "yokohama")
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-10-03 09:00")
    assert of(ask("squad11"), city, "K1-1-1")[1]["squad11a"]["reason"] == "withheld"


def test_a_year_goes_from_april_to_march(app, ask, city) -> None:
    set_rules(app, city, "yokohama")
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-03-31 23:30")
    filed(ask("squad11b"), city, "K1-1-1", "squad11b", at="2026-04-01 00:00")
    confirm_all(app)
    earned = {
        year: {
            login: one["turnouts"]["yen"]
            for login, one in of(ask("squad11"), city, "K1-1-1", year)[1].items()
            if one["was_active"] or one["turnouts"]["yen"]
        }
        for year in (2025, 2026)
    }
    assert earned == {2025: {"squad11a": 3_500}, 2026: {"squad11b": 3_500}}
    assert of(ask("squad11"), city, "K1-1-1", 2025)[0]["is_over"]


def test_what_is_wages(app, ask, city) -> None:
    """Two fires of one day give 14,000 yen, of which 8,000 are untaxed."""
    set_rules(app, city, "yokohama")
    for at in ("2026-10-03 01:00", "2026-10-03 20:00", "2026-10-05 20:00"):
        filed(ask("squad11a"), city, "K1-1-1", "squad11a", at=at, kind="D-01")
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-10-07 20:00", kind="M-01")
    confirm_all(app)
    _, people = of(ask("station"), city, "K1")
    assert people["squad11a"]["turnouts"] == {"yen": 21_000, "unknown": 1, "taxable": 6_000}
    assert people["squad11a"]["taxable"] == 0


def test_who_joined_left_was_away_or_moved_counts_once(app, ask, city, rows) -> None:
    set_rules(app, city, "national")  # pays without activity too
    own = {login: city.member_id(login) for login in ("squad11a", "squad11b", "squad12a", "squad21a")}

    def membership(login):
        return db.select(Membership).where(Membership.member_id == own[login])

    rows(change=(membership("squad11a"), {"valid_from": DAY(2026, 9, 10)}))
    rows(change=(membership("squad11b"), {"valid_to": DAY(2026, 9, 9)}))
    rows(Absence(member_id=own["squad12a"], absence="leave", valid_from=DAY(2026, 7, 1), valid_to=DAY(2026, 9, 30)))
    there = {"unit_id": city.unit_id("K1-1-2"), "valid_from": DAY(2026, 9, 10)}  # the day counts, not who came first
    rows(change=(membership("squad21a"), there))
    before = {"unit_id": city.unit_id("K1-2-1"), "valid_from": make.SINCE, "valid_to": DAY(2026, 9, 9)}
    led = {"unit_id": city.unit_id("K1-1-2"), "post": "squad_leader", "valid_from": DAY(2026, 12, 1)}
    rows(Membership(member_id=own["squad21a"], **before), Post(member_id=own["squad21a"], **led))
    rows(change=(db.select(Member).where(Member.id == own["squad21a"]), {"kana_sort": "ア"}))
    whole, people = of(ask("station"), city, "K1")
    told = {login: (people[login]["months"], people[login]["yen"]) for login in ("squad11a", "squad11b", "squad12a")}
    assert told == {"squad11a": (7, 21_292), "squad11b": (6, 18_250), "squad12a": (9, 27_375)}
    moved = people["squad21a"]
    assert (moved["unit"]["name"], moved["yen"], moved["reason"]) == ("第1分団第2班", None, "unknown")
    assert [(span["rank"], span["first"]) for span in moved["ranks"]] == [
        ("member", "2026-04-01"), ("squad_leader", "2026-12-01"),
    ]  # fmt: skip
    ids = [one["member"]["id"] for one in whole["members"]]
    assert (ids[0], len(ids), len(set(ids))) == (str(own["squad21a"]), *[2 + 4 + 16] * 2)
    parts = [one["member"]["id"] for unit in ("K1-1", "K1-2") for one in of(ask("station"), city, unit)[0]["members"]]
    assert len(parts) == len(set(parts))
    assert set(ids) - set(parts) == {str(city.member_id(login)) for login in ("brigade", "brigade-deputy")}
    assert str(own["squad21a"]) not in {one["member"]["id"] for one in of(ask("company2"), city, "K1-2")[0]["members"]}
    assert of(ask("company2"), city, "K1-2", 2025)[1]["squad21a"]["unit"]["name"] == "第2分団第1班"


def test_a_single_day_of_the_year_counts_and_none_outside_it(app, ask, city, rows) -> None:
    """Officers of station and bureau belong there, and are paid by nobody for a year."""
    set_rules(app, city, "national")
    for login, served in (
        ("squad11a", {"valid_to": DAY(2026, 4, 1)}), ("squad11b", {"valid_from": DAY(2027, 3, 31)}),
        ("squad12a", {"valid_to": DAY(2026, 3, 31)}), ("squad12b", {"valid_from": DAY(2027, 4, 1)}),
    ):  # fmt: skip
        rows(change=(db.select(Membership).where(Membership.member_id == city.member_id(login)), served))
    _, people = of(ask("bureau"), city, "B")
    told = {login: (one["months"], one["days"]) for login, one in people.items() if login.endswith(("a", "b"))}
    assert told == {
        **dict.fromkeys(("squad11a", "squad11b"), (1, 1)),
        **dict.fromkeys(("squad21a", "squad21b", "squad22a", "squad22b"), (12, 365)),
    }
    assert len(people) == 2 + 4 + 16 - 2


def test_limited_members_are_refused_an_amount_that_is_not_known(app, ask, city, rows) -> None:
    set_rules(app, city, "national")
    limited = db.select(Member).where(Member.id == city.member_id("squad11a"))
    rows(change=(limited, {"member_type": "function_limited"}))
    one = of(ask("squad11"), city, "K1-1-1")[1]["squad11a"]
    assert (one["member_type"], one["yen"], one["reason"]) == ("function_limited", None, "unknown")


def test_where_no_rules_hold_nothing_is_known(app, ask, city) -> None:
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-10-03 09:00")
    confirm_all(app)
    found, people = of(ask("squad11"), city, "K1-1-1")
    assert (found["rule_set"], people["squad11a"]["yen"], people["squad11a"]["reason"]) == (None, None, "no-rules")
    assert (found["total"]["unknown"], people["squad11a"]["was_active"]) == (4, True)
    set_rules(app, city, "yokohama")
    assert of(ask("squad11"), city, "K1-1-1", 2023)[1]["squad11a"]["reason"] == "no-rules"
    set_rules(app, city, "kumiyama")
    found, people = of(ask("squad11"), city, "K1-1-1")
    assert (people["squad11a"]["yen"], people["squad11a"]["reason"]) == (None, "no-annual-pay")
    english = asked(ask("squad11"), city.unit_id("K1-1-1"), headers=ENGLISH).json["members"][0]
    assert english["sentence"] == "There is no annual pay by these rules (Kumiyama 2022)"


def test_annual_pay_is_the_leaders_of_the_unit(quiet) -> None:
    for login, unit, status in (
        ("squad11a", "K1-1-1", 403), ("squad11", "K1-1-1", 200), ("squad11", "K1-1", 403), ("squad11", "K1-1-2", 404),
        ("company1", "K1-2-1", 404), ("station", "K1", 200), ("station", "B", 403), ("bureau", "B", 200),
    ):  # fmt: skip
        assert asked(quiet.person(login), quiet.city.unit_id(unit)).status_code == status, (login, unit)
    for year in ("", "x", "1899", "2199", "2026.5"):
        assert places(asked(quiet.person("bureau"), quiet.city.bureau_id, year)).keys() == {"/year"}


def test_it_costs_the_same_however_many_people(app, ask, city) -> None:
    set_rules(app, city, "yokohama")
    costs = []
    for unit in ("K1-1-1", "K1"):
        ask("station")
        with counted(app) as said:
            of(ask("station"), city, unit)
        costs.append(len(said))
    assert costs[0] == costs[1] <= 22, costs
