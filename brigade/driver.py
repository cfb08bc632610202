"""Statements that are ready as text, given to the driver itself, which answers them in a third of the time.

Making a result of SQLAlchemy's out of each costs more than SQLite needs to answer it. What SQLAlchemy does besides stays:
whoever listens to the engine hears of each statement, and what goes wrong is called by its names, with all that follows for
the connection and its pool. Values are those that the driver takes; nothing here knows of types, scopes or people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

Values = Mapping[str, Any] | Sequence[Any]
"""By name or by place; a list of such for as many executions."""


def ask(connection: Connection, text: str, values: Values) -> list[tuple[Any, ...]]:
    """The rows that the statement returns."""
    return _run(connection, text, values, returns=True)


def tell(connection: Connection, text: str, values: Values) -> None:
    """A statement that returns nothing."""
    _run(connection, text, values, returns=False)


def _run(connection: Connection, text: str, values: Values, *, returns: bool) -> list[tuple[Any, ...]]:
    begun = connection.get_nested_transaction() or connection.get_transaction()
    if begun is None or not begun.is_active:  # SQLAlchemy begins one, or says what became of it
        result = connection.exec_driver_sql(text, values)
        return [tuple(row) for row in result] if returns else []
    many, cursor = isinstance(values, list), None
    try:
        cursor = connection.connection.cursor()
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, cursor, text, values, None, many)
        run: Any = cursor.executemany if many else cursor.execute
        run(text, values)
        found: Any = cursor.fetchall() if returns else []
        for heard in connection.dispatch.after_cursor_execute:
            heard(connection, cursor, text, values, None, many)
        cursor.close()
    except BaseException as error:  # of the driver, or whatever ends this thread in the middle of an answer
        of_driver = isinstance(error, connection.dialect.loaded_dbapi.Error)
        connection._handle_dbapi_exception(error, text if of_driver else None, values, cursor, None)
    return found  # type: ignore[no-any-return]  # the handler above raises, which its types do not say


# The session's connection, which it would look up each time as if it might have another one by now.

_AT = "connection"


def connection_of(on: Session | Connection) -> Connection:
    """The session's own connection. In a savepoint the session is asked: it makes one when it is first used."""
    if isinstance(on, Connection):
        return on
    found: Connection | None = None if on.in_nested_transaction() else on.info.get(_AT)
    return found or on.connection()


def _begun(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    session.info[_AT] = connection


def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_AT, None)


event.listen(Session, "after_begin", _begun)
event.listen(Session, "after_transaction_end", _ended)
