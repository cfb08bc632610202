"""Keeping times: what is past its time, runs that wait and can be undone, and how long the bureau keeps what."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.endpoint import BUREAU
from api.present import Names
from api.problems import language
from brigade.problems import FieldProblem, Invalid
from brigade.retention import plans
from brigade.retention.plans import UNDO_DAYS
from brigade.retention.requests import take_back
from brigade.retention.schedule import FISCAL_YEAR, Keeping, schedule
from brigade.retention.tables import RetentionRun
from brigade.wording import text

screens = Console("office_retention")
STEP_UP = "role-change"
MOST_RUNS = 20
FOR_EVER = "-"
"""What a form sends for records that never go."""


@screens.page("/office/retention", needs=BUREAU)
def retention(visit: Visit) -> BaseResponse:
    """What would go today, what is marked to go, what went."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    is_whole = bool(visit.args.get("all"))
    foreseen = plans.foresee(visit.session, visit.actor.bureau_id, visit.actor.today, in_all=is_whole)
    runs = list(plans.runs_of(visit.session, MOST_RUNS))
    names = Names(visit.session, {run.planned_by_id for run in runs} | {run.member_id for run in runs}, ())
    return visit.page(
        "retention.html", status, problems=problems, foreseen=foreseen, is_whole=is_whole, kept=kept_words, form=visit.form,
        days=UNDO_DAYS, runs=[(run, names.member(run.planned_by_id), names.member(run.member_id), _numbers(run)) for run in runs],
        any_due=any(one.due for one in foreseen), is_marked=any(run.member_id is None and run.state in plans.UNDER_WAY for run in runs),
    )  # fmt: skip


def _numbers(run: RetentionRun) -> list[tuple[str, int]]:
    """How many of what: foreseen, or gone."""
    counts = run.gone or {code: said["due"] for code, said in run.plan.items()}
    return [(code, count) for code, count in counts.items() if count]


def kept_words(keeping: Keeping, length: int | None, years: str = "retention.years") -> str:
    """``5年（翌年度の4月から）`` and the like; ``years`` says a number of years."""
    lang = language()
    if length is None:
        return text("retention.for_ever", lang)
    return text(years if keeping.counted == FISCAL_YEAR else "retention.days", lang, count=length)


@screens.act("/office/retention/mark", needs=BUREAU, step_up=STEP_UP)
def marks(visit: Visit) -> BaseResponse:
    """All that is due today, to go after some days."""
    try:
        days, cap = number_in(visit, "days", UNDO_DAYS), number_in(visit, "cap", None)
        plans.mark(visit.session, visit.actor, days=days or 0, cap=cap, reason=visit.form.get("reason", "")[:500])
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, 422, invalid.problems)
    except plans.OverCap as over:
        visit.begin_again()
        label = text(f"retention.record.{over.params['record']}", language())
        return _page(visit, 409, [FieldProblem("/cap", "more-than-cap", {**over.params, "record": label})])
    browser.say("console.said.retention_marked")
    return go("console_office_retention.retention")


def number_in(visit: Visit, name: str, usual: int | None) -> int | None:
    """The number in a form's field; the usual one where it is left empty. Invalid for what is none."""
    said = visit.form.get(name, "").strip()
    if not said:
        return usual
    if not (said.isascii() and said.isdigit() and len(said) < 8):
        raise Invalid([FieldProblem(f"/{name}", "out-of-range", {"min": 0, "max": plans.MOST_DAYS})])
    return int(said)


@screens.act("/office/retention/<uuid:run_id>/undo", needs=BUREAU, step_up=STEP_UP)
def undoes(visit: Visit, run_id: uuid.UUID) -> BaseResponse:
    """It does not go."""
    take_back(visit.session, visit.actor, run_id)
    browser.say("console.said.retention_undone")
    return go("console_office_retention.retention")


@screens.page("/office/retention/times", needs=BUREAU, step_up=STEP_UP)
def times(visit: Visit) -> BaseResponse:
    """How long each type is kept, and within which limits the bureau may choose."""
    return _times(visit)


def _times(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    held = plans.lengths_of(visit.session, visit.actor.bureau_id)
    said: dict[str, Any] = {code: FOR_EVER if length is None else length for code, length in held.items()}
    said |= {code: visit.form[code] for code in schedule() if problems and code in visit.form}
    return visit.page(
        "retention-times.html", status, problems=problems, records=list(schedule().values()), lengths=said,
        kept=kept_words, for_ever=FOR_EVER, fiscal_year=FISCAL_YEAR,
    )  # fmt: skip


@screens.act("/office/retention/times/set", needs=BUREAU, step_up=STEP_UP)
def sets(visit: Visit) -> BaseResponse:
    """All of them at once; none where one cannot be."""
    problems = [problem for code in schedule() if code in visit.form for problem in _set(visit, code)]
    if problems:
        visit.begin_again()
        return _times(visit, 422, problems)
    browser.say("console.said.times_kept")
    return go("console_office_retention.times")


def _set(visit: Visit, code: str) -> Sequence[FieldProblem]:
    said = visit.form[code].strip()
    is_number = said.isascii() and said.isdigit() and len(said) < 8
    try:
        plans.set_length(visit.session, visit.actor, code, None if said == FOR_EVER else int(said) if is_number else -1)
    except Invalid as invalid:
        return invalid.problems
    return ()
