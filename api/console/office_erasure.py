"""Erasing a person: found by number, shown with what goes and what stays, marked to go on a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.office_retention import number_in
from api.console.pages import Console, Visit, go
from api.endpoint import BUREAU
from brigade.organisation.member_search import MOST_LETTERS
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid, NotFound
from brigade.retention.persons import Preview, mark_person, preview
from brigade.retention.plans import UNDO_DAYS

screens = Console("office_erasure")
STEP_UP = "role-change"


@screens.page("/office/retention/person", needs=BUREAU, step_up=STEP_UP)
def person(visit: Visit) -> BaseResponse:
    """Who it is, and what would go."""
    number = visit.args.get("number", "").strip()[:MOST_LETTERS]
    if not number:
        return _page(visit, None, "")
    try:
        return _page(visit, preview(visit.session, visit.actor, number), number)
    except NotFound:
        return _page(visit, None, number, 404, [FieldProblem("/number", "unknown-hold-subject")])


def _page(
    visit: Visit, seen: Preview | None, number: str, status: int = 200, problems: Sequence[FieldProblem] = ()
) -> BaseResponse:
    return visit.page(
        "erasure.html", status, problems=problems, seen=seen, number=number, form=visit.form, days=UNDO_DAYS
    )


@screens.act("/office/retention/person/<uuid:member_id>/mark", needs=BUREAU, step_up=STEP_UP)
def marks(visit: Visit, member_id: uuid.UUID) -> BaseResponse:
    """They are erased after some days, unless somebody undoes it."""
    try:
        days = number_in(visit, "days", UNDO_DAYS)
        mark_person(visit.session, visit.actor, member_id, visit.form.get("reason", ""), days=days or 0)
    except Invalid as invalid:
        visit.begin_again()
        member = visit.session.get(Member, member_id)
        if member is None:
            raise NotFound() from None
        seen = preview(visit.session, visit.actor, member.number)
        return _page(visit, seen, member.number, 422, invalid.problems)
    browser.say("console.said.person_marked")
    return go("console_office_retention.retention")
