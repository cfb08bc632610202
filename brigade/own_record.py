"""A member's own record: turnouts with who entered and approved them, what they earn, service and posts.

For the one who asks, and nobody else. Amounts come from the same place as those of a unit's month (``month/earnings.py``).
Everything is one's own and found by that: no rule of the session would take any of it away.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Date, String, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.claims import claim_times
from brigade.activity.history import ReportEvent, Step
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.dates import MONTHS, fiscal_year, month_days
from brigade.dispute_rules import DisputeState
from brigade.disputes import Dispute
from brigade.month.earnings import pay_of
from brigade.month.figures import COUNTED
from brigade.month.rows import PaidLine
from brigade.month.spans import checked_month, months_between
from brigade.organisation.people import FormerType, Membership, Post
from brigade.organisation.service_years import Service, service
from brigade.organisation.unit_settings import LINE, Lines
from brigade.organisation.units import UnitTree
from brigade.pay.annual import taxable
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import PayLine, Reason
from brigade.questions import among_found
from brigade.together import Rows, Together

DECISIONS = (Action.SUBMIT, Action.APPROVE, Action.CORRECT, Action.STEP_BACK, Action.RETURN, Action.UNDO, Action.PASS)
OWN = {"as_system": "what one took part in, with who decided on it, and where one served is one's own to read"}


class OwnReport(NamedTuple):
    """A report that one took part in, and one's part in it. The times are those that count for one; ``held_at`` is when
    it began for all.
    """

    held_at: dt.datetime
    id: uuid.UUID
    number: str
    month: str
    kind: str
    unit_id: uuid.UUID
    brigade_id: uuid.UUID | None
    place: str
    author_id: uuid.UUID
    entry_mode: str
    state: str
    started_at: dt.datetime
    ended_at: dt.datetime
    role: str
    acted: bool


class OwnDispute(NamedTuple):
    """What one said against a report."""

    raised_at: dt.datetime
    id: uuid.UUID
    kind: str
    state: str


class ServedIn(NamedTuple):
    """Where one belonged."""

    valid_from: dt.date
    id: uuid.UUID
    unit_id: uuid.UUID
    valid_to: dt.date | None


class PostHeld(NamedTuple):
    """A post that one held."""

    valid_from: dt.date
    id: uuid.UUID
    unit_id: uuid.UUID
    valid_to: dt.date | None
    post: str


class TypeBefore(NamedTuple):
    """What one was as a member until that day."""

    valid_to: dt.date
    member_type: str


_ME = bindparam("me", type_=Uuid())
_MINE = (
    select(
        ActivityReport.started_at, ActivityReport.id, ActivityReport.number, ActivityReport.month, ActivityReport.kind,
        ActivityReport.unit_id, ActivityReport.brigade_id, ActivityReport.place, ActivityReport.author_id,
        ActivityReport.entry_mode, ActivityReport.state, *claim_times(), Participation.role, Participation.acted,
    )
    .join(Participation, Participation.report_id == ActivityReport.id)
    .where(
        Participation.member_id == _ME, ActivityReport.number.is_not(None),
        ActivityReport.month >= bindparam("first", type_=String), ActivityReport.month <= bindparam("last", type_=String),
        or_(*(ActivityReport.state == state for state in COUNTED)),
    )
    .cte("mine")
    .prefix_with("MATERIALIZED")
)  # fmt: skip
"""Looked up once, for itself and for what is asked about these reports."""

_RECORD = Together(
    OWN,
    reports=select(*_MINE.c),
    decisions=select(ReportEvent.report_id, *(getattr(ReportEvent, name) for name in Step._fields)).where(
        among_found(ReportEvent.report_id, select(_MINE.c.id)),
        or_(*(ReportEvent.action == action.value for action in DECISIONS)),
    ),
    disputes=select(Dispute.report_id, *(getattr(Dispute, name) for name in OwnDispute._fields)).where(
        Dispute.member_id == _ME, Dispute.state != DisputeState.WITHDRAWN.value
    ),
    lines=LINE.where(among_found(UnitTree.below_id, select(func.coalesce(_MINE.c.brigade_id, _MINE.c.unit_id)))),
    memberships=select(*(getattr(Membership, name) for name in ServedIn._fields)).where(
        Membership.member_id == _ME, Membership.valid_from <= bindparam("today", type_=Date)
    ),
    posts=select(*(getattr(Post, name) for name in PostHeld._fields)).where(
        Post.member_id == _ME, Post.valid_from <= bindparam("today", type_=Date)
    ),
    types=select(*(getattr(FormerType, name) for name in TypeBefore._fields)).where(FormerType.member_id == _ME),
)


@dataclass(frozen=True, slots=True)
class OwnTurnout:
    """One's part in one report, the way of the report, and what it earns. ``dispute`` is one's latest that was not
    withdrawn.
    """

    report: OwnReport
    decisions: tuple[Step, ...]
    lines: tuple[PaidLine, ...]
    dispute: OwnDispute | None

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return int((self.report.ended_at - self.report.started_at).total_seconds()) // 60

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
    memberships: tuple[ServedIn, ...]
    posts: tuple[PostHeld, ...]
    former_types: tuple[TypeBefore, ...]


def own_record(session: Session, actor: Actor, first: str | None, last: str | None) -> OwnRecord:
    """The record of whoever asks; without months that of the current fiscal year. Invalid for no or too many months."""
    months = months_asked(first, last, actor.today)
    found = _RECORD.ask(session, me=actor.member_id, first=months[0], last=months[-1], today=actor.today)
    turnouts = _turnouts(session, actor, months, found)
    by_month: dict[str, list[PayLine]] = defaultdict(list)
    for turnout in turnouts:
        by_month[turnout.report.month] += [paid.line for paid in turnout.lines]
    by_year: dict[int, list[PayLine]] = defaultdict(list)
    for month in months:
        by_year[fiscal_year(month_days(month)[0])] += by_month[month]
    memberships = tuple(map(ServedIn._make, sorted(found["memberships"])))
    return OwnRecord(
        first=months[0],
        last=months[-1],
        turnouts=tuple(turnouts),
        months=tuple(earned(month, by_month[month]) for month in months),
        years=tuple(earned(str(year), lines) for year, lines in sorted(by_year.items())),
        service=service(((row.valid_from, row.valid_to) for row in memberships), actor.today),
        memberships=memberships,
        posts=tuple(map(PostHeld._make, sorted(found["posts"]))),
        former_types=tuple(map(TypeBefore._make, sorted(found["types"]))),
    )


def months_asked(first: str | None, last: str | None, today: dt.date) -> list[str]:
    """All months from the first to the last. One that is left out is the first or last of the other's fiscal year."""
    for pointer, month in (("/from", first), ("/to", last)):
        if month is not None:
            checked_month(month, pointer)
    known = first or last
    year = fiscal_year(month_days(known)[0] if known else today)
    at, end = max(f"{year}-04", MONTHS[0]), min(f"{year + 1}-03", MONTHS[1])
    return months_between(first or at, last or end)


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


def _turnouts(session: Session, actor: Actor, months: Sequence[str], found: Mapping[str, Rows]) -> list[OwnTurnout]:
    reports = list(map(OwnReport._make, sorted(found["reports"])))
    decisions: dict[uuid.UUID, list[Step]] = defaultdict(list)
    for report_id, *event in sorted(found["decisions"], key=itemgetter(1)):
        decisions[report_id].append(Step._make(event))
    disputes = {
        report_id: OwnDispute._make(dispute) for report_id, *dispute in sorted(found["disputes"], key=itemgetter(1, 2))
    }
    lines = _lines(session, actor, reports, Lines(found["lines"]), months)
    return [
        OwnTurnout(report, tuple(decisions[report.id]), tuple(lines[str(report.id)]), disputes.get(report.id))
        for report in reports
    ]


def _lines(
    session: Session, actor: Actor, reports: Iterable[OwnReport], settings: Lines, months: Sequence[str]
) -> dict[str, list[PaidLine]]:
    """What each report (by id) earns, by the rules that the brigade's month is paid by."""
    paid_by: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        held = settings.on(report.brigade_id or report.unit_id, month_days(report.month)[1])
        if held.pay_rules:
            paid_by[held.pay_rules].add(str(report.id))
    found: dict[str, list[PaidLine]] = defaultdict(list)
    for municipality, ids in paid_by.items():
        for paid in pay_of(session, actor.bureau_id, municipality, (months[0], months[-1]), ids, [actor.member_id])[0]:
            found[paid.line.report_id].append(paid)
    return found
