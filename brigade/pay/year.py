"""The annual pay of everyone at or below a unit for a fiscal year, with what of the year's pay is wages.

The rules are ``annual.py`` and ``served.py``; here they are given what the store holds. Each person counts once: with the
unit to which they belonged last in the year, with all that they served anywhere.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.dates import fiscal_year_bounds
from brigade.db import chunks
from brigade.month.earnings import Done, payers_of, turnouts_of
from brigade.month.heirs import with_predecessors
from brigade.month.reach import led_unit
from brigade.organisation.people import Absence, Member, Membership, Post
from brigade.organisation.ranks import MemberType
from brigade.organisation.unit_settings import LINE, Lines, settings_of
from brigade.organisation.units import Unit, UnitTree
from brigade.pay.annual import AnnualPay, Served, annual_pay, taxable, taxable_annual
from brigade.pay.payer import Payer
from brigade.pay.rules import NoRule, RuleSet
from brigade.pay.rules_file import pay_rules
from brigade.pay.served import Held, Span, served
from brigade.pay.turnouts import PayLine

SERVING = {"as_system": "what a person earns in a year depends on all that was served, whoever looks"}


@dataclass(frozen=True, slots=True)
class TurnoutYear:
    """What the confirmed turnouts of a year give: yen, lines without a known amount, and the part that is wages."""

    yen: int
    unknown: int
    taxable: int


@dataclass(frozen=True, slots=True)
class MemberYear:
    """One person's fiscal year. ``rules`` are those of the unit where they belonged last; ``pay`` None where there are none or
    these know no annual pay.
    """

    member: Member
    unit: Unit
    rules: RuleSet | None
    served: tuple[Served, ...]
    was_active: bool
    pay: AnnualPay | None
    turnouts: TurnoutYear
    taxable_annual: int


@dataclass(frozen=True, slots=True)
class AnnualYear:
    """A unit's fiscal year. ``rules``: its own of the year's first day, None where there are none; its people may have others.
    ``is_over``: nothing can come yet.
    """

    unit: Unit
    year: int
    rules: RuleSet | None
    is_over: bool
    members: tuple[MemberYear, ...]


def annual_year(session: Session, actor: Actor, unit_id: uuid.UUID, year: int) -> AnnualYear:
    """Everyone who belonged last in the fiscal year to the unit or one below it, in order of names.

    Of a year that is not over the answer is what it will be if nothing changes. NotFound or Refused as for its months.
    """
    first, last = fiscal_year_bounds(year)
    unit, _, day = led_unit(session, actor, unit_id, min(last, actor.today))
    municipality = settings_of(session, unit.id, day).pay_rules
    units, people = _people(session, unit, first, last)
    months = (f"{year}-04", f"{year + 1}-03")
    done = turnouts_of(session, actor.bureau_id, [member.id for member, _ in people], *months)
    payers = payers_of(session, {id_: at for id_, at in done.places.items() if months[0] <= at[1] <= months[1]})
    settings = Lines(session.execute(LINE.where(UnitTree.below_id.in_(units)), execution_options=SERVING).all())
    absences = _by_member(session, Absence, people, first, last)
    posts = _by_member(session, Post, people, first, last)
    found = []
    for member, memberships in people:
        spans = served(
            [Span(row.valid_from, row.valid_to) for row in memberships],
            [Held(row.post, Span(row.valid_from, row.valid_to)) for row in posts[member.id]],
            [Span(row.valid_from, row.valid_to) for row in absences[member.id]],
            first,
            last,
        )
        was_active, turnouts = _turnouts(done, str(member.id), payers, months)
        here = memberships[-1]
        rules = rules_of_year(settings.on(here.unit_id, min(here.valid_to or last, last)).pay_rules, year)
        pay = annual_pay(rules, year, spans, member.member_type, was_active=was_active) if rules else None
        wages = taxable_annual(rules, pay.yen or 0) if rules and pay else 0
        found.append(MemberYear(member, units[here.unit_id], rules, tuple(spans), was_active, pay, turnouts, wages))
    return AnnualYear(unit, year, rules_of_year(municipality, year), last < actor.today, tuple(found))


def rules_of_year(municipality: str, year: int) -> RuleSet | None:
    """The rule set that holds on the fiscal year's first day; None where no municipality is set or it has none then."""
    try:
        return pay_rules().on(municipality, fiscal_year_bounds(year)[0])
    except NoRule:
        return None


def _turnouts(
    done: Done, member_id: str, payers: Mapping[str, Payer], months: tuple[str, str]
) -> tuple[bool, TurnoutYear]:
    """Whether the person was at anything in the year, and what it gives. ``payers``: of the reports of these months."""
    turnouts = done.by_member.get(member_id, [])
    inside = {turnout.report_id for turnout in turnouts if months[0] <= done.places[turnout.report_id][1] <= months[1]}
    by_rules: dict[str, list[PayLine]] = defaultdict(list)
    for payer in {payers[id_] for id_ in inside if id_ in payers}:
        for line in done.lines(member_id, payer):
            if payers.get(line.report_id) is payer:
                by_rules[line.rule_set].append(line)
    lines = [line for its in by_rules.values() for line in its]
    wages = sum(taxable(pay_rules().named(code), its) for code, its in by_rules.items() if code)
    return bool(inside), TurnoutYear(
        sum(line.yen or 0 for line in lines), sum(line.is_unknown for line in lines), wages
    )


def _overlap(model: Any, first: dt.date, last: dt.date) -> Any:
    """SQL: the dated row counts on some of the days."""
    return and_(model.valid_from <= last, or_(model.valid_to.is_(None), model.valid_to >= first))


def _people(
    session: Session, unit: Unit, first: dt.date, last: dt.date
) -> tuple[Mapping[uuid.UUID, Unit], list[tuple[Member, list[Membership]]]]:
    """The units of those who count here, and each person with the year's memberships, the earliest first."""
    taken_over = with_predecessors(session, unit)
    under = session.execute(
        select(UnitTree.below_id, UnitTree.valid_from, UnitTree.valid_to).where(
            UnitTree.above_id.in_(taken_over), _overlap(UnitTree, first, last)
        )
    ).all()
    spans: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for unit_id, start, end in under:
        spans[unit_id].append(Span(start, end))
    rows = session.scalars(
        select(Membership)
        .where(Membership.member_id.in_(_ever_here(taken_over, first, last)), _overlap(Membership, first, last))
        .order_by(Membership.member_id, Membership.valid_from),
        execution_options=SERVING,
    )
    memberships: dict[uuid.UUID, list[Membership]] = defaultdict(list)
    for row in rows:
        memberships[row.member_id].append(row)
    here = {id_: its for id_, its in memberships.items() if _last_here(its[-1], spans, last)}
    members = session.scalars(
        select(Member).where(Member.id.in_(_ever_here(taken_over, first, last)), Member.member_type != MemberType.STAFF)
        .order_by(Member.kana_sort, Member.number),
        execution_options=SERVING,
    )  # fmt: skip
    units = session.scalars(
        select(Unit).where(Unit.id.in_({its[-1].unit_id for its in here.values()})), execution_options=SERVING
    )
    return {unit.id: unit for unit in units}, [(member, here[member.id]) for member in members if member.id in here]


def _ever_here(taken_over: Collection[uuid.UUID], first: dt.date, last: dt.date) -> Select[Any]:
    """SQL: ids of all who belonged, on some day of the year, to a unit that was ever below in it."""
    return (
        select(Membership.member_id)
        .join(UnitTree, UnitTree.below_id == Membership.unit_id)
        .where(UnitTree.above_id.in_(taken_over), _overlap(UnitTree, first, last), _overlap(Membership, first, last))
    )


def _last_here(row: Membership, spans: Mapping[uuid.UUID, Sequence[Span]], last: dt.date) -> bool:
    """Whether the unit stood below on the last day of the year on which the person belonged to it."""
    day = min(row.valid_to or last, last)
    return any(first <= day and (end is None or day <= end) for first, end in spans.get(row.unit_id, ()))


def _by_member(
    session: Session, model: Any, people: Sequence[tuple[Member, Any]], first: dt.date, last: dt.date
) -> Mapping[uuid.UUID, list[Any]]:
    """The dated rows of these people that count in the year."""
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for chunk in chunks([member.id for member, _ in people]):
        asked = select(model).where(model.member_id.in_(chunk), _overlap(model, first, last))
        for row in session.scalars(asked, execution_options=SERVING):
            found[row.member_id].append(row)
    return found
