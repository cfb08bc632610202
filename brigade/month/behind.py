"""What one figure of a month is made of: its sums, and a page of the reports behind it.

The sums are counted without what the reports say (``sums.py`` does so too); people, pay, way of approval and names are
read for those on the page alone. The page is told by ``explain.py``, from these rows as from the whole month's.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Uuid, false, literal, select, tuple_
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue
from brigade.activity.surroundings import place_of
from brigade.actor import Actor
from brigade.dates import month_days
from brigade.db import Key, UtcTime, id_of, key_of
from brigade.month.earnings import lines_of, month_pay, paid_by, rules_used
from brigade.month.explain import Figure, Place, explain
from brigade.month.figures import COUNTED, PAYABLE
from brigade.month.heirs import successors, with_predecessors
from brigade.month.reach import led_unit
from brigade.month.reading import all_units
from brigade.month.report_rows import people_of, rows_of
from brigade.month.rows import MonthRows
from brigade.month.sums import earned_by, places_of
from brigade.month.tallies import EVENT, PART, category, counted, people_and_minutes
from brigade.organisation.unit_settings import on_any_day
from brigade.organisation.units import Unit
from brigade.problems import FieldProblem, Invalid


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure: everything, or one kind, one person, one category of the survey, or several of these at once."""

    kind: str | None = None
    member_id: uuid.UUID | None = None
    category: str | None = None

    def holds(self) -> Iterator[ColumnElement[bool]]:
        """SQL: the report is behind it."""
        yield ActivityReport.state.in_(COUNTED)
        if self.kind is not None:
            yield ActivityReport.kind == self.kind
        if self.category is not None:
            yield category() == self.category
        if self.member_id is not None:
            yield ActivityReport.id.in_(select(PART.c.report_id).where(PART.c.member_id == self.member_id))


class _Behind(NamedTuple):
    """A report behind the figure, its event or itself, and whether it comes after the place from which on the page goes."""

    key: Key
    event: Key
    state: str
    is_after: bool

    @property
    def id(self) -> uuid.UUID:
        """The report's."""
        return id_of(self.key)


class _Paid(NamedTuple):
    yen: int
    unknown: int
    rule_sets: Collection[str]


def figure_behind(
    session: Session, actor: Actor, unit_id: uuid.UUID, month: str, cell: Cell, after: Place | None, limit: int,
    paid_up_to: int | None = None,
) -> Figure:  # fmt: skip
    """The figure, with the ``limit`` reports ``after`` a place. Pay is left out of the sums where there are more than
    ``paid_up_to`` reports and not all of them are on the page.

    NotFound and Refused as for ``month_rows``; Invalid for a kind that there is not.
    """
    unit, line, day = led_unit(session, actor, unit_id, month_days(month)[1])
    own = with_predecessors(session, unit)
    behind = _behind(session, unit, own, month, cell, after)
    if cell.kind is not None and catalogue().get(cell.kind) is None and not behind:
        raise Invalid([FieldProblem("/kind", "unknown-kind")])
    start = sum(not one.is_after for one in behind) if after else 0
    page = behind[start : start + limit]
    rows = _rows(session, actor, unit, tuple(found.name for found in reversed(line)), day, month, page)
    who = str(cell.member_id) if cell.member_id else None
    shown = explain(
        rows,
        kind=cell.kind,
        member_id=who,
        category=cell.category,
        before={str(id_of(one.event)) for one in behind[:start]},
    )
    people, minutes = _people(session, unit, own, month, cell)
    paid = None
    if len(page) == len(behind):
        paid = _Paid(shown.yen, shown.unknown, {rules.code for rules in shown.rules})
    elif paid_up_to is None or len(behind) <= paid_up_to:
        paid = _paid(session, unit, own, month, behind, cell.member_id)
    by_event = cell.category is not None and rows.incidents_once
    return Figure(
        shown,
        times=len({one.event for one in behind}) if by_event else len(behind),
        reports=len(behind), person_times=people, minutes=minutes,
        yen=paid.yen if paid else None, unknown=paid.unknown if paid else None,
        rules=rules_used(paid.rule_sets) if paid else shown.rules,
        last=Place.of(shown.reasons[-1].report) if page and start + limit < len(behind) else None,
    )  # fmt: skip


def _behind(
    session: Session, unit: Unit, own: Collection[uuid.UUID], month: str, cell: Cell, after: Place | None
) -> Sequence[_Behind]:
    """In their order. By the store's own order it is told who comes after the place: its report may have left it."""
    place = (ActivityReport.started_at, ActivityReport.number, ActivityReport.id)
    is_after: ColumnElement[bool] = false()
    if after is not None:
        types = (UtcTime(), ActivityReport.number.type, Uuid())
        is_after = tuple_(*place) > tuple_(*(literal(*one) for one in zip(after, types, strict=True)))
    columns = [key_of(ActivityReport.id), key_of(EVENT), ActivityReport.state, is_after.label("is_after")]
    asked = counted(columns, unit.level, own, month, month, with_people=False).where(*cell.holds())
    return [_Behind(*row) for row in session.execute(asked.order_by(*place))]


def _people(session: Session, unit: Unit, own: Collection[uuid.UUID], month: str, cell: Cell) -> tuple[int, int]:
    """Attendances and their minutes."""
    which = list(cell.holds())
    if cell.member_id is not None:
        which.append(PART.c.member_id == cell.member_id)
    people, minutes = session.execute(people_and_minutes(unit.level, own, month, month, which)).one()
    return int(people), int(minutes)


def _paid(
    session: Session, unit: Unit, own: Collection[uuid.UUID], month: str, behind: Sequence[_Behind],
    member_id: uuid.UUID | None,
) -> _Paid:  # fmt: skip
    """What everybody earns in these reports, or one person."""
    asked = [one.id for one in behind if one.state in PAYABLE]
    if member_id is None:
        found = earned_by(session, unit, own, month, asked)
        return _Paid(found.yen.total(), found.unknown, found.rule_sets)
    places = places_of(session, unit, own, month)
    lines = [
        line
        for municipality, its in paid_by(session, {id_: (places[id_], month) for id_ in asked}).items()
        for _, line in lines_of(session, unit.bureau_id, municipality, (month, month), set(map(str, its)), [member_id])
    ]
    return _Paid(
        sum(line.yen or 0 for line in lines), sum(line.is_unknown for line in lines), {line.rule_set for line in lines}
    )


def _rows(
    session: Session, actor: Actor, unit: Unit, path: tuple[str, ...], day: dt.date, month: str,
    page: Sequence[_Behind],
) -> MonthRows:  # fmt: skip
    """The month as if it had these reports alone; what they earn is what they do beside all others."""
    first, last = month_days(month)
    until = max(last, unit.valid_from)
    in_order = ActivityReport.started_at, ActivityReport.number, ActivityReport.id
    asked = select(ActivityReport).where(ActivityReport.id.in_([one.id for one in page])).order_by(*in_order)
    reports = session.scalars(asked).all()
    places = {str(report.id): place_of(report) for report in reports}
    settings = on_any_day(session, {unit.id, *places.values()})
    rows = rows_of(session, reports, successors(session, unit.bureau_id, until), settings, reports)
    pay, rules = month_pay(session, actor.bureau_id, month, rows, places, settings)
    return MonthRows(
        month=month, unit_id=str(unit.id), unit_name=unit.name, level=unit.level, path=path, read_at=actor.now, read_by="",
        units=all_units(session, unit, first, until, rows, only_named=True), people=people_of(session, rows, month), reports=rows, pay=pay,
        rules=rules, incidents_once=settings.on(unit.id, day).incidents_once,
    )  # fmt: skip
