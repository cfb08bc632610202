"""The organisation as each post sees it, and the kinds that an app offers."""

from __future__ import annotations

import datetime as dt

import pytest

from api.extensions import db
from brigade.organisation.people import FormerType
from brigade.organisation.units import Vehicle
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, places

UNITS, VEHICLES, KINDS = f"{API}/units", f"{API}/vehicles", f"{API}/activity-kinds"
ALL = ["B", "K1", "K1-1", "K1-1-1", "K1-1-2", "K1-2", "K1-2-1", "K1-2-2", "S1"]
LINE = ["B", "K1", "K1-1", "K1-1-1", "S1"]


@pytest.fixture(autouse=True, scope="module")
def vehicles(quiet):
    """A pump in each of three units, and one that is gone."""
    with quiet.app.app_context():
        for unit, last in (("K1-1-1", None), ("K1-1", None), ("K1-2-1", None), ("K1-1-2", dt.date(2026, 11, 1))):
            db.session.add(
                Vehicle(
                    bureau_id=quiet.city.bureau_id, unit_id=quiet.city.unit_id(unit), code=f"P-{unit}",
                    name="ポンプ車", valid_from=make.SINCE, valid_to=last,
                )
            )  # fmt: skip
        db.session.commit()


def codes(answer):
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json["items"]]


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("squad11a", LINE),
        ("squad11", LINE),
        ("company1", [*LINE[:4], "K1-1-2", "S1"]),
        ("brigade", ALL),
        ("station", ALL),
        ("bureau", ALL),
    ],
)
def test_each_sees_the_own_line_and_what_is_below(quiet, login, seen) -> None:
    person = quiet.person(login)
    assert codes(person.get(UNITS)) == seen
    for code, unit in quiet.city.units.items():
        assert (person.get(f"{UNITS}/{unit.id}").status_code == 200) is (code in seen)


def test_the_tree_is_told_with_parents_and_levels(quiet) -> None:
    items = {item["code"]: item for item in quiet.person("bureau").get(UNITS).json["items"]}
    for code, item in items.items():
        assert item["id"] == str(quiet.city.unit_id(code))
        assert quiet.person("bureau").get(f"{UNITS}/{item['id']}").json == item
    parents = {
        code: next((c for c, i in items.items() if i["id"] == item["parent_id"]), None) for code, item in items.items()
    }
    assert parents == {
        "B": None, "S1": "B", "K1": "S1", "K1-1": "K1", "K1-2": "K1", "K1-1-1": "K1-1", "K1-1-2": "K1-1",
        "K1-2-1": "K1-2", "K1-2-2": "K1-2",
    }  # fmt: skip
    assert (items["K1-1"]["level"], items["K1-1"]["level_label"]) == ("company", "分団")
    english = quiet.person("bureau").get(f"{UNITS}/{items['K1-1']['id']}", headers=ENGLISH)
    assert english.json["level_label"] == "Company"


def test_units_are_found_by_day_and_level_and_page(quiet) -> None:
    bureau = quiet.person("bureau")
    assert codes(bureau.get(f"{UNITS}?level=squad")) == ["K1-1-1", "K1-1-2", "K1-2-1", "K1-2-2"]
    assert codes(bureau.get(f"{UNITS}?level=section")) == []
    assert codes(bureau.get(f"{UNITS}?on=2020-03-31")) == []
    assert codes(bureau.get(f"{UNITS}?on=2020-04-01")) == ALL
    first = bureau.get(f"{UNITS}?limit=4&count=true")
    assert (codes(first), first.json["count"]) == (ALL[:4], 9)
    rest = bureau.get(UNITS, query_string={"limit": 100, "cursor": first.json["next_cursor"]})
    assert (codes(rest), rest.json["next_cursor"]) == (ALL[4:], None)


@pytest.mark.parametrize(
    "query", ["on=yesterday", "on=2026-02-30", "on=", "on=2026-11-20T00:00:00Z", "level=city", "level="]
)
def test_a_bad_day_or_level_is_told_so(quiet, query) -> None:
    name = query.split("=")[0]
    assert list(places(quiet.person("bureau").get(f"{UNITS}?{query}"))) == [f"/{name}"]


def test_members_come_with_unit_posts_and_in_kana_order(quiet) -> None:
    path = f"{UNITS}/{quiet.city.unit_id('K1-1-1')}/members"
    items = quiet.person("squad11a").get(path).json["items"]
    assert [item["name"] for item in items] == ["団員 squad11", "団員 squad11-deputy", "団員 squad11a", "団員 squad11b"]
    assert [item["posts"] for item in items] == [["squad_leader"], ["deputy_squad_leader"], [], []]
    assert {item["unit"]["name"] for item in items} == {"第1分団第1班"}
    below = quiet.person("company1").get(
        f"{UNITS}/{quiet.city.unit_id('K1-1')}/members?below=true&limit=100&count=true"
    )
    assert (len(below.json["items"]), below.json["count"]) == (10, 10)
    assert quiet.person("company1").get(f"{path}?on=2020-03-31").json["items"] == []


def test_members_come_with_the_type_of_the_day(app, ask, city) -> None:
    """Mates see it too, as they see the type that holds."""
    with app.app_context():
        row = {"member_type": "function_limited", "valid_to": dt.date(2026, 11, 9), "bureau_id": city.bureau_id}
        db.session.add(FormerType(member_id=city.member_id("squad11b"), **row))
        db.session.commit()
    for login in ("squad11a", "company1"):
        for day, type_ in (("2026-11-09", "function_limited"), ("2026-11-10", "ordinary")):
            answer = ask(login).get(f"{UNITS}/{city.unit_id('K1-1-1')}/members?on={day}").json["items"]
            told = {one["name"]: (one["member_type"], one["former_types"]) for one in answer}
            former = [{"member_type": "function_limited", "until": "2026-11-09"}]
            assert told["団員 squad11b"] == (type_, former)
            assert told["団員 squad11a"] == ("ordinary", [])


def test_members_are_shown_as_far_as_one_may_see_them(quiet) -> None:
    for login, unit, seen in (
        ("squad11a", "K1-1-1", 4),
        ("squad11a", "K1-1", 0),  # the line above is known by its units, not by its people
        ("squad11", "K1", 0),
        ("company1", "K1-1-2", 4),
        ("bureau", "B", 1),
    ):
        answer = quiet.person(login).get(f"{UNITS}/{quiet.city.unit_id(unit)}/members?below=false")
        assert (answer.status_code, len(answer.json["items"])) == (200, seen), (login, unit)
    for unit in (quiet.city.unit_id("K1-2-1"), make.new_id()):
        assert quiet.person("squad11a").get(f"{UNITS}/{unit}/members").status_code == 404


def test_vehicles_are_those_that_stand_there_today(quiet) -> None:
    assert codes(quiet.person("bureau").get(VEHICLES)) == ["P-K1-1", "P-K1-1-1", "P-K1-2-1"]
    assert codes(quiet.person("company1").get(VEHICLES)) == ["P-K1-1", "P-K1-1-1"]
    under = {"unit_id": str(quiet.city.unit_id("K1-2"))}
    assert codes(quiet.person("bureau").get(VEHICLES, query_string=under)) == ["P-K1-2-1"]
    assert codes(quiet.person("company1").get(VEHICLES, query_string=under)) == []
    assert codes(quiet.person("bureau").get(f"{VEHICLES}?unit_id={make.new_id()}")) == []


def test_a_member_may_choose_the_vehicles_a_report_may_name(quiet) -> None:
    """What filing accepts for the squad must be offered to the one who files."""
    assert codes(quiet.person("squad11a").get(VEHICLES)) == ["P-K1-1", "P-K1-1-1"]


def test_kinds_are_told_with_fields_and_are_unchanged_by_their_etag(quiet) -> None:
    person = quiet.person("squad11a")
    first = person.get(KINDS)
    drill = next(kind for kind in first.json["items"] if kind["code"] == "T-01")
    assert drill["label"] == "訓練"
    assert drill["labels"].keys() == {"ja", "en"}
    assert drill.keys() >= {"fields", "pay_class", "statistics_class", "tax_class", "max_hours", "times"}
    options = next(field for field in drill["fields"] if field["name"] == "drill_type")["options"]
    assert "pump" in [option["value"] for option in options]
    assert {option["value"] for option in first.json["roles"]} >= {"commander", "driver", "member"}
    etag = first.headers["ETag"]
    again = person.get(KINDS, headers={"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    english = person.get(KINDS, headers={"If-None-Match": etag, **ENGLISH})
    assert english.status_code == 200  # another language is another text
    assert next(kind for kind in english.json["items"] if kind["code"] == "T-01")["label"] == "Drill"


@pytest.mark.parametrize("seen", ["W/{}", '"other", {}', "*"])
def test_an_etag_is_compared_as_http_says(quiet, seen) -> None:
    person = quiet.person("squad11a")
    header = seen.format(person.get(KINDS).headers["ETag"])
    assert person.get(KINDS, headers={"If-None-Match": header}).status_code == 304
    assert person.get(KINDS, headers={"If-None-Match": '"other"'}).status_code == 200
