"""Who may read a report: the one rule, as one condition and as its reasons one by one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.kinds import catalogue
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.organisation.ranks import Level


def confidential_kinds() -> list[str]:
    """Their codes: kinds of reports that the bureau does not read."""
    return [kind.code for kind in catalogue() if kind.confidential]


def readable_reports(actor: Actor, report: Any = ActivityReport) -> ColumnElement[bool]:
    """One's own, those one took part in, those of the units one may look into, those that wait for one, and the one
    that one has just approved and may still take back, as long as one decides in its line.

    What was never submitted (it has no number) is seen by its author alone; a confidential kind (injury) is not seen by the bureau. ``report`` is the
    mapped class or the columns of an alias.
    """
    mine, *others = _reasons_to_read(actor, report)
    return or_(mine, and_(report.number.is_not(None), or_(*others)))


def ways_to_read(actor: Actor, report: Any) -> list[ColumnElement[bool]]:
    """The same rule as its parts: one condition for each reason, so that each can go along an index of its own."""
    mine, *others = _reasons_to_read(actor, report)
    return [mine, *(and_(report.number.is_not(None), reason) for reason in others)]


def in_review_at(places: ColumnElement[bool], report: Any = ActivityReport) -> ColumnElement[bool]:
    """SQL: it waits at one of these places. Who sits there may read it."""
    # That it is in review goes without saying, but not for the index of what waits.
    return and_(report.state == State.IN_REVIEW.value, places)


def _reasons_to_read(actor: Actor, report: Any) -> list[ColumnElement[bool]]:
    """That it is one's own first; what must be looked up last. All but the first hold for what was submitted."""
    reasons = [report.author_id == actor.member_id]
    for level in Level:
        units = actor.reach_at(level)
        if not units:
            continue
        rule = getattr(report, f"{level}_id").in_(units)
        if level is Level.BUREAU:
            rule = and_(rule, report.kind.not_in(confidential_kinds()))
        reasons.append(rule)
    if actor.desks:
        desks = {desk.unit_id for desk in actor.desks}
        in_its_line = or_(*(getattr(report, f"{level}_id").in_(desks) for level in Level))
        reasons.append(and_(report.undo_by_id == actor.member_id, in_its_line))
        reasons.append(in_review_at(report.awaiting_unit_id.in_(desks), report))
    took_part = select(Participation.report_id).where(Participation.member_id == actor.member_id)
    return [*reasons, report.id.in_(took_part)]
