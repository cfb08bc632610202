"""What one should know: the list with its read marks; and, for those who lead, whom no way reaches."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from api.body import Strict, at_most
from api.endpoint import Call, Resource
from api.paging import PageQuery, page, page_schema
from api.present import Names, instant
from api.problems import language
from api.schemas import PersonRef, UnitRef
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notice_words import href_of, reads, screen_of
from brigade.messages.notices import Notice, mark_read, mark_read_up_to, unread_count
from brigade.messages.reachability import unreachable, why
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid, Refused
from brigade.wording import text

resource = Resource("notices", "お知らせ Notices")
KINDS = [kind.value for kind in NoticeKind]


class NoticeQuery(PageQuery):
    """``unread=true`` leaves out what was read."""

    unread = fields.Boolean(load_default=False)


class ScreenOut(Strict):
    """A hint for an app: ``report``, ``event``, ``devices``, ``disputes``, ``own-disputes``, ``data-requests``,
    ``own-data-requests``, ``retention``, ``month``, ``scans`` or ``account``, and which one.
    """

    kind = fields.String(required=True)
    id = fields.UUID(required=True, allow_none=True)


class NoticeOut(Strict):
    """One thing to know, in the language that was asked for."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"enum": KINDS})
    title = fields.String(required=True)
    text = fields.String(required=True)
    href = fields.String(required=True, allow_none=True)
    screen = fields.Nested(ScreenOut, required=True)
    at = fields.String(required=True)
    read_at = fields.String(required=True, allow_none=True)


class UnreadOut(Strict):
    """How many are unread."""

    unread = fields.Integer(required=True)


class ReadIn(Strict):
    """``ids``; or ``up_to``: this one and those that are older by more than an hour. One that is older by less may have come
    after you read your list: name it in ``ids`` when it was shown.
    """

    class Meta(Strict.Meta):
        example = {"ids": ["0199d2a0-0000-7000-8000-000000000000"]}

    up_to = fields.UUID()
    ids = fields.List(fields.UUID(), validate=at_most(500))


class UnreachableQuery(PageQuery):
    """``unit_id``: in this unit or below it."""

    unit_id = fields.UUID(load_default=None)


class UnreachableOut(Strict):
    """Someone whom neither mail nor a device reaches, why, and since when."""

    member = fields.Nested(PersonRef, required=True)
    unit = fields.Nested(UnitRef, required=True, allow_none=True)
    reason = fields.String(required=True)
    reason_label = fields.String(required=True)
    since = fields.String(required=True)


@resource.get("/notices", "My notices", query=NoticeQuery(), returns=page_schema(NoticeOut()))
def find(call: Call) -> dict[str, Any]:
    """The newest first."""
    query = select(Notice)
    if call.query["unread"]:
        query = query.where(Notice.read_at.is_(None))
    found = page(call.session, query, (Notice.at, Notice.id), call.query, lambda row: row, descending=True)
    found["items"] = _shown(call, found["items"])
    return found


def _shown(call: Call, rows: Sequence[Notice]) -> list[dict[str, Any]]:
    """Names are looked up when shown: only here, to the one whom it concerns, is it said who did something."""
    by = {row.id: uuid.UUID(row.data["by"]) for row in rows if row.data.get("by")}
    names = Names(call.session, by.values(), ())
    items = []
    for row in rows:
        person = names.member(by.get(row.id))
        title, words = reads(
            row.kind, row.data, language(),
            by=person["name"] if person else "", device=row.data.get("device_name", ""),
        )  # fmt: skip
        items.append({
            "id": str(row.id),
            "kind": row.kind,
            "title": title,
            "text": words,
            "href": href_of(row.kind, row.report_id, row.event_id),
            "screen": screen_of(row.kind, row.report_id, row.event_id),
            "at": instant(row.at),
            "read_at": instant(row.read_at),
        })  # fmt: skip
    return items


@resource.get("/notices/summary", "How many are unread", returns=UnreadOut())
def summary(call: Call) -> dict[str, Any]:
    """For the badge."""
    return {"unread": unread_count(call.session)}


@resource.post("/notices/<uuid:notice_id>/read", "I have read one", returns=UnreadOut())
def read_one(call: Call, notice_id: uuid.UUID) -> dict[str, Any]:
    """It keeps the time at which it was read first. What is not one's own is left alone."""
    mark_read(call.session, call.actor, [notice_id])
    return {"unread": unread_count(call.session)}


@resource.post("/notices/read", "I have read many", body=ReadIn(), returns=UnreadOut(), problems=(404,))
def read_many(call: Call) -> dict[str, Any]:
    """Those named; or one and what was there when it came."""
    if ("up_to" in call.body) == ("ids" in call.body):
        raise Invalid([FieldProblem("", "one-of-two", {"one": "up_to", "two": "ids"})])
    if "up_to" in call.body:
        mark_read_up_to(call.session, call.actor, call.body["up_to"])
    else:
        mark_read(call.session, call.actor, call.body["ids"])
    return {"unread": unread_count(call.session)}


@resource.get(
    "/unreachable-members", "Whom no way reaches", query=UnreachableQuery(), returns=page_schema(UnreachableOut())
)
def unreachable_members(call: Call) -> dict[str, Any]:
    """For leaders and officers, of the people below them: someone should call these."""
    if not call.actor.reach:
        raise Refused("not-permitted")
    query = unreachable(call.actor, call.query["unit_id"])
    found = page(call.session, query, (Member.kana_sort, Member.id), call.query, lambda row: row)
    reasons = why(call.session, call.actor, [row.id for row in found["items"]])
    names = Names(call.session, (), (reason.unit_id for reason in reasons.values()))
    found["items"] = [
        {
            "member": {"id": str(row.id), "number": row.number, "name": row.name},
            "unit": names.unit(reasons[row.id].unit_id),
            "reason": reasons[row.id].reason.value,
            "reason_label": text(f"unreachable.{reasons[row.id].reason}", language()),
            "since": instant(reasons[row.id].since),
        }
        for row in found["items"]
    ]
    return found
