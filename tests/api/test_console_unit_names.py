"""第一班 there is in every company: who looks at several of them reads which one is meant."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.organisation.units import Unit, in_line
from tests import make
from tests.api.answers import API
from tests.api.asking import done, file
from tests.api.planning import made, plan
from tests.api.visiting import CONSOLE, visitor

NAMES = {"K1-1": "第一分団", "K1-2": "第二分団", "K1-1-1": "第一班", "K1-2-1": "第一班"}
BOTH = ("第一分団 第一班", "第二分団 第一班")


@pytest.fixture
def alike(app, ask, city):
    """Two companies with a 第一班 each, an event for both, and a report of each that waits for the brigade's leader."""
    with app.app_context():
        for code, name in NAMES.items():
            db.session.execute(
                update(Unit).where(Unit.id == city.unit_id(code)).values(name=name), execution_options=make.SYSTEM
            )
        db.session.commit()
    made(ask("brigade"), plan(city, unit="K1", day=22))
    for company, squad in ((1, 1), (2, 1)):
        author = f"squad{company}{squad}a"
        report = file(ask(author), make.body(city, f"K1-{company}-{squad}", author, day=18))
        for leader in (f"squad{company}{squad}", f"company{company}"):
            report = done(ask(leader), report, "approve")


@pytest.mark.parametrize("path", ["/inbox", "/reports", "/inbox/approve?by=event", "/events", "/members", "/scans"])
def test_over_several_companies_the_company_is_told(app, alike, path) -> None:
    page = visitor(app, "brigade").get(f"{CONSOLE}{path}")
    assert [name for name in BOTH if name not in page.text] == []


def test_the_offices_list_of_posts_tells_it_too(app, alike) -> None:
    page = visitor(app, "station").get(f"{CONSOLE}/office/posts")
    assert [name for name in BOTH if name not in page.text] == []


@pytest.mark.parametrize("path", ["/reports", "/events", "/members", "/scans"])
def test_within_one_company_it_is_not(app, alike, path) -> None:
    page = visitor(app, "company1").get(f"{CONSOLE}{path}")
    assert "第一班" in page.text
    assert not re.search(r"(?:・|\|) 第一分団 第一班", page.text)  # in the list of units one stands below the other


def test_a_list_by_company_names_the_company_once(app, ask, alike, city) -> None:
    for report in ask("brigade").get(f"{API}/inbox?limit=10").json["items"]:
        done(ask("brigade"), report.get("report", report), "approve")
    page = visitor(app, "station").get(f"{CONSOLE}/inbox?tab=clean")
    cards = re.findall(r"<h2>([^<]*) <span.*?<span class=\"grow\">(.*?)</li>", page.answer.text, re.DOTALL)
    assert sorted(heading.strip() for heading, _ in cards) == ["第一分団", "第二分団"]
    for heading, row in cards:
        assert "第一班" in row
        assert heading.strip() not in row.partition("</span>")[0]
    by_event = visitor(app, "station").get(f"{CONSOLE}/inbox?tab=clean&by=event")
    assert [name for name in BOTH if name not in by_event.text] == []


def test_what_a_longer_name_repeats_is_told_once() -> None:
    assert in_line(["第1分団", "第1部", "第1分団第1部第1班"]) == "第1分団第1部第1班"
    assert in_line(["第二分団", "第一部", "第一班"]) == "第二分団 第一部 第一班"
    assert in_line(["第1分団", "第1分団第1班"]) == "第1分団第1班"
    assert in_line(["第一分団", "第一分団"]) == "第一分団"
    assert in_line([]) == ""
