"""The times of a report and of those who took part: what is said of both where one of them is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.db.test_checks import AT, HOUR, MINUTE, START, person, problems
from tests.make import NOW, City


@pytest.mark.parametrize(
    ("wrong", "said", "found"),
    [
        (False, {"ended_at": START - HOUR}, {"/participants/0/ended_at"}),
        (False, {"started_at": START + 3 * HOUR}, {"/participants/0/ended_at"}),
        (True, {}, {"/ended_at"}),
        (True, {"started_at": START + HOUR}, {"/ended_at", "/participants/0/ended_at"}),
        (True, {"started_at": START - 20 * HOUR, "ended_at": START - 19 * HOUR}, {"/ended_at"}),
    ],
)
def test_ones_own_times_are_told_beside_the_reports(
    session: Session, city: City, wrong: bool, said: dict[str, Any], found: set[str]
) -> None:
    """Where the report ends before it starts only what is wrong in itself."""
    times = {"ended_at": START} if wrong else {}
    told = problems(session, city, AT, "K1-1-1", **person(city, **said), **times)
    assert told == {(pointer, "end-before-start") for pointer in found}


def test_nobody_was_there_at_a_time_still_to_come(session: Session, city: City) -> None:
    """A report of an hour that is over must not carry somebody's half a day that is not."""
    over = {"started_at": NOW - HOUR, "ended_at": NOW}
    for first, last, wrong in (
        (None, NOW + 10 * MINUTE, set()),
        (None, NOW + 11 * MINUTE, {("/participants/0/ended_at", "in-future")}),
        (NOW + 11 * MINUTE, NOW + HOUR, {("/participants/0/started_at", "in-future")}),
    ):
        said = {**over, **person(city, started_at=first, ended_at=last)}
        assert problems(session, city, AT, "K1-1-1", **said) == wrong
        assert problems(session, city, AT, "K1-1-1", submit=False, **said) == wrong
