"""What is doubtful about a report by itself, at each bound: such a report is never approved with many others."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import NamedTuple

import pytest

from brigade.activity.content import Content, Person
from brigade.activity.doubts import doubts
from brigade.activity.kinds import catalogue
from brigade.organisation.unit_settings import UnitSettings
from tests.rules.test_dates import JST

HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)
START = dt.datetime(2026, 11, 8, 9, tzinfo=JST)
ME, MATE = Person(uuid.UUID(int=1)), Person(uuid.UUID(int=2))
DRILL = catalogue()["T-01"]


class Planned(NamedTuple):
    title: str
    started_at: dt.datetime
    ended_at: dt.datetime


def found(kind: str = "T-01", *, event: Planned | None = None, filed: dt.datetime = START + 3 * HOUR, mode: str = "self",
          **said: object) -> list[tuple[str, str]]:  # fmt: skip
    content = Content(kind, uuid.UUID(int=9), START, START + 2 * HOUR, place="器具置場", participants=(ME,))
    content = replace(content, **said)
    told = doubts(content, catalogue()[kind], event, filed_at=filed, mode=mode, settings=UnitSettings())
    return [(flag.pointer, flag.code) for flag in told]


def test_a_plain_report_has_none() -> None:
    assert found() == found("D-01") == found("P-01") == []


@pytest.mark.parametrize(
    ("kind", "length", "code"),
    [
        ("T-01", dt.timedelta(minutes=DRILL.warn_minutes) - SECOND, "short-activity"),
        ("T-01", dt.timedelta(minutes=DRILL.warn_minutes), None),
        ("D-01", 6 * HOUR, None),
        ("D-01", 6 * HOUR + SECOND, "very-long"),
        ("D-01", catalogue()["D-01"].warn_hours * HOUR, "very-long"),
        ("D-01", catalogue()["D-01"].warn_hours * HOUR + SECOND, "long-activity"),
    ],
)
def test_how_long_it_took(kind: str, length: dt.timedelta, code: str | None) -> None:
    assert found(kind, ended_at=START + length) == ([("/ended_at", code)] if code else [])


def test_who_was_there_for_a_moment() -> None:
    short = dt.timedelta(minutes=DRILL.warn_minutes)
    said = [("/participants", "short-stay")]
    for first, last, told in (
        (None, START + short, []),
        (None, START + short - SECOND, said),
        (START + 2 * HOUR - short, None, []),
        (START + 2 * HOUR - short + SECOND, None, said),
        (START + HOUR, START + HOUR + short, []),
        (START + HOUR, START + HOUR + MINUTE, said),
    ):
        assert found(participants=(ME, MATE._replace(started_at=first, ended_at=last))) == told
    moment = MATE._replace(started_at=START, ended_at=START + SECOND)
    assert found(ended_at=START + MINUTE, participants=(ME, moment)) == [("/ended_at", "short-activity")], "said once"


def test_who_was_there_long_before_or_after_the_report() -> None:
    """Hours are paid by each person's own times: who stays beyond the report's is looked at, whatever that one's length."""
    half, end = 30 * MINUTE, START + 2 * HOUR
    said = [("/participants", "stay-outside")]
    for first, last, told in (
        (START - half, end + half, []),
        (START - half - SECOND, None, said),
        (None, end + half + SECOND, said),
        (START - 12 * HOUR, end + 12 * HOUR, said),
        (end + HOUR, end + 2 * HOUR, said),
    ):
        assert found(participants=(ME, MATE._replace(started_at=first, ended_at=last))) == told


def test_half_an_hour_from_its_event() -> None:
    half = 30 * MINUTE
    said = [("/started_at", "time-differs-from-event")]
    for before, after, told in (
        (half, half, []), (-half, -half, []), (half + SECOND, half, said), (-half - SECOND, half, said),
        (half, half + SECOND, said), (half, -half - SECOND, said),
    ):  # fmt: skip
        assert found(event=Planned("訓練", START + before, START + 2 * HOUR + after)) == told


def test_a_fire_at_which_nobody_worked() -> None:
    stood_by = ME._replace(acted=False)
    assert found("D-01", participants=(stood_by,)) == [("/participants", "nobody-acted")]
    assert found("D-01", participants=(stood_by, MATE)) == found("T-01", participants=(stood_by,)) == []
    assert found("D-01", participants=()) == []


def test_who_was_hurt_needs_a_report_of_it() -> None:
    hurt = (ME, MATE._replace(injured=True))
    assert found(participants=hurt) == [("/participants", "injury-report-needed")]
    confidential = next(kind.code for kind in catalogue() if kind.confidential and kind.warn_minutes <= 120)
    assert ("/participants", "injury-report-needed") not in found(confidential, participants=hurt)


def test_a_vehicle_needs_somebody_who_drove() -> None:
    used = {"vehicle_ids": (uuid.UUID(int=3),)}
    assert found(**used) == [("/vehicle_ids", "driver-missing")]
    for role in ("driver", "operator"):
        assert found(**used, participants=(ME, MATE._replace(role=role))) == []
    assert found(**used, participants=()) == [], "who was there is asked first"


@pytest.mark.parametrize(("vehicles", "crew"), [(0, 2), (1, 2), (2, 4)])
def test_a_vehicle_needs_two_at_most_who_drive_or_run_its_pump(vehicles: int, crew: int) -> None:
    """Some brigades pay an operator on top of the turnout: ten of them for one vehicle are looked at."""
    used = {"vehicle_ids": tuple(uuid.UUID(int=9 + number) for number in range(vehicles))}
    people = [
        Person(uuid.UUID(int=number), role="operator" if number % 2 else "driver") for number in range(1, crew + 2)
    ]
    assert found("D-01", **used, participants=(ME, *people[:crew])) == []
    assert found("D-01", **used, participants=(ME, *people)) == [("/participants", "crew-too-many")]
    broken = {"item": "ポンプ", "severity": "usable"}
    assert found("E-02", **used, participants=(ME, *people), details=broken) == [], "it earns nothing"


def test_who_wrote_it_how() -> None:
    assert found(mode="proxy") == found(mode="roster") == [("/participants", "entered-by-proxy")]
    assert found(mode="ocr") == [("/attachment_ids", "read-from-paper")]


def test_a_notice_after_the_fact_and_a_late_entry() -> None:
    notice = {"started_at": START, "ended_at": START + HOUR, "participants": ()}
    assert ("/started_at", "late-notice") not in found("N-01", filed=START, **notice)
    assert ("/started_at", "late-notice") in found("N-01", filed=START + SECOND, **notice)
    week = START + 2 * HOUR + 7 * 24 * HOUR
    assert (found(filed=week), found(filed=week + SECOND)) == ([], [("/ended_at", "late-entry")])
