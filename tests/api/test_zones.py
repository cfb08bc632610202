"""The machine's own time zone changes nothing: what is filed, counted, paid, printed and exported is Japan's (R-12)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import make
from tests.api.answers import API
from tests.api.asking import done, file
from tests.api.paying import set_rules
from tests.api.sealing import CHAIN, MONTH

ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati")
"""The last one is fourteen hours before UTC's day, five before Japan's."""

OF_A_MONTH = ("", "/totals", "/figures", "/report.pdf")


@pytest.fixture
def machine_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """``machine_in("UTC")``: the machine stands there from now on."""

    def moved(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield moved
    monkeypatch.undo()
    time.tzset()


def midnights(city: make.City) -> Iterator[dict[str, Any]]:
    """Reports that begin or end where days, and a month, meet in one of the zones."""
    for start, end in (
        ("2026-10-31T23:30:00+09:00", "2026-11-01T00:30:00+09:00"), ("2026-11-01T00:30:00+09:00", "2026-11-01T01:00:00+09:00"),
        ("2026-11-08T08:30:00+09:00", "2026-11-08T09:30:00+09:00"), ("2026-11-09T13:30:00+09:00", "2026-11-09T14:30:00+09:00"),
        ("2026-11-10T18:30:00+09:00", "2026-11-10T19:30:00+09:00"), ("2026-11-11T23:00:00+09:00", "2026-11-12T01:00:00+09:00"),
    ):  # fmt: skip
        said = {"kind": "D-01", "details": {}, "started_at": start, "ended_at": end}
        yield make.body(city, "K1-1-1", "squad11a", "squad11b") | said


def test_one_month_in_every_zone(app, ask, city, clock, machine_in) -> None:
    set_rules(app, city, "yokohama")
    clock.move_to(make.NOW, tick=False)
    found, unit = {}, {"unit_id": str(city.unit_id("K1"))}
    machine_in("America/New_York")
    for body in midnights(city):
        report = file(ask("squad11a"), body)
        for leader in CHAIN:
            report = done(ask(leader), report, "approve")
        found[report["started_at"]] = report["month"]
    assert list(found.values()) == ["2026-10", *["2026-11"] * 5]
    seen = {}
    for zone in ZONES:
        machine_in(zone)
        answers = [ask("brigade").get(f"{API}/months/{MONTH}{part}", query_string=unit) for part in OF_A_MONTH]
        answers.append(ask("squad11a").get(f"{API}/me/record"))
        answers.append(ask("brigade").get(f"{API}/statistics", query_string={**unit, "year": "2026"}))
        answers.append(ask("squad11a").get(f"{API}/activity-reports", query_string={"month": MONTH}))
        assert [answer.status_code for answer in answers] == [200] * len(answers)
        seen[zone] = [answer.data for answer in answers]
    for zone in ZONES[1:]:
        assert seen[zone] == seen[ZONES[0]], zone
    assert ask("brigade").get(f"{API}/months/{MONTH}", query_string=unit).json["times"] == 5
