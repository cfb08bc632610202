"""A member's events as an iCalendar file (RFC 5545): data in, bytes out, the same bytes for the same data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event, Timezone, TimezoneStandard

from brigade.dates import TOKYO, to_tokyo

PRODUCT = "-//Brigade//Calendar//JA"
POLL = dt.timedelta(hours=1)
"""How often a calendar program should ask again, if it heeds that (RFC 7986)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. ``sequence`` grows with every change; ``revised_at`` is the last one. No names of persons."""

    id: str
    title: str
    place: str
    started_at: dt.datetime
    ended_at: dt.datetime
    sequence: int
    revised_at: dt.datetime
    is_cancelled: bool


def calendar_file(name: str, entries: Iterable[Entry]) -> bytes:
    """The whole file, with the time zone that its times refer to. ``name`` is what a calendar program may show."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", POLL, parameters={"VALUE": "DURATION"})
    calendar.add_component(_tokyo())
    for entry in entries:
        calendar.add_component(_event(entry))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", f"{entry.id}@brigade")
    event.add("dtstamp", entry.revised_at.astimezone(dt.UTC))
    event.add("last-modified", entry.revised_at.astimezone(dt.UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", to_tokyo(entry.started_at))
    event.add("dtend", to_tokyo(entry.ended_at))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    return event


def _tokyo() -> Timezone:
    """Japan has had no summer time since 1951 (夏時刻法, 1948 to 1951): one offset, for good."""
    standard = TimezoneStandard()
    standard.add("dtstart", dt.datetime(1952, 1, 1))  # noqa: DTZ001 - RFC 5545 wants a local time here
    standard.add("tzoffsetfrom", dt.timedelta(hours=9))
    standard.add("tzoffsetto", dt.timedelta(hours=9))
    standard.add("tzname", "JST")
    zone = Timezone()
    zone.add("tzid", TOKYO.key)
    zone.add_component(standard)
    return zone
