"""Stores with the demo's city to measure on: one SQLite file kept under var/bench/, and PostgreSQL where there is one.

The city is loaded as for the last day of a fixed month, so that the same rows are there whenever it is loaded.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, exists, func, select
from sqlalchemy.orm import Session

from bench.frame import Run
from bench.machine import ROOT, UNHURRIED, VAR
from brigade.activity.activities import ActivityReport
from brigade.actor import Actor, load_actor
from brigade.connections import prepare_engine
from brigade.demo.load import load
from brigade.organisation.people import Member, Post
from brigade.organisation.ranks import PostName
from brigade.organisation.units import Unit, UnitTree
from brigade.scopes import act_as
from brigade.settings import Settings
from tests import postgres

NOW = dt.datetime(2026, 11, 30, 3, tzinfo=dt.UTC)
MONTH = "2026-10"
SEED = 1
CITY, SMALL = ("city", 41_000), ("small", 400)
ALONE = "-c max_parallel_workers_per_gather=0"
"""No helpers of the server's: their time would be counted for nobody."""

SYSTEM = {"as_system": "the benchmark looks for someone who may do what is measured"}


@dataclass(frozen=True, slots=True)
class Store:
    """A loaded store: what it is called in the table, its engine, and its address without SQLAlchemy's additions."""

    label: str
    engine: Engine
    address: str

    def plain(self) -> Any:
        """A connection past the product, by the bare driver."""
        if self.engine.dialect.name == "postgresql":
            return psycopg.connect(self.address, options=ALONE, autocommit=True)
        return sqlite3.connect(self.address)


@contextmanager
def stores(run: Run) -> Iterator[Iterator[Store]]:
    """The stores that were asked for, each opened when its turn comes; of PostgreSQL without an address a private server
    for the length of the block, or none where its programs are missing.
    """
    with ExitStack() as servers:
        yield _each(run, servers)


def _each(run: Run, servers: ExitStack) -> Iterator[Store]:
    if run.db not in ("", "sqlite", "postgresql"):
        yield _loaded(run.db, run)
        return
    if run.db != "postgresql":
        path = sqlite_file(run)
        yield opened("SQLite", f"sqlite:///{path}", str(path))
    if run.db != "sqlite":
        try:
            server = servers.enter_context(postgres.running())
        except postgres.PostgresMissing:
            if run.db:
                raise
            return
        yield _loaded(server.create("bench"), run)


def sqlite_file(run: Run) -> Path:
    """The file with the city, loaded once for each size and each state of the tables."""
    size, reports = SMALL if run.tiny else CITY
    head = (ROOT / "migrations/HEAD").read_text(encoding="utf-8").strip()
    path = VAR / f"{size}-{SEED}-{reports}-{head}.sqlite3"
    if not path.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".loading")
        half.unlink(missing_ok=True)
        fill(f"sqlite:///{half}", run)
        half.rename(path)
    return path


def _loaded(address: str, run: Run) -> Store:
    """A store elsewhere: loaded when it is empty, else taken as it is."""
    settings = settings_at(address)
    engine = create_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            empty = not engine.dialect.has_table(connection, Unit.__tablename__) or not connection.scalar(
                select(exists().where(Unit.__table__.c.id.is_not(None)))
            )
    finally:
        engine.dispose()
    if empty:
        fill(address, run)
    label = "PostgreSQL" if settings.database_url.startswith("postgresql") else "SQLite"
    return opened(label, settings.database_url, address.removeprefix("sqlite:///"))


def settings_at(address: str, var: Path | None = None) -> Settings:
    """Settings for a store, with files below ``var`` or beside the kept stores."""
    given = {"DATABASE_URL": address, "VAR": str(var or VAR), "SECRET_KEY": secrets.token_hex(), **UNHURRIED}
    return Settings.from_environ({f"BRIGADE_{name}": value for name, value in given.items()}, ROOT)


def opened(label: str, url: str, address: str) -> Store:
    """The store at an address of SQLAlchemy's, and the same for the bare driver."""
    options = {"connect_args": {"options": ALONE}} if url.startswith("postgresql") else {}
    engine = create_engine(url, **options)
    prepare_engine(engine)
    return Store(label, engine, address)


def fill(address: str, run: Run) -> None:
    """The demo's city, or its small one for a run that only shows that it runs, into an empty store. Brings the tables up
    to date as an operator does, and loads the demo.
    """
    size, reports = SMALL if run.tiny else CITY
    print(f"loading the demo: {size}, {reports:,} reports", file=sys.stderr)
    environ = {**os.environ, "BRIGADE_DATABASE_URL": address, "BRIGADE_SECRET_KEY": secrets.token_hex(),
               "BRIGADE_VAR": str(VAR)}  # fmt: skip
    upgrade = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    subprocess.run(upgrade, cwd=ROOT, env=environ, check=True, capture_output=True)
    engine = create_engine(settings_at(address).database_url)
    prepare_engine(engine)
    accounts = VAR / f"accounts-{os.getpid()}.json"
    try:
        load(engine, size, SEED, reports, accounts, NOW)
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
    finally:
        accounts.unlink(missing_ok=True)
        engine.dispose()


@contextmanager
def officer(store: Store) -> Iterator[tuple[Session, Actor]]:
    """A session of the city's bureau officer, who sees every unit."""
    with Session(store.engine) as session:
        yield session, _acting(session, Post.post == PostName.BUREAU_OFFICER.value)


@contextmanager
def brigade_officer(store: Store) -> Iterator[tuple[Session, Actor, uuid.UUID]]:
    """A session of an officer of the station over the largest brigade, and that brigade."""
    with Session(store.engine) as session:
        brigade_id = largest_brigade(session)
        over = select(UnitTree.above_id).where(UnitTree.below_id == brigade_id)
        at_station = (Post.post == PostName.STATION_OFFICER.value, Post.unit_id.in_(over))
        yield session, _acting(session, *at_station), brigade_id


def _acting(session: Session, *holding: Any) -> Actor:
    """The first who holds such a post; from now on the session is theirs."""
    holds = select(Member).join(Post, Post.member_id == Member.id).where(*holding)
    member = session.scalars(holds.order_by(Member.number), execution_options=SYSTEM).first()
    assert member is not None
    actor = load_actor(session, member, NOW)
    assert actor is not None
    act_as(session, actor)
    return actor


def largest_brigade(session: Session) -> uuid.UUID:
    """The brigade with the most reports of the month."""
    counts = (
        select(ActivityReport.brigade_id)
        .where(ActivityReport.month == MONTH, ActivityReport.brigade_id.is_not(None))
        .group_by(ActivityReport.brigade_id)
        .order_by(func.count().desc(), ActivityReport.brigade_id)
    )
    found = session.scalars(counts.limit(1), execution_options=SYSTEM).one()
    assert found is not None
    return found


def clock_with(*connections: object) -> tuple[Callable[[], float], str]:
    """A clock of the CPU time of this process and, of connections by the bare driver to PostgreSQL, of the server's
    processes behind them, in seconds; and what is to be said of it.
    """
    try:
        return _cpu_with(*(one.info.backend_pid for one in connections if isinstance(one, psycopg.Connection))), ""
    except OSError:
        return _cpu_with(), "without the server's own share"


def _cpu_with(*backends: int) -> Callable[[], float]:
    """OSError where the system does not tell what another process has used, or the server is on another machine."""
    files = [Path(f"/proc/{pid}/schedstat") for pid in backends]
    for pid, file in zip(backends, files, strict=True):
        if not file.exists() or not Path(f"/proc/{pid}/comm").read_text(encoding="ascii").startswith("postgres"):
            raise OSError("the CPU time of PostgreSQL cannot be read here")

    def spent() -> float:
        return process_time() + sum(int(file.read_text(encoding="ascii").split()[0]) for file in files) / 1e9

    return spent
