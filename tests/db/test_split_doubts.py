"""One activity told in several reports, end to end, is told to whoever approves; two activities are not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.flags import asks_to_look, flags, reader_doubts
from brigade.activity.workflow import Action
from tests import make
from tests.db.test_vehicle_doubts import car
from tests.make import City, Filed

HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)
END = dt.datetime(2026, 11, 18, 2, tzinfo=dt.UTC)
"""When a report of ``drill`` ends, unless it is told otherwise: two hours after 9:00."""


def drill(session: Session, city: City, *people: str, start: dt.datetime = END - 2 * HOUR, **said: Any) -> Filed:
    """A report of two hours by the first of these people on all of them."""
    values = {"started_at": start, "ended_at": start + 2 * HOUR, **said}
    return make.report(session, city, people[0], values.pop("unit", "K1-1-1"), *people, **values)


def told(session: Session, city: City, *made: Filed, login: str = "company1") -> list[Any]:
    """Of each report, looked at together, the number of the other one, ``hidden`` or None."""
    make.bound(session, city, login)
    rows = [actions.read(session, one.id) for one in made]
    found = flags(session, rows)
    said = []
    for row in rows:
        its = [flag for flag in found[row.id] if flag.code.startswith("end-to-end")]
        assert len(its) < 2
        assert all(flag.pointer == "/participants" and asks_to_look(row, flag) for flag in its)
        said.append(its[0].params.get("number", "hidden") if its else None)
    return said


@pytest.mark.parametrize("together", [True, False])
def test_three_reports_end_to_end_of_one_person_are_told_each_beside_the_earliest(
    session: Session, city: City, together: bool
) -> None:
    made = [drill(session, city, "squad11a", start=END + hours * HOUR) for hours in (-2, 0, 2)]
    one, two, _ = (report.number for report in made)
    asked = [told(session, city, *made)] if together else [[told(session, city, report)[0] for report in made]]
    assert asked == [[two, one, two]]


@pytest.mark.parametrize(
    ("gap", "is_told"),
    [(0 * MINUTE, True), (15 * MINUTE, True), (15 * MINUTE + SECOND, False), (2 * HOUR, False)],
)
def test_up_to_a_quarter_of_an_hour_apart(session: Session, city: City, gap: dt.timedelta, is_told: bool) -> None:
    one = drill(session, city, "squad11a")
    other = drill(session, city, "squad11a", start=END + gap)
    assert told(session, city, one, other) == ([other.number, one.number] if is_told else [None, None])
    assert told(session, city, other) == ([one.number] if is_told else [None])


def test_a_duty_handed_over_to_others_and_another_kind_are_not_told(session: Session, city: City) -> None:
    one = drill(session, city, "squad11a")
    drill(session, city, "squad11b", start=END)
    drill(session, city, "squad11a", start=END + 10 * MINUTE, kind="P-01", details={})
    assert told(session, city, one) == [None]


def test_one_person_in_both_is_enough_whoever_wrote_it_for_whichever_unit(session: Session, city: City) -> None:
    one = drill(session, city, "squad11a", "squad11b")
    other = drill(session, city, "company1", "squad11b", "squad12a", start=END, unit="K1-1")
    assert told(session, city, one, other) == [other.number, one.number]
    assert told(session, city, one, login="squad11a") == ["hidden"]


def test_times_of_ones_own_are_compared_where_somebody_has_them(session: Session, city: City) -> None:
    """Whoever left an hour before the end was not there end to end; whoever is in both by turns was."""
    make.bound(session, city, "squad11a")
    [who] = make.content(city, "K1-1-1", "squad11a").participants
    one = drill(session, city, "squad11a", participants=(who._replace(ended_at=END - HOUR),))
    other = drill(session, city, "squad11a", start=END)
    assert told(session, city, one, other) == [None, None]
    later = drill(session, city, "squad11a", start=END + HOUR, participants=(who._replace(started_at=END + 2 * HOUR),))
    assert told(session, city, later, one) == [other.number, None]


def test_what_was_withdrawn_or_never_sent_tells_nothing(session: Session, city: City) -> None:
    one = drill(session, city, "squad11a")
    other = drill(session, city, "squad11a", start=END)
    drill(session, city, "squad11a", start=END - 4 * HOUR, submit=False)
    make.step(session, city, "squad11a", other, Action.WITHDRAW, comment="二つに分けていました")
    assert told(session, city, one) == told(session, city, one, other)[:1] == [None]


def test_runs_of_a_vehicle_and_what_earns_nothing_follow_each_other(session: Session, city: City) -> None:
    broken = {"item": "ポンプ", "severity": "usable"}
    for before, kind, details in ((6, "V-01", {"odometer_end_km": 120}), (2, "E-02", broken)):
        said = {"kind": kind, "details": details, "vehicle_ids": (car(session, city),)}
        made = [drill(session, city, "squad11b", start=END - hours * HOUR, **said) for hours in (before, before - 2)]
        assert told(session, city, *made) == [None, None], kind


def test_its_author_is_told_nothing_more(session: Session, city: City) -> None:
    made = [drill(session, city, "squad11a", start=END + n * 2 * HOUR) for n in (0, 1)]
    for login, count in (("squad11a", 0), ("squad11", 1)):
        reader = make.bound(session, city, login)
        assert len(reader_doubts(session, reader, actions.read(session, made[0].id))) == count
