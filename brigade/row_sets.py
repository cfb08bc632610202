"""Many rows in one statement, past the unit of work: as sets of values, with nothing asked of the store in between.

SQLite is given one row after the other inside its own process. PostgreSQL is given each column as an array, so that
thousands of rows are one statement sent once. Nothing here knows who may write what: the callers have asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, FromClause, Table, Update, bindparam, column, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

Rows = Sequence[Mapping[str, Any]]


def insert_rows(connection: Connection, table: Table, rows: Rows, *, new_only: bool = False) -> None:
    """Insert the rows; all name the same columns. ``new_only``: without those that are there already by a unique key."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql" and len(rows) > 1:
        connection.execute(_insert_arrays(table, names, new_only), _arrays(names, rows))
    else:
        connection.execute(_insert_each(table, new_only, connection.dialect.name), rows)


def update_rows(connection: Connection, table: Table, names: Iterable[str], rows: Rows) -> None:
    """Put the values of ``names`` into the rows of the table with the same ``id``; the rows may hold more than that."""
    names = tuple(names)
    if connection.dialect.name == "postgresql":
        connection.execute(_update_from_arrays(table, names), _arrays(("id", *names), rows))
    else:
        values = [{"its_id": row["id"], **{name: row[name] for name in names}} for row in rows]
        connection.execute(_update_each(table, names), values)


def _arrays(names: Sequence[str], rows: Rows) -> dict[str, list[Any]]:
    return {f"all_{name}": [row[name] for row in rows] for name in names}


@lru_cache(maxsize=64)
def _insert_each(table: Table, new_only: bool, dialect: str) -> Insert:
    if not new_only:
        return insert(table)
    begin = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return begin(table).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def _insert_arrays(table: Table, names: tuple[str, ...], new_only: bool) -> Insert:
    made = postgresql.insert(table).from_select(names, select(*_given(table, names).c), include_defaults=False)
    return made.on_conflict_do_nothing() if new_only else made


@lru_cache(maxsize=64)
def _update_each(table: Table, names: tuple[str, ...]) -> Update:
    return update(table).where(table.c.id == bindparam("its_id")).values({name: bindparam(name) for name in names})


@lru_cache(maxsize=64)
def _update_from_arrays(table: Table, names: tuple[str, ...]) -> Update:
    given = _given(table, ("id", *names))
    return update(table).where(table.c.id == given.c.id).values({name: given.c[name] for name in names})


def _given(table: Table, names: Sequence[str]) -> FromClause:
    """The arrays side by side, as a table."""
    arrays = [
        bindparam(f"all_{name}", type_=postgresql.ARRAY(table.c[name].type, dimensions=1)) for name in names
    ]  # one dimension: a value may itself be a list
    return (
        func.unnest(*arrays)
        .table_valued(*(column(name, table.c[name].type) for name in names), name="given")
        .render_derived()
    )
