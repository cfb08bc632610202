"""When not to disturb: a span of the Tokyo clock, which may go over midnight. Pure."""

from __future__ import annotations

import datetime as dt

from brigade.dates import TOKYO, to_tokyo

DAY = 24 * 60
"""Minutes of a day. Japan has no summer time: every day has as many."""


def minute_of_day(now: dt.datetime) -> int:
    """Whole minutes since midnight in Tokyo."""
    at = to_tokyo(now)
    return at.hour * 60 + at.minute


def is_quiet(now: dt.datetime, quiet_from: int, quiet_to: int) -> bool:
    """Whether ``now`` lies in the quiet hours. Minutes of the day; the end does not belong to them; both alike: never."""
    minute = minute_of_day(now)
    if quiet_from <= quiet_to:
        return quiet_from <= minute < quiet_to
    return minute >= quiet_from or minute < quiet_to


def after_quiet(now: dt.datetime, quiet_from: int, quiet_to: int) -> dt.datetime:
    """``now`` itself, or the end of the quiet hours in which it lies."""
    if not is_quiet(now, quiet_from, quiet_to):
        return now
    return next_time(now, quiet_to)


def next_time(now: dt.datetime, minute: int) -> dt.datetime:
    """The next instant after ``now`` at which a clock in Tokyo shows that minute of the day."""
    at = dt.datetime.combine(to_tokyo(now).date(), dt.time(minute // 60, minute % 60), TOKYO)
    return at if at > now else at + dt.timedelta(days=1)
