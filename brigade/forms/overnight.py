"""An end before its start, on a form that has no box to say that it was the next day."""

from __future__ import annotations

import datetime as dt

LONGEST = dt.timedelta(hours=6)
"""What began in the evening and went on until here is plainly meant so; beyond it one of the two times may be wrong."""


def ends_next_day(lasted: dt.timedelta) -> bool:
    """Whether an end that lies before its start on the clock is one of the next day; ``lasted``: by the clock alone, from
    start to end.
    """
    return lasted < dt.timedelta(0) and lasted + dt.timedelta(days=1) <= LONGEST
