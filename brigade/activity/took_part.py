"""Reports that wait at a station for somebody who was there themselves, and which somebody else there could receive."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.standing import StandingReport
from brigade.activity.transition import Standing, awaiting
from brigade.activity.workflow import State
from brigade.actor import Actor, deciders_of
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, standing_for

AT_THE_STATION = {"as_system": "whether anybody else sits where a report at hand waits"}


def took_part(session: Session, actor: Actor, reports: Iterable[Standing]) -> frozenset[uuid.UUID]:
    """Ids of those that the actor cannot take for the city, having been there. Nobody else may do so where everyone who
    sits there took part, wrote or corrected it: then whoever it waits for does.

    Two statements, none where the actor was nowhere.
    """
    asked = [report for report in reports if _was_there(report, actor)]
    if not asked:
        return frozenset()
    places = session.scalars(
        select(Unit).where(Unit.id.in_({report.awaiting_unit_id for report in asked})), execution_options=AT_THE_STATION
    )
    heirs = {unit.id: standing_for(session, unit, actor.today).id for unit in places}
    there = deciders_of(session, set(heirs.values()), actor.today)
    return frozenset(
        report.id
        for report in asked
        if report.awaiting_unit_id
        and there[heirs[report.awaiting_unit_id]] - report.member_ids - {report.author_id, report.corrected_by_id}
    )


def _was_there(report: Standing, actor: Actor) -> bool:
    """Whether it waits at the actor at the station, and they are among its people."""
    if report.state != State.IN_REVIEW or actor.desk_for(report.awaiting_unit_id, report.awaiting_since) is None:
        return False
    stop = awaiting(report)
    if stop is None or stop.level is not Level.STATION:
        return False
    if type(report) is StandingReport:  # hundreds at once: not every name in them is read for this
        return actor.member_id.hex in report.people
    return actor.member_id in report.member_ids
