"""The times of a report and of those who took part: what is said of both where one of them is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.db.test_checks import AT, HOUR, START, person, problems
from tests.make import City


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
