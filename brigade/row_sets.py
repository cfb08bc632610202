"""Many rows in one statement, past the unit of work: as sets of values, with nothing asked of the store in between.

SQLite is given one row after the other inside its own process. PostgreSQL is given each column as an array, so that
thousands of rows are one statement sent once; a few go one by one, as an array takes the driver longer to spell. Values go
through their columns' own types, column by column, so that what stands in every row (the moment, who did it) is made
ready once. Nothing here knows who may write what: the callers have asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from brigade.driver import Values, tell

Rows = Sequence[Mapping[str, Any]]
Alike = tuple[tuple[str, ColumnElement[Any]], ...]
"""Columns and SQL for them that is made once and takes no value."""

Process = Callable[[Any], Any] | None

FEW = 16
"""Up to so many rows PostgreSQL is given one by one as well, sent without a wait in between."""

_WHICH = "its_key"


def insert_rows(connection: Connection, table: Table, rows: Rows, *, new_only: bool = False, alike: Alike = ()) -> None:
    """Insert the rows; all name the same columns. ``new_only``: without those that are there already by a unique key.

    ``alike``: what the database works out itself for a further column, the same in each row.
    """
    if rows:
        names, few = tuple(rows[0]), len(rows) <= FEW
        _run(connection, rows, _insert(connection.dialect, table, names, new_only, alike, few))


def update_rows(connection: Connection, table: Table, names: Iterable[str], rows: Rows, *, key: str = "id") -> None:
    """Put the values of ``names`` into the rows of the table with the same ``key``; the rows may hold more than that."""
    if rows:
        _run(connection, rows, _update(connection.dialect, table, (*names, key), key, len(rows) <= FEW))


def _run(connection: Connection, rows: Rows, statement: _Statement) -> None:
    given = {name: _ready(process, [row[of] for row in rows]) for name, of, process in statement.into}
    if statement.arrays:
        tell(connection, statement.text, given)
        return
    each: list[Values]
    if statement.order:
        each = list(zip(*(given[name] for name in statement.order), strict=True))
    else:
        each = [dict(zip(given, values, strict=True)) for values in zip(*given.values(), strict=True)]
    tell(connection, statement.text, each if len(each) > 1 else each[0])


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


class _Statement(NamedTuple):
    """For the driver. ``order``: the names for which question marks stand; else the names stand in the text, for the values
    of a row or for ``arrays``. ``into``: each name with its column, and what makes a value ready.
    """

    text: str
    order: tuple[str, ...]
    arrays: bool
    into: tuple[tuple[str, str, Process], ...]


@lru_cache(maxsize=128)
def _insert(
    dialect: Dialect, table: Table, names: tuple[str, ...], new_only: bool, alike: Alike, few: bool
) -> _Statement:
    insert, arrays = _INSERT[dialect.name](table), _as_arrays(dialect, few)
    if arrays:
        rows = select(*_given(table, names).c, *(value for _, value in alike))
        made = insert.from_select([*names, *dict(alike)], rows, include_defaults=False)
    else:
        made = insert.values({name: bindparam(name) for name in names} | dict(alike))
    into = {name: name for name in names}
    return _compiled(dialect, table, into, made.on_conflict_do_nothing() if new_only else made, arrays)


@lru_cache(maxsize=128)
def _update(dialect: Dialect, table: Table, names: tuple[str, ...], key: str, few: bool) -> _Statement:
    changed = [name for name in names if name != key]
    if _as_arrays(dialect, few):
        given = _given(table, names)
        found = update(table).where(table.c[key] == given.c[key]).values({name: given.c[name] for name in changed})
        return _compiled(dialect, table, {name: name for name in names}, found, True)
    each = update(table).where(table.c[key] == bindparam(_WHICH)).values({name: bindparam(name) for name in changed})
    return _compiled(dialect, table, {_WHICH: key, **{name: name for name in changed}}, each, False)


_INSERT: Mapping[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def _as_arrays(dialect: Dialect, few: bool) -> bool:
    return dialect.name == "postgresql" and not few


def _given(table: Table, names: Sequence[str]) -> FromClause:
    """The arrays side by side, as a table."""
    types = [table.c[name].type for name in names]
    # Without a length: PostgreSQL would cut what is too long for one instead of refusing it.
    plain = [Text() if isinstance(kind, String) else kind for kind in types]
    arrays = [bindparam(name, type_=postgresql.ARRAY(kind)) for name, kind in zip(names, plain, strict=True)]
    return func.unnest(*arrays).table_valued(*map(column, names, types)).render_derived()


def _compiled(
    dialect: Dialect, table: Table, named: Mapping[str, str], statement: UpdateBase, arrays: bool
) -> _Statement:
    """``named``: the values' names, each with its column."""
    made: Any = statement.compile(dialect=dialect)
    into = tuple(
        (name, of, table.c[of].type.dialect_impl(dialect).bind_processor(dialect)) for name, of in named.items()
    )
    return _Statement(str(made), tuple(made.positiontup or ()), arrays, into)
