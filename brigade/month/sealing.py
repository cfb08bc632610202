"""Sealing a unit's month: its confirmed reports become sealed, and an edition keeps all that they add up to.

One transaction that reads one state: a station's edition and those of its brigades are cut from the same rows, so they
cannot disagree. What is not confirmed is left open and goes into a later edition by the ordinary way.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.history import Happened
from brigade.activity.readers import confidential_kinds
from brigade.activity.transition import take
from brigade.activity.workflow import Action, State
from brigade.actor import Actor, DeskHeld
from brigade.dates import month_days, month_of
from brigade.db import chunks, new_id
from brigade.month.anchors import heads_of
from brigade.month.content_code import content_code
from brigade.month.differences import totals
from brigade.month.editions import (
    FORMAT,
    OF_A_SEEN_ONE,
    Edition,
    EditionUnit,
    document_digest,
    editions_before,
    frozen,
    newest,
    rows_of,
)
from brigade.month.figures import PAYABLE, below
from brigade.month.reading import month_reports, month_rows
from brigade.month.rows import MonthRows, OpenRow
from brigade.month.standing_over import ON_ITS_LINE, line, over
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit
from brigade.problems import NotFound, Problem, Refused

SEALED_AT = (Level.STATION, Level.BRIGADE)
"""Whose months are sealed. A station's brings each of its brigades along."""


class Overtaken(Exception):
    """Somebody decides on one of the month's reports and waits for a chain that this transaction holds: let them go first."""


def check_may_seal(session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> Unit:
    """The unit, if the actor may seal its month.

    NotFound for a unit one cannot see, Refused for who is no officer of the station over it in that month; Problem
    ``month-in-future``, and ``not-sealed-there`` for a unit below a brigade.
    """
    unit = session.scalar(select(Unit).where(Unit.id == unit_id))
    if unit is None:
        raise NotFound()
    if month > month_of(actor.now):
        raise Problem("month-in-future")
    if unit.level not in SEALED_AT:
        raise Problem("not-sealed-there")
    if _desk(session, actor, unit, month) is None:
        raise Refused("not-closer")
    return unit


def _desk(session: Session, actor: Actor, unit: Unit, month: str) -> DeskHeld | None:
    """The desk at the station over the unit at the month's end (of a month that goes on: today) from which the actor
    decides: not as one to whom old things fall only. Of units that it took over since, over each of them.
    """
    desks = [desk for desk in actor.desks if desk.level == Level.STATION and desk.waiting_before is None]
    day = min(month_days(month)[1], actor.today)
    then = over(session, unit, day)
    now = line(session, unit.id, actor.today)  # where it still stands the office is called as it is today
    return min((desk for desk in desks if desk.unit_id in then), key=lambda desk: desk.unit_id not in now, default=None)


def seal(
    session: Session, actor: Actor, unit_id: uuid.UUID, month: str, *,
    edition_id: uuid.UUID, seal_id: uuid.UUID, comment: str = "", holding: bool = False,
) -> list[Edition]:  # fmt: skip
    """Seal it: the unit's new edition, which gets ``edition_id``, then those of a station's brigades that say something
    new. A brigade that left the station within the month is a part of the station's edition alone: its own is made where
    it stood at the end. Each flushes, none commits; refusals as ``check_may_seal``.

    On PostgreSQL the transaction must read one state (REPEATABLE READ): whoever changes one of the reports meanwhile, or
    adds to a chain of theirs, makes this one fail and go again. ``holding``: it has held the heads of the chains since
    its first statement, so that all who would add to one wait. It waits for none of them: ``Overtaken`` where one of them
    has a report already.
    """
    unit = check_may_seal(session, actor, unit_id, month)
    _seal_reports(session, actor, unit, month, holding)
    rows = counted(month_rows(session, actor, unit_id, month))
    made = [_edition(session, actor, unit, rows, edition_id, seal_id, comment)]
    for part in _brigades(rows):
        brigade = session.get_one(Unit, uuid.UUID(part.unit_id), execution_options=ON_ITS_LINE)
        if _desk(session, actor, brigade, month) is None:
            continue
        day = min(month_days(month)[1], brigade.valid_to or dt.date.max)
        part = replace(part, incidents_once=settings_of(session, brigade.id, day).incidents_once)
        before = newest(session, brigade.id, month)
        if before is None or not _says_the_same(session, before, part):
            made.append(_edition(session, actor, brigade, part, new_id(), seal_id, comment))
    session.flush()
    return made


def sealed_by(session: Session, seal_id: uuid.UUID) -> list[Edition]:
    """The editions that one sealing has made; none where it has not taken place."""
    asked = select(Edition).where(Edition.seal_id == seal_id).order_by(Edition.level.desc(), Edition.id)
    return list(session.scalars(asked, execution_options=OF_A_SEEN_ONE))


def counted(rows: MonthRows) -> MonthRows:
    """The rows of what is confirmed or sealed; what is under way is only named.

    Of confidential kinds nothing is told: an edition is read by the bureau, which does not see them, and they count for
    nothing that is paid or surveyed.
    """
    confidential = confidential_kinds()
    told = [report for report in rows.reports if report.kind not in confidential]
    reports = tuple(report for report in told if report.state in PAYABLE)
    ids = {report.id for report in reports}
    people = {report.author_id for report in reports} | {part.member_id for report in reports for part in report.parts}
    under_way = (report for report in told if report.state in (State.IN_REVIEW, State.RETURNED))
    return replace(
        rows,
        reports=reports,
        people=tuple(person for person in rows.people if person.id in people),
        pay=tuple(paid for paid in rows.pay if paid.line.report_id in ids),
        left_open=tuple(OpenRow(report.number, report.unit_ids, report.state, report.waits_at) for report in under_way),
    )


def _seal_reports(session: Session, actor: Actor, unit: Unit, month: str, holding: bool) -> None:
    """Every confirmed report of the month, held until the commit, becomes a sealed one."""
    confirmed = [report.id for report in month_reports(session, unit, month) if report.state == State.CONFIRMED]
    reports: list[ActivityReport] = []
    for chunk in chunks(confirmed):
        reports += session.scalars(
            select(ActivityReport)
            .where(ActivityReport.id.in_(chunk))
            .order_by(ActivityReport.id)
            .with_for_update(skip_locked=holding)
        )
    if len(reports) < len(confirmed):
        raise Overtaken
    events: list[Happened] = []
    for report in reports:
        events += take(report, Action.SEAL, actor)
    session.add_all(event.row() for event in events)
    session.flush()


def _brigades(rows: MonthRows) -> Iterator[MonthRows]:
    """The rows of each brigade below a station; one that was taken over is a part of the one that did."""
    if rows.level != Level.STATION:
        return
    over: int | None = None  # the depth of the brigade at hand
    for unit in rows.units:
        if over is not None and unit.depth > over:
            continue
        over = unit.depth if unit.level == Level.BRIGADE else None
        if over is not None:
            yield below(rows, unit.id)


def _says_the_same(session: Session, before: Edition, part: MonthRows) -> bool:
    """Whether that edition holds the same, however its units are called beside others: a station's sheet names them with
    the unit above, the brigade's own does not.
    """
    return before.digest == frozen(part)[1] or _unlabelled(rows_of(session, before)) == _unlabelled(part)


def _unlabelled(rows: MonthRows) -> str:
    return frozen(replace(rows, units=tuple(replace(unit, label="") for unit in rows.units)))[1]


def _edition(
    session: Session, actor: Actor, unit: Unit, rows: MonthRows, id_: uuid.UUID, seal_id: uuid.UUID, comment: str
) -> Edition:
    """The next edition of the unit's month with these rows, and what each of its units adds up to."""
    before = editions_before(session, unit, rows.month)
    desk = _desk(session, actor, unit, rows.month)
    assert desk is not None, "checked before"
    data, digest = frozen(rows)
    sums = totals(rows)
    made = Edition(
        id=id_, unit_id=unit.id, level=unit.level, month=rows.month, number=1 + max((edition.number for edition in before), default=0),
        seal_id=seal_id, sealed_at=actor.now, sealed_by_id=actor.member_id,
        sealed_by=session.get_one(Member, actor.member_id).name, post=desk.post,
        office=session.get_one(Unit, desk.unit_id, execution_options=ON_ITS_LINE).name, comment=comment, format=FORMAT, digest=digest, rows=data,
        times=sums.times, person_times=sums.person_times, minutes=sums.minutes, yen=sums.yen,
        unknown=_unknown(rows), left_open=len(rows.left_open), heads=heads_of(session, unit, rows.month),
    )  # fmt: skip
    session.add(made)
    session.flush()
    for place, found in enumerate(rows.units):
        part = below(rows, found.id)
        of_part = totals(part)
        session.add(
            EditionUnit(
                edition_id=id_, unit_id=uuid.UUID(found.id), place=place, level=found.level, name=found.name,
                code=content_code(document_digest(id_, digest, uuid.UUID(found.id))),
                times=of_part.times, person_times=of_part.person_times, minutes=of_part.minutes, yen=of_part.yen,
                unknown=_unknown(part),
            )
        )  # fmt: skip
    return made


def _unknown(rows: MonthRows) -> int:
    return sum(paid.line.is_unknown for paid in rows.pay)
