"""The sums of a month without what its reports say: quick for a whole city, and cell by cell those of the sheet.

Reports and people are counted by the database (``totals.py``). Pay is worked out by the sheet's own rule, for sums alone
(``earned.py``), where it is asked for. A test holds all of it to the sheet on months that chance made.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce

from sqlalchemy import case, func
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue, kind_label
from brigade.activity.surroundings import PLACE
from brigade.actor import Actor
from brigade.dates import month_days
from brigade.month.breakdown import NOT_IN_SURVEY
from brigade.month.earned import Earned, earned
from brigade.month.earnings import paid_by, rules_used
from brigade.month.figures import PAYABLE, rules_said
from brigade.month.heirs import Successors, successors, with_predecessors
from brigade.month.reach import led_unit
from brigade.month.reading import all_units, line_columns, month_lines
from brigade.month.report_rows import line_of
from brigade.month.rows import UnitRow
from brigade.month.sheet import CategoryTotal, KindTotal, UnitTotal
from brigade.month.tallies import EVENT, PART, counted, people_and_minutes
from brigade.month.totals import Sum, Totals, month_totals
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit
from brigade.wording import text


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Named as in ``MonthSheet``; ``units`` down to the level that was asked for. Where pay was left out ``yen`` and
    ``unknown`` are None, the units' yen 0, and there are no ``rules``.
    """

    month: str
    unit_id: str
    unit_name: str
    level: str
    times: int
    person_times: int
    minutes: int
    yen: int | None
    unknown: int | None
    kinds: tuple[KindTotal, ...]
    categories: tuple[CategoryTotal, ...]
    units: tuple[UnitTotal, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A unit's month: the unit with those it took over, and who took over whom by then."""

    unit: Unit
    own: Collection[uuid.UUID]
    after: Successors
    month: str


def month_sums(
    session: Session, actor: Actor, unit_id: uuid.UUID, month: str, lang: str, *, down_to: Level = LEVELS[-1],
    paid_up_to: int | None = None,
) -> MonthSums:  # fmt: skip
    """The month as it is now. Pay is left out of a month of more than ``paid_up_to`` reports.

    NotFound and Refused as for ``month_rows``.
    """
    first, last = month_days(month)
    unit, _, day = led_unit(session, actor, unit_id, last)
    until = max(last, unit.valid_from)
    held = settings_of(session, unit.id, day)
    place = _Place(unit, with_predecessors(session, unit), successors(session, unit.bureau_id, until), month)
    levels = LEVELS[: max(LEVELS.index(down_to), LEVELS.index(Level(unit.level))) + 1]
    totals = month_totals(session, actor, unit_id, month, levels[-1])
    units = all_units(session, unit, first, until, month_lines(session, unit, month, place.after, levels), levels)
    whole = totals.whole
    paid, yen = None, Counter[str]()
    if paid_up_to is None or whole.times <= paid_up_to:
        paid, yen = _paid(session, place, levels)
    return MonthSums(
        month, str(unit.id), unit.name, unit.level, whole.times, whole.person_times, whole.minutes,
        paid.yen.total() if paid else None, paid.unknown if paid else None,
        tuple(
            KindTotal(code, kind_label(code, lang), one.times, one.person_times, one.minutes)
            for code, one in sorted(totals.kinds.items())
        ),
        _categories(session, place, totals.kinds, once=held.incidents_once, lang=lang),
        tuple(_unit_total(one, totals, yen) for one in units),
        rules_said(rules_used(paid.rule_sets), lang) if paid else (),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """What would be counted if a unit's month were sealed now; named as in ``MonthSheet``."""

    times: int
    person_times: int
    minutes: int
    yen: int
    unknown: int


def received(session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> Received:
    """Of what the station has received. NotFound and Refused as for ``month_rows``."""
    unit, *_ = led_unit(session, actor, unit_id, month_days(month)[1])
    own, in_it = with_predecessors(session, unit), ActivityReport.state.in_(PAYABLE)
    there = counted([ActivityReport.id], unit.level, own, month, month, with_people=False)
    reports = session.scalars(there.where(in_it)).all()
    people, minutes = session.execute(people_and_minutes(unit.level, own, month, month, [in_it])).one()
    paid = earned_by(session, unit, own, month, reports)
    return Received(len(reports), int(people), int(minutes), paid.yen.total(), paid.unknown)


def _paid(session: Session, place: _Place, levels: Collection[Level]) -> tuple[Earned, Counter[str]]:
    """What the month earns, and its yen by unit."""
    lines, yen = _payable(session, place, levels), Counter[str]()
    paid = earned_by(session, place.unit, place.own, place.month, lines)
    for report_id, line in lines.items():
        for one in set(line):
            yen[one] += paid.yen[report_id]
    return paid, yen


def earned_by(
    session: Session, unit: Unit, own: Collection[uuid.UUID], month: str, asked: Collection[uuid.UUID]
) -> Earned:
    """What these reports of a unit's month earn. ``own``: the unit with those it took over."""
    there = counted([PART.c.member_id], unit.level, own, month, month)
    there = there.where(ActivityReport.state.in_(PAYABLE), PART.c.member_id.is_not(None))
    people = None if unit.level == Level.BUREAU else set(session.scalars(there.distinct()))
    places, found = places_of(session, unit, own, month), Earned()
    for municipality, its in paid_by(session, {id_: (places[id_], month) for id_ in asked}).items():
        found.add(earned(session, unit.bureau_id, municipality, month, its, people))
    return found


def places_of(session: Session, unit: Unit, own: Collection[uuid.UUID], month: str) -> Mapping[uuid.UUID, uuid.UUID]:
    """Each confirmed report of a unit's month, and its brigade or what stands in its place: for ``paid_by``."""
    asked = counted([ActivityReport.id, PLACE], unit.level, own, month, month, with_people=False)
    rows = session.execute(asked.where(ActivityReport.state.in_(PAYABLE)))
    return {row[0]: row[1] for row in rows}


def _payable(session: Session, place: _Place, levels: Collection[Level]) -> Mapping[uuid.UUID, tuple[str, ...]]:
    """What is confirmed, and the line of units in which it is counted."""
    columns = [ActivityReport.id, *line_columns(levels)]
    asked = counted(columns, place.unit.level, place.own, place.month, place.month, with_people=False)
    rows = session.execute(asked.where(ActivityReport.state.in_(PAYABLE)))
    return {row.id: line_of(row, place.after) for row in rows}


def _categories(
    session: Session, place: _Place, kinds: Mapping[str, Sum], *, once: bool, lang: str
) -> tuple[CategoryTotal, ...]:
    """``once``: what several units did at one event is one time."""
    classes = {kind.code: kind.statistics_class for kind in catalogue()}
    codes: dict[str, list[str]] = defaultdict(list)
    for code in kinds:
        codes[classes.get(code, NOT_IN_SURVEY)].append(code)
    sums = {one: reduce(Sum.plus, (kinds[code] for code in of)) for one, of in codes.items() if one != NOT_IN_SURVEY}
    times = _events(session, place, {one: codes[one] for one in sums}) if once else {}
    return tuple(
        CategoryTotal(
            one, text(f"class.statistics.{one}", lang), times.get(one, sums[one].times), sums[one].times,
            sums[one].person_times,
        )
        for one in catalogue().classes["statistics"] if one in sums
    )  # fmt: skip


def _events(session: Session, place: _Place, codes: Mapping[str, Collection[str]]) -> Mapping[str, int]:
    """How many events there were of the kinds with these codes, by category."""
    of = [func.count(case((ActivityReport.kind.in_(kinds), EVENT)).distinct()) for kinds in codes.values()]
    asked = counted(of, place.unit.level, place.own, place.month, place.month, with_people=False)
    return dict(zip(codes, session.execute(asked).one(), strict=True)) if of else {}


def _unit_total(unit: UnitRow, totals: Totals, yen: Mapping[str, int]) -> UnitTotal:
    return UnitTotal(unit.id, unit.name, unit.level, unit.depth, *totals.of(uuid.UUID(unit.id)), yen.get(unit.id, 0))
