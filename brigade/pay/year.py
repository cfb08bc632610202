"""The annual pay of everyone at or below a unit for a fiscal year, with what of the year's pay is wages.

The rules are ``annual.py`` and ``served.py``; here they are given what the store holds. Each person counts once: with the
unit to which they belonged last in the year, with all that they served anywhere. Days as staff are no service.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.dates import fiscal_year_bounds, within
from brigade.db import chunks
from brigade.month.earnings import Done, paid_since, payers_of, turnouts_of
from brigade.month.heirs import with_predecessors
from brigade.month.reach import led_unit
from brigade.organisation.member_types import Types, former_types
from brigade.organisation.people import Absence, FormerType, Member, Membership, Post
from brigade.organisation.ranks import MemberType, Typed
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
    """One person's fiscal year. ``rules`` are those of the unit where they belonged last, ``member_type`` is what they were
    there; ``pay`` None where there are none or these know no annual pay.
    """

    member: Member
    member_type: str
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
    types = former_types(session, actor.bureau_id, paid_since(f"{year}-04"))
    units, people = _people(session, unit, types, first, last)
    months = (f"{year}-04", f"{year + 1}-03")
    done = turnouts_of(session, actor.bureau_id, [one.member.id for one in people], *months, types)
    payers = payers_of(session, {id_: at for id_, at in done.places.items() if months[0] <= at[1] <= months[1]})
    settings = Lines(session.execute(LINE.where(UnitTree.below_id.in_(units)), execution_options=SERVING).all())
    absences = _by_member(session, Absence, people, first, last)
    posts = _by_member(session, Post, people, first, last)
    found = []
    for one in people:
        spans = served(
            [Span(row.valid_from, row.valid_to) for row in one.memberships],
            [Held(row.post, Span(row.valid_from, row.valid_to)) for row in posts[one.member.id]],
            [Span(row.valid_from, row.valid_to) for row in absences[one.member.id]],
            one.types,
            first,
            last,
        )
        was_active, turnouts = _turnouts(done, str(one.member.id), payers, months)
        rules = rules_of_year(settings.on(one.here.unit_id, one.here.day).pay_rules, year)
        pay = annual_pay(rules, year, spans, was_active=was_active) if rules else None
        wages = taxable_annual(rules, pay.yen or 0) if rules and pay else 0
        found.append(
            MemberYear(
                one.member, one.here.member_type, units[one.here.unit_id], rules, tuple(spans), was_active, pay, turnouts, wages
            )
        )  # fmt: skip
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


class _Here(NamedTuple):
    """Where somebody belonged on the last day of the year on which they did, and as what."""

    unit_id: uuid.UUID
    day: dt.date
    member_type: str


class _Counted(NamedTuple):
    """A person who counts here, with the year's memberships, the earliest first, and every type."""

    member: Member
    memberships: Sequence[Membership]
    types: Sequence[Typed]
    here: _Here


def _people(
    session: Session, unit: Unit, types: Types, first: dt.date, last: dt.date
) -> tuple[Mapping[uuid.UUID, Unit], list[_Counted]]:
    """The units of those who count here, and these people."""
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
    members = session.scalars(
        select(Member)
        .where(Member.id.in_(_ever_here(taken_over, first, last)), or_(Member.member_type != MemberType.STAFF, _WAS_OTHER))
        .order_by(Member.kana_sort, Member.number),
        execution_options=SERVING,
    )  # fmt: skip
    found = []
    for member in members:
        its = types.spans(member.id, member.member_type)
        here = _last_served(memberships[member.id], its, first, last)
        if here is not None and any(within(here.day, *span) for span in spans.get(here.unit_id, ())):
            found.append(_Counted(member, memberships[member.id], its, here))
    units = session.scalars(
        select(Unit).where(Unit.id.in_({one.here.unit_id for one in found})), execution_options=SERVING
    )
    return {unit.id: unit for unit in units}, found


_WAS_OTHER = exists().where(FormerType.member_id == Member.id, FormerType.member_type != MemberType.STAFF)
"""SQL: somebody who is staff was not so always."""


def _last_served(
    memberships: Sequence[Membership], types: Sequence[Typed], first: dt.date, last: dt.date
) -> _Here | None:
    """Where they belonged last as a member of a brigade; None for who was staff all the time."""
    for row in reversed(memberships):
        for one in reversed(types):
            days = max(row.valid_from, one.first, first), min(row.valid_to or last, one.last or last, last)
            if one.member_type != MemberType.STAFF and days[0] <= days[1]:
                return _Here(row.unit_id, days[1], one.member_type)
    return None


def _ever_here(taken_over: Collection[uuid.UUID], first: dt.date, last: dt.date) -> Select[Any]:
    """SQL: ids of all who belonged, on some day of the year, to a unit that was ever below in it."""
    return (
        select(Membership.member_id)
        .join(UnitTree, UnitTree.below_id == Membership.unit_id)
        .where(UnitTree.above_id.in_(taken_over), _overlap(UnitTree, first, last), _overlap(Membership, first, last))
    )


def _by_member(
    session: Session, model: Any, people: Sequence[_Counted], first: dt.date, last: dt.date
) -> Mapping[uuid.UUID, list[Any]]:
    """The dated rows of these people that count in the year."""
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for chunk in chunks([one.member.id for one in people]):
        asked = select(model).where(model.member_id.in_(chunk), _overlap(model, first, last))
        for row in session.scalars(asked, execution_options=SERVING):
            found[row.member_id].append(row)
    return found
