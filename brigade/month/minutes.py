"""Whole minutes between two instants, counted by the database as ``PartRow.minutes`` counts them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import FunctionElement, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class MinutesBetween(FunctionElement[int]):
    """SQL: the whole minutes from one instant to another, the rest of a minute left off."""

    inherit_cache = True
    name = "minutes_between"
    type = Integer()


@compiles(MinutesBetween, "postgresql")
def _on_postgresql(element: MinutesBetween, compiler: SQLCompiler, **how: Any) -> str:
    start, end = (compiler.process(clause, **how) for clause in element.clauses)
    return f"CAST(floor(extract(epoch FROM ({end}) - ({start})) / 60) AS integer)"


@compiles(MinutesBetween, "sqlite")
def _on_sqlite(element: MinutesBetween, compiler: SQLCompiler, **how: Any) -> str:
    start, end = (_microseconds(compiler.process(clause, **how)) for clause in element.clauses)
    return f"(({end}) - ({start})) / 60000000"


def _microseconds(instant: str) -> str:
    """SQLite keeps an instant as text with six digits after the second, and its own functions round them."""
    whole = f"CAST(strftime('%s', substr({instant}, 1, 19)) AS integer)"
    return f"{whole} * 1000000 + CAST(substr({instant}, 21, 6) AS integer)"
