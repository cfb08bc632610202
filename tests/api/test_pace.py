"""How much one person may ask: a bucket for each, 429 where it is empty, and nothing lost or written down by it."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from api import metrics
from api.log_lines import FIELDS
from api.pace import AT_ONCE, MOST, Pace
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, file
from tests.api.visiting import CONSOLE, visitor
from tests.conftest import settings_for

ME = f"{API}/me"


def waits(pace: Pace, who: str, now: float) -> float:
    return pace.take(who, now)[0]


# --- The bucket -------------------------------------------------------------------------------------------------------


def test_a_full_bucket_then_as_much_as_flows_back() -> None:
    pace = Pace(60)
    assert [waits(pace, "a", 0) for _ in range(60 * AT_ONCE)] == [0] * 60 * AT_ONCE
    assert waits(pace, "a", 0) == 1
    assert waits(pace, "a", 0.5) == 0.5  # what is refused takes nothing out
    assert waits(pace, "a", 1) == 0
    assert waits(pace, "a", 1) == 1
    assert waits(pace, "b", 1) == 0  # each has their own
    assert [waits(pace, "a", 10_000) for _ in range(60 * AT_ONCE + 1)][-2:] == [0, 1]  # and it never holds more


def test_a_clock_that_stands_or_goes_back_fills_nothing() -> None:
    pace = Pace(60)
    for _ in range(60 * AT_ONCE):
        pace.take("a", 100)
    assert waits(pace, "a", 40) == 1


def test_nought_is_no_limit() -> None:
    pace = Pace(0)
    assert {waits(pace, "a", 0) for _ in range(10_000)} == {0}


def test_so_many_are_remembered_and_those_who_ask_stay() -> None:
    pace = Pace(1, most=2)
    for _ in range(AT_ONCE):
        pace.take("a", 0)
    for other in "bcd":
        assert waits(pace, "a", 0) > 0
        pace.take(other, 0)
    assert waits(pace, "a", 0) > 0
    assert len(pace._buckets) == 2 < MOST


def test_the_log_is_told_once_a_minute() -> None:
    pace = Pace(1)
    for _ in range(AT_ONCE):
        assert not pace.take("a", 0)[1]
    assert [pace.take("a", now)[1] for now in (0.0, 1.0, 59.0)] == [True, False, False]
    assert pace.take("a", 60)[0] == 0  # one flowed back
    assert [pace.take("a", now)[1] for now in (60.0, 61.0)] == [True, False]


# --- The setting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "held"), [({}, 1200), ({"REQUESTS_A_MINUTE": "0"}, 0), ({"REQUESTS_A_MINUTE": "60"}, 60)]
)
def test_what_is_set_is_kept(tmp_path, said, held) -> None:
    assert settings_for(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path, **said).requests_a_minute == held


def held_to(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Pace:
    """Empty soon, for this test; other tests have the same application."""
    pace = Pace(1)
    monkeypatch.setitem(app.extensions, "brigade.pace", pace)
    return pace


# --- Over HTTP --------------------------------------------------------------------------------------------------------


def test_who_asks_too_much_is_told_when_to_ask_again_and_others_go_on(app, ask, city, caplog, monkeypatch) -> None:
    person, other = ask("squad11a"), ask("squad11b")
    held_to(app, monkeypatch)
    counted = metrics.REQUESTS.labels("GET", f"{API}/me", "429")
    before = counted._value.get()
    with caplog.at_level(logging.INFO):
        assert [person.get(ME).status_code for _ in range(AT_ONCE)] == [200] * AT_ONCE
        refused = [person.get(ME) for _ in range(3)]
    assert {(one.status_code, one.json["code"]) for one in refused} == {(429, "too-many-requests")}
    assert all(1 <= int(one.headers["Retry-After"]) <= 60 for one in refused)
    assert "少し待ってから" in refused[0].json["detail"]
    assert counted._value.get() == before + 3
    [told] = [line for line in caplog.records if line.name == "brigade.pace"]
    assert (told.getMessage(), told.member) == ("asks too much", str(city.member_id("squad11a")))
    assert "member" in FIELDS
    assert [line for line in caplog.records if getattr(line, "status", 0) == 429] == []  # a loop does not fill the disk
    assert other.get(ME).status_code == 200


def test_what_is_refused_is_not_stored_and_the_same_again_is(app, ask, city, monkeypatch) -> None:
    """As a phone does it, which keeps what waits."""
    person = ask("squad11a")
    body = make.body(city, "K1-1-1", "squad11a", day=18)
    pace = held_to(app, monkeypatch)
    for _ in range(AT_ONCE):
        pace.take(str(city.member_id("squad11a")), 0)
    pace._buckets[str(city.member_id("squad11a"))].at = float("inf")
    assert person.post(REPORTS, json=body).status_code == 429
    held_to(app, monkeypatch)
    assert file(person, body)["id"] == body["id"]


def test_a_browser_is_told_on_a_page(app, city, monkeypatch) -> None:
    leader = visitor(app, "squad11")
    held_to(app, monkeypatch)
    assert [leader.raw(f"{CONSOLE}/inbox").status_code for _ in range(AT_ONCE)] == [200] * AT_ONCE
    refused = leader.get(f"{CONSOLE}/inbox")
    assert (refused.status, "Retry-After" in refused.answer.headers) == (429, True)
    assert "要求が多すぎます" in refused.text
    assert "少し待ってから" in refused.text
