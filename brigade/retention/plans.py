"""Runs: what would go, marking it to go on a day, and undoing that. Until its day a run changes nothing at all."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.dates import tokyo_day
from brigade.db import new_id
from brigade.jobs import Job, enqueue
from brigade.organisation.office import note
from brigade.problems import FieldProblem, Invalid, NotFound, Problem
from brigade.retention.holds import LOOKED_AT, Holds, holds_of
from brigade.retention.records import RECORDS, Record
from brigade.retention.schedule import Keeping, due_before, schedule
from brigade.retention.tables import KeepingTime, RetentionRun, RunState

JOB = "retention"
UNDO_DAYS = 30
MOST_DAYS = 365
UNDO_AGAIN = dt.timedelta(days=7)
"""A restored store does not know what was undone or put on hold since its backup; where no worker was there for days,
nobody may have been able to undo, or a clock has jumped ahead. So long it can be said again.
"""

CAP_NUMBER, CAP_SHARE, CAP_FROM = 5_000, 0.25, 100
"""A run is refused where more than the number, or (from a hundred on) more than the share of a type would go."""

BATCH, SAMPLES = 500, 5
UNDER_WAY = (RunState.WAITING.value, RunState.RUNNING.value)


class Foreseen(NamedTuple):
    """Of one type: how long it is kept, the first day that stays (None: nothing goes), what is due, what is on hold of
    that, how many there are at all (None where that was not counted), and the first ids.
    """

    keeping: Keeping
    length: int | None
    before: dt.date | None
    due: int = 0
    held: int = 0
    all: int | None = 0
    samples: Sequence[uuid.UUID] = ()


class OverCap(Problem):
    """More of a type would go than a run takes by itself."""

    code = "over-cap"

    def __init__(self, one: Foreseen) -> None:
        super().__init__(record=one.keeping.code, due=one.due, all=one.all)


# --- The schedule -----------------------------------------------------------------------------------------------------


def lengths_of(session: Session, bureau_id: uuid.UUID) -> dict[str, int | None]:
    """How long each type is kept in this bureau: its own times over those of the file."""
    own = select(KeepingTime).where(KeepingTime.bureau_id == bureau_id)
    set_here = {row.record: row.length for row in session.scalars(own, execution_options=LOOKED_AT)}
    return {code: set_here.get(code, keeping.length) for code, keeping in schedule().items()}


def set_length(session: Session, actor: Actor, record: str, length: int | None) -> None:
    """A time of the bureau's own. NotFound for no type, Invalid for a length that the schedule does not allow.

    Pay evidence is never kept shorter than claims live, and a report not shorter than the edition that counts it needs.
    """
    keeping = schedule().get(record)
    if keeping is None:
        raise NotFound()
    if not keeping.allows(length):
        limits = {"least": keeping.least, "most": "–" if keeping.most is None else keeping.most}
        raise Invalid([FieldProblem(f"/{record}", "keeping-time-out-of-range", limits)])
    before = lengths_of(session, actor.bureau_id)[record]
    if before == length:
        return
    row = session.get(KeepingTime, (actor.bureau_id, record))
    if row is None:
        row = KeepingTime(bureau_id=actor.bureau_id, record=record)
        session.add(row)
    row.length, row.set_by_id, row.set_at = length, actor.member_id, actor.now
    session.flush()
    note(session, actor, "keeping.set", actor.bureau_id, record=record, before=before, after=length)


# --- What would go ----------------------------------------------------------------------------------------------------


def foresee(session: Session, bureau_id: uuid.UUID, day: dt.date, *, in_all: bool = True) -> list[Foreseen]:
    """Of every type, in the order of the schedule. Without ``in_all`` it is not counted how many there are of what nothing
    goes of: a city has tens of thousands. Reads only.
    """
    lengths, holds = lengths_of(session, bureau_id), holds_of(session, bureau_id)
    found = [_foreseen(session, bureau_id, schedule()[code], lengths[code], day, holds) for code in schedule()]
    return [_in_all(session, bureau_id, one) if in_all or one.due or one.held else one for one in found]


def _foreseen(
    session: Session, bureau_id: uuid.UUID, keeping: Keeping, length: int | None, day: dt.date, holds: Holds
) -> Foreseen:
    record, before = RECORDS[keeping.code], due_before(keeping, length, day)
    if before is None:
        return Foreseen(keeping, length, None, all=None)
    due = record.due(bureau_id, before)
    held = _count(session, due.where(record.touched(holds))) if holds else 0
    going = due.where(~record.touched(holds)) if holds else due
    count, samples = _count(session, going), list[uuid.UUID]()
    if count:
        samples += session.scalars(going.order_by(record.key).limit(SAMPLES), execution_options=LOOKED_AT)
    return Foreseen(keeping, length, before, count, held, None, samples)


def _in_all(session: Session, bureau_id: uuid.UUID, one: Foreseen) -> Foreseen:
    everything = RECORDS[one.keeping.code].due(bureau_id, dt.date(9999, 1, 1))
    return one._replace(all=_count(session, everything))


def _count(session: Session, ids: Any) -> int:
    return session.scalar(select(func.count()).select_from(ids.subquery()), execution_options=LOOKED_AT) or 0


def going(
    session: Session, run: RetentionRun, code: str, after: uuid.UUID | None = None
) -> tuple[Record, Sequence[uuid.UUID]]:
    """The next ids of a type that go with the run now: due by the longer of the times then and now, and not on hold."""
    record, keeping = RECORDS[code], schedule()[code]
    lengths = (run.plan[code]["length"], lengths_of(session, run.bureau_id)[code])
    longest = None if None in lengths else max(lengths)
    before = due_before(keeping, longest, run.day)
    if before is None:
        return record, ()
    due, holds = record.due(run.bureau_id, before), holds_of(session, run.bureau_id)
    due = due.where(~record.touched(holds)) if holds else due
    due = due if after is None else due.where(record.key > after)
    return record, session.scalars(due.order_by(record.key).limit(BATCH), execution_options=LOOKED_AT).all()


# --- Marking and undoing ----------------------------------------------------------------------------------------------


def mark(
    session: Session, actor: Actor, *, days: int = UNDO_DAYS, cap: int | None = None, reason: str = "",
    month: str | None = None, id_: uuid.UUID | None = None,
) -> RetentionRun:  # fmt: skip
    """What is due today goes after ``days`` unless it is undone. Problem ``nothing-due``, ``run-waits`` or OverCap.

    ``cap``: how many of one type may go, in place of the usual limits. ``month``: whose job marks it by itself.
    """
    check_days(days)
    same = select(RetentionRun.id).where(
        RetentionRun.bureau_id == actor.bureau_id, RetentionRun.member_id.is_(None), RetentionRun.state.in_(UNDER_WAY)
    )
    if session.scalar(same, execution_options=LOOKED_AT) is not None:
        raise Problem("run-waits")
    foreseen = foresee(session, actor.bureau_id, actor.today, in_all=False)
    if not any(one.due for one in foreseen):
        raise Problem("nothing-due")
    for one in foreseen:
        if _is_over(one, cap):
            raise OverCap(one)
    plan = {one.keeping.code: {"length": one.length, "due": one.due, "held": one.held} for one in foreseen}
    run = planned(session, actor, days, plan, reason, month=month, id_=id_)
    note(session, actor, "retention.mark", run.id, goes_at=tokyo_day(run.goes_at), counts=_counts(plan))
    return run


def planned(
    session: Session, actor: Actor, days: int, plan: Mapping[str, Any], reason: str, *,
    member_id: uuid.UUID | None = None, month: str | None = None, id_: uuid.UUID | None = None,
) -> RetentionRun:  # fmt: skip
    """A run that waits, and the job that does it on its day."""
    run = RetentionRun(
        id=id_ or new_id(), bureau_id=actor.bureau_id, member_id=member_id, state=RunState.WAITING.value,
        day=actor.today, month=month, planned_by_id=actor.member_id, planned_at=actor.now, goes_at=actor.now + dt.timedelta(days=days),
        reason=reason.strip(), plan=dict(plan), gone={}, ended_by_id=None, ended_at=None,
    )  # fmt: skip
    session.add(run)
    session.flush()
    enqueue(session, JOB, {"run_id": str(run.id)}, run.goes_at)
    session.flush()
    return run


def check_days(days: int) -> None:
    """Invalid for a time to undo that cannot be."""
    if not 0 <= days <= MOST_DAYS:
        raise Invalid([FieldProblem("/days", "out-of-range", {"min": 0, "max": MOST_DAYS})])


def _is_over(one: Foreseen, cap: int | None) -> bool:
    if cap is not None:
        return one.due > cap
    return one.due > CAP_NUMBER or (one.due > CAP_FROM and one.due > CAP_SHARE * (one.all or 0))


def _counts(plan: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    return {code: said["due"] for code, said in plan.items() if said["due"]}


def undo(session: Session, actor: Actor, run_id: uuid.UUID) -> RetentionRun:
    """It does not go. NotFound for what is not the bureau's, Problem ``run-begun`` once anything of it may be gone."""
    run = session.scalar(
        select(RetentionRun)
        .where(RetentionRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound()
    if run.state == RunState.UNDONE:
        return run
    if run.state != RunState.WAITING:
        raise Problem("run-begun")
    run.state, run.ended_by_id, run.ended_at = RunState.UNDONE.value, actor.member_id, actor.now
    session.flush()
    note(session, actor, "retention.undo", run.id, member_id=run.member_id)
    return run


def put_off(session: Session, until: dt.datetime) -> None:
    """After a restore, and after days without a worker: no run begins before then. One that had begun goes on: a part of it
    has gone already, in the backup, too.
    """
    waiting = select(RetentionRun).where(RetentionRun.state == RunState.WAITING.value, RetentionRun.goes_at < until)
    runs = {str(run.id): run for run in session.scalars(waiting, execution_options=LOOKED_AT)}
    for run in runs.values():
        run.goes_at = until
    for job in session.scalars(select(Job).where(Job.kind == JOB, Job.state.in_(("queued", "running")))):
        if job.payload.get("run_id") in runs:
            job.state, job.run_after, job.lease_until = "queued", until, None
    session.flush()


def runs_of(session: Session, most: int) -> Iterator[RetentionRun]:
    """The bureau's runs, the newest first."""
    newest = select(RetentionRun).order_by(RetentionRun.planned_at.desc(), RetentionRun.id.desc())
    yield from session.scalars(newest.limit(most))
