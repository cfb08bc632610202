"""Deciding on many reports at once: each for itself by the same table, all in as many statements as a few.

A step is taken on plain values (``standing.py``) instead of loaded rows, and what it changes is written as sets of
rows. What the session does for everyone else who writes an event is asked for here by name: the log of changes, the
notices, the links of the chain.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from brigade.activity.activities import ActivityReport
from brigade.activity.conflicts import repeated_actions, says
from brigade.activity.history import Happened, ReportEvent
from brigade.activity.own_corrections import own_corrections
from brigade.activity.standing import MOVED, StandingReport, standing
from brigade.activity.took_part import took_part
from brigade.activity.transition import check_version, take
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.chain.writing import note_happened
from brigade.db import Base
from brigade.messages.notices import notices_of
from brigade.problems import NotFound, Problem
from brigade.row_sets import added, changed, write
from brigade.sync.audience import audience_of_words
from brigade.sync.change_notes import note_audiences

MAX_BULK = 500
REPORTS, EVENTS = (Base.metadata.tables[model.__tablename__] for model in (ActivityReport, ReportEvent))


class Decided(NamedTuple):
    """What became of one report: as it stands now, or what stands against the action."""

    id: uuid.UUID
    report: StandingReport | None
    problem: Problem | None


class _Moved(NamedTuple):
    report: StandingReport
    events: list[Happened]
    audience: str  # who could see it before


def act_on_many(
    session: Session, actor: Actor, items: Sequence[tuple[uuid.UUID, int]], action: Action
) -> list[Decided]:
    """Let the actor do this with each of (report, version seen), without words; what became of each, in order.

    The same once more, after an answer that was lost, does nothing, as in ``actions.act``.
    """
    reports = standing(session, {id_ for id_, _ in items})
    old = [(id_, version) for id_, version in items if id_ in reports and reports[id_].version != version]
    done: dict[tuple[uuid.UUID, int], Happened | ReportEvent] = {**repeated_actions(session, actor, action, old)}
    approves = reports.values() if action is Action.APPROVE else ()
    own, there = own_corrections(session, actor, approves), took_part(session, actor, approves)
    decided, moved = [], []
    for id_, version in items:
        report = reports.get(id_)
        try:
            if report is None:
                raise NotFound()
            if (id_, version) not in done or not says(done[id_, version], "", ()):
                check_version(report, version)
                before = audience_of_words(vars(report), report.people.split())
                # It decides before it changes anything: a refused one is as it was.
                events = take(report, action, actor, own=own, there=there)
                moved.append(_Moved(report, events, before))
                done[id_, version] = events[0]
            decided.append(Decided(id_, report, None))
        except Problem as problem:
            decided.append(Decided(id_, None, problem))
    if moved:
        _write(session, moved)
    return decided


def _write(session: Session, moved: Sequence[_Moved]) -> None:
    """Rows, events, and all that hangs on an event."""
    happened = [(event, one.report) for one in moved for event in one.events]
    write(
        session,
        changed(REPORTS, MOVED, [vars(one.report) for one in moved]),
        added(EVENTS, [vars(event) for event, _ in happened]),
        notices_of(happened),
    )
    note_audiences(session, ((one.report.id, one.report.bureau_id, one.audience) for one in moved))
    note_happened(session, happened)
    for one in moved:
        loaded = session.identity_map.get(identity_key(ActivityReport, one.report.id))
        if loaded is not None:  # by whatever was asked before in this session
            session.expire(loaded)
