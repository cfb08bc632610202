"""Squads of which a month has nothing: that nothing took place there, or that they need not answer until a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console import typed
from api.console.months import COMMENT_MAX, asked_unit, names_of, standing
from api.console.pages import Console, Visit, go
from brigade.month import closing
from brigade.month.closing import Saying, may_speak_for
from brigade.month.spans import checked_month
from brigade.organisation.units import Unit
from brigade.problems import FieldProblem, Invalid, NotFound, Refused

screens = Console("silent")
SAID = (Saying.NIL, Saying.EXCUSED)


@screens.page("/months/<month>/silent")
def silent(visit: Visit, month: str) -> BaseResponse:
    """What each squad below the unit still owes of the month, and what was said for those that owe nothing."""
    found = standing(visit, month)
    unit = visit.session.get_one(Unit, uuid.UUID(found.rows.unit_id))
    return visit.page(
        "silent.html",
        rows=found.rows,
        own=found.own,
        names=names_of(found.rows.units),
        sayings=[one for one in found.rows.said if one.saying in SAID],
        may=may_speak_for(visit.session, visit.actor, unit, found.rows.month),
    )


@screens.act("/months/<month>/nil")
def nil(visit: Visit, month: str) -> BaseResponse:
    """No activity took place there in the month."""
    closing.say(visit.session, visit.actor, _squad(visit), checked_month(month), Saying.NIL)
    browser.say("console.said.nil")
    return _back(visit, month)


@screens.page("/months/<month>/excuse")
def ask_excuse(visit: Visit, month: str) -> BaseResponse:
    """Why one waits for the squad, and until when."""
    return _ask(visit, month)


def _ask(visit: Visit, month: str, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    given = visit.form or visit.args
    squad = visit.session.scalar(select(Unit).where(Unit.id == typed.id_of(given.get("squad_id", ""))))
    if squad is None:
        raise NotFound()
    if not may_speak_for(visit.session, visit.actor, squad, checked_month(month)):
        raise Refused("not-permitted")
    return visit.page(
        "excuse.html", status, problems=problems, form=visit.form, squad=squad, unit_id=asked_unit(visit), most=COMMENT_MAX,
        of_month=checked_month(month),
    )  # fmt: skip


@screens.act("/months/<month>/excuse")
def excuse(visit: Visit, month: str) -> BaseResponse:
    """Nothing is asked of the squad until then."""
    reason = visit.form.get("reason", "").strip()[:COMMENT_MAX]
    try:
        until = typed.day("/until", visit.form.get("until", ""))
        closing.say(
            visit.session, visit.actor, _squad(visit), checked_month(month), Saying.EXCUSED, reason=reason, until=until
        )
    except Invalid as invalid:
        visit.begin_again()
        return _ask(visit, month, 422, invalid.problems)
    browser.say("console.said.excused")
    return _back(visit, month)


@screens.act("/months/<month>/unsay")
def unsay(visit: Visit, month: str) -> BaseResponse:
    """The squad owes its month again."""
    saying = visit.form.get("saying", "")
    if saying not in SAID:
        raise NotFound()
    closing.take_back(visit.session, visit.actor, _squad(visit), checked_month(month), Saying(saying))
    browser.say("console.said.unsaid")
    return _back(visit, month)


def _squad(visit: Visit) -> uuid.UUID:
    return typed.id_of(visit.form.get("squad_id", ""))


def _back(visit: Visit, month: str) -> BaseResponse:
    return go("console_silent.silent", month=month, unit_id=asked_unit(visit))
