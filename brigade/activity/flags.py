"""What a leader should look at before approving: the doubts of a report by itself, and those that only the store knows.

A flag is a warning of ``doubts.py`` or one of: another report claims a person for the same time, a person
was not enrolled on that day, another report of the same unit tells of the same thing, a person is in another one of the
same kind directly before or after (``split_doubts.py``), another report of the list has the same vehicle at the same
time. What they rest on is asked by one statement for any number of reports (``surroundings.py``). Console and phone approve no flagged report together with others.

Where a report is read or decided on by itself, ``all_doubts`` compares its vehicles with all other reports as well
(``vehicle_doubts.py``) and looks who approved it so far (``one_hand.py``), which a list does not pay for; ``last_doubts``
does so before many are approved.
"""

from __future__ import annotations

import datetime as dt
import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate
from operator import gt

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, EntryMode
from brigade.activity.claims import LIVE
from brigade.activity.doubts import doubts
from brigade.activity.kinds import catalogue
from brigade.activity.one_hand import one_hand
from brigade.activity.split_doubts import split
from brigade.activity.surroundings import FOR_DOUBTS, Around, around, place_of
from brigade.activity.vehicle_doubts import Met, met, meters, uses_around
from brigade.activity.whole import Report
from brigade.actor import Actor
from brigade.dates import tokyo_day, within
from brigade.problems import FieldProblem

EVENTS = {"as_system": "the event of a readable report"}
"""For who shows it beside the flags."""

Flags = list[FieldProblem]


def flags(session: Session, rows: Sequence[Report], known: Around | None = None) -> dict[uuid.UUID, Flags]:
    """The flags of each report; their people, vehicles and attachments must be loaded. ``known`` where it is already."""
    return _flags(session, rows, known or around(session, rows), met(rows, ()))


def all_doubts(session: Session, rows: Sequence[Report]) -> dict[uuid.UUID, Flags]:
    """The flags of each report, what all other reports say of its vehicles, and whether one person alone approved it."""
    found = _flags(session, rows, around(session, rows), _of_vehicles(session, rows))
    for id_, flag in one_hand(session, rows):
        found[id_].append(flag)
    return found


def last_doubts(session: Session, rows: Sequence[Report]) -> dict[uuid.UUID, Flags]:
    """What ``all_doubts`` tells beyond ``flags``; no entry where nothing does."""
    found = vehicle_doubts(session, rows)
    for id_, flag in one_hand(session, rows):
        found[id_].append(flag)
    return found


def vehicle_doubts(session: Session, rows: Sequence[Report]) -> dict[uuid.UUID, Flags]:
    """What these reports and all others say against the vehicles of each; no entry where nothing does."""
    found: dict[uuid.UUID, Flags] = defaultdict(list)
    for id_, flag in _named(session, _of_vehicles(session, rows)):
        found[id_].append(flag)
    return found


def _of_vehicles(session: Session, rows: Sequence[Report]) -> tuple[Met, ...]:
    uses = uses_around(session, rows)
    return (*met(rows, uses), *meters(rows, uses))


def reader_doubts(session: Session, actor: Actor, row: Report) -> Flags:
    """What whoever reads a report is told: all doubts; its author its own and those of its vehicles, as whether people are
    claimed twice was asked when it was filed.
    """
    if row.author_id != actor.member_id:
        return all_doubts(session, [row])[row.id]
    return [*own_doubts(session, [row])[row.id], *vehicle_doubts(session, [row]).get(row.id, ())]


def _flags(
    session: Session, rows: Sequence[Report], known: Around, of_vehicles: Iterable[Met]
) -> dict[uuid.UUID, Flags]:
    found = own_doubts(session, rows, known)
    others = (*_overlaps(rows, known), *_twins(rows, known), *split(rows, known.claims), *of_vehicles)
    for id_, flag in (*_strangers(rows, known), *_named(session, others)):
        found[id_].append(flag)
    return found


def _named(session: Session, found: Collection[Met]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """Each doubt with the number of the report it rests on; for whoever may not see that one in general words, if any."""
    numbers = _numbers(session, {one.other_id for one in found})
    for one in found:
        if one.other_id in numbers:
            said = {"number": numbers[one.other_id], "report_id": str(one.other_id), **one.flag.params}
            yield one.report_id, FieldProblem(one.flag.pointer, one.flag.code, said)
        elif one.hidden:
            yield one.report_id, FieldProblem(one.flag.pointer, one.hidden)


def asks_to_look(row: Report, flag: FieldProblem) -> bool:
    """Whether the flag keeps the report out of bulk approval.

    A roster is written by one for many: that it was is told, not doubted, as long as the writer was there too.
    """
    if flag.code != "entered-by-proxy":
        return True
    return not (row.entry_mode == EntryMode.ROSTER and row.author_id in row.member_ids)


def own_doubts(session: Session, rows: Sequence[Report], known: Around | None = None) -> dict[uuid.UUID, Flags]:
    """The doubts of each report by itself, whatever else there is."""
    known = known or around(session, rows, FOR_DOUBTS)
    found: dict[uuid.UUID, Flags] = {}
    for row in rows:
        kind = catalogue().get(row.kind)
        event = known.events.get(row.event_id) if row.event_id else None
        settings = known.settings.on(place_of(row), tokyo_day(row.started_at))
        filed_at = known.submitted.get(row.id, row.created_at)
        found[row.id] = [] if kind is None else doubts(
            row, kind, event, filed_at=filed_at, mode=row.entry_mode, settings=settings
        )  # fmt: skip
    return found


Claim = tuple[dt.datetime, dt.datetime, uuid.UUID]
"""From when until when a person is claimed, and by which report."""


class Claims:
    """The claims of one person in order, so that those at one time are found without a look at all of them."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._claims = sorted(claims)
        self._starts = [start for start, *_ in self._claims]
        self._last_ends = list(accumulate((end for _, end, _ in self._claims), max))  # of each claim and all before it

    @property
    def crowded(self) -> bool:
        """Whether any two of them meet."""
        return any(map(gt, self._last_ends, self._starts[1:]))

    def meeting(self, start: dt.datetime, end: dt.datetime) -> Iterator[uuid.UUID]:
        """The reports that claim the person between these instants."""
        place = bisect_left(self._starts, end)
        while place and self._last_ends[place - 1] > start:
            place -= 1
            if self._claims[place][1] > start:
                yield self._claims[place][2]


def _overlaps(rows: Sequence[Report], known: Around) -> Iterator[Met]:
    """A person in two live reports at one time."""
    claims: dict[uuid.UUID, list[Claim]] = defaultdict(list)
    for row in rows:
        id_, start, end = row.id, row.started_at, row.ended_at
        for part in row.participations:
            claims[part.member_id].append((part.started_at or start, part.ended_at or end, id_))
    for who, start, end, id_, _ in known.claims:
        claims[who].append((start, end, id_))
    claimed = {who: one for who, found in claims.items() if (one := Claims(found)).crowded}
    if not claimed:
        return
    dead = {row.id for row in rows if row.state not in LIVE}
    meeting = {
        row.id: other
        for row in rows
        for part in row.participations
        if part.member_id in claimed
        for other in claimed[part.member_id].meeting(part.started_at or row.started_at, part.ended_at or row.ended_at)
        if other != row.id and other not in dead
    }
    for id_, other in meeting.items():
        yield Met(id_, other, FieldProblem("/participants", "overlap"), "overlap-hidden")


def _strangers(rows: Sequence[Report], known: Around) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """Someone who belonged nowhere on that day, by the roster as it is now."""
    there: dict[dt.date, set[uuid.UUID]] = {}
    for row in rows:
        on = tokyo_day(row.started_at)
        if on not in there:
            there[on] = {who for who, spans in known.belongs.items() if any(within(on, *span) for span in spans)}
        if not there[on].issuperset(row.member_ids):
            yield row.id, FieldProblem("/participants", "not-enrolled")


def _twins(rows: Sequence[Report], known: Around) -> Iterator[Met]:
    """Another live report of the same unit and kind with the same people that starts on the same instant, if the asker
    may see it.
    """
    alike: dict[tuple[uuid.UUID, str, dt.datetime], list[Report]] = defaultdict(list)
    for row in rows:
        alike[row.unit_id, row.kind, row.started_at].append(row)
    here = [
        (row.id, row.unit_id, row.kind, row.started_at, row.author_id, row.sole_member_id)
        for row in rows
        if row.state in LIVE
    ]
    for id_, *key, author_id, sole_id in (*here, *known.alike):
        for row in alike.get(tuple(key), ()):
            same = sole_id is not None and sole_id == row.sole_member_id
            if id_ != row.id and (same or author_id == row.author_id):
                yield Met(row.id, id_, FieldProblem("", "looks-like-another"), "")


def _numbers(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, str | None]:
    """The numbers of those among them that the asker may see."""
    if not ids:
        return {}
    return dict(
        session.execute(select(ActivityReport.id, ActivityReport.number).where(ActivityReport.id.in_(ids))).all()
    )
