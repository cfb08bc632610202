"""The sums of a month without what its reports say: quick for a whole city, and cell by cell those of the sheet.

Reports and people are counted by the database. Pay is worked out as for the sheet, by the same rules, only without a
sentence for each line. A test holds both to each other on months that chance made.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue, kind_label
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.dates import month_days
from brigade.month.breakdown import NOT_IN_SURVEY
from brigade.month.earnings import lines_of, rules_used
from brigade.month.figures import PAYABLE, rules_said
from brigade.month.heirs import inherited, successors, with_predecessors
from brigade.month.reach import led_unit
from brigade.month.reading import month_heads
from brigade.month.sheet import CategoryTotal, KindTotal, UnitTotal
from brigade.month.tallies import NOTHING, PART, Reported, counted, reported, tallied, unit_column
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit
from brigade.pay.turnouts import PayLine
from brigade.wording import text


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Named as in ``MonthSheet``."""

    month: str
    unit_id: str
    unit_name: str
    level: str
    times: int
    person_times: int
    minutes: int
    yen: int
    unknown: int
    kinds: tuple[KindTotal, ...]
    categories: tuple[CategoryTotal, ...]
    units: tuple[UnitTotal, ...]
    rules: tuple[str, ...]


WHOLE = ""
"""The key under which all kinds are added up together."""


def month_sums(session: Session, actor: Actor, unit_id: uuid.UUID, month: str, lang: str) -> MonthSums:
    """The month as it is now. NotFound and Refused as for ``month_rows``."""
    unit, _, day = led_unit(session, actor, unit_id, month_days(month)[1])
    heads = month_heads(session, actor, unit_id, month)
    held = settings_of(session, unit.id, day)
    rows, lines = _reports(session, unit, month)
    classes = {kind.code: kind.statistics_class for kind in catalogue()}
    kinds = tallied(rows, lambda row: (row.kind, WHOLE), once=False)
    categories = tallied(rows, lambda row: (classes.get(row.kind, "none"),), once=held.incidents_once)
    units = tallied(rows, lambda row: lines[row.beside[0]], once=False)
    states = Counter((place, row.beside[1]) for row in rows for place in lines[row.beside[0]])

    yen: Counter[str] = Counter()
    unknown, used = 0, set()
    for line in _pay(session, actor, unit, held.pay_rules, month, rows):
        unknown += line.is_unknown
        used.add(line.rule_set)
        for place in (WHOLE, *lines[uuid.UUID(line.report_id)]):
            yen[place] += line.yen or 0

    whole = kinds.pop(WHOLE, NOTHING)
    return MonthSums(
        month, str(unit.id), unit.name, unit.level, whole.reports, whole.person_times, whole.minutes, yen[WHOLE], unknown,
        tuple(
            KindTotal(code, kind_label(code, lang), one.reports, one.person_times, one.minutes)
            for code, one in sorted(kinds.items())
        ),
        tuple(
            CategoryTotal(code, text(f"class.statistics.{code}", lang), one.times, one.reports, one.person_times)
            for code in catalogue().classes["statistics"]
            if code != NOT_IN_SURVEY and (one := categories.get(code))
        ),
        tuple(
            UnitTotal(
                one.id, one.name, one.level, one.depth, sums.reports, sums.person_times, sums.minutes,
                states[one.id, State.IN_REVIEW], states[one.id, State.RETURNED], yen[one.id],
            )
            for one in heads.units
            for sums in (units.get(one.id, NOTHING),)
        ),
        rules_said(rules_used(used), lang),
    )  # fmt: skip


def _reports(session: Session, unit: Unit, month: str) -> tuple[list[Reported], dict[uuid.UUID, set[str]]]:
    """The reports, with id and state first in ``beside``; and of each the units in which it is counted."""
    after = successors(session, unit.bureau_id, max(month_days(month)[1], unit.valid_from))
    beside = [ActivityReport.id, ActivityReport.state, *map(unit_column, Level)]
    rows = reported(session, unit.level, with_predecessors(session, unit), month, month, beside)
    heirs = cache(lambda id_: tuple(map(str, inherited(id_, after))))
    return rows, {row.beside[0]: {one for id_ in row.beside[2:] if id_ for one in heirs(id_)} for row in rows}


def _pay(
    session: Session, actor: Actor, unit: Unit, municipality: str, month: str, rows: Sequence[Reported]
) -> Iterable[PayLine]:
    """The lines of what is confirmed; nothing where no municipality is set."""
    asked = {str(row.beside[0]) for row in rows if row.beside[1] in PAYABLE}
    if not municipality or not asked:
        return ()
    own = with_predecessors(session, unit)
    there = counted([PART.c.member_id], unit.level, own, month, month).where(ActivityReport.state.in_(PAYABLE))
    people = set(session.scalars(there.distinct())) - {None}
    found = lines_of(session, actor.bureau_id, municipality, (month, month), asked, people)
    return (line for _, line in found)
