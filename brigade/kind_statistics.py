"""What a unit did in a span of months, by kind and month; and who was there how often. For the eyes of its leaders.

Counted as in ``statistics.py``, whose categories are the ministry's: what was submitted and not withdrawn, in the month
in Japan in which it began, of the unit with all below it and all that it took over.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.actor import Actor
from brigade.dates import month_days
from brigade.db import chunks
from brigade.month.heirs import NAMED, successors, taken_over
from brigade.month.reach import led_unit
from brigade.month.spans import months_between
from brigade.month.tallies import NOTHING, PART, Reported, Tally, counted, measures, reported, tallied
from brigade.organisation.people import Member
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit
from brigade.viewings import viewed


@dataclass(frozen=True, slots=True)
class KindMonths:
    """One kind: each month, and the whole span."""

    code: str
    months: tuple[Tally, ...]
    whole: Tally


@dataclass(frozen=True, slots=True)
class MemberTimes:
    """One person: at how many events of each kind, at how many in all, and for how many minutes."""

    id: uuid.UUID
    number: str
    name: str
    kinds: dict[str, int]
    times: int
    minutes: int


@dataclass(frozen=True, slots=True)
class KindStatistics:
    """Kinds in which something happened, the most frequent first; ``total`` are the months of all kinds together. People
    in order of their times; nobody where they were not asked for.
    """

    unit: Unit
    months: tuple[str, ...]
    kinds: tuple[KindMonths, ...]
    total: KindMonths
    members: tuple[MemberTimes, ...]


def kind_statistics(
    session: Session, actor: Actor, unit_id: uuid.UUID, first: str, last: str, *, people: bool,
    rows: Sequence[Reported] | None = None,
) -> KindStatistics:  # fmt: skip
    """The months from ``first`` to ``last`` of a unit that one leads or stands over; with its ``people`` where asked.

    NotFound or Refused as for its months, Invalid for a span that is none or too long. A fixed number of statements.
    ``rows``: the unit's reports of these months and maybe of others, where they are at hand.
    """
    months = tuple(months_between(first, last))
    unit, _, day = led_unit(session, actor, unit_id, min(month_days(last)[1], actor.today))
    once = settings_of(session, unit.id, day).incidents_once
    own = taken_over(unit.id, successors(session, unit.bureau_id, dt.date.max))
    if rows is None:
        rows = reported(session, unit.level, own, months[0], months[-1])
    else:
        rows = [row for row in rows if months[0] <= row.month <= months[-1]]
    found = _members(session, unit, own, months) if people else ()
    return KindStatistics(unit, months, *_kinds(rows, months, once), found)


def _kinds(rows: Sequence[Reported], months: Sequence[str], once: bool) -> tuple[tuple[KindMonths, ...], KindMonths]:
    """Each kind, and all together: an event with reports of two kinds, or on both sides of a month's end, is one time of
    the whole.
    """

    def keys(row: Reported) -> Iterator[tuple[str, str]]:
        yield row.kind, row.month
        yield row.kind, ""
        yield "", row.month
        yield "", ""

    cells = tallied(rows, keys, once=once)
    made = [
        KindMonths(code, tuple(cells.get((code, at), NOTHING) for at in months), cells.get((code, ""), NOTHING))
        for code in sorted({row.kind for row in rows} | {""})
    ]
    return tuple(sorted(made[1:], key=lambda one: (-one.whole.times, one.code))), made[0]


def _members(
    session: Session, unit: Unit, own: Collection[uuid.UUID], months: Sequence[str]
) -> tuple[MemberTimes, ...]:
    """A person who was in two reports of one event was there once."""
    member, kind = PART.c.member_id, ActivityReport.kind
    asked = counted([member, kind, *measures()], unit.level, own, months[0], months[-1]).where(member.is_not(None))
    kinds: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    minutes: dict[uuid.UUID, int] = defaultdict(int)
    for id_, code, *numbers in session.execute(asked.group_by(member, kind)):
        tally = Tally(*map(int, numbers))
        kinds[id_][code] = tally.times
        minutes[id_] += tally.minutes
    made = []
    for chunk in chunks(sorted(kinds)):
        viewed(session, chunk)
        named = select(Member.id, Member.number, Member.name, Member.kana_sort).where(Member.id.in_(chunk))
        for id_, number, name, kana in session.execute(named, execution_options=NAMED):
            times = MemberTimes(id_, number, name, kinds[id_], sum(kinds[id_].values()), minutes[id_])
            made.append(((-times.times, -times.minutes, kana, number), times))
    return tuple(times for _, times in sorted(made, key=lambda one: one[0]))
