"""Who took part in a report of several squads stands under the squad to which they belonged on that day."""

from __future__ import annotations

import re

from api.extensions import db
from brigade.organisation import posts
from tests import make
from tests.api.asking import file
from tests.api.visiting import CONSOLE, visitor


def crew(page) -> str:
    """The list of people as it reads, from its heading to the next."""
    return re.search(r"出た人 .*? これまでの動き", page.text).group()


def test_people_of_several_squads_stand_under_theirs(app, ask, city) -> None:
    report = file(ask("company1"), make.body(city, "K1-1", "squad12a", "squad11b", "company1", "squad11a", day=18))
    seen = crew(visitor(app, "brigade").get(f"{CONSOLE}/reports/{report['id']}"))
    order = (
        "4人",
        "第1分団 1人",
        "company1",
        "第1分団第1班 2人",
        "squad11b",
        "squad11a",
        "第1分団第2班 1人",
        "squad12a",
    )
    places = [seen.index(one) for one in order]
    assert places == sorted(places)


def test_those_of_one_squad_have_no_heading(app, ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))
    seen = crew(visitor(app, "squad11").get(f"{CONSOLE}/reports/{report['id']}"))
    assert "squad11b" in seen
    assert "班" not in seen


def test_where_they_belonged_on_that_day_counts(app, ask, city) -> None:
    report = file(ask("company1"), make.body(city, "K1-1", "squad11a", "squad12a", day=18))
    path = f"{CONSOLE}/reports/{report['id']}"
    before = crew(visitor(app, "brigade").get(path))
    with app.app_context():
        session = db.session
        bureau = make.bound(session, city, "bureau")
        posts.transfer_member(session(), bureau, city.member_id("squad11a"), city.unit_id("K1-2-1"), make.NOW.date())
        session.commit()
    assert crew(visitor(app, "brigade").get(path)) == before
