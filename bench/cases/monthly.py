"""The totals of a month of a brigade and of a whole city, beside one bare statement that adds up the same.

The bare statement is given what the product must find out first: whether the asker may see and leads the unit, its
level, and that nothing was reported for the units that it took over. The product keeps its statements for each person,
day and month, as for a console that is looked at again; ``totals at first`` puts them together each time anew.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from bench.baselines import month_sql
from bench.frame import Line, Run, Turn, Wrong, measured
from bench.stores import MONTH, Store, clock_with, largest_brigade, officer, stores
from brigade.activity.kinds import catalogue
from brigade.actor import Actor
from brigade.dates import month_bounds
from brigade.month.figures import sheet
from brigade.month.reading import month_rows
from brigade.month.sheet import MonthSheet
from brigade.month.totals import Totals, month_totals

TITLE = "totals of a month, beside one bare GROUP BY giving the same"
GOAL = 1.5
Cells = dict[tuple[str, str], tuple[int, ...]]
"""(reports, people, minutes, in review, returned) by ("kind", code) and ("unit", id); of kinds the first three."""


def lines(run: Run) -> Iterator[Line]:
    """Totals and, for comparison, the whole sheet, of the largest brigade and of the city."""
    with stores(run) as found:
        for store in found:
            with officer(store) as (session, actor):
                yield from _lines(store, session, actor, run)
            store.engine.dispose()


def _lines(store: Store, session: Session, actor: Actor, run: Run) -> Iterator[Line]:
    connection = store.plain()
    cpu, note = clock_with(session.connection().connection.driver_connection, connection)
    for name, level, unit_id in (("brigade", "brigade", largest_brigade(session)), ("city", "bureau", actor.bureau_id)):
        floor = _floor(connection, level, unit_id)

        def totals(unit_id: uuid.UUID = unit_id) -> Totals:
            return month_totals(session, actor, unit_id, MONTH)

        def at_first(unit_id: uuid.UUID = unit_id) -> Totals:
            """By another officer of the same bureau each time, who has nothing of their own in it."""
            return month_totals(session, replace(actor, member_id=uuid.uuid4()), unit_id, MONTH)

        def whole(unit_id: uuid.UUID = unit_id) -> MonthSheet:
            return sheet(month_rows(session, actor, unit_id, MONTH), "ja")

        for what, goal, product, cells in (
            ("totals", GOAL, totals, _of_totals),
            ("totals at first", None, at_first, _of_totals),
            ("sheet", None, whole, _of_sheet),
        ):
            turn = Turn(product, floor, _check(cells), session.expunge_all)
            yield measured(f"{store.label}: {name}, {what}", turn, run.rounds, goal, note=note, cpu=cpu)
    connection.close()


def _floor(connection: Any, level: str, unit_id: uuid.UUID) -> Callable[[], list[tuple[Any, ...]]]:
    """The bare statement, as the driver wants its values. The bureau's officer is not shown injuries: they are left out."""
    first, after = (instant.astimezone(dt.UTC) for instant in month_bounds(MONTH))
    hidden = [kind.code for kind in catalogue() if kind.confidential]
    if isinstance(connection, psycopg.Connection):
        return lambda: month_sql.totals(connection, [unit_id], level, MONTH, first, after, hidden)
    begin, end = (f"{instant:%Y-%m-%d %H:%M:%S.%f}" for instant in (first, after))
    return lambda: month_sql.totals(connection, [unit_id.hex], level, MONTH, begin, end, hidden)


def _check(cells: Callable[[Any], Cells]) -> Callable[[Any, list[tuple[Any, ...]]], None]:
    def check(product: Any, floor: list[tuple[Any, ...]]) -> None:
        found, wanted = cells(product), _of_rows(floor)
        if apart := {key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)}:
            raise Wrong(f"{len(apart)} cells differ, such as {min(apart)}")

    return check


def _of_rows(rows: list[tuple[Any, ...]]) -> Cells:
    found: Cells = {}
    for kind, unit, *sums in rows:
        numbers = tuple(map(int, sums))
        if kind is not None:
            found["kind", kind] = numbers[:3]
        else:
            found["unit", str(uuid.UUID(str(unit)))] = numbers
    return found


def _of_totals(totals: Totals) -> Cells:
    units = {("unit", str(id_)): tuple(each) for id_, each in totals.units.items()}
    return units | {("kind", code): tuple(each[:3]) for code, each in totals.kinds.items()}


def _of_sheet(month: MonthSheet) -> Cells:
    """Units without reports are left out: no row of the statement names them."""
    units = {
        ("unit", u.unit_id): (u.times, u.person_times, u.minutes, u.waiting, u.returned) for u in month.units if u.times
    }
    return units | {("kind", k.code): (k.times, k.person_times, k.minutes) for k in month.kinds}
