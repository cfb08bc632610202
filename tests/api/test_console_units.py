"""The bureau adds, renames, moves, puts together and ends units on the console; mistakes stand beside their fields."""

from __future__ import annotations

import datetime as dt

import pytest

from brigade.dates import tokyo_day
from tests import make
from tests.api.visiting import CONSOLE, Visitor, visitor

UNITS = f"{CONSOLE}/office/units"
TODAY = tokyo_day(make.NOW)


@pytest.fixture
def officer(app, city) -> Visitor:
    return visitor(app, "bureau")


def asked(officer: Visitor, city, unit: str, what: str):
    """The page of a change, from the unit's."""
    return officer.get(officer.get(f"{UNITS}?unit_id={city.unit_id(unit)}").link(f"/{what}"))


def test_a_squad_is_added_renamed_moved_and_ended(officer, city) -> None:
    page = officer.send(asked(officer, city, "K1-1", "add").form("/add"), level="squad", name="第9班", code="K1-1-9")
    assert "「第9班」を作りました。" in page.text
    assert "第9班 班 ・ K1-1-9" in page.text
    new = officer.get([link for link in page.links if "/office/units?unit_id=" in link][-1])
    tomorrow = (TODAY + dt.timedelta(days=1)).isoformat()
    renamed = officer.send(officer.get(new.link("/rename")).form("/rename"), name="水防班", on=tomorrow)
    assert "「水防班」に名前を変えました。" in renamed.text
    assert "水防班 班 ・ K1-1-9 … 令和8年11月21日" in renamed.text
    assert "× 令和8年11月20日" in renamed.text
    there = officer.get([link for link in renamed.links if "/office/units?unit_id=" in link][-1])
    assert "水防班" in there.text
    later = (TODAY + dt.timedelta(days=2)).isoformat()
    moved = officer.send(
        officer.get(there.link("/move")).form("/move"), parent_id=str(city.unit_id("K1-2")), on=later
    )  # fmt: skip
    assert "「水防班」を移しました。" in moved.text
    ended = officer.send(
        officer.get(there.link("/end")).form("/end"), on=(TODAY + dt.timedelta(days=5)).isoformat()
    )  # fmt: skip
    assert "「水防班」をなくしました。" in ended.text


def test_two_squads_are_put_together(officer, app, city) -> None:
    page = asked(officer, city, "K1-1", "merge")
    ids = [str(city.unit_id(unit)) for unit in ("K1-1-1", "K1-1-2")]
    alone = officer.send(page.form("/merge"), below=ids[:1], name="第1・2班", code="K1-1-12")
    assert alone.status == 422
    assert "入力を確かめてください" in alone.text
    made = officer.send(page.form("/merge"), below=ids, name="第1・2班", code="K1-1-12")
    assert "「第1・2班」に合わせました。" in made.text
    assert visitor(app, "squad11a").get(f"{CONSOLE}/").status == 200


@pytest.mark.parametrize(
    ("unit", "what", "said"),
    [
        ("K1-1", "add", {"level": "squad", "name": "", "code": "K1-1-9"}),
        ("K1-1", "add", {"level": "squad", "name": "第9班", "code": "K1-1-1"}),
        ("K1-1", "add", {"level": "brigade", "name": "第9班", "code": "K9"}),
        ("K1-1", "add", {"level": "?", "name": "第9班", "code": "K9"}),
        ("K1-1-1", "rename", {"name": ""}),
        ("K1-1-1", "rename", {"name": "別の名前", "on": "きのう"}),
        ("K1-1-1", "rename", {"name": "別の名前", "on": "1900-01-01"}),
        ("K1-1-1", "end", {}),
        ("K1-1", "move", {}),
        ("K1-1-1", "move", {}),
    ],
)
def test_mistakes_are_said_and_change_nothing(officer, city, unit, what, said) -> None:
    form = asked(officer, city, unit, what).form(f"/{what}")
    if unit == "K1-1" and what == "move":  # below itself
        said = {"parent_id": str(city.unit_id("K1-1-1"))}
    wrong = officer.send(form, **said)
    assert wrong.status in (403, 422), wrong.text
    assert "第1班" in officer.get(f"{UNITS}?unit_id={city.unit_id('K1-1')}").text


def test_what_cannot_be_is_not_there(officer, app, city) -> None:
    assert officer.raw(f"{UNITS}/{city.unit_id('K1-1')}/sell").status_code == 404
    assert officer.raw(f"{UNITS}?unit_id=nothing").status_code == 404
    squad = officer.get(f"{UNITS}?unit_id={city.unit_id('K1-1-1')}")
    assert not [link for link in squad.links if link.endswith(("/add", "/merge"))]
    top = officer.get(UNITS)
    assert not [link for link in top.links if link.endswith(("/move", "/end"))]
    for login in ("station", "brigade"):
        assert visitor(app, login).raw(UNITS).status_code == 403, login
