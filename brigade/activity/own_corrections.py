"""Reports with figures that somebody put there and another leader corrected after them: they stand in it all the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.content import NOT_CHECKED
from brigade.activity.history import ReportEvent
from brigade.activity.transition import Standing
from brigade.activity.workflow import Action, State
from brigade.actor import Actor


def own_corrections(session: Session, actor: Actor, reports: Iterable[Standing]) -> frozenset[uuid.UUID]:
    """Ids of those that wait at the actor, who corrected times or people in them since the author sent them last.

    One statement, none where nobody but the actor corrected what waits there.
    """
    asked = {report.id for report in reports if _may_be_own(report, actor)}
    if not asked:
        return frozenset()
    rows = session.execute(
        select(ReportEvent.report_id, ReportEvent.action, ReportEvent.actor_id, ReportEvent.changed)
        .where(ReportEvent.report_id.in_(asked), ReportEvent.action.in_((Action.SUBMIT.value, Action.CORRECT.value)))
        .order_by(ReportEvent.seq)
    )
    own: set[uuid.UUID] = set()
    for report_id, action, actor_id, changed in rows:
        if action == Action.SUBMIT:
            own.discard(report_id)  # the author stands for all of it again
        elif actor_id == actor.member_id and set(changed) - NOT_CHECKED:
            own.add(report_id)
    return frozenset(own)


def _may_be_own(report: Standing, actor: Actor) -> bool:
    if report.state != State.IN_REVIEW or report.corrected_by_id in (None, actor.member_id):
        return False
    return actor.desk_for(report.awaiting_unit_id, report.awaiting_since) is not None
