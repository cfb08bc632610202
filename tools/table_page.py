"""The reference page of the tables: every column, key and rule, read off the models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy import UniqueConstraint as Unique

from brigade.db import Base, UtcTime

ROOT = Path(__file__).parents[1]
TYPES: tuple[tuple[Any, str], ...] = (
    (UtcTime, "instant"), (Uuid, "id"), (Date, "day"), (Text, "text"), (String, "text"),
    (Boolean, "yes or no"), (LargeBinary, "bytes"), (Integer, "whole number"), (Float, "number"), (JSON, "JSON"),
)  # fmt: skip


def tables(
    table: Callable[[Sequence[str], Iterable[Sequence[Any]]], str],
    code: Callable[[object], str],
    plain: Callable[[str | None], str],
) -> Iterator[str]:
    """Every table with its columns."""
    yield "# Tables"
    yield (
        f"As of migration `{(ROOT / 'migrations' / 'HEAD').read_text(encoding='utf-8').strip()}`, the same on SQLite "
        "and PostgreSQL. An instant is stored in UTC, a day is a day in Japan, an id is a UUID. How reports are found "
        "by words differs between the two: see [search](../explain/search.md)."
    )
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__tablename__):
        of: Table = mapper.class_.__table__
        yield f"## {of.name}"
        yield plain(mapper.class_.__doc__)
        rows = [(code(c.name), _type(c), "may be empty" if c.nullable else "", _keys(c)) for c in of.columns]
        yield table(("column", "type", "empty", "key"), rows)
        if rules := sorted(_rules(of)):
            yield "\n".join(f"- {rule}" for rule in rules)


def _type(column: Column[Any]) -> str:
    name = next(name for kind, name in TYPES if isinstance(column.type, kind))
    length = getattr(column.type, "length", None)
    return f"{name}, up to {length}" if length else name


def _keys(column: Column[Any]) -> str:
    return ", ".join([*["primary"] * column.primary_key, *(f"→ `{key.column}`" for key in column.foreign_keys)])


def _rules(of: Table) -> Iterator[str]:
    for one in of.constraints:
        if isinstance(one, CheckConstraint):
            yield f"check `{one.sqltext}`"
        elif isinstance(one, Unique):
            yield f"unique `{', '.join(one.columns.keys())}`"
    yield from (f"{'unique ' * one.unique}index `{', '.join(one.columns.keys())}`" for one in of.indexes)
