"""No page of the console weighs more than 30 KB on the wire, also in a town of 400 squads."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from api.extensions import db
from brigade.organisation.ranks import Level
from brigade.organisation.tree import rebuild_tree
from tests import make
from tests.api.planning import made, plan
from tests.api.visiting import CONSOLE, visitor

MOST = 30 * 1024
BRIGADES, COMPANIES, SQUADS = 20, 5, 4
"""Under the station; companies of a brigade; squads of a company."""

LEADERS = (
    "inbox", "inbox?tab=look", "inbox?tab=returned", "inbox/approve", "months/2026-11", "months/2026-10",
    "months/2026-10/sums", "editions", "statistics", "reports", "scans", "scans?tab=all", "events", "plans", "plans/new",
    "members", "members?tab=all", "deputies", "account", "help",
)  # fmt: skip
OFFICE = (
    "office", "office/rosters", "office/posts", "office/pay", "office/kinds", "office/devices",
    f"office/devices?q={quote('団員')}", "office/audit", "office/settings",
)  # fmt: skip


@pytest.fixture
def town(app, city, ask):
    """400 squads more, of a member each, all called to a drill that is over, and to one that is to come."""
    with app.app_context():
        number = 0
        for b in range(2, BRIGADES + 2):
            make.unit(db.session(), city, Level.BRIGADE, f"K{b}", f"第{b}消防団", "S1")
            for c in range(1, COMPANIES + 1):
                make.unit(db.session(), city, Level.COMPANY, f"K{b}-{c}", f"第{b}消防団第{c}分団", f"K{b}")
                for s in range(1, SQUADS + 1):
                    number += 1
                    code = f"K{b}-{c}-{s}"
                    make.unit(db.session(), city, Level.SQUAD, code, f"第{b}消防団第{c}分団第{s}班", f"K{b}-{c}")
                    make.member(db.session(), city, f"town{number}", code)
        rebuild_tree(db.session(), city.bureau_id)
        make.kept(db.session(), city)
    for day in (18, 28):
        times = {"started_at": f"2026-11-{day}T19:00:00+09:00", "ended_at": f"2026-11-{day}T21:00:00+09:00"}
        said = plan(city, **times, details={"drill_type": "pump"}, unit_id=str(city.unit_id("B")))
        said.pop("units", None)
        made(ask("bureau"), said)
    return city


@pytest.mark.parametrize("login", ["brigade", "station", "bureau"])
def test_every_page_is_light_in_a_town_of_400_squads(app, town, login) -> None:
    browser = visitor(app, login)
    paths = LEADERS if login == "brigade" else LEADERS + OFFICE
    browser.client.set_cookie("brigade-view", "...all", path=CONSOLE)  # nothing makes pages heavier than furigana
    weights, refused = {}, []
    for path in paths:
        answer = browser.raw(f"{CONSOLE}/{path}", headers={"Accept-Encoding": "gzip"})
        weights[path] = len(answer.data)
        if answer.status_code != 200:
            refused.append((path, answer.status_code))
    assert {path: weight for path, weight in weights.items() if weight > MOST} == {}
    assert refused == []


def test_what_is_owed_by_hundreds_is_shown_page_by_page(app, town) -> None:
    browser = visitor(app, "bureau")
    page = browser.get(f"{CONSOLE}/events")
    assert len([link for link in page.links if "/squads/" in link]) == 50
    later = browser.get(page.link("cursor="))
    assert len([link for link in later.links if "/squads/" in link]) == 50
    assert not set(page.links) & {link for link in later.links if "/squads/" in link}
    assert "ほか" in page.text


def test_of_a_large_unit_those_near_it_are_offered_as_deputies(app, town) -> None:
    for login, code, offered in (("station", "S1", "団員 brigade（"), ("bureau", "B", "団員 station（")):
        officer, address = visitor(app, login), f"{CONSOLE}/deputies/{town.unit_id(code)}"
        answer = officer.raw(address, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, len(answer.data) <= MOST) == (200, True)
        page = officer.get(address)
        assert (offered in page.text, "団員 town1（" in page.text) == (True, False)
