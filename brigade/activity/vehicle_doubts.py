"""A vehicle in two reports at one time, and a meter that does not go on from where it was.

What other reports say of the vehicles is asked by one statement, where a report is read or decided on; none where it
names no vehicle. It is looked for in all reports of the vehicle, whichever station's they are: for a run a quarter back and
ahead, for any other no further than one may last.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, not_, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, ReportVehicle
from brigade.activity.claims import LIVE, is_live
from brigade.activity.kind_types import Meter
from brigade.activity.kinds import catalogue
from brigade.activity.whole import Report
from brigade.db import UtcTime
from brigade.problems import FieldProblem
from brigade.questions import Question, among

QUARTER = dt.timedelta(days=92)
"""How far apart runs are compared: a vehicle that stood for longer has other reasons to be looked at."""

_FIRST, _LAST, _SINCE, _UNTIL = (bindparam(name, type_=UtcTime) for name in ("first", "last", "since", "until"))
_OTHER, _USED, _ANY = (
    table.alias(name).c
    for table, name in (
        (ActivityReport.__table__, "other"), (ReportVehicle.__table__, "used"), (ReportVehicle.__table__, "any_used"),
    )
)  # fmt: skip
_USES = Question(
    select(
        _USED.vehicle_id, _OTHER.id, _OTHER.unit_id, _OTHER.event_id, _OTHER.kind, _OTHER.started_at, _OTHER.ended_at,
        _OTHER.details, select(func.count()).where(_ANY.report_id == _OTHER.id).scalar_subquery().label("vehicles"),
    ).where(
        among(_USED.vehicle_id, "vehicles"), _OTHER.id == _USED.report_id,
        # IS TRUE: asked of each report found by its vehicle. SQLite would look through all reports of that time.
        and_(_OTHER.started_at > _SINCE, _OTHER.started_at < _UNTIL).is_(True), is_live(_OTHER),
        or_(among(_OTHER.kind, "kinds"), and_(_OTHER.started_at < _LAST, _OTHER.ended_at > _FIRST)),
        not_(among(_OTHER.id, "reports")),
    ),
    {"as_system": "who else used the vehicles of a report at hand; what of it is told, flags.py asks under the rules"},
)  # fmt: skip


class Use(NamedTuple):
    """A vehicle in a report; ``vehicles``: how many that one names."""

    vehicle_id: uuid.UUID
    report_id: uuid.UUID
    unit_id: uuid.UUID
    event_id: uuid.UUID | None
    kind: str
    started_at: dt.datetime
    ended_at: dt.datetime
    details: Mapping[str, Any]
    vehicles: int


class Met(NamedTuple):
    """A doubt of a report that rests on another one. Who may not see that one is told no more than ``hidden``, or nothing
    where that is empty.
    """

    report_id: uuid.UUID
    other_id: uuid.UUID
    flag: FieldProblem
    hidden: str


def uses_around(session: Session, rows: Sequence[Report]) -> list[Use]:
    """The uses in other live reports that those of these reports are to be compared with."""
    using = [row for row in rows if row.vehicle_ids]
    if not using:
        return []
    runs = [row for row in using if _meter_of(row.kind)]
    first, last = min(row.started_at for row in using), max(row.ended_at for row in using)
    longest = dt.timedelta(hours=max(kind.max_hours for kind in catalogue()))
    found = _USES.ask(
        session,
        reports=[row.id for row in rows],
        vehicles={id_ for row in using for id_ in row.vehicle_ids},
        kinds=[kind.code for kind in catalogue() if kind.meter] if runs else [],
        first=first,
        last=last,
        since=first - (QUARTER if runs else longest),
        until=last + (QUARTER if runs else dt.timedelta()),
    )
    return [Use(*row) for row in found]


def met(rows: Sequence[Report], others: Iterable[Use]) -> Iterator[Met]:
    """Vehicles of these reports that another of them, or one of the others, uses at the same time."""
    uses = _by_vehicle(rows, others)
    if not uses:
        return
    asked = {row.id for row in rows}
    dead = {row.id for row in rows if row.state not in LIVE}
    told = set()
    for one, other in (pair for its in uses.values() for pair in _meeting(its)):
        for here, there in ((one.report_id, other.report_id), (other.report_id, one.report_id)):
            if here in asked and there not in dead and here not in told and _in_the_way(one, other):
                told.add(here)
                yield Met(here, there, FieldProblem("/vehicle_ids", "vehicle-overlap"), "vehicle-overlap-hidden")


def _meeting(uses: Iterable[Use]) -> Iterator[tuple[Use, Use]]:
    """Those at one time; what only touches does not meet."""
    in_order = sorted(uses, key=attrgetter("started_at"))
    for place, one in enumerate(in_order, start=1):
        for other in islice(in_order, place, None):
            if other.started_at >= one.ended_at:
                break
            yield one, other


def _in_the_way(one: Use, other: Use) -> bool:
    """Whether one vehicle cannot have been in both at that time. A squad's members may each tell of their ride, and two
    squads of one event may share it; but only one can have driven. What earns nothing (a plan, a defect, an injury) names
    a vehicle without having taken it anywhere.
    """
    kinds = [catalogue().get(use.kind) for use in (one, other)]
    if any(kind is None or kind.pay_class == "none" for kind in kinds):
        return False
    if _meter_of(one.kind) and _meter_of(other.kind):
        return True
    return one.unit_id != other.unit_id and (one.event_id is None or one.event_id != other.event_id)


def meters(rows: Sequence[Report], others: Iterable[Use]) -> Iterator[Met]:
    """Runs of these reports that do not go on from the vehicle's last one, or end behind the start of its next one.
    ``others`` must hold all runs around them.

    Of a report with several vehicles nobody knows whose meter it tells.
    """
    dead = {row.id for row in rows if row.state not in LIVE}
    runs = {
        vehicle: [run for use in uses if use.report_id not in dead and (run := _run(use))]
        for vehicle, uses in _by_vehicle(rows, others).items()
    }
    for row in rows:
        meter = _meter_of(row.kind)
        if meter is None or len(row.vehicle_ids) != 1:
            continue
        its = runs[row.vehicle_ids[0]]
        before = [run for run in its if run.started_at < row.started_at and run.end is not None]
        after = [run for run in its if run.started_at > row.started_at and run.start is not None]
        start, end = row.details.get(meter.start), row.details.get(meter.end)
        if before:
            yield from _from_last(row.id, meter, start, end, max(before))
        if after and end is not None and end - (there := min(after)).start >= meter.slack:
            yield _apart(row.id, f"/details/{meter.end}", "odometer-above-next", there.report_id, end, there.start)


def _from_last(report_id: uuid.UUID, meter: Meter, start: float | None, end: float | None, last: Run) -> Iterator[Met]:
    """Where the run's start, or its end where that is all it tells, is not where the last one ended."""
    name, here = (meter.end, end) if start is None else (meter.start, start)
    if here is None:
        return
    if last.end - here >= meter.slack:
        yield _apart(report_id, f"/details/{name}", "odometer-below-last", last.report_id, here, last.end)
    elif start is not None and start - last.end >= meter.slack:
        yield _apart(report_id, f"/details/{name}", "odometer-gap", last.report_id, start, last.end)


def _apart(report_id: uuid.UUID, pointer: str, code: str, other_id: uuid.UUID, here: float, there: float) -> Met:
    said = {"here": here, "there": there, "apart": round(abs(here - there), 1)}
    return Met(report_id, other_id, FieldProblem(pointer, code, said), "odometer-differs-hidden")


class Run(NamedTuple):
    """What the meter of a vehicle showed, in the order of time."""

    started_at: dt.datetime
    report_id: uuid.UUID
    start: Any
    end: Any


def _run(use: Use) -> Run | None:
    meter = _meter_of(use.kind)
    if meter is None or use.vehicles != 1:
        return None
    return Run(use.started_at, use.report_id, use.details.get(meter.start), use.details.get(meter.end))


def _meter_of(kind: str) -> Meter | None:
    found = catalogue().get(kind)
    return found.meter if found else None


def _by_vehicle(rows: Sequence[Report], others: Iterable[Use]) -> dict[uuid.UUID, list[Use]]:
    """The uses of each vehicle that these reports name."""
    found: dict[uuid.UUID, list[Use]] = defaultdict(list)
    for row in rows:
        for id_ in row.vehicle_ids:
            found[id_].append(
                Use(
                    id_, row.id, row.unit_id, row.event_id, row.kind, row.started_at, row.ended_at, row.details,
                    len(row.vehicle_ids),
                )
            )  # fmt: skip
    for use in others:
        found[use.vehicle_id].append(use)
    return found
