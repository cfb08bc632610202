"""What people type into a form, read as values: times of day, days, ids, the version they saw."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping

from brigade.dates import TOKYO
from brigade.problems import FieldProblem, Invalid, NotFound
from brigade.texts import check_date

CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:：]?([0-5][0-9])")


def minutes(pointer: str, value: str) -> int:
    """``19:00`` or ``1900`` as minutes of the day. Invalid for anything else."""
    match = CLOCK.fullmatch(value.strip())
    if match is None:
        raise Invalid([FieldProblem(pointer, "bad-clock")])
    return int(match[1]) * 60 + int(match[2])


def clock(pointer: str, day: dt.date, value: str) -> dt.datetime:
    """Such a time on a day in Tokyo, in UTC. Invalid for anything else."""
    at = dt.datetime.combine(day, dt.time(*divmod(minutes(pointer, value), 60)), TOKYO)
    return at.astimezone(dt.UTC)


def day(pointer: str, value: str) -> dt.date:
    """A day as a field for days sends it, ``2026-11-08``. Invalid for anything else."""
    found, problem = check_date(pointer, value)
    if found is None:
        raise Invalid([problem or FieldProblem(pointer, "bad-date")])
    return found


def span(form: Mapping[str, str], on: dt.date, *, nights: int = 0) -> tuple[dt.datetime, dt.datetime]:
    """``start`` and ``end`` of a form. An end that is not after the start is on the next day; ``nights`` more lie between
    where it lasts for days.
    """
    start = clock("/started_at", on, form.get("start", ""))
    end = clock("/ended_at", on + dt.timedelta(days=nights), form.get("end", ""))
    return start, end + dt.timedelta(days=1) if end <= start else end


def id_of(value: str) -> uuid.UUID:
    """An id as it stands in a form or an address. NotFound for what cannot be one, as where someone has changed it."""
    try:
        return uuid.UUID(value)
    except ValueError:
        raise NotFound() from None


def version_of(form: Mapping[str, str]) -> int:
    """The version that the form was made from; 0, which nothing has, for what is none."""
    version = form.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
