"""Questions that every request asks, put together once and then only given their values.

Going through the session costs several times what SQLite needs to answer: its rules are put in, the statement is looked
up, objects are made. A question here is compiled once for each kind of store and asked on the session's own connection;
plain rows come back. As the session's rules (``scopes.py``) do not see it, each says why it may look past them, as
a statement in the session would.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Connection, Date, Dialect, Float, Select, Text, Uuid, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeDecorator, TypeEngine

from brigade.db import UtcTime
from brigade.driver import ask, connection_of

Process = Callable[[Any], Any] | None


class Many(TypeDecorator[list[Any]]):
    """Any number of values of one type as one value: an array for PostgreSQL, a JSON text for SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, each: TypeEngine[Any]) -> None:
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array where there are such."""
        return dialect.type_descriptor(postgresql.ARRAY(self.each) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        """Into the statement."""
        if dialect.name == "postgresql":
            return list(value or ())
        process = writing(self.each, dialect)
        return json.dumps([process(one) if process else one for one in value or ()])


class _Among(ColumnElement[bool]):
    """SQL: the column's value is one of those."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column, self.ids = column, bindparam(name, type_=Many(column.type))


def among(column: Any, name: str) -> ColumnElement[bool]:
    """SQL: the column holds one of the values given under this name, however many."""
    return _Among(column, name)


class _AmongFound(ColumnElement[bool]):
    """SQL: the column's value is one that the inner SELECT finds."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], found: Select[Any]) -> None:
        self.column, self.found = column, found.correlate(None)


def among_found(column: Any, found: Select[Any]) -> ColumnElement[bool]:
    """SQL: the column holds one of the few values that ``found`` gives. They are looked up by an index in any case.

    Left to itself, PostgreSQL reads the whole table while that is small, and changes its mind as the store grows.
    """
    return _AmongFound(column, found)


@compiles(_AmongFound, "sqlite")
def _among_list(element: _AmongFound, compiler: Any, **said: Any) -> str:
    return f"{compiler.process(element.column, **said)} IN ({compiler.process(element.found, **said)})"


@compiles(_AmongFound, "postgresql")
def _among_found_array(element: _AmongFound, compiler: Any, **said: Any) -> str:
    return f"{compiler.process(element.column, **said)} = ANY(ARRAY({compiler.process(element.found, **said)}))"


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: Any, **said: Any) -> str:
    column, ids = (compiler.process(part, **said) for part in (element.column, element.ids))
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  SQLAlchemy's own text of both


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: Any, **said: Any) -> str:
    return f"{compiler.process(element.column, **said)} = ANY({compiler.process(element.ids, **said)})"


class _Compiled(NamedTuple):
    """``order``: the names for which question marks stand; none where each value is named."""

    text: str
    order: tuple[str, ...]
    given: Mapping[str, Any]
    into: Mapping[str, Process]
    out: tuple[Process, ...]
    dialect: Dialect


class Question:
    """A SELECT of plain columns (or an INSERT that returns some) whose values are its named parameters.

    ``asked``: the statement, or what makes it for a kind of store (``sqlite``, ``postgresql``) where they differ.
    """

    def __init__(self, asked: ReturnsRows | Callable[[str], ReturnsRows], reason: Mapping[str, str]) -> None:
        if not reason["as_system"]:
            raise ValueError("a question past the scopes needs a reason")
        self._asked = asked
        self._made: dict[str, _Compiled] = {}

    def ask(self, on: Session | Connection, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, each value as its column's type gives it."""
        made, rows = self.raw(on, values)
        return read_rows(rows, made.out)

    def raw(self, on: Session | Connection, values: Mapping[str, Any]) -> tuple[_Compiled, Sequence[Sequence[Any]]]:
        """The rows as the driver gives them, and what to make of them."""
        if isinstance(on, Session) and on.autoflush:
            on.flush()
        connection = connection_of(on)
        made = self._made.get(connection.dialect.name) or self._make(connection.dialect)
        said = dict(made.given)
        for name, process in made.into.items():
            value = values[name]
            said[name] = process(value) if process and value is not None else value
        return made, ask(connection, made.text, tuple([said[name] for name in made.order]) if made.order else said)

    def _make(self, dialect: Dialect) -> _Compiled:
        asked = self._asked if isinstance(self._asked, ReturnsRows) else self._asked(dialect.name)
        made = self._made[dialect.name] = _compiled(asked, dialect)
        return made


def _compiled(asked: ReturnsRows, dialect: Dialect) -> _Compiled:
    made: Any = asked.compile(dialect=dialect)
    if made.post_compile_params:
        raise TypeError("a list of values in a question is one value: see among()")
    into, given = {}, {}
    for bind, name in made.bind_names.items():
        process = writing(bind.type, dialect)
        if not bind.required:
            given[name] = process(bind.value) if process and bind.value is not None else bind.value
        else:
            into[name] = process
    columns = asked.exported_columns
    out = tuple(reading(column.type, dialect) for column in columns)
    return _Compiled(str(made), tuple(made.positiontup or ()), given, into, out, dialect)


def read_rows(rows: Sequence[Sequence[Any]], out: Sequence[Process]) -> list[tuple[Any, ...]]:
    """The values that the driver gave as those of Python, column by column: most need nothing made of them."""
    if not rows:
        return []
    columns = zip(*rows, strict=True)
    read = [map(process, column) if process else column for process, column in zip(out, columns, strict=True)]
    return list(zip(*read, strict=True))


def reading(kind: TypeEngine[Any], dialect: Dialect) -> Process:
    """What makes a value of the store one of Python's; of nothing, as SQLAlchemy's own do, nothing."""
    if isinstance(kind, Float):
        return None  # both give one
    if isinstance(kind, Date):
        return _day_of if dialect.name == "sqlite" else None
    if isinstance(kind, JSON) and dialect.name == "sqlite":
        return _document_of
    process: Process = kind.dialect_impl(dialect).result_processor(dialect, None)
    if isinstance(kind, UtcTime):
        return _instant_of if dialect.name == "sqlite" else _in_utc
    return _id_of if isinstance(kind, Uuid) and process else process


def writing(kind: TypeEngine[Any], dialect: Dialect) -> Process:
    """What makes a value of Python's one that the driver takes."""
    if isinstance(kind, UtcTime) and dialect.name == "sqlite":
        return _text_of
    return kind.dialect_impl(dialect).bind_processor(dialect)


# The same few people, units and instants stand in most answers.


@lru_cache(maxsize=65536)
def _id_of(text: str | None) -> uuid.UUID | None:
    return None if text is None else uuid.UUID(text)


@lru_cache(maxsize=65536)
def _instant_of(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@lru_cache(maxsize=65536)
def _day_of(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


@lru_cache(maxsize=65536)
def _text_of(instant: dt.datetime | None) -> str | None:
    """As SQLite keeps it."""
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise ValueError(f"naive instant {instant!r}")
    return instant.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


_decode = json.JSONDecoder().raw_decode


def _document_of(text: str | None) -> Any:
    """What we wrote has no blanks around it."""
    return None if text is None else _decode(text)[0]


def _in_utc(instant: dt.datetime | None) -> dt.datetime | None:
    return None if instant is None else instant.astimezone(dt.UTC)
