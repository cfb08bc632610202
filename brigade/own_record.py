"""A member's own record: turnouts with who entered and approved them, what they earn, service and posts.

For the one who asks, and nobody else. Amounts come from the same place as those of a unit's month (``month/earnings.py``).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.history import ReportEvent
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.dates import fiscal_year, month_days
from brigade.dispute_rules import DisputeState
from brigade.disputes import Dispute
from brigade.month.earnings import pay_of
from brigade.month.figures import COUNTED
from brigade.month.rows import PaidLine
from brigade.month.spans import checked_month, months_between
from brigade.organisation.people import Membership, Post
from brigade.organisation.service_years import Service, service
from brigade.organisation.unit_settings import settings_of_units
from brigade.pay.annual import taxable
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import PayLine, Reason

Row = TypeVar("Row", Membership, Post)
DECISIONS = (Action.SUBMIT, Action.APPROVE, Action.CORRECT, Action.STEP_BACK, Action.RETURN, Action.UNDO, Action.PASS)


@dataclass(frozen=True, slots=True)
class OwnTurnout:
    """One's part in one report: the times that count for one, the way of the report, and what it earns. ``dispute`` is
    one's latest that was not withdrawn.
    """

    report: ActivityReport
    part: Participation
    started_at: dt.datetime
    ended_at: dt.datetime
    decisions: tuple[ReportEvent, ...]
    lines: tuple[PaidLine, ...]
    dispute: Dispute | None

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return int((self.ended_at - self.started_at).total_seconds()) // 60

    @property
    def held(self) -> bool:
        """Whether what it earns is on hold."""
        return any(paid.line.reason is Reason.HELD for paid in self.lines)


@dataclass(frozen=True, slots=True)
class Earned:
    """The amounts of a month (``2026-11``) or of a fiscal year (``2026``). ``yen`` is what is known and not on hold,
    ``taxable`` the part of it that is wages; ``unknown`` and ``held`` count lines, ``held_yen`` is what is on hold.
    """

    period: str
    yen: int
    taxable: int
    unknown: int
    held: int
    held_yen: int


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """Everything of the months from ``first`` to ``last``, and the whole service up to today."""

    first: str
    last: str
    turnouts: tuple[OwnTurnout, ...]
    months: tuple[Earned, ...]
    years: tuple[Earned, ...]
    service: Service
    memberships: tuple[Membership, ...]
    posts: tuple[Post, ...]


def own_record(session: Session, actor: Actor, first: str | None, last: str | None) -> OwnRecord:
    """The record of whoever asks; without months that of the current fiscal year. Invalid for no or too many months."""
    months = months_asked(first, last, actor.today)
    turnouts = _turnouts(session, actor, months)
    by_month: dict[str, list[PayLine]] = defaultdict(list)
    for turnout in turnouts:
        by_month[turnout.report.month] += [paid.line for paid in turnout.lines]
    by_year: dict[int, list[PayLine]] = defaultdict(list)
    for month in months:
        by_year[fiscal_year(month_days(month)[0])] += by_month[month]
    memberships = _dated(session, actor, Membership)
    return OwnRecord(
        first=months[0],
        last=months[-1],
        turnouts=tuple(turnouts),
        months=tuple(earned(month, by_month[month]) for month in months),
        years=tuple(earned(str(year), lines) for year, lines in sorted(by_year.items())),
        service=service(((row.valid_from, row.valid_to) for row in memberships), actor.today),
        memberships=memberships,
        posts=_dated(session, actor, Post),
    )


def months_asked(first: str | None, last: str | None, today: dt.date) -> list[str]:
    """All months from the first to the last. One that is left out is the first or last of the other's fiscal year."""
    for pointer, month in (("/from", first), ("/to", last)):
        if month is not None:
            checked_month(month, pointer)
    known = first or last
    year = fiscal_year(month_days(known)[0] if known else today)
    at, end = first or f"{year}-04", last or f"{year + 1}-03"
    return months_between(at, end)


def earned(period: str, lines: Sequence[PayLine]) -> Earned:
    """The sums of a period. The taxable part goes by each line's own rules."""
    by_rules = defaultdict(list)
    for line in lines:
        if line.rule_set:
            by_rules[line.rule_set].append(line)
    on_hold = [line for line in lines if line.reason is Reason.HELD]
    return Earned(
        period=period,
        yen=sum(line.yen or 0 for line in lines),
        taxable=sum(taxable(pay_rules().named(code), some) for code, some in by_rules.items()),
        unknown=sum(line.is_unknown for line in lines),
        held=len(on_hold),
        held_yen=sum(line.full or 0 for line in on_hold),
    )


def _turnouts(session: Session, actor: Actor, months: Sequence[str]) -> list[OwnTurnout]:
    asked = (
        select(ActivityReport, Participation)
        .join(Participation, Participation.report_id == ActivityReport.id)
        .where(
            Participation.member_id == actor.member_id, ActivityReport.number.is_not(None),
            ActivityReport.month >= months[0], ActivityReport.month <= months[-1], ActivityReport.state.in_(COUNTED),
        )
        .order_by(ActivityReport.started_at, ActivityReport.id)
    )  # fmt: skip
    rows = session.execute(asked).all()
    reports = [report for report, _ in rows]
    decisions, disputes = _decisions(session, reports), _disputes(session, actor, reports)
    lines = _lines(session, actor, reports, months)
    return [
        OwnTurnout(
            report, part, part.started_at or report.started_at, part.ended_at or report.ended_at,
            tuple(decisions[report.id]), tuple(lines[str(report.id)]), disputes.get(report.id),
        )
        for report, part in rows
    ]  # fmt: skip


def _decisions(session: Session, reports: Sequence[ActivityReport]) -> dict[uuid.UUID, list[ReportEvent]]:
    found: dict[uuid.UUID, list[ReportEvent]] = defaultdict(list)
    asked = select(ReportEvent).where(
        ReportEvent.report_id.in_([report.id for report in reports]),
        ReportEvent.action.in_([action.value for action in DECISIONS]),
    )
    for event in session.scalars(asked.order_by(ReportEvent.report_id, ReportEvent.seq)):
        found[event.report_id].append(event)
    return found


def _disputes(session: Session, actor: Actor, reports: Sequence[ActivityReport]) -> dict[uuid.UUID, Dispute]:
    asked = select(Dispute).where(
        Dispute.member_id == actor.member_id,
        Dispute.report_id.in_([report.id for report in reports]),
        Dispute.state != DisputeState.WITHDRAWN.value,
    )
    return {row.report_id: row for row in session.scalars(asked.order_by(Dispute.raised_at, Dispute.id))}


def _lines(
    session: Session, actor: Actor, reports: Iterable[ActivityReport], months: Sequence[str]
) -> dict[str, list[PaidLine]]:
    """What each report (by id) earns, by the rules that the brigade's month is paid by."""
    homes: dict[str, dict[uuid.UUID, uuid.UUID]] = defaultdict(dict)
    for report in reports:
        homes[report.month][report.id] = report.brigade_id or report.unit_id
    paid_by: dict[str, set[str]] = defaultdict(set)
    for month, units in homes.items():
        held = settings_of_units(session, set(units.values()), month_days(month)[1])
        for report_id, unit_id in units.items():
            if held[unit_id].pay_rules:
                paid_by[held[unit_id].pay_rules].add(str(report_id))
    found: dict[str, list[PaidLine]] = defaultdict(list)
    for municipality, ids in paid_by.items():
        for paid in pay_of(session, actor.bureau_id, municipality, (months[0], months[-1]), ids, [actor.member_id])[0]:
            found[paid.line.report_id].append(paid)
    return found


def _dated(session: Session, actor: Actor, model: type[Row]) -> tuple[Row, ...]:
    """All of one's rows that have begun, the oldest first."""
    asked = select(model).where(model.member_id == actor.member_id, model.valid_from <= actor.today)
    return tuple(session.scalars(asked.order_by(model.valid_from, model.id)))
