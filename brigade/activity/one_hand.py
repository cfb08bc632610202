"""Reports that one person alone approved on the whole way to the station: leader of one level, deputy of the others.

That may be so where people are few, and is not refused. But then the station is the second to look, not the fourth, and it
is told before it decides.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.history import ReportEvent
from brigade.activity.transition import awaiting
from brigade.activity.whole import Report
from brigade.activity.workflow import Action
from brigade.organisation.ranks import Level
from brigade.problems import FieldProblem

_BEGINS = (Action.SUBMIT.value, Action.CORRECT.value)
_TOLD_BY = (*_BEGINS, Action.APPROVE.value, Action.PASS.value)


def one_hand(session: Session, rows: Sequence[Report]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """Of those that wait at the station, the ones at which two levels or more approved, and all by the same person.

    One statement, none where nothing waits there.
    """
    asked = {row.id for row in rows if (stop := awaiting(row)) is not None and stop.level is Level.STATION}
    if not asked:
        return
    told = session.execute(
        select(ReportEvent.report_id, ReportEvent.action, ReportEvent.actor_id, ReportEvent.unit_id, ReportEvent.reason)
        .where(ReportEvent.report_id.in_(asked), ReportEvent.action.in_(_TOLD_BY))
        .order_by(ReportEvent.seq)
    )
    stands: dict[uuid.UUID, dict[uuid.UUID | None, uuid.UUID | None]] = defaultdict(dict)  # unit → who approved there
    before: dict[uuid.UUID, dict[uuid.UUID | None, uuid.UUID | None]] = defaultdict(dict)
    for id_, action, actor_id, unit_id, reason in told:
        if action in _BEGINS:
            before[id_] |= stands.pop(id_, {})
        elif action == Action.APPROVE:
            stands[id_][unit_id] = actor_id
        elif reason == "unchanged" and unit_id in before[id_]:
            stands[id_][unit_id] = before[id_][unit_id]
    for id_, who in stands.items():
        if len(who) > 1 and len(set(who.values())) == 1:
            yield id_, FieldProblem("", "approved-by-one", {"levels": len(who)})
