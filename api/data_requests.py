"""Requests about one's own data: asking and taking back as a member, answering by its day as the bureau."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from api.body import Day, Number, Strict, Text, between, one_of
from api.endpoint import BUREAU, Answer, Call, Declares, Resource
from api.paging import PageQuery, page, page_schema
from api.present import Names, instant
from api.problems import language
from api.retention import STEP_UP
from api.schemas import PersonRef
from brigade.dates import tokyo_day
from brigade.retention import requests
from brigade.retention.plans import MOST_DAYS, UNDO_DAYS
from brigade.retention.requests import MOST_LETTERS
from brigade.retention.tables import DataRequest, RequestKind, RequestState, RetentionRun
from brigade.wording import text

resource = Resource("data_requests", "個人情報の請求 Requests about personal data")
ERASING = {"as_system": "the day on which one is erased is told to whom it concerns"}


class DataRequestIn(Strict):
    """``show``: to see all that is kept about oneself; ``correct``: to have it put right (``words`` say what);
    ``erase``: once one has left. The client's own ``id`` makes it safe to send again.
    """

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e07", "kind": "correct", "words": "名前の読みが違います。",
        }  # fmt: skip

    id = fields.UUID(load_default=None)
    kind = fields.String(required=True, validate=one_of(RequestKind))
    words = Text(max=MOST_LETTERS, lines=True, load_default="")


class LetterIn(DataRequestIn):
    """A request on paper: whose it is, and the day on which it came, from which the days to answer are counted."""

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e08", "number": "000123", "kind": "erase",
            "received_on": "2026-11-16",
        }  # fmt: skip

    number = Text(max=40, min=1, required=True)
    received_on = Day(required=True)


class RequestReasonIn(Strict):
    """The person reads it."""

    class Meta(Strict.Meta):
        example = {"reason": "古い紙の記録を探しています。"}

    reason = Text(max=MOST_LETTERS, min=1, lines=True, required=True)


class AcceptRequestIn(Strict):
    """``answer``: how it is done, which the person reads; needed but for an erasure. ``days``: how long that can be
    undone.
    """

    class Meta(Strict.Meta):
        example = {"answer": "窓口で写しをお渡しします。"}

    answer = Text(max=MOST_LETTERS, lines=True, load_default="")
    days = Number(load_default=UNDO_DAYS, validate=between(0, MOST_DAYS))


class RequestsQuery(PageQuery):
    """Those to be answered, by their day; or those that are over."""

    state = fields.String(load_default="open", validate=one_of(("open", "over")))


class RequestOut(Strict):
    """One request. ``due_on``: the last day to answer. ``erased_on``: the day on which the person is erased unless that is
    undone; ``run_id``: that run, for the bureau.
    """

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"enum": list(RequestKind)})
    kind_label = fields.String(required=True)
    words = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(RequestState)})
    state_label = fields.String(required=True)
    made_at = fields.String(required=True)
    received_on = fields.String(required=True)
    due_on = fields.String(required=True)
    extension = fields.String(required=True)
    extended_at = fields.String(required=True, allow_none=True)
    answer = fields.String(required=True)
    ended_at = fields.String(required=True, allow_none=True)
    erased_on = fields.String(required=True, allow_none=True)


class RequestAtBureau(RequestOut):
    """The same for an officer: whose it is, who entered and who answered it, and whether one may do so oneself."""

    member = fields.Nested(PersonRef, required=True)
    entered_by = fields.Nested(PersonRef, required=True, allow_none=True)
    ended_by = fields.Nested(PersonRef, required=True, allow_none=True)
    run_id = fields.UUID(required=True, allow_none=True)
    may_answer = fields.Boolean(required=True)


def _shown(call: Call, rows: Sequence[DataRequest]) -> list[dict[str, Any]]:
    lang = language()
    ids = {row.run_id for row in rows if row.run_id}
    days = select(RetentionRun.id, RetentionRun.goes_at).where(RetentionRun.id.in_(ids))
    goes_at = dict(call.session.execute(days, execution_options=ERASING).all()) if ids else {}
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "kind_label": text(f"request.kind.{row.kind}", lang),
            "words": row.words,
            "state": row.state,
            "state_label": text(f"request.state.{row.state}", lang),
            "made_at": instant(row.made_at),
            "received_on": row.received_on.isoformat(),
            "due_on": row.due_on.isoformat(),
            "extension": row.extension,
            "extended_at": instant(row.extended_at),
            "answer": row.answer,
            "ended_at": instant(row.ended_at),
            "erased_on": tokyo_day(goes_at[row.run_id]).isoformat() if row.run_id else None,
        }
        for row in rows
    ]


def _at_bureau(call: Call, rows: Sequence[DataRequest]) -> list[dict[str, Any]]:
    names = Names(
        call.session, (id_ for row in rows for id_ in (row.member_id, row.entered_by_id, row.ended_by_id)), ()
    )
    return [
        {
            **shown,
            "member": names.member(row.member_id),
            "entered_by": names.member(row.entered_by_id),
            "ended_by": names.member(row.ended_by_id),
            "run_id": str(row.run_id) if row.run_id else None,
            "may_answer": row.state == RequestState.OPEN and row.member_id != call.actor.member_id,
        }
        for row, shown in zip(rows, _shown(call, rows), strict=True)
    ]


# --- One's own --------------------------------------------------------------------------------------------------------


@resource.post(
    "/me/data-requests", "Ask about my data", body=DataRequestIn(), returns=RequestOut(), status=201, creates="data-request",
    problems=(409,),
)  # fmt: skip
def ask(call: Call) -> Answer:
    """The bureau answers within thirty days, or says once why it takes thirty more. 403 for an erasure while one serves and
    no last day is known.
    """
    body = call.body
    made = requests.ask(call.session, call.actor, RequestKind(body["kind"]), body["words"], id_=body["id"])
    return Answer(_shown(call, [made])[0])


@resource.get("/me/data-requests", "My requests", query=PageQuery(), returns=page_schema(RequestOut()))
def mine(call: Call) -> dict[str, Any]:
    """The newest first."""
    asked = select(DataRequest).where(DataRequest.member_id == call.actor.member_id)
    keys = (DataRequest.made_at, DataRequest.id)
    found = page(call.session, asked, keys, call.query, lambda row: row, descending=True)
    return {**found, "items": _shown(call, found["items"])}


@resource.post(
    "/me/data-requests/<uuid:request_id>/withdraw", "Withdraw my request", returns=RequestOut(), problems=(404, 409)
)
def withdraw(call: Call, request_id: uuid.UUID) -> dict[str, Any]:
    """As long as it is undecided."""
    return _shown(call, [requests.withdraw(call.session, call.actor, request_id)])[0]


# --- The bureau's -----------------------------------------------------------------------------------------------------


@resource.get(
    "/data-requests", "Requests to answer", needs=BUREAU, query=RequestsQuery(), returns=page_schema(RequestAtBureau())
)
def find(call: Call) -> dict[str, Any]:
    """Of the bureau: open ones by the day on which they must be answered, the others the newest first."""
    is_open = call.query["state"] == "open"
    which = DataRequest.state == RequestState.OPEN if is_open else DataRequest.state != RequestState.OPEN
    asked = select(DataRequest).where(DataRequest.bureau_id == call.actor.bureau_id, which)
    keys = (DataRequest.due_on if is_open else DataRequest.made_at, DataRequest.id)
    found = page(call.session, asked, keys, call.query, lambda row: row, descending=not is_open)
    return {**found, "items": _at_bureau(call, found["items"])}


@resource.post(
    "/data-requests", "Enter a request on paper", needs=BUREAU, body=LetterIn(), returns=RequestAtBureau(), status=201,
    creates="data-request-on-paper", problems=(409,),
)  # fmt: skip
def enter(call: Call) -> Answer:
    """Of someone who has left, or has no phone."""
    body = call.body
    made = requests.enter(
        call.session, call.actor, body["number"], RequestKind(body["kind"]), body["words"], body["received_on"],
        id_=body["id"],
    )  # fmt: skip
    return Answer(_at_bureau(call, [made])[0])


def _answers(name: str, summary: str, body: Strict) -> Declares:
    return resource.post(
        f"/data-requests/<uuid:request_id>/{name}", summary, needs=BUREAU, body=body, returns=RequestAtBureau(),
        step_up=STEP_UP, problems=(404, 409),
    )  # fmt: skip


@_answers("extend", "Take longer to answer", RequestReasonIn())
def extend(call: Call, request_id: uuid.UUID) -> dict[str, Any]:
    """Thirty days more, once."""
    return _at_bureau(call, [requests.extend(call.session, call.actor, request_id, call.body["reason"])])[0]


@_answers("refuse", "Refuse a request", RequestReasonIn())
def refuse(call: Call, request_id: uuid.UUID) -> dict[str, Any]:
    """With a reason, which the person reads."""
    return _at_bureau(call, [requests.refuse(call.session, call.actor, request_id, call.body["reason"])])[0]


@_answers("accept", "Accept a request", AcceptRequestIn())
def accept(call: Call, request_id: uuid.UUID) -> dict[str, Any]:
    """It is shown or put right as the answer says; an erasure is marked to go, and undone like any other run. 403 with
    every reason why the person cannot be erased.
    """
    body = call.body
    done = requests.accept(call.session, call.actor, request_id, body["answer"], days=body["days"])
    return _at_bureau(call, [done])[0]
