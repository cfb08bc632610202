"""What the records say before a page is read: whose sheet, for when, and what was printed on it. Plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ocr.reading.readings import Listed


@dataclass(frozen=True, slots=True)
class Known:
    """All of it but ``today`` (in Tokyo) may be missing; what is missing bears nothing out and contradicts nothing.

    ``roster``: who may stand on the sheet: the unit's members on its day; empty where the unit is not known.
    ``printed``: what was printed into the boxes of a field, one letter for each box as in ``FilledPage.values``, or on
    a line of text, by the field's id. ``month``: ``"2026-11"``, the one that the sheet was printed or handed in for.
    ``day``, ``starts`` and ``ends`` (``"19:00"``): those of the event. ``odometer``: the vehicle's last figure in km.
    ``page`` of ``pages``: a sum over several pages is not compared with what stands on one of them.
    """

    today: dt.date
    roster: Sequence[Listed] = ()
    printed: Mapping[str, str] = field(default_factory=dict)
    month: str | None = None
    day: dt.date | None = None
    starts: str | None = None
    ends: str | None = None
    odometer: int | None = None
    page: int = 1
    pages: int = 1
