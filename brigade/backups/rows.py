"""All rows of a store, read and written as they are: past the mapper, the scopes and the log of changes.

What devices catch up with stays behind: its numbers belong to the store that gave them (``LEFT``). A store that was
filled has an epoch of its own, so that every device downloads anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    Row,
    Table,
    Text,
    cast,
    exists,
    func,
    insert,
    inspect,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator, TypeEngine

from brigade.activity.workflow import State
from brigade.backups.refusal import Unfit
from brigade.backups.tally import Tally, same_document, tally
from brigade.db import CHUNK, Base
from brigade.tables import METADATA

LEFT = ("changes", "sync_epochs")
BATCH = 1_000
REPORTS = "activity_reports"


class _AsText(TypeDecorator[str]):
    """A column of JSONB as its text: so a missing value and JSON's own ``null`` stay apart."""

    impl = Text
    cache_ok = True

    def column_expression(self, column: Any) -> Any:
        """Out of the store."""
        return cast(column, Text)

    def bind_expression(self, bindparam: Any) -> Any:
        """Into the store."""
        return cast(bindparam, JSONB)


def _bare(column: Column[Any]) -> Column[Any]:
    kind: TypeEngine[Any] = column.type
    if isinstance(kind, JSON):
        kind = Text().with_variant(_AsText(), "postgresql")
    return Column(column.name, kind, primary_key=column.primary_key, autoincrement=False)


_BARE = MetaData()
TABLES = tuple(
    Table(table.name, _BARE, *(_bare(column) for column in table.columns))
    for table in METADATA.sorted_tables
    if table.name not in LEFT
)
"""Every table but those that stay, parents first; without keys, defaults and checks, which the store itself has."""


def revision_of(connection: Connection) -> str | None:
    """The last migration that was run there; None for a store without tables."""
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    return connection.scalar(select(literal_column("version_num")).select_from(Table("alembic_version", MetaData())))


def held(connection: Connection) -> list[str]:
    """The names of those of our tables that have rows."""
    there = set(inspect(connection).get_table_names())
    ours = (table for table in METADATA.sorted_tables if table.name in there)
    return [table.name for table in ours if connection.scalar(select(exists(select(1).select_from(table))))]


def tallies_of(connection: Connection) -> dict[str, Tally]:
    """Of every table in ``TABLES``; the schema must be that of this version."""
    return {table.name: tally(_comparable(table, _read(connection, table))) for table in TABLES}


def copy_rows(source: Connection, target: Connection) -> None:
    """Fill empty tables. Both have the schema of this version; the caller commits, after he compared ``tallies_of``.

    A sealed report arrives as a confirmed one and is sealed when it is whole: what guards sealed reports is on all the
    time. Unfit where the target cannot hold what the source has.
    """
    sealed: list[uuid.UUID] = []
    for table in TABLES:
        for batch in _batches(source, table):
            rows = [dict(row._mapping) for row in batch]
            if table.name == REPORTS:
                sealed += _unsealed(rows)
            try:
                target.execute(insert(table), rows)
            except (DBAPIError, ValueError) as error:
                raise Unfit(f"{table.name}: the database cannot hold a row of it: {_said(error)}") from None
    reports = next(table for table in TABLES if table.name == REPORTS)
    for start in range(0, len(sealed), CHUNK):
        these = reports.c.id.in_(sealed[start : start + CHUNK])
        target.execute(update(reports).where(these).values(state=State.SEALED.value))
    _number_on(target)


def _said(error: Exception) -> str:
    """Which rule it was, without the values."""
    cause = getattr(error, "orig", error)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    return f"{type(cause).__name__} {constraint or ''}".strip()


def _unsealed(rows: list[dict[str, Any]]) -> list[uuid.UUID]:
    """The ids of the sealed ones, which are made confirmed ones."""
    found = [row for row in rows if row["state"] == State.SEALED]
    for row in found:
        row["state"] = State.CONFIRMED.value
    return [row["id"] for row in found]


def _read(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    yield from connection.execute(select(table), execution_options={"yield_per": BATCH})


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    """In an order in which each row comes after those that it names."""
    links = [key for key in Base.metadata.tables[table.name].foreign_keys if key.column.table.name == table.name]
    if not links:
        yield from connection.execute(select(table), execution_options={"yield_per": BATCH}).partitions()
        return
    rows = {row.id: row for row in _read(connection, table)}
    placed: dict[Any, Row[Any]] = {}
    for start in rows:
        way = [start]
        while way:
            row = rows[way[-1]]
            named = (row._mapping[key.parent.name] for key in links)
            ahead = [id_ for id_ in named if id_ in rows and id_ not in placed and id_ not in way]
            if ahead:
                way.append(ahead[0])
            else:
                placed[way.pop()] = row
    ordered = list(placed.values())
    yield from (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def _comparable(table: Table, rows: Iterator[Row[Any]]) -> Iterator[list[Any]]:
    documents = [isinstance(column.type, JSON) for column in Base.metadata.tables[table.name].columns]
    for row in rows:
        yield [
            same_document(value) if document and value is not None else value
            for value, document in zip(row, documents, strict=True)
        ]


def _number_on(target: Connection) -> None:
    """Let PostgreSQL's own numbers go on after the highest; SQLite does so by itself."""
    if target.dialect.name != "postgresql":
        return
    for table in TABLES:
        column = Base.metadata.tables[table.name].autoincrement_column
        sequence = column is not None and target.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if column is not None and sequence:
            highest = select(func.coalesce(func.max(table.c[column.name]), 0) + 1).scalar_subquery()
            target.execute(select(func.setval(sequence, highest, False)))
