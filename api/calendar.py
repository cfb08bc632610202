"""What is expected of one's squads, and the calendar that a member's own calendar program fetches."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import current_app, request

from api.endpoint import API, PUBLIC, Answer, Call, Resource
from api.event_schemas import ExpectedPage, ExpectedQuery, FeedMade, FeedOut
from api.events import squad_out
from api.paging import page_at_hand
from api.present import instant
from api.problems import language
from brigade.activity.activities import EventState
from brigade.calendar import feeds
from brigade.calendar.expected import Expected, expected, state_counts
from brigade.calendar.feeds import CalendarFeed
from brigade.calendar.taking_part import calendar_of
from brigade.dates import utc_now
from brigade.problems import NotFound
from brigade.scopes import act_as
from brigade.wording import text

resource = Resource("calendar", "予定表 Calendar")


@resource.get("/expected", "What squads owe of planned events", query=ExpectedQuery(), returns=ExpectedPage())
def owed(call: Call) -> dict[str, Any]:
    """Each squad and planned event of at most 100 days: reported, nobody came, still expected, or overdue.

    A leader sees the squads below, a member the own one; ``counts`` are those of all before ``state`` is looked at.
    """
    asked = call.query
    rows = expected(call.session, call.actor, asked["from_"], asked["to"], asked["unit_id"])
    found = page_at_hand(
        [row for row in rows if asked["state"] in (None, row.state.value)], lambda row: row.place, asked, _expected_out
    )
    return {**found, "counts": state_counts(rows)}


def _expected_out(row: Expected) -> dict[str, Any]:
    return {
        "event_id": str(row.event_id),
        "title": row.title,
        "kind": row.kind,
        "started_at": instant(row.started_at),
        "ended_at": instant(row.ended_at),
        **squad_out(row),
    }


@resource.post("/me/calendar-feed", "Make a calendar address", returns=FeedMade(), status=201)
def make(call: Call) -> dict[str, Any]:
    """A new secret address for one's own calendar program; the one of before is dead. It is told this once."""
    feed, secret = feeds.make_feed(call.session, call.actor)
    address = f"{current_app.config['BRIGADE'].base_url}{API}/calendar/{secret}.ics"
    return {**_feed_out(feed), "url": address}


@resource.get("/me/calendar-feed", "My calendar address", returns=FeedOut())
def mine(call: Call) -> dict[str, Any]:
    """Whether there is one, and since when; the address itself is not kept."""
    return _feed_out(feeds.feed_of(call.session, call.actor))


@resource.delete("/me/calendar-feed", "Take the calendar address back", status=204)
def remove(call: Call) -> None:
    """It is dead at once; there need not have been one."""
    feeds.remove_feed(call.session, call.actor)


def _feed_out(feed: CalendarFeed | None) -> dict[str, Any]:
    used_on = feed.last_used_on if feed else None
    return {
        "exists": feed is not None,
        "created_at": instant(feed.created_at) if feed else None,
        "last_used_on": used_on.isoformat() if used_on else None,
    }


@resource.get(
    "/calendar/<secret>.ics", "A member's calendar", needs=PUBLIC, media_type="text/calendar", conditional=True
)
def calendar(call: Call, secret: str) -> Answer:
    """Planned events of one's own line of units, from 60 days back to a year ahead, as iCalendar (RFC 5545)."""
    from reports.calendar_feed import Entry, calendar_file  # loaded when the first calendar is fetched

    session, now = call.session, utc_now()
    owner = feeds.owner_of(session, secret, now)
    if owner is None:
        raise NotFound()
    actor, feed = owner
    act_as(session, actor)
    entries = [
        Entry(
            str(event.id), event.title, event.place, event.started_at, event.ended_at, event.version, event.updated_at,
            event.state == EventState.CANCELLED,
        )
        for event in calendar_of(session, actor)
    ]  # fmt: skip
    content = calendar_file(text("calendar.name", language()), entries)
    if feed.last_used_on != actor.today:  # once a day: a calendar program asks every hour
        session.rollback()
        session.connection(execution_options={"writing": True})
        feeds.note_use(session, actor)
        session.commit()
    tag = hashlib.sha256(content).hexdigest()[:24]
    known = request.if_none_match.contains_weak(tag)
    kept = {"ETag": f'"{tag}"', "Cache-Control": "private, max-age=900", "Vary": "Accept-Language"}
    return Answer(b"" if known else content, 304 if known else 200, headers=kept, media_type="text/calendar")
