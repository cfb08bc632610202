"""Late is one thing everywhere: first submitted after the days that the unit allows, counted from the activity's end."""

from __future__ import annotations

import datetime as dt

import pytest

from brigade.activity.lateness import is_late
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, done, file, signed_in

END = dt.datetime(2026, 11, 18, 11, tzinfo=make.NOW.tzinfo)


def told(report) -> bool:
    """Whether an answer says that the report came late."""
    return "late-entry" in [one["code"] for one in report["warnings"]]


def everywhere(client, city, id_: str) -> set[bool]:
    """What the report, the list, the leader's inbox and the month's figures say."""
    squad, unit = signed_in(client, "squad11"), {"unit_id": str(city.unit_id("K1-1-1"))}
    listed = next(one for one in squad.get(f"{REPORTS}?limit=50").json["items"] if one["id"] == id_)
    found = {told(squad.get(f"{REPORTS}/{id_}").json), told(listed)}
    found |= {told(one) for one in squad.get(f"{API}/inbox?limit=50").json["items"] if one["id"] == id_}
    figures = squad.get(f"{API}/months/2026-11/figures", query_string=unit).json["items"]
    return found | {one["late"] for one in figures if one["number"] == listed["number"]}


def test_a_draft_begun_in_time_and_submitted_late_is_late(ask, client, city, clock) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", day=18, submit=False))
    clock.shift(dt.timedelta(days=10))
    author, leader = (signed_in(client, login) for login in ("squad11a", "squad11"))
    report = done(author, author.get(f"{REPORTS}/{draft['id']}").json, "submit")
    assert told(report)
    assert everywhere(client, city, report["id"]) == {True}
    report = done(leader, report, "return", comment="時刻を確かめてください")
    assert told(done(author, report, "submit"))


def test_what_was_submitted_in_time_is_not_late_after_it_came_back(ask, client, city, clock) -> None:
    author = ask("squad11a")
    report = file(author, make.body(city, "K1-1-1", "squad11a", day=18))
    assert not told(report)
    report = done(ask("squad11"), report, "return", comment="時刻を確かめてください")
    clock.shift(dt.timedelta(days=10))
    author, leader = (signed_in(client, login) for login in ("squad11a", "squad11"))
    changed = author.patch(
        f"{REPORTS}/{report['id']}", json={"summary": "放水"}, headers={"If-Match": f'"{report["version"]}"'}
    ).json
    assert not told(changed)
    report = done(author, changed, "submit")
    assert not told(report)
    assert everywhere(client, city, report["id"]) == {False}
    corrected = act(leader, report, "correct", summary="放水の訓練", ended_at="2026-11-18T11:30:00+09:00")
    assert (corrected.status_code, told(corrected.json)) == (200, False)


@pytest.mark.parametrize(("after", "late"), [({"days": 7}, False), ({"days": 7, "seconds": 1}, True), ({}, False)])
def test_the_days_are_whole_and_their_end_is_in_time(after, late) -> None:
    assert is_late(END, END + dt.timedelta(**after), 7) is late
