"""Erasing a person who left: what goes and what stays, and marking it to go; undone like any other run."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.body import Number, Strict, Text, between
from api.endpoint import BUREAU, Answer, Call, Resource
from api.problems import language
from api.retention import STEP_UP, RunOut, runs_shown
from api.schemas import PersonRef
from brigade.retention.holds import MOST_LETTERS
from brigade.retention.persons import Preview, mark_person, preview
from brigade.retention.plans import MOST_DAYS, UNDO_DAYS
from brigade.wording import text

resource = Resource("erasures", "退団した人の消去 Erasing a person", "/retention/erasures")


class PersonQuery(Strict):
    """The member's number."""

    number = Text(max=40, min=1, required=True)


class GoesOut(Strict):
    """What goes: the words of the person and about them in so many reports, pictures, pages of paper, accounts."""

    reports = fields.Integer(required=True)
    pictures = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    accounts = fields.Integer(required=True)


class StaysOut(Strict):
    """What stays: attendances without a name, and documents of sealed months until their own time is over."""

    attendances = fields.Integer(required=True)
    editions = fields.Integer(required=True)


class AgainstOut(Strict):
    """Why the person cannot be erased now."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class PreviewOut(Strict):
    """What an erasure would do. It can be marked where ``against`` is empty."""

    member = fields.Nested(PersonRef, required=True)
    goes = fields.Nested(GoesOut, required=True)
    stays = fields.Nested(StaysOut, required=True)
    against = fields.List(fields.Nested(AgainstOut), required=True)


class ErasureIn(Strict):
    """The person, why, and for how many days it can be undone. The client's own ``id`` makes it safe to send again."""

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e05", "member_id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e06",
            "reason": "本人の請求", "days": 30,
        }  # fmt: skip

    id = fields.UUID(load_default=None)
    member_id = fields.UUID(required=True)
    reason = Text(max=MOST_LETTERS, min=1, lines=True, required=True)
    days = Number(load_default=UNDO_DAYS, validate=between(0, MOST_DAYS))


@resource.get(
    "/preview", "What an erasure would do", needs=BUREAU, query=PersonQuery(), returns=PreviewOut(), step_up=STEP_UP,
    problems=(404,),
)  # fmt: skip
def look(call: Call) -> dict[str, Any]:
    """Of one person, by number, without changing anything."""
    return preview_shown(preview(call.session, call.actor, call.query["number"]))


@resource.post(
    "", "Erase a person", needs=BUREAU, body=ErasureIn(), returns=RunOut(), status=201, creates="erasure",
    step_up=STEP_UP, problems=(404, 409),
)  # fmt: skip
def start(call: Call) -> Answer:
    """After some days, unless it is undone. 403 with every reason why the person cannot be erased now."""
    body = call.body
    run = mark_person(call.session, call.actor, body["member_id"], body["reason"], days=body["days"], id_=body["id"])
    return Answer(runs_shown(call, [run])[0])


def preview_shown(seen: Preview) -> dict[str, Any]:
    """A preview as answered."""
    lang = language()
    return {
        "member": {"id": str(seen.member.id), "number": seen.member.number, "name": seen.member.name},
        "goes": {
            "reports": seen.reports, "pictures": seen.pictures, "pages": seen.pages, "accounts": seen.accounts
        },
        "stays": {"attendances": seen.attendances, "editions": seen.editions},
        "against": [{"code": code, "message": text(f"problem.{code}.detail", lang)} for code in seen.against],
    }  # fmt: skip
