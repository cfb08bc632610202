"""The ground the tables stand on: declarative base, constraint names, column types, ids.

Plain SQLAlchemy. Flask's session object is made in ``api/extensions.py`` from the same ``Base``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    MetaData,
    SQLColumnExpression,
    String,
    Uuid,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7


class UtcTime(TypeDecorator[dt.datetime]):
    """An instant. Naive values are refused; what comes back is aware and in UTC (SQLite itself keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[dt.datetime]:
        """What a value is in Python."""
        return dt.datetime

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Into the store."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Out of the store."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Document = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value: an object or an array of what the API takes in."""


class Base(DeclarativeBase):
    """Every table of the product."""

    # The map stands in an explicit registry because Flask-SQLAlchemy 3.1 fails at import when it stands on the class.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            dt.datetime: UtcTime,
            uuid.UUID: Uuid,
            dict[str, Any]: Document,
            list[Any]: Document,
        },
    )


def new_id() -> uuid.UUID:
    """A fresh id: UUID version 7, so that new rows lie together in the index."""
    return uuid7()


Key = Any
"""An id as the driver gives it: a text or a UUID. Who only compares ids, fifteen thousand of them, need not make any."""


def key_of(column: SQLColumnExpression[uuid.UUID] | SQLColumnExpression[uuid.UUID | None]) -> ColumnElement[Key]:
    """SQL: a column of ids whose values are keys."""
    return type_coerce(column, String)


def id_of(key: Key) -> uuid.UUID:
    """The id that a key is."""
    return key if isinstance(key, uuid.UUID) else uuid.UUID(key)


CHUNK = 500


T = TypeVar("T")


def chunks(values: list[T]) -> Iterator[list[T]]:
    """The ids, or other values, in lists that fit into one statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
