"""Many rows written past the unit of work: as sets of values, with nothing asked of the store in between.

A set is some rows of one table, to be added or changed. PostgreSQL is given all sets as one statement, each as a JSON
text whatever its number of rows; the store is waited for once. SQLite, which lives in our own process, is given one
statement for each set and one row after the other. Nothing here knows who may write what: the callers have asked.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    String,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from brigade.driver import connection_of, tell
from brigade.questions import Process, writing

Rows = Sequence[Mapping[str, Any]]
Alike = tuple[tuple[str, ColumnElement[Any]], ...]
"""Columns and SQL for them that is made once and takes no value."""

_WHICH = "its_key"


class _Kind(NamedTuple):
    """What is done with the rows of a set. ``key``: by which they are found again; None where they are new."""

    table: Table
    names: tuple[str, ...]
    key: str | None = None
    new_only: bool = False
    alike: Alike = ()


class RowSet(NamedTuple):
    """Made by ``added`` and ``changed``, stored by ``write``."""

    kind: _Kind
    rows: Rows


def added(table: Table, rows: Rows, *, new_only: bool = False, alike: Alike = ()) -> RowSet:
    """Rows to be inserted; all name the same columns. ``new_only``: without those that are there already by a unique key.

    ``alike``: what the database works out itself for a further column, the same in each row.
    """
    return RowSet(_Kind(table, tuple(rows[0]) if rows else (), None, new_only, alike), rows)


def changed(table: Table, names: Iterable[str], rows: Rows, *, key: str = "id") -> RowSet:
    """The values of ``names`` for the rows of the table with the same ``key``; ``rows`` may hold more than that."""
    return RowSet(_Kind(table, (*names, key), key), rows)


def write(on: Session | Connection, *sets: RowSet) -> None:
    """Store the sets, each of another table; one without rows asks for nothing.

    A set may refer to rows of another one. But on PostgreSQL what a policy looks at must be there before all of them.
    """
    sets = tuple(one for one in sets if one.rows)
    if not sets:
        return
    connection = connection_of(on)
    if connection.dialect.name == "postgresql":
        text = _as_one(connection.dialect, tuple(one.kind for one in sets))
        tell(connection, text, {one.kind.table.name: _as_json(one) for one in sets})
        return
    for kind, rows in sets:
        statement, into = _one_by_one(connection.dialect, kind)
        each = list(zip(*(_ready(process, [row[of] for row in rows]) for of, process in into), strict=True))
        tell(connection, statement, each if len(each) > 1 else each[0])


def _but_new(made: sqlite.Insert | postgresql.Insert, kind: _Kind) -> UpdateBase:
    return made.on_conflict_do_nothing() if kind.new_only else made


# --- SQLite -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=128)
def _one_by_one(dialect: Dialect, kind: _Kind) -> tuple[str, list[tuple[str, Process]]]:
    """The statement for one row, and for each of its question marks a column with what makes a value of it ready."""
    table, key = kind.table, kind.key or ""
    values: dict[str, Any] = {name: bindparam(name) for name in kind.names if name != key}
    made: UpdateBase
    if key:
        made = update(table).where(table.c[key] == bindparam(_WHICH)).values(values)
    else:
        made = _but_new(sqlite.insert(table).values(values | dict(kind.alike)), kind)
    compiled: Any = made.compile(dialect=dialect)
    columns = [key if name == _WHICH else name for name in compiled.positiontup]
    return str(compiled), [(name, writing(table.c[name].type, dialect)) for name in columns]


def _ready(process: Process, values: list[Any]) -> list[Any]:
    """The column's values as the driver takes them; the same one in many rows is made ready once."""
    if process is None:
        return values
    done, last, ready = [], object(), None
    for value in values:
        if value is not last:
            last, ready = value, process(value)
        done.append(ready)
    return done


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=128)
def _as_one(dialect: Dialect, kinds: tuple[_Kind, ...]) -> str:
    """The sets as one statement; the rows of each are a parameter with the name of its table."""
    *first, last = (str(_from_json(kind).compile(dialect=dialect)) for kind in kinds)
    before = ", ".join(f"set_{nth} AS ({text})" for nth, text in enumerate(first, start=1))
    return f"WITH {before} {last}" if before else last


def _from_json(kind: _Kind) -> UpdateBase:
    given, table = _given(kind), kind.table
    if kind.key is None:
        rows = select(*given.c, *(value for _, value in kind.alike))
        names = [*kind.names, *dict(kind.alike)]
        return _but_new(postgresql.insert(table).from_select(names, rows, include_defaults=False), kind)
    new = {name: given.c[name] for name in kind.names if name != kind.key}
    return update(table).where(table.c[kind.key] == given.c[kind.key]).values(new)


def _given(kind: _Kind) -> FromClause:
    """The rows as a table."""
    types = [kind.table.c[name].type for name in kind.names]
    # Without a length: PostgreSQL would cut what is too long for one instead of refusing it.
    plain = [Text() if isinstance(of, String) else of for of in types]
    rows = func.json_to_recordset(cast(bindparam(kind.table.name, type_=Text), postgresql.JSON))
    return rows.table_valued(*map(column, kind.names, plain)).render_derived(with_types=True)


def _as_json(one: RowSet) -> str:
    names = one.kind.names
    return _encoded([{name: row[name] for name in names} for row in one.rows])


def _spelled(value: Any) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}")
        return value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"no column is given a {type(value).__name__}")


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_spelled).encode
