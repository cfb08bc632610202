"""Keeping times and runs: what is past its time, marking it to go within a cap, and undoing that until its day."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from api.body import Number, Strict, Text, between, one_of
from api.endpoint import BUREAU, Answer, Call, Resource
from api.paging import PageQuery, page, page_schema
from api.present import Names, instant
from api.problems import language
from api.schemas import PersonRef
from brigade.problems import FieldProblem, Invalid
from brigade.retention import plans
from brigade.retention.holds import MOST_LETTERS
from brigade.retention.plans import MOST_DAYS, UNDO_DAYS, Foreseen, OverCap
from brigade.retention.requests import take_back
from brigade.retention.schedule import DAY, FISCAL_YEAR, Keeping, schedule
from brigade.retention.tables import RetentionRun, RunState
from brigade.wording import text

resource = Resource("retention", "保存期間と消去 Keeping and erasure", "/retention")
STEP_UP = "role-change"
MOST = 9_999_999


class KeepingOut(Strict):
    """How long one type of record is kept. ``length``, ``least``, ``most`` in ``unit``; null: for ever. ``usual`` is the
    length that the schedule has for a bureau that set none.
    """

    record = fields.String(required=True)
    label = fields.String(required=True)
    unit = fields.String(required=True, metadata={"enum": [FISCAL_YEAR, DAY]})
    counted_from = fields.String(required=True)
    length = fields.Integer(required=True, allow_none=True)
    usual = fields.Integer(required=True, allow_none=True)
    least = fields.Integer(required=True)
    most = fields.Integer(required=True, allow_none=True)


class TimesOut(Strict):
    """The whole schedule."""

    items = fields.List(fields.Nested(KeepingOut), required=True)


class LengthIn(Strict):
    """In the type's unit; null: for ever."""

    class Meta(Strict.Meta):
        example = {"length": 10}

    length = Number(required=True, allow_none=True, validate=between(0, MOST))


class ForeseenOut(KeepingOut):
    """What would go today of one type: how many are ``due``, how many more of that are on hold, how many there are at all,
    and the first ids. What is older than ``before`` is due; null: nothing ever is.
    """

    before = fields.String(required=True, allow_none=True)
    due = fields.Integer(required=True)
    held = fields.Integer(required=True)
    all = fields.Integer(required=True)
    samples = fields.List(fields.UUID(), required=True)


class PlanOut(Strict):
    """A dry run: nothing is changed by asking for it. ``waiting_run_id``: the run that must be over before the next."""

    day = fields.String(required=True)
    items = fields.List(fields.Nested(ForeseenOut), required=True)
    waiting_run_id = fields.UUID(required=True, allow_none=True)


class RunsQuery(PageQuery):
    """``state``: only such runs."""

    state = fields.String(load_default=None, validate=one_of(RunState))


class RunIn(Strict):
    """All that is due today, to go after ``days``. ``cap``: how many of one type may go, in place of the usual limits.
    The client's own ``id`` makes it safe to send again.
    """

    class Meta(Strict.Meta):
        example = {"id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e03", "days": 30, "reason": "年度はじめの整理"}

    id = fields.UUID(load_default=None)
    days = Number(load_default=UNDO_DAYS, validate=between(0, MOST_DAYS))
    cap = Number(load_default=None, allow_none=True, validate=between(0, MOST))
    reason = Text(max=MOST_LETTERS, load_default="")


class RunOut(Strict):
    """What goes on ``goes_at`` unless it is undone before. ``planned`` and ``gone`` count by type of record; ``member``:
    the person whom it erases; ``month``: that of the job which marked it by itself.
    """

    id = fields.UUID(required=True)
    state = fields.String(required=True, metadata={"enum": list(RunState)})
    member = fields.Nested(PersonRef, required=True, allow_none=True)
    month = fields.String(required=True, allow_none=True)
    day = fields.String(required=True)
    goes_at = fields.String(required=True)
    reason = fields.String(required=True)
    planned_by = fields.Nested(PersonRef, required=True)
    planned_at = fields.String(required=True)
    planned = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    gone = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    ended_by = fields.Nested(PersonRef, required=True, allow_none=True)
    ended_at = fields.String(required=True, allow_none=True)


# --- The schedule -----------------------------------------------------------------------------------------------------


@resource.get("/times", "Keeping times", needs=BUREAU, returns=TimesOut())
def times(call: Call) -> dict[str, Any]:
    """How long each type of record is kept in the bureau, and within which limits that can be changed."""
    held = plans.lengths_of(call.session, call.actor.bureau_id)
    return {"items": [_keeping(keeping, held[code]) for code, keeping in schedule().items()]}


@resource.put(
    "/times/<record>", "Set a keeping time", needs=BUREAU, body=LengthIn(), returns=KeepingOut(), step_up=STEP_UP,
    problems=(404,),
)  # fmt: skip
def set_time(call: Call, record: str) -> dict[str, Any]:
    """Of one type. Pay evidence is never kept shorter than claims live."""
    try:
        plans.set_length(call.session, call.actor, record, call.body["length"])
    except Invalid as invalid:
        raise Invalid([FieldProblem("/length", one.code, one.params) for one in invalid.problems]) from None
    return _keeping(schedule()[record], call.body["length"])


def _keeping(keeping: Keeping, length: int | None) -> dict[str, Any]:
    lang = language()
    return {
        "record": keeping.code,
        "label": text(f"retention.record.{keeping.code}", lang),
        "unit": keeping.counted,
        "counted_from": text(f"retention.from.{keeping.start}", lang),
        "length": length,
        "usual": keeping.length,
        "least": keeping.least,
        "most": keeping.most,
    }


# --- Runs -------------------------------------------------------------------------------------------------------------


@resource.get("/plan", "What would go today", needs=BUREAU, returns=PlanOut(), heavy=True)
def plan(call: Call) -> dict[str, Any]:
    """By type of record, without changing anything."""
    waiting = select(RetentionRun.id).where(RetentionRun.member_id.is_(None), RetentionRun.state.in_(plans.UNDER_WAY))
    foreseen = plans.foresee(call.session, call.actor.bureau_id, call.actor.today)
    run_id = call.session.scalar(waiting.limit(1))
    return {
        "day": call.actor.today.isoformat(),
        "items": [_foreseen(one) for one in foreseen],
        "waiting_run_id": str(run_id) if run_id else None,
    }


def _foreseen(one: Foreseen) -> dict[str, Any]:
    return {
        **_keeping(one.keeping, one.length),
        "before": one.before.isoformat() if one.before else None,
        "due": one.due,
        "held": one.held,
        "all": one.all,
        "samples": [str(id_) for id_ in one.samples],
    }


@resource.get("/runs", "Runs", needs=BUREAU, query=RunsQuery(), returns=page_schema(RunOut()))
def runs(call: Call) -> dict[str, Any]:
    """Marked, under way, done and undone ones, of records by their time and of persons; the newest first."""
    asked = select(RetentionRun)
    if call.query["state"]:
        asked = asked.where(RetentionRun.state == call.query["state"])
    keys = (RetentionRun.planned_at, RetentionRun.id)
    found = page(call.session, asked, keys, call.query, lambda row: row, descending=True)
    return {**found, "items": runs_shown(call, found["items"])}


@resource.post(
    "/runs", "Mark what is due", needs=BUREAU, body=RunIn(), returns=RunOut(), status=201, creates="retention-run",
    step_up=STEP_UP, problems=(409,),
)  # fmt: skip
def start(call: Call) -> Answer:
    """To go after some days. Nothing is changed or hidden before that day."""
    body = call.body
    try:
        run = plans.mark(
            call.session, call.actor, days=body["days"], cap=body["cap"], reason=body["reason"], id_=body["id"]
        )
    except OverCap as over:
        label = text(f"retention.record.{over.params['record']}", language())
        raise Invalid([FieldProblem("/cap", "more-than-cap", {**over.params, "record": label})]) from None
    return Answer(runs_shown(call, [run])[0])


@resource.post(
    "/runs/<uuid:run_id>/undo", "Undo a run", needs=BUREAU, returns=RunOut(), step_up=STEP_UP, problems=(404, 409)
)
def undo(call: Call, run_id: uuid.UUID) -> dict[str, Any]:
    """Until its day. A request about personal data that it was to fulfil waits for an answer again."""
    return runs_shown(call, [take_back(call.session, call.actor, run_id)])[0]


def runs_shown(call: Call, rows: Sequence[RetentionRun]) -> list[dict[str, Any]]:
    """Runs as answered."""
    people = {id_ for row in rows for id_ in (row.member_id, row.planned_by_id, row.ended_by_id)}
    names = Names(call.session, people, ())
    return [
        {
            "id": str(row.id),
            "state": row.state,
            "member": names.member(row.member_id),
            "month": row.month,
            "day": row.day.isoformat(),
            "goes_at": instant(row.goes_at),
            "reason": row.reason,
            "planned_by": names.member(row.planned_by_id),
            "planned_at": instant(row.planned_at),
            "planned": _counts({code: said["due"] for code, said in row.plan.items()}),
            "gone": _counts(row.gone),
            "ended_by": names.member(row.ended_by_id),
            "ended_at": instant(row.ended_at),
        }
        for row in rows
    ]


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {code: count for code, count in counts.items() if count}
