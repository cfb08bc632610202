"""One activity told in several reports, end to end: where pay goes by the turnout, each of them is paid.

It may be quite right: a storm is written by shifts, and a drill can directly follow another. So it is shown to whoever
approves, and refuses nothing. By kind and person alone, whatever the pay rules of the day merge.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from brigade.activity.claims import LIVE
from brigade.activity.kinds import catalogue
from brigade.activity.vehicle_doubts import Met
from brigade.activity.whole import Report
from brigade.problems import FieldProblem

BETWEEN = dt.timedelta(minutes=15)
"""Paper is filled in by quarters of an hour, so what was cut in two lies at most one apart, however its halves are rounded.
Whoever came back, cleaned up and went out again took longer.
"""

Part = tuple[dt.datetime, dt.datetime, uuid.UUID]
"""From when until when a person was there, by which report."""


def split(
    rows: Sequence[Report], claims: Iterable[tuple[uuid.UUID, dt.datetime, dt.datetime, uuid.UUID, str]]
) -> Iterator[Met]:
    """Reports of which somebody is in another live one of the same kind directly before or after: in one of them, or in
    one of ``claims`` (who, from when, until when, by which report of which kind). The earliest such report is named.
    """
    dead = {row.id for row in rows if row.state not in LIVE}
    parts: dict[tuple[uuid.UUID, str], list[Part]] = defaultdict(list)
    for row in rows:
        for person in row.participations:
            span = (person.started_at or row.started_at, person.ended_at or row.ended_at)
            parts[person.member_id, row.kind].append((*span, row.id))
    for who, start, end, id_, kind in claims:
        if (who, kind) in parts:
            parts[who, kind].append((start, end, id_))
    nearest: dict[uuid.UUID, Part] = {}
    for (_, kind), its in parts.items():
        if len(its) > 1 and _counts(kind):
            for one, other in _end_to_end(its):
                for here, there in ((one, other), (other, one)):
                    if there[2] not in dead:
                        nearest[here[2]] = min(there, nearest.get(here[2], there))
    for row in rows:
        if row.id in nearest:
            yield Met(row.id, nearest[row.id][2], FieldProblem("/participants", "end-to-end"), "end-to-end-hidden")


def _end_to_end(parts: Iterable[Part]) -> Iterator[tuple[Part, Part]]:
    """Those of one person that follow each other; what is at one time is an overlap."""
    in_order = sorted(parts)
    for place, one in enumerate(in_order, start=1):
        for other in islice(in_order, place, None):
            if other[0] > one[1] + BETWEEN:
                break
            if other[0] >= one[1]:
                yield one, other


def _counts(kind: str) -> bool:
    """Whether several of them could earn more than one. Runs of a vehicle follow each other anyway, by its meter."""
    found = catalogue().get(kind)
    return found is not None and found.pay_class != "none" and found.meter is None
