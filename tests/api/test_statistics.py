"""A year's statistics over HTTP: the survey's table with every category, days at the ends of years, who may ask."""

from __future__ import annotations

import pytest

from brigade.activity.kinds import catalogue
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, places
from tests.api.paying import filed, set_rules


def asked(person, unit_id, year=2026, **said):
    return person.get(f"{API}/statistics", query_string={"unit_id": str(unit_id), "year": year}, **said)


def of(person, city, unit, year=2026):
    """The answer, and its categories by code."""
    answer = asked(person, city.unit_id(unit), year)
    assert answer.status_code == 200, answer.text
    return answer.json, {one["code"]: one for one in answer.json["categories"]}


def tally(times, reports, person_times, minutes):
    return {"times": times, "reports": reports, "person_times": person_times, "minutes": minutes}


def test_every_category_by_month_and_year_and_each_unit_by_kind(ask, city) -> None:
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", "squad11b", at="2026-02-03 09:00", kind="D-01")
    filed(ask("squad12a"), city, "K1-1-2", "squad12a", at="2026-05-03 09:00", kind="D-01", hours=1)
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-05-04 09:00")
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-05-05 09:00", submit=False)
    found, categories = of(ask("company1"), city, "K1-1")
    assert list(categories) == [code for code in catalogue().classes["statistics"] if code != "none"]
    fire = categories["fire"]
    assert (fire["label"], len(fire["months"])) == ("火災", 12)
    assert fire["months"][1] == {"month": "2026-02", **tally(1, 1, 2, 240)}
    assert fire["months"][4] == {"month": "2026-05", **tally(1, 1, 1, 60)}
    assert (fire["calendar"], fire["fiscal"]) == (tally(2, 2, 3, 300), tally(1, 1, 1, 60))
    assert categories["rescue"]["calendar"] == tally(0, 0, 0, 0)
    assert found["fiscal"] == {"first": "2026-04-01", "last": "2027-03-31"}
    units = {one["unit"]["name"]: {kind["code"]: kind["times"] for kind in one["kinds"]} for one in found["units"]}
    assert units == {"第1分団第1班": {"D-01": 1, "T-01": 1}, "第1分団第2班": {"D-01": 1}}
    english = asked(ask("company1"), city.unit_id("K1-1"), headers=ENGLISH).json
    assert english["categories"][0]["label"] == "Fire"


def test_days_at_the_ends_of_years_are_tokyos(ask, city) -> None:
    for at in ("2025-12-31 23:59", "2026-01-01 00:00", "2026-03-31 23:59", "2026-04-01 00:00"):
        filed(ask("squad11a"), city, "K1-1-1", "squad11a", at=at, hours=0.01 if at[-2:] == "59" else 2)
    _, this = of(ask("squad11"), city, "K1-1-1", 2026)
    _, before = of(ask("squad11"), city, "K1-1-1", 2025)
    assert (this["drill"]["calendar"]["times"], before["drill"]["calendar"]["times"]) == (3, 1)
    assert (this["drill"]["fiscal"]["times"], before["drill"]["fiscal"]["times"]) == (1, 3)


@pytest.mark.parametrize("once", [True, False])
def test_what_several_squads_did_at_one_fire(app, ask, city, once) -> None:
    set_rules(app, city, "", incidents_once=once)
    fire = {
        "id": str(make.new_id()), "kind": "D-01", "unit_id": str(city.unit_id("K1-1")), "title": "本町の火災", "planned": False,
        "started_at": "2026-11-03T09:00:00+09:00", "ended_at": "2026-11-03T11:00:00+09:00", "place": "本町",
    }  # fmt: skip
    assert ask("company1").post(f"{API}/events", json=fire).status_code == 201
    for squad in ("11", "12"):
        author = f"squad{squad}a"
        filed(ask(author), city, f"K1-1-{squad[1]}", author, at="2026-11-03 09:00", kind="D-01", event_id=fire["id"])
    found, categories = of(ask("company1"), city, "K1-1")
    assert found["incidents_once"] is once
    assert categories["fire"]["calendar"] == tally(1 if once else 2, 2, 2, 240)
    cell = (
        ask("company1")
        .get(f"{API}/months/2026-11/figures", query_string={"unit_id": str(city.unit_id("K1-1")), "category": "fire"})
        .json
    )
    assert (cell["times"], cell["reports"], cell["incidents_once"]) == (1 if once else 2, 2, once)


def test_the_setting_is_the_officers(ask, city) -> None:
    path = f"{API}/units/{city.unit_id('K1')}/settings"
    station = ask("station")
    wanted = {"incidents_once": False, "pay_rules": "gojo", "input_days": 7, "grace_days": 0}
    version = station.get(path).json["version"]
    changed = station.patch(path, json=wanted, headers={"If-Match": f'"{version}"'})
    assert changed.status_code == 200, changed.text
    assert {name: changed.json["effective"][name] for name in wanted} == wanted
    wrong = {"incidents_once": "yes", "pay_rules": "atlantis", "input_days": 61}
    refused = station.patch(path, json=wrong, headers={"If-Match": f'"{changed.json["version"]}"'})
    assert places(refused) == {
        "/incidents_once": "wrong-type", "/pay_rules": "not-an-option", "/input_days": "out-of-range",
    }  # fmt: skip


def test_statistics_are_the_leaders_of_the_unit(quiet) -> None:
    for login, unit, status in (
        ("squad11a", "K1-1-1", 403), ("squad11", "K1-1-1", 200), ("squad11", "K1-1", 403), ("squad11", "K1-1-2", 404),
        ("company1", "K1-2-1", 404), ("station", "K1", 200), ("station", "B", 403), ("bureau", "B", 200),
    ):  # fmt: skip
        assert asked(quiet.person(login), quiet.city.unit_id(unit)).status_code == status, (login, unit)
    for year in ("", "x", "1899", "2199", "2026.5"):
        assert places(asked(quiet.person("bureau"), quiet.city.bureau_id, year)).keys() == {"/year"}
    for year in (1900, 2198):
        assert asked(quiet.person("bureau"), quiet.city.bureau_id, year).status_code == 200
