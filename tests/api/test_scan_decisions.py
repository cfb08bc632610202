"""What a person may say about a page: values of fields, what the form has no field for; every correction is kept."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.scans.tables import ScanCorrection
from tests import make
from tests.api.asking import places
from tests.api.scanning import (
    at,
    confirm,
    confirmed,
    decided,
    drill,
    field,
    keep,
    only_page,
    patch,
    patched,
    seen,
)

pytestmark = pytest.mark.usefixtures("pages")


def test_every_correction_is_kept(app, ask, city) -> None:
    member = ask("squad11a")
    page = only_page(app, member, drill(app, city, unsure=("day",)))
    day = field(page, "day")
    assert day["status"] != "sure"
    page = patched(member, page, fields=[{"name": "start", "value": "09:30"}])
    page = patched(member, page, fields=[{"name": "start", "value": "09:15"}, {"name": "day", "value": "2026-11-08"}])
    again = patched(member, page, fields=[{"name": "start", "value": "09:15"}])
    assert again["version"] == page["version"]
    with app.app_context(), Session(db.engine) as session:
        kept = session.query(ScanCorrection).order_by(ScanCorrection.id).execution_options(**make.SYSTEM).all()
        assert [(row.field, row.status, row.before["value"], row.after["value"]) for row in kept] == [
            ("start", "sure", "09:00", "09:30"), ("start", "sure", "09:30", "09:15"), ("day", day["status"], day["value"], "2026-11-08"),
        ]  # fmt: skip
        assert {row.by_id for row in kept} == {city.member_id("squad11a")}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"name": "start", "value": "9:00"}, {"/fields/0/value": "bad-time"}),
        ({"name": "start", "value": "24:01"}, {"/fields/0/value": "bad-time"}),
        ({"name": "day", "value": "2026-02-30"}, {"/fields/0/value": "bad-time"}),
        ({"name": "kind", "value": "Z-99"}, {"/fields/0/value": "not-an-option"}),
        ({"name": "people.1.acted", "value": "yes"}, {"/fields/0/value": "wrong-type"}),
        ({"name": "people.1.acted", "value": None}, {"/fields/0/value": "wrong-type"}),
        ({"name": "people.1.number", "value": "12 34"}, {"/fields/0/value": "bad-digits"}),
        ({"name": "people.1.number", "value": ["1"]}, {"/fields/0/value": "wrong-type"}),
        ({"name": "place", "value": "あ" * 501}, {"/fields/0/value": "too-long"}),
        ({"name": "place", "value": "\x00"}, {"/fields/0/value": "bad-characters"}),
        ({"name": "start", "as_picture": True}, {"/fields/0/as_picture": "not-text"}),
        ({"name": "nothing", "value": "1"}, {"/fields/0/name": "unknown-form-field"}),
        ({"value": "1"}, {"/fields/0/name": "required"}),
    ],
)
def test_what_a_field_cannot_be(app, ask, city, said, wrong) -> None:
    page = only_page(app, ask("squad11a"), drill(app, city))
    assert places(patch(ask("squad11a"), page, fields=[said])) == wrong
    assert ask("squad11a").get(at(page)).json["version"] == page["version"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"activity": 2}, {"/reports/2/activity": "not-on-this-form"}),
        ({"activity": 1, "details": {"a": "\x00"}}, {"/reports/0": "bad-characters"}),
        ({"activity": 1, "details": {"a": "x" * 1001}}, {"/reports/0": "too-long"}),
        ({"activity": 1, "details": {"a": [[[[[[1]]]]]]}}, {"/reports/0": "wrong-type"}),
        ({"activity": 1, "people": [{"page": 1, "row": 99}]}, {"/reports/1/people/0/row": "not-on-this-form"}),
        ({"activity": 1, "started_at": "2026-11-08"}, {"/reports/0/started_at": "bad-time"}),
    ],
)
def test_what_cannot_be_said_of_a_report(app, ask, city, said, wrong) -> None:
    page = only_page(app, ask("squad11a"), drill(app, city))
    assert places(patch(ask("squad11a"), page, reports=[said])) == wrong


def test_what_a_person_says_stands_before_the_sheet(app, ask, city) -> None:
    member = ask("squad11a")
    page = decided(member, only_page(app, member, drill(app, city)))
    said = {"activity": 1, "details": {"drill_type": "pump"}, "place": "河川敷", "ended_at": "2026-11-08T12:00:00+09:00",
            "people": [{"page": 1, "row": 2, "ended_at": "2026-11-08T10:00:00+09:00", "left_early_reason": "仕事"}]}  # fmt: skip
    (report,) = confirmed(member, patched(member, page, reports=[said]))["reports"]
    assert (report["place"], report["ended_at"]) == ("河川敷", "2026-11-08T12:00:00+09:00")
    first, second = report["participants"]
    assert (first["ended_at"], second["ended_at"]) == (None, "2026-11-08T10:00:00+09:00")
    assert second["left_early_reason"] == "仕事"


def test_text_may_stay_a_picture(app, ask, city) -> None:
    member = ask("squad11a")
    page = only_page(app, member, drill(app, city, note="ホース3本、よめない"))
    page = patched(member, page, fields=[*keep(page), {"name": "note", "as_picture": True}])
    assert (field(page, "note")["value"], field(page, "note")["as_picture"]) == ("", True)
    page = patched(member, page, reports=[{"activity": 1, "details": {"drill_type": "pump"}}])
    assert confirmed(member, page)["reports"][0]["summary"] == ""


def test_two_people_on_one_page_the_later_one_is_told(app, ask, city) -> None:
    page = only_page(app, ask("squad11a"), drill(app, city))
    patched(ask("squad11"), page, fields=[{"name": "start", "value": "09:30"}])
    late = patch(ask("squad11a"), page, fields=[{"name": "start", "value": "10:00"}])
    assert (late.status_code, late.json["current_version"]) == (412, page["version"] + 1)
    assert ask("squad11a").patch(at(page), json={}).status_code == 428


def test_who_may_not_see_a_page_may_not_touch_it(app, ask, city) -> None:
    page = only_page(app, ask("squad11a"), drill(app, city))
    for login in ("squad11b", "squad12", "company2"):
        assert patch(ask(login), page, fields=[]).status_code == 404
        assert confirm(ask(login), page).status_code == 404
        assert ask(login).post(at(page, "/discard"), json={"reason": "x"}, headers=seen(page)).status_code == 404
