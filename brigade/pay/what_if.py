"""What another rule set would have paid for past months, beside what the rules in force pay. Nothing is stored.

Counted are the confirmed reports of a unit, read and paid just as the months themselves (``month/earnings.py``).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.actor import Actor
from brigade.dates import month_bounds, month_days
from brigade.db import chunks
from brigade.month.earnings import Done, paid_since, payers_of, turnouts_of
from brigade.month.figures import PAYABLE
from brigade.month.heirs import NAMED, with_predecessors
from brigade.month.reach import led_unit
from brigade.month.spans import months_between
from brigade.month.tallies import PART, unit_column
from brigade.organisation.member_types import former_types
from brigade.organisation.people import Member
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit
from brigade.pay.payer import Payer
from brigade.pay.rules import RuleSet
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import PayLine, Reason
from brigade.viewings import viewed

LARGEST = 10


@dataclass(slots=True)
class Paid:
    """Whole yen, and how many lines have no known amount."""

    yen: int = 0
    unknown: int = 0

    def add(self, yen: int | None) -> None:
        """One line more."""
        self.yen += yen or 0
        self.unknown += yen is None


@dataclass(frozen=True, slots=True)
class Compared:
    """By the rules in force and by the other rule set."""

    in_force: Paid
    other: Paid

    @property
    def difference(self) -> int:
        """How much more the other one gives."""
        return self.other.yen - self.in_force.yen


@dataclass(frozen=True, slots=True)
class MemberCompared:
    """One person's sums."""

    id: uuid.UUID
    number: str
    name: str
    sums: Compared


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Month by month, in all, and the people for whom it changes most. ``municipality`` is the unit's own; what is in force
    is what pays each report.
    """

    unit: Unit
    municipality: str
    rules: RuleSet
    months: dict[str, Compared]
    whole: Compared
    members: tuple[MemberCompared, ...]


def what_if(session: Session, actor: Actor, unit_id: uuid.UUID, code: str, first: str, last: str) -> WhatIf:
    """The months from ``first`` to ``last`` of a unit in the asker's reach, by the rule set of that code on every day.

    Invalid for months in the wrong order or too many of them; NotFound or Refused as for the unit's months.
    """
    months = months_between(first, last)
    unit, _, day = led_unit(session, actor, unit_id, month_days(last)[1])
    municipality = settings_of(session, unit.id, day).pay_rules
    rules = pay_rules().named(code)
    asked, people = _confirmed(session, unit, first, last)
    by_month = {month: _nothing() for month in months}
    by_member: dict[str, Compared] = defaultdict(_nothing)
    other = Payer(pay_rules().always(rules.code), rules.municipality)
    types = former_types(session, actor.bureau_id, paid_since(first))
    for chunk in chunks(sorted(people)):
        done = turnouts_of(session, actor.bureau_id, chunk, first, last, types)
        payers = payers_of(session, {id_: at for id_, at in done.places.items() if id_ in asked})
        for member_id in done.by_member:
            for is_other, line in _lines(done, member_id, other, payers):
                if line.report_id in asked:
                    for sums in (by_month[asked[line.report_id]], by_member[member_id]):
                        (sums.other if is_other else sums.in_force).add(line.yen)
    return WhatIf(unit, municipality, rules, by_month, _sum(by_month.values()), _largest(session, by_member))


def _nothing() -> Compared:
    return Compared(Paid(), Paid())


def _sum(all_: Iterable[Compared]) -> Compared:
    whole = _nothing()
    for one in all_:
        for into, from_ in ((whole.in_force, one.in_force), (whole.other, one.other)):
            into.yen += from_.yen
            into.unknown += from_.unknown
    return whole


def _confirmed(session: Session, unit: Unit, first: str, last: str) -> tuple[dict[str, str], set[uuid.UUID]]:
    """The month of each confirmed report, and everyone in them."""
    found = session.execute(
        select(ActivityReport.id, ActivityReport.month, PART.c.member_id)
        .join(PART, PART.c.report_id == ActivityReport.id)
        .where(
            unit_column(unit.level).in_(with_predecessors(session, unit)),
            ActivityReport.started_at >= month_bounds(first)[0],
            ActivityReport.started_at < month_bounds(last)[1],
            ActivityReport.state.in_(PAYABLE),
        )
    ).all()
    return {str(id_): month for id_, month, _ in found}, {member_id for _, _, member_id in found}


def _lines(done: Done, member_id: str, other: Payer, payers: Mapping[str, Payer]) -> Iterator[tuple[bool, PayLine]]:
    """Every line of both, those of the other rule set marked. ``payers``: in force, by report."""
    in_force = {payers[turnout.report_id] for turnout in done.by_member[member_id] if turnout.report_id in payers}
    for payer in (other, *in_force):
        for line in done.lines(member_id, payer):
            # What is on hold is paid by neither until it is settled.
            if line.reason is not Reason.HELD and (payer is other or payers.get(line.report_id) is payer):
                yield payer is other, line


def _largest(session: Session, by_member: dict[str, Compared]) -> tuple[MemberCompared, ...]:
    changed = [
        (id_, sums) for id_, sums in by_member.items() if sums.difference or sums.in_force.unknown != sums.other.unknown
    ]
    changed.sort(key=lambda one: (-abs(one[1].difference), one[0]))
    top = changed[:LARGEST]
    if not top:
        return ()
    people = {
        id_: (number, name)
        for id_, number, name in session.execute(
            select(Member.id, Member.number, Member.name).where(Member.id.in_([uuid.UUID(id_) for id_, _ in top])),
            execution_options=NAMED,
        )
    }
    viewed(session, people)
    return tuple(MemberCompared(uuid.UUID(id_), *people[uuid.UUID(id_)], sums) for id_, sums in top)
