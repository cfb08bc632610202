"""Questions that every request asks, put together once and then only given their values.

Going through the session costs several times what SQLite needs to answer: its rules are put in, the statement is looked
up, objects are made. A question here is compiled once for each kind of store and asked on the session's own connection;
plain rows come back. As the session's rules (``scopes.py``) do not see it, each says why it may look past them, as
a statement in the session would.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Dialect, Text, Uuid, bindparam, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeDecorator, TypeEngine

from brigade.driver import ask

_AT = "connection"
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
        process = self.each.dialect_impl(dialect).bind_processor(dialect)
        return json.dumps([process(one) if process else one for one in value or ()])


class _Among(ColumnElement[bool]):
    """SQL: the column's value is one of those."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column, self.ids = column, bindparam(name, type_=Many(column.type))


def among(column: Any, name: str) -> ColumnElement[bool]:
    """SQL: the column holds one of the values given under this name, however many."""
    return _Among(column, name)


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
        if isinstance(on, Session) and on.autoflush:
            on.flush()
        connection = on if isinstance(on, Connection) else on.info.get(_AT) or on.connection()
        made = self._made.get(connection.dialect.name) or self._make(connection.dialect)
        said = dict(made.given)
        for name, process in made.into.items():
            value = values[name]
            said[name] = process(value) if process and value is not None else value
        rows = ask(connection, made.text, tuple([said[name] for name in made.order]) if made.order else said)
        out = made.out
        return [
            tuple([process(value) if process and value is not None else value for process, value in zip(out, row, strict=True)])
            for row in rows
        ]  # fmt: skip

    def _make(self, dialect: Dialect) -> _Compiled:
        asked = self._asked if isinstance(self._asked, ReturnsRows) else self._asked(dialect.name)
        made = self._made[dialect.name] = _compiled(asked, dialect)
        return made


# The session's connection, which it would look up at each question as if it might have another one by now.


def _begun(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    session.info[_AT] = connection


def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_AT, None)


event.listen(Session, "after_begin", _begun)
event.listen(Session, "after_transaction_end", _ended)


def _compiled(asked: ReturnsRows, dialect: Dialect) -> _Compiled:
    made: Any = asked.compile(dialect=dialect)
    if made.post_compile_params:
        raise TypeError("a list of values in a question is one value: see among()")
    into, given = {}, {}
    for bind, name in made.bind_names.items():
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if not bind.required:
            given[name] = process(bind.value) if process and bind.value is not None else bind.value
        else:
            into[name] = process
    columns = asked.exported_columns
    out = tuple(_reading(column.type, dialect) for column in columns)
    return _Compiled(str(made), tuple(made.positiontup or ()), given, into, out)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Process:
    """What makes a value of the store one of Python's."""
    process: Process = kind.dialect_impl(dialect).result_processor(dialect, None)
    return _id_of if isinstance(kind, Uuid) and process else process


@lru_cache(maxsize=65536)
def _id_of(text: str) -> uuid.UUID:
    """The same few people and units stand in most answers."""
    return uuid.UUID(text)
