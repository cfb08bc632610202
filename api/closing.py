"""What units say of a month: nothing to report, excused, complete."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import fields

from api.body import Day, Strict, Text
from api.endpoint import Call, Resource
from api.present import instant
from brigade.month import closing
from brigade.month.closing import MonthStatement, Saying
from brigade.month.spans import checked_month

resource = Resource("closing", "締め Closing a month", "/months")


class SayingIn(Strict):
    """The unit for which something is said."""

    unit_id = fields.UUID(required=True)


class ExcuseIn(SayingIn):
    """Why the unit owes nothing now, and until when."""

    class Meta(Strict.Meta):
        example = {"unit_id": "01932c5e-0000-7000-8000-000000000001", "reason": "班長が入院中", "until": "2026-12-20"}

    reason = Text(max=300, min=1, required=True)
    until = Day(required=True)


class SayingOut(Strict):
    """What was said, by whom and when."""

    id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    month = fields.String(required=True)
    saying = fields.String(required=True)
    reason = fields.String(required=True)
    until = fields.String(required=True, allow_none=True)
    said_by_id = fields.UUID(required=True)
    said_at = fields.String(required=True)


def statement_out(said: MonthStatement) -> dict[str, Any]:
    """A statement as answered."""
    return {
        "id": str(said.id),
        "unit_id": str(said.unit_id),
        "month": said.month,
        "saying": said.saying,
        "reason": said.reason,
        "until": said.until.isoformat() if said.until else None,
        "said_by_id": str(said.said_by_id),
        "said_at": instant(said.said_at),
    }


def _say(call: Call, month: str, saying: Saying, **more: Any) -> dict[str, Any]:
    made = closing.say(call.session, call.actor, call.body["unit_id"], checked_month(month), saying, **more)
    return statement_out(made)


def _take_back(call: Call, month: str, saying: Saying) -> None:
    unit_id: uuid.UUID = call.query["unit_id"]
    closing.take_back(call.session, call.actor, unit_id, checked_month(month), saying)


@resource.post("/<month>/nil", "Nothing to report", body=SayingIn(), returns=SayingOut(), problems=(409,))
def nil(call: Call, month: str) -> dict[str, Any]:
    """No activity took place in the month (活動なし). Saying it again changes nothing."""
    return _say(call, month, Saying.NIL)


@resource.delete("/<month>/nil", "Take back: nothing to report", query=SayingIn(), status=204, problems=(409,))
def take_back_nil(call: Call, month: str) -> None:
    """There is something to report after all."""
    _take_back(call, month, Saying.NIL)


@resource.post("/<month>/excuse", "Excuse a unit", body=ExcuseIn(), returns=SayingOut(), problems=(409,))
def excuse(call: Call, month: str) -> dict[str, Any]:
    """The unit need not report until a day; a leader above it or an officer says why."""
    return _say(call, month, Saying.EXCUSED, reason=call.body["reason"], until=call.body["until"])


@resource.delete("/<month>/excuse", "Take back an excuse", query=SayingIn(), status=204, problems=(409,))
def take_back_excuse(call: Call, month: str) -> None:
    """The unit owes its month again."""
    _take_back(call, month, Saying.EXCUSED)


@resource.post("/<month>/complete", "Declare a month complete", body=SayingIn(), returns=SayingOut(), problems=(409,))
def complete(call: Call, month: str) -> dict[str, Any]:
    """The unit's leader has gone through the month: nothing is returned or waits at or below the unit."""
    return _say(call, month, Saying.COMPLETE)


@resource.delete("/<month>/complete", "Take back: complete", query=SayingIn(), status=204, problems=(409,))
def take_back_complete(call: Call, month: str) -> None:
    """The month is open again for the unit."""
    _take_back(call, month, Saying.COMPLETE)
