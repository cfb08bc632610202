"""What changed since a device last asked."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from flask import current_app
from marshmallow import Schema, fields

from api import events, present, units
from api.body import Strict, Text, between
from api.endpoint import API, Answer, Call, Resource, content_tag
from api.event_schemas import EventOut
from api.schemas import ReportOut
from brigade.access.signing_keys import SigningKey
from brigade.organisation.ranks import Level
from brigade.problems import FieldProblem, Invalid
from brigade.sync.catching_up import next_page
from brigade.sync.cursor import Cursor

resource = Resource("sync", "同期 Sync", "/sync")
LONGEST = 16_000
"""Characters of a cursor: a place in the log, some ids of units, and ten digits for each event that the device has."""

SIGNATURE = 16
WHOLE_PAGE = 100
ROSTERS_OF = (Level.SQUAD, Level.SECTION, Level.COMPANY)
"""Whoever holds a post in a unit of these levels chooses people from it and from all below it."""


class SyncQuery(Strict):
    """``cursor`` of the answer before; none for a first download. ``limit`` reports and events on a page."""

    cursor = Text(max=LONGEST, load_default=None)
    limit = fields.Integer(load_default=100, validate=between(1, 200))


class GoneOut(Strict):
    """Ids of what is to be deleted."""

    reports = fields.List(fields.UUID(), required=True)
    events = fields.List(fields.UUID(), required=True)


class ReferenceOut(Strict):
    """An address, and the ETag with which it would answer now."""

    href = fields.String(required=True)
    etag = fields.String(required=True)


class SyncOut(Strict):
    """One page. ``reset``: forget everything first; this page and the following ones are the whole."""

    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)
    reset = fields.Boolean(required=True)
    reports = fields.List(fields.Nested(ReportOut), required=True)
    events = fields.List(fields.Nested(EventOut), required=True)
    gone = fields.Nested(GoneOut, required=True)
    reference = fields.List(fields.Nested(ReferenceOut), required=True)


@resource.get("", "What changed", query=SyncQuery(), returns=SyncOut())
def changes(call: Call) -> Answer:
    """Delete what is `gone`, store what came, keep the `cursor`; as long as there is `more`, ask again with it.

    The last page names under `reference` what else an app keeps: fetch what has another ETag than yours.
    """
    asked = call.query["cursor"]
    page = next_page(call.session, call.actor, _opened(asked) if asked else None, call.query["limit"])
    assert page.cursor is not None
    body = {
        "cursor": _sealed(page.cursor),
        "more": page.more,
        "reset": page.reset,
        "reports": present.reports(call.session, call.actor, page.reports),
        "events": events.events_out(call.session, page.events),
        "gone": {"reports": [str(id_) for id_ in page.gone_reports], "events": [str(id_) for id_ in page.gone_events]},
        "reference": [] if page.more else list(_reference(call)),
    }
    return Answer(body)


# --- The cursor -------------------------------------------------------------------------------------------------------


def _signature(key: SigningKey, packed: bytes) -> bytes:
    return hmac.digest(key.value, b"sync cursor " + packed, "sha256")[:SIGNATURE]


def _sealed(cursor: Cursor) -> str:
    key, packed = current_app.extensions["brigade.keys"].newest, cursor.packed()
    return f"{key.kid}.{base64.urlsafe_b64encode(_signature(key, packed) + packed).decode().rstrip('=')}"


def _opened(text: str) -> Cursor | None:
    """The cursor as it was given; Invalid for anything that was not made here, None for an older program's."""
    kid, _, rest = text.partition(".")
    key = current_app.extensions["brigade.keys"].named(kid)
    try:
        raw = base64.b64decode(rest + "=" * (-len(rest) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if key is None or not hmac.compare_digest(raw[:SIGNATURE], _signature(key, raw[SIGNATURE:])):
        raise Invalid([FieldProblem("/cursor", "bad-cursor")])
    return Cursor.unpacked(raw[SIGNATURE:])


# --- What else an app keeps -------------------------------------------------------------------------------------------


def _reference(call: Call) -> Iterator[dict[str, str]]:
    """Every page of what reports are filled in from: kinds, units, the people of one's own units, vehicles."""
    yield {"href": f"{API}/activity-kinds", "etag": content_tag(units.kinds(call))}
    yield from _pages(call, "/units", units.OnDay(), units.units)
    led = [post.unit_id for post in call.actor.posts if post.level in ROSTERS_OF]
    for unit_id in sorted({*call.actor.home, *led}):
        asked = {"below": "true"} if unit_id in led else {}
        yield from _pages(
            call, f"/units/{unit_id}/members", units.MembersQuery(), units.members, asked, unit_id=unit_id
        )
    yield from _pages(call, "/vehicles", units.VehicleQuery(), units.vehicles)


def _pages(
    call: Call, path: str, query: Schema, view: Callable[..., Any], asked: dict[str, str] | None = None, **where: Any
) -> Iterator[dict[str, str]]:
    """Each page of a list as the list itself answers it."""
    said = {**(asked or {}), "limit": str(WHOLE_PAGE)}
    while True:
        body = view(Call(call.session, call.actor, query=query.load(said)), **where)
        yield {"href": f"{API}{path}?{urlencode(said)}", "etag": content_tag(body)}
        if body["next_cursor"] is None:
            return
        said["cursor"] = body["next_cursor"]
