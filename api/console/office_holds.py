"""Legal holds: what must not go whatever its time, by whose word, and lifting it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.endpoint import BUREAU
from api.holds import with_labels
from api.paging import page
from brigade.problems import FieldProblem, Invalid
from brigade.retention.holds import lift_hold, place_hold
from brigade.retention.tables import LegalHold, Subject

screens = Console("office_holds")
STEP_UP = "role-change"
MOST, MOST_LIFTED = 200, 100
"""Holds on a page, the newest first; after the last one those that were lifted lately."""


@screens.page("/office/retention/holds", needs=BUREAU)
def holds(visit: Visit) -> BaseResponse:
    """What is on hold, and the form for one more."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    holding, lifted = (
        select(LegalHold).where(is_over)
        for is_over in (LegalHold.lifted_at.is_(None), LegalHold.lifted_at.is_not(None))
    )
    found = page(
        visit.session, holding, (LegalHold.placed_at, LegalHold.id), visit.asked(MOST), lambda row: row, descending=True
    )
    newest = lifted.order_by(LegalHold.lifted_at.desc(), LegalHold.id).limit(MOST_LIFTED)
    over = [] if found["next_cursor"] else visit.session.scalars(newest).all()
    return visit.page(
        "holds.html", status, problems=problems, holds=with_labels(visit.session, [*found["items"], *over]),
        more=found["next_cursor"], kinds=list(Subject), form=visit.form,
    )  # fmt: skip


@screens.act("/office/retention/holds/place", needs=BUREAU, step_up=STEP_UP)
def places(visit: Visit) -> BaseResponse:
    """From now on it stays."""
    said = visit.form.get("kind", "")
    try:
        if said not in list(Subject):
            raise Invalid([FieldProblem("/kind", "required")])
        place_hold(
            visit.session, visit.actor, Subject(said), visit.form.get("subject", ""), visit.form.get("reason", "")
        )
    except Invalid as invalid:
        visit.begin_again()
        return _page(visit, 422, invalid.problems)
    browser.say("console.said.held")
    return go("console_office_holds.holds")


@screens.act("/office/retention/holds/<uuid:hold_id>/lift", needs=BUREAU, step_up=STEP_UP)
def lifts(visit: Visit, hold_id: uuid.UUID) -> BaseResponse:
    """Its time counts again."""
    lift_hold(visit.session, visit.actor, hold_id)
    browser.say("console.said.lifted")
    return go("console_office_holds.holds")
