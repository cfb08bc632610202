"""Activity reports: file, check, read, find, change, delete."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import fields
from sqlalchemy import ColumnElement

from api import present
from api.body import Day, Text, one_of
from api.endpoint import Answer, Call, Resource
from api.paging import PageQuery, page, page_schema
from api.problems import field_body, language
from api.schemas import CheckedOut, HistoryOut, ReportIn, ReportOut, ReportPatch
from brigade.activity import actions
from brigade.activity.activities import ActivityReport
from brigade.activity.conflicts import EditConflict
from brigade.activity.content import Content, Person
from brigade.activity.flags import reader_doubts
from brigade.activity.inbox import waiting
from brigade.activity.listing import KEYS, Wanted, newest
from brigade.activity.report_checks import check
from brigade.activity.surroundings import TO_LIST, around_whole
from brigade.activity.whole import read_without_lists
from brigade.activity.workflow import State
from brigade.month.spans import checked_month
from brigade.problems import FieldProblem, Invalid

resource = Resource("activities", "活動報告 Activity reports", "/activity-reports")
REPORT = ReportOut()
EVERY = tuple(ReportPatch().fields)
"""What a change may leave out; a person who is named must be named whole."""


class ReportQuery(PageQuery):
    """Filters of the list; ``awaiting=me`` keeps what the asker may decide on, ``q`` looks for words. ``from`` and ``to`` are the
    first and last day in Japan on which an activity may have begun.
    """

    state = fields.String(load_default=None, validate=one_of(state.value for state in State))
    unit_id = fields.UUID(load_default=None)
    kind = Text(max=8, load_default=None)
    month = Text(max=7, load_default=None)
    first = Day(data_key="from", load_default=None)
    last = Day(data_key="to", load_default=None)
    author = Text(max=36, load_default=None)
    awaiting = fields.String(load_default=None, validate=one_of(["me"]))
    q = Text(max=100, load_default=None)


def content_from(body: dict[str, Any]) -> dict[str, Any]:
    """The content's fields among what was sent, as ``Content`` takes them."""
    values = {name: body[name] for name in body if name not in ("id", "submit")}
    if "participants" in values:
        values["participants"] = tuple(Person(**person) for person in values["participants"])
    for name in {"vehicle_ids", "attachment_ids"} & values.keys():
        values[name] = tuple(dict.fromkeys(values[name]))
    return values


@resource.post("", "File a report", body=ReportIn(), returns=REPORT, status=201, creates="activity-report")
def create(call: Call) -> Answer:
    """Store a report as a draft, or submit it at once. The same id with the same content answers as the first time."""
    content = Content(**content_from(call.body))
    row, checked = actions.create(
        call.session, call.actor, content, report_id=call.body["id"], submit=call.body["submit"]
    )
    body = present.one_report(call.session, call.actor, row, checked=checked)
    return Answer(body, version=row.version, headers={"Location": f"/api/v1/activity-reports/{row.id}"})


@resource.post("/validate", "Check a report without storing it", body=ReportIn(), returns=CheckedOut(), writes=False)
def validate(call: Call) -> dict[str, Any]:
    """The same rules as filing; nothing is stored."""
    content = Content(**content_from(call.body))
    checked = check(call.session, call.actor, content, report_id=call.body["id"], submit=True)
    warnings = [field_body(warning, language()) for warning in checked.warnings]
    return {"valid": True, "entry_mode": checked.entry_mode, "warnings": warnings}


@resource.get("", "Find reports", query=ReportQuery(), returns=page_schema(REPORT), heavy=True)
def find(call: Call) -> dict[str, Any]:
    """The reports one may see, newest activity first."""
    asked = call.query
    wanted = Wanted(
        today=call.actor.today,
        words=asked["q"] or "",
        month=checked_month(asked["month"]) if asked["month"] else None,
        first=asked["first"],
        last=asked["last"],
        **{name: asked[name] for name in ("state", "kind", "unit_id")},
    )
    query, ways = newest(call.session, call.actor, wanted, *_narrowed(call))
    found = page(call.session, query, KEYS, asked, lambda row: row, descending=True, ways=ways, read=read_without_lists)
    known = around_whole(call.session, found["items"], TO_LIST)
    found["items"] = present.reports(call.session, call.actor, found["items"], known=known)
    return found


def _narrowed(call: Call) -> list[ColumnElement[bool]]:
    """By author or desk."""
    asked, found = call.query, []
    if asked["author"]:
        found.append(ActivityReport.author_id == _author(asked["author"], call))
    if asked["awaiting"]:
        found.append(waiting(call.actor))
    return found


def _author(value: str, call: Call) -> uuid.UUID:
    if value == "me":
        return call.actor.member_id
    try:
        return uuid.UUID(value)
    except ValueError:
        raise Invalid([FieldProblem("/author", "bad-id")]) from None


@resource.get("/<uuid:report_id>", "Read a report", returns=REPORT)
def read(call: Call, report_id: uuid.UUID) -> Answer:
    """One report, with its version as ETag. To all but its author ``warnings`` tell as well what the inbox says of it."""
    row = actions.read(call.session, report_id)
    warnings = reader_doubts(call.session, call.actor, row)
    return Answer(present.one_report(call.session, call.actor, row, warnings), version=row.version)


@resource.patch(
    "/<uuid:report_id>", "Change a draft or returned report", body=ReportPatch(partial=EVERY), returns=REPORT,
    versioned=True,
)  # fmt: skip
def change(call: Call, report_id: uuid.UUID) -> Answer:
    """Only the fields sent change, from the version in If-Match on. The same change sent again changes nothing more.

    Where someone changed the report since then, 412 tells both contents and the fields that differ.
    """
    try:
        row, checked = actions.edit(call.session, call.actor, report_id, call.version, content_from(call.body))
    except EditConflict as conflict:
        conflict.extra["current"] = present.one_report(call.session, call.actor, conflict.report)
        raise
    warnings = checked.warnings if checked else None
    return Answer(present.one_report(call.session, call.actor, row, warnings), version=row.version)


@resource.delete("/<uuid:report_id>", "Delete one's own draft", status=204, versioned=True)
def delete(call: Call, report_id: uuid.UUID) -> None:
    """Only a draft that was never submitted can be deleted; anything else is withdrawn. A draft that is gone is 404,
    also for the one who deleted it: the aim is reached.
    """
    actions.delete(call.session, call.actor, report_id, call.version)


@resource.get("/<uuid:report_id>/history", "What happened to a report", returns=HistoryOut())
def history(call: Call, report_id: uuid.UUID) -> dict[str, Any]:
    """Every event: who, as which post, for whom, when, from where to where, with comments and changed fields."""
    events, saved = actions.history(call.session, report_id)
    return {"items": present.history(call.session, events, saved), "next_cursor": None}
