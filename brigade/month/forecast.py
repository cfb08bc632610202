"""What reports that are not confirmed yet would earn: their people's turnouts added to what these have done already.

The same rules as for the month itself; the day's other turnouts count, so that caps show before anybody approves.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event
from brigade.activity.kinds import catalogue, may_take_part
from brigade.activity.prior_notice import EVENT_COLUMNS, NO_EVENT, PlannedAs
from brigade.actor import Actor
from brigade.month.earnings import PAYING, is_notified, turnouts_of
from brigade.organisation.member_types import TypeHeld, Types
from brigade.organisation.people import Member
from brigade.organisation.unit_settings import settings_of_units
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import Turnout, turnout_pay


@dataclass(slots=True)
class Expected:
    """Whole yen, and how many lines have no known amount."""

    yen: int = 0
    unknown: int = 0


def forecast(session: Session, actor: Actor, rows: Sequence[ActivityReport]) -> Mapping[uuid.UUID, Expected]:
    """What each report would earn if all of them were confirmed; their people must be loaded. Nothing without rules."""
    found = {row.id: Expected() for row in rows}
    places = {row.brigade_id or row.unit_id for row in rows}
    held = settings_of_units(session, places, actor.today) if places else {}
    by_city: dict[str, list[ActivityReport]] = defaultdict(list)
    for row in rows:
        by_city[held[row.brigade_id or row.unit_id].pay_rules].append(row)
    for city, its in by_city.items():
        if not city:
            continue
        months = sorted({row.month for row in its})
        done = turnouts_of(session, actor.bureau_id, _people(its), months[0], months[-1])
        added = _turnouts(session, its, done.types)
        for member_id, turnouts in added.items():
            ids = {turnout.report_id for turnout in turnouts}
            before = [one for one in done.by_member.get(member_id, ()) if one.report_id not in ids]
            for line in turnout_pay(pay_rules(), city, [*before, *turnouts]):
                if line.report_id in ids:
                    expected = found[uuid.UUID(line.report_id)]
                    expected.yen += line.yen or 0
                    expected.unknown += line.is_unknown
    return found


def _people(rows: Sequence[ActivityReport]) -> set[uuid.UUID]:
    return {part.member_id for row in rows for part in row.participations}


def _turnouts(session: Session, rows: Sequence[ActivityReport], former: Types) -> Mapping[str, list[Turnout]]:
    """The turnouts that these reports tell of, by person. ``former``: what people were before."""
    whose = select(Member.id, Member.member_type, Member.allowed_kinds).where(Member.id.in_(_people(rows)))
    types = {id_: TypeHeld(*now) for id_, *now in session.execute(whose, execution_options=PAYING)}
    ids = {row.event_id for row in rows if row.event_id}
    asked = select(Event.id, *EVENT_COLUMNS).where(Event.id.in_(ids))
    events = {row[0]: PlannedAs._make(row[1:]) for row in session.execute(asked, execution_options=PAYING)}
    found: dict[str, list[Turnout]] = defaultdict(list)
    for row in rows:
        kind = catalogue().get(row.kind)
        if kind is None:
            continue
        event = events.get(row.event_id, NO_EVENT) if row.event_id else NO_EVENT
        noticed = is_notified(row.details.get("plan_id"), event, row.kind, row.started_at)
        for part in row.participations:
            found[str(part.member_id)].append(
                Turnout(
                    str(row.id), row.kind, kind.pay_class, kind.tax_class, part.started_at or row.started_at,
                    part.ended_at or row.ended_at, part.role, part.acted, noticed,
                    may_take_part(*former.at(part.member_id, row.started_at, types[part.member_id]), kind),
                )
            )  # fmt: skip
    return found
