"""What members say against reports that name them: their reason, who answers for the report, and the station's word."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.disputes import OUTCOMES, at_station
from api.endpoint import OFFICERS
from api.paging import page
from brigade.dispute_rules import DisputeState
from brigade.disputes import Dispute, settle_dispute
from brigade.problems import FieldProblem, NotFound
from brigade.texts import check_text

screens = Console("office_disputes")
MOST_OPEN, MOST_SETTLED, MOST_LETTERS = 100, 30, 1000
TINTS = {"open": "blue", "upheld": "orange", "dismissed": "green", "withdrawn": "grey"}


@screens.page("/office/disputes", needs=OFFICERS)
def disputes(visit: Visit) -> BaseResponse:
    """Those to settle, the oldest first, and those that were settled lately."""
    open_ = select(Dispute).where(Dispute.state == DisputeState.OPEN.value)
    settled = select(Dispute).where(Dispute.state.in_([outcome.value for outcome in OUTCOMES]))
    found = page(visit.session, open_, (Dispute.raised_at, Dispute.id), visit.asked(MOST_OPEN), lambda row: row)
    over = visit.session.scalars(settled.order_by(Dispute.settled_at.desc(), Dispute.id).limit(MOST_SETTLED)).all()
    return visit.page(
        "disputes.html", to_settle=at_station(visit.session, visit.actor, found["items"]), more=found["next_cursor"],
        over=at_station(visit.session, visit.actor, over), dispute_tints=TINTS,
    )  # fmt: skip


@screens.page("/office/disputes/<uuid:dispute_id>", needs=OFFICERS)
def one(visit: Visit, dispute_id: uuid.UUID) -> BaseResponse:
    """What the member says, what the report says, and the form to settle it."""
    return _page(visit, dispute_id)


def _page(
    visit: Visit, dispute_id: uuid.UUID, status: int = 200, problems: Sequence[FieldProblem] = ()
) -> BaseResponse:
    row = visit.session.scalar(select(Dispute).where(Dispute.id == dispute_id))
    if row is None:
        raise NotFound()
    (shown,) = at_station(visit.session, visit.actor, [row])
    outcomes = [outcome for outcome in OUTCOMES if row.state == DisputeState.OPEN or outcome is DisputeState.DISMISSED]
    may = row.state in (DisputeState.OPEN, DisputeState.UPHELD)
    return visit.page(
        "dispute.html", status, problems=problems, one=shown, outcomes=outcomes, may=may, form=visit.form,
        most=MOST_LETTERS, dispute_tints=TINTS,
    )  # fmt: skip


@screens.act("/office/disputes/<uuid:dispute_id>/settle", needs=OFFICERS)
def settles(visit: Visit, dispute_id: uuid.UUID) -> BaseResponse:
    """By an officer who does not answer for the report; the member reads the comment."""
    outcome = visit.form.get("outcome", "")
    comment, problems = check_text(
        "/comment", visit.form.get("comment", ""), MOST_LETTERS, required=True, multiline=True
    )
    if outcome not in list(OUTCOMES):
        problems = (FieldProblem("/outcome", "required"), *problems)
    if problems:
        visit.begin_again()
        return _page(visit, dispute_id, 422, problems)
    settle_dispute(visit.session, visit.actor, dispute_id, DisputeState(outcome), comment)
    browser.say("console.said.dispute_settled")
    return go("console_office_disputes.one", dispute_id=dispute_id)
