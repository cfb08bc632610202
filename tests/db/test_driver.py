"""What is said to the driver itself is heard, refused and taken back as what SQLAlchemy says."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError

from brigade.driver import ask, tell

FIRST, SECOND = "a" * 32, "b" * 32
COUNT = "SELECT count(*) FROM sync_epochs"


@pytest.fixture
def connection(engine: Engine):
    with engine.connect() as made, made.execution_options(writing=True).begin():
        tell(made, "DELETE FROM sync_epochs", ())
        yield made


def put(connection: Connection, id_: str) -> None:
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    tell(connection, f"INSERT INTO sync_epochs (id) VALUES ({mark})", (id_,))


def count(connection: Connection) -> int:
    [(found,)] = ask(connection, COUNT, ())
    return found


def test_whoever_listens_hears_each_statement(connection: Connection) -> None:
    said: list[str] = []
    for when in ("before", "after"):
        event.listen(connection, f"{when}_cursor_execute", lambda *how: said.append(how[2].split()[0]))
    put(connection, FIRST)
    put(connection, SECOND)
    assert count(connection) == 2
    assert said == ["INSERT", "INSERT", "INSERT", "INSERT", "SELECT", "SELECT"]


def put_all(connection: Connection, *ids: str) -> None:
    for id_ in ids:
        put(connection, id_)


def test_what_the_store_refuses_is_called_as_by_sqlalchemy(connection: Connection) -> None:
    put(connection, FIRST)
    with pytest.raises(IntegrityError), connection.begin_nested():
        put(connection, FIRST)
    with pytest.raises(IntegrityError) as refused, connection.begin_nested():
        put_all(connection, SECOND, FIRST)
    assert not refused.value.connection_invalidated
    assert count(connection) == 1  # the savepoint took back the rest


def test_nothing_is_said_in_a_transaction_that_is_over(connection: Connection) -> None:
    connection.invalidate()
    with pytest.raises(PendingRollbackError):
        put(connection, FIRST)
    with pytest.raises(PendingRollbackError):
        count(connection)
    connection.rollback()


def test_without_a_transaction_one_is_begun(engine: Engine) -> None:
    with engine.connect() as connection:
        count(connection)
        assert connection.in_transaction()


def test_a_connection_that_breaks_is_thrown_away(connection: Connection) -> None:
    connection.connection.driver_connection.close()
    with pytest.raises(DBAPIError) as broken:
        put(connection, FIRST)
    assert broken.value.connection_invalidated
    assert connection.invalidated
    connection.rollback()
