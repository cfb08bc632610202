"""Loading an invented organisation into an empty store: city by city, each whole or not at all, rows in bulk."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, exists, insert, select

from brigade.access.accounts import Account
from brigade.activity.activities import ActivityReport, Event, EventUnit, Participation, ReportCounter, ReportVehicle
from brigade.activity.history import NONCE_BYTES, ReportEvent, ReportVersion
from brigade.activity.search import ReportWords
from brigade.chain.writing import append, entries_of
from brigade.dates import day_start, tokyo_day
from brigade.demo.accounts import PASSWORD, AccountsFile, Holder, account_row, hash_of, holders
from brigade.demo.changes import change
from brigade.demo.diary import DAYS, Diary
from brigade.demo.fates import draw_courses
from brigade.demo.findings import words_of
from brigade.demo.founding import found
from brigade.demo.histories import History, Teller
from brigade.demo.ids import Ids
from brigade.demo.offices import Offices
from brigade.demo.organisation import Organisation, stored
from brigade.demo.plans import Planner, draw_plans
from brigade.demo.shapes import SIZES, CityShape, cities, share
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import MemberType
from brigade.organisation.units import Unit, UnitParent, UnitTree, Vehicle

BATCH = 2_000
"""Reports told before their rows are stored."""

Progress = Callable[[str], object]


@dataclass(slots=True)
class Summary:
    """What was loaded. ``counts``: units by level, members, staff, vehicles, reports, accounts."""

    city_id: str
    city_name: str
    password: str
    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        return f"{self.city_name}: {counts}"


def load(
    engine: Engine,
    size: str,
    seed: int,
    reports: int,
    accounts_path: Path,
    now: dt.datetime,
    progress: Progress = lambda message: None,
) -> Summary:
    """Fill an empty, migrated store and write the accounts file.

    Same size, seed, reports and day of ``now`` (Tokyo) give the same rows. ValueError when the store already has an
    organisation, for an unknown size, and for more reports than these people can have written.
    """
    if size not in SIZES:
        raise ValueError(f"size is one of {', '.join(SIZES)}, not {size!r}")
    if reports < 0:
        raise ValueError("the number of reports cannot be negative")
    with engine.connect() as connection:
        if connection.scalar(select(exists().where(Unit.__table__.c.id.is_not(None)))):
            raise ValueError("the store already holds an organisation; the demo is only loaded into an empty one")
    file = AccountsFile(accounts_path)
    try:
        return _Loader(engine, size, seed, now, progress).all(reports, file)
    finally:
        file.discard()


class _Loader:
    def __init__(self, engine: Engine, size: str, seed: int, now: dt.datetime, progress: Progress) -> None:
        self.engine, self.size, self.progress = engine, size, progress
        self.today = tokyo_day(now)
        self.until = day_start(self.today)
        self.seed = f"{size}:{seed}"

    def rng(self, *what: object) -> Random:
        """A generator of its own for each part, so that more reports do not change the organisation."""
        return Random(":".join([self.seed, *map(str, what)]))  # noqa: S311  repeatable on purpose

    def all(self, reports: int, file: AccountsFile) -> Summary:
        shapes = list(cities(self.size, self.rng("shapes")))
        parts = share(reports, [float(shape.members) for shape in shapes], 0)
        password_hash = hash_of(PASSWORD, self.rng("password"))
        summary: Summary | None = None
        listed: list[Holder] = []
        for shape, part in zip(shapes, parts, strict=True):
            ids = Ids(self.rng("ids", shape.index), self.until - dt.timedelta(days=DAYS))
            rng = self.rng("organisation", shape.index)
            made = found(shape, rng, ids, self.today)
            if shape.varied:
                change(made, rng, self.today)
            summary = summary or Summary(str(made.bureau.id), made.bureau.name, PASSWORD)
            offices = Offices(made)
            who = list(holders(made, offices, self.today, size=self.size, city=shape.index))
            with writing(self.engine) as connection:
                store_organisation(connection, made)
                _store(connection, Account, [account_row(holder, ids.next(), password_hash) for holder in who])
                self._reports(connection, shape, offices, ids, part)
            listed += who
            _count(summary.counts, made, part, len(who))
            if len(shapes) == 1:
                self.progress(f"{made.bureau.name}: {len(made.members):,} people, {part:,} reports")
            elif shape.index % 25 == 24:
                self.progress(f"{shape.index + 1} of {len(shapes)} cities")
        assert summary is not None
        file.write({"id": summary.city_id, "name": summary.city_name}, listed)
        return summary

    def _reports(self, connection: Connection, shape: CityShape, offices: Offices, ids: Ids, count: int) -> None:
        if not count:
            return
        rng = self.rng("reports", shape.index)
        plans, events = draw_plans(Diary(offices, rng, self.until), Planner(offices, rng, ids, self.until), rng, count)
        courses, counters = draw_courses(plans, offices, rng, self.until)
        _store(connection, Event, [stored(event) for event, _ in events])
        _store(connection, EventUnit, [stored(unit) for _, units in events for unit in units])
        teller = Teller(offices, rng, ids, self.until)
        nonces = self.rng("nonces", shape.index)
        for done, batch in enumerate(_batches(courses, BATCH)):
            histories = [teller.tell(course) for course in batch]
            _salt(histories, nonces)
            _store_histories(connection, offices, histories)
            if done % 5 == 4:
                self.progress(f"{shape.name}: {(done + 1) * BATCH:,} of {count:,} reports")
        rows = [{"unit_id": unit, "year": year, "value": value} for (unit, year), value in counters.items()]
        _store(connection, ReportCounter, rows)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes from its first statement on."""
    with engine.connect() as connection:
        writer = connection.execution_options(writing=True)
        with writer.begin():
            yield writer


def _store(connection: Connection, model: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, all with the same columns."""
    for batch in _batches(rows, 10_000):
        connection.execute(insert(model.__table__), batch)


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def store_organisation(connection: Connection, made: Organisation) -> None:
    """All rows of one city, those that others point to first."""
    for model, rows in (
        (Unit, made.units),
        (UnitParent, made.links),
        (Member, made.members),
        (Membership, made.memberships),
        (Post, made.posts),
        (Absence, made.absences),
        (DeputyPlace, made.deputy_places),
        (Vehicle, made.vehicles),
    ):
        _store(connection, model, [stored(row) for row in rows])
    _store(connection, UnitTree, made.tree())


def _salt(histories: Sequence[History], rng: Random) -> None:
    """A nonce beside whatever a person wrote, the same at every loading."""
    for history in histories:
        for row in history.events:
            row["nonce"] = rng.randbytes(NONCE_BYTES) if row["comment"] or row["remarks"] else None
        for row in history.versions:
            row["nonce"] = rng.randbytes(NONCE_BYTES)


def _store_histories(connection: Connection, offices: Offices, histories: Sequence[History]) -> None:
    """Reports with everything that hangs on them, and their links."""
    reports = [stored(history.report) for history in histories]
    events = [row for history in histories for row in history.events]
    versions = [row for history in histories for row in history.versions]
    _store(connection, ActivityReport, reports)
    _store(connection, Participation, [row for history in histories for row in _participations(history)])
    _store(
        connection,
        ReportVehicle,
        [
            {"report_id": history.report.id, "vehicle_id": vehicle_id}
            for history in histories
            for vehicle_id in history.content.vehicle_ids
        ],
    )
    _store(connection, ReportEvent, events)
    _store(connection, ReportVersion, versions)
    append(connection, entries_of(reports, events, versions))
    _store(connection, ReportWords, [words_of(history, offices) for history in histories])


def _participations(history: History) -> Iterator[dict[str, Any]]:
    for position, person in enumerate(history.content.participants):
        yield {
            "report_id": history.report.id,
            "member_id": person.member_id,
            "position": position,
            "role": person.role,
            "started_at": person.started_at,
            "ended_at": person.ended_at,
            "acted": person.acted,
            "injured": person.injured,
            "left_early_reason": person.left_early_reason,
            "claims_until": person.ended_at or history.content.ended_at,
        }


def _count(counts: Counter[str], made: Organisation, reports: int, accounts: int) -> None:
    for unit in made.units:
        counts[unit.level] += unit.valid_to is None
    staff = sum(member.member_type == MemberType.STAFF for member in made.members)
    counts["members"] += len(made.members) - staff
    counts["staff"] += staff
    counts["vehicles"] += len(made.vehicles)
    counts["reports"] += reports
    counts["accounts"] += accounts
