"""A store brought back to a state that it was in before: at once, where making another or filling it takes longer.

For tests whose commits are commits and which would wait for a fresh store each. Nothing of the product is asked: SQLite
copies its own pages, PostgreSQL its own rows with its triggers away, as only the server's superuser may.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy.engine import make_url

from brigade.db import Base
from tests.postgres import Server


class SqliteStates:
    """The states of a SQLite file, each a copy in memory."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._kept: dict[str, sqlite3.Connection] = {}

    def keep(self, name: str) -> None:
        """Remember the store as it is now."""
        self._kept[name] = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(self._path)) as store:
            store.backup(self._kept[name])

    def back_to(self, name: str) -> None:
        """Every page as it was then."""
        with closing(sqlite3.connect(self._path)) as store:
            store.execute("PRAGMA synchronous = OFF")  # no state outlives the tests
            self._kept[name].backup(store)

    def close(self) -> None:
        """Forget them."""
        for kept in self._kept.values():
            kept.close()


class PostgresqlStates:
    """The states of a PostgreSQL database, each a schema with the rows of the tables that had any."""

    def __init__(self, server: Server, database: str) -> None:
        self._server, self._database = server, database
        self._kept: dict[str, list[str]] = {}

    def keep(self, name: str) -> None:
        """Remember the store as it is now."""
        self._kept[name] = []
        with self._server.admin(self._database) as admin:
            admin.execute(f"CREATE SCHEMA kept_{name}")
            for table in Base.metadata.sorted_tables:
                if admin.execute(f"SELECT 1 FROM public.{table.name} LIMIT 1").fetchone():
                    admin.execute(f"CREATE TABLE kept_{name}.{table.name} AS TABLE public.{table.name}")
                    self._kept[name].append(table.name)

    def back_to(self, name: str) -> None:
        """Every row as it was then, in one request; sequences go on. By a connection of its own: tests break those that
        stay open.
        """
        deleted = [f"DELETE FROM public.{table.name}" for table in reversed(Base.metadata.sorted_tables)]
        inserted = [f"INSERT INTO public.{table} SELECT * FROM kept_{name}.{table}" for table in self._kept[name]]
        # As a replica the server asks no trigger and no foreign key: those rows stood there before.
        guards = "SET LOCAL session_replication_role = replica"
        with self._server.admin(self._database) as admin:
            admin.execute("; ".join(["BEGIN", guards, *deleted, *inserted, "COMMIT"]))

    def close(self) -> None:
        """Nothing to forget: they go with the database, which is dropped by who made it."""


States = SqliteStates | PostgresqlStates


def states_of(url: str, server: Server | None = None) -> States:
    """For the store at an address; ``server``: where a PostgreSQL database is."""
    database = make_url(url).database or ""
    return PostgresqlStates(server, database) if server else SqliteStates(database)
