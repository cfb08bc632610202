"""What is doubtful about pay stands where people look: in the inbox, on the report's page, before many are approved."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from api.extensions import db
from brigade.organisation.people import Post
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, done, file
from tests.api.visiting import CONSOLE, visitor


def sits(app: Any, city: make.City, login: str, unit: str, post: str) -> None:
    """Gets another post beside their own place."""
    held = {"member_id": city.member_id(login), "unit_id": city.unit_id(unit), "post": post}
    with app.app_context():
        db.session.add(Post(**held, valid_from=dt.date(2026, 11, 1)))
        db.session.commit()


def warnings(person: Any, report: dict[str, Any], asked: str = "") -> dict[str, str]:
    """Code → message of what the inbox says of it."""
    [item] = [one for one in person.get(f"{API}/inbox{asked}").json["items"] if one["id"] == report["id"]]
    assert item["doubtful"] == bool(item["warnings"])
    return {one["code"]: one["message"] for one in item["warnings"]}


def test_one_activity_in_two_reports_is_told_in_the_inbox_and_on_its_page(app, ask, city) -> None:
    one, other = (file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, hour=hour)) for hour in (9, 11))
    assert dt.datetime.fromisoformat(one["ended_at"]) == dt.datetime.fromisoformat(other["started_at"])
    told = warnings(ask("squad11"), one)
    assert list(told) == ["end-to-end"]
    assert other["number"] in told["end-to-end"]
    page = visitor(app, "squad11").get(f"{CONSOLE}/reports/{one['id']}")
    assert f"報告{other['number']}のすぐ前か後" in page.text
    assert f"{CONSOLE}/reports/{other['id']}" in page.links
    author = ask("squad11a").get(f"{REPORTS}/{one['id']}").json
    assert author["warnings"] == []


@pytest.fixture
def alone(app, ask, city):
    """A report that one person approved at all three levels."""
    for unit, post in (("K1-1", "company_leader"), ("K1", "brigade_leader")):
        sits(app, city, "squad11", unit, post)
    made = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    for _ in range(3):
        made = done(ask("squad11"), made, "approve")
    return made


def test_what_one_person_alone_approved_is_told_to_the_station_where_it_decides(app, ask, alone) -> None:
    officer = ask("station")
    assert warnings(officer, alone) == {}
    assert list(warnings(officer, alone, "?vehicles=true")) == ["approved-by-one"]
    [told] = officer.get(f"{REPORTS}/{alone['id']}").json["warnings"]
    assert "3つの段階" in told["message"]
    browser = visitor(app, "station")
    assert "どれも同じ人が承認しました" in browser.get(f"{CONSOLE}/reports/{alone['id']}").text
    assert "どれも同じ人が承認しました" in browser.get(f"{CONSOLE}/inbox/approve").text
    assert done(officer, alone, "approve")["state"] == "confirmed"


def test_an_officer_who_was_there_is_offered_to_return_it_alone(app, ask, city) -> None:
    sits(app, city, "squad11b", "S1", "station_officer")
    made = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))
    for leader in ("squad11", "company1", "brigade"):
        made = done(ask(leader), made, "approve")
    officer = ask("squad11b")
    actions = officer.get(f"{REPORTS}/{made['id']}").json["actions"]
    assert ("approve" in actions, "return" in actions) == (False, True)
    answer = act(officer, made, "approve")
    assert (answer.status_code, answer.json["reasons"]) == (403, ["took-part"])
    assert "ほかの署員" in answer.json["detail"]
    page = visitor(app, "squad11b").get(f"{CONSOLE}/reports/{made['id']}")
    assert not [form for form in page.forms if form.action.endswith("/approve")]
    assert done(ask("station"), made, "approve")["state"] == "confirmed"
