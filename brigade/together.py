"""Several questions asked by one statement.

What a page needs to know is of different kinds: who took part, where they belong, who else claims them. Asked one after
the other, each costs the way to the store and back, which is more than what the store does for it. Here each stays a
SELECT of its own columns, and all go as one UNION ALL: a column takes the first free place of its kind of value, what a
question does not say stays empty, and the first value of a row tells which question it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, literal_column, null, union_all
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from brigade.questions import Process, Question, read_rows, reading

Part = Select[*tuple[Any, ...]]
"""A SELECT of plain columns."""

Place = tuple[type[Any], int]
"""The so manieth value of this kind."""

Rows = list[tuple[Any, ...]]


class Together:
    """Questions by their names. Like each of them alone they see past the session's rules, for the reason given."""

    def __init__(self, reason: Mapping[str, str], **parts: Part) -> None:
        places = _all_places(parts.values())
        where = {place: at for at, place in enumerate(places, start=1)}
        self._parts = parts
        self._picks = [_picking([where[place] for place in _places(asked)]) for asked in parts.values()]
        self._question = Question(
            union_all(*(_padded(nth, asked, places) for nth, asked in enumerate(parts.values()))), reason
        )
        self._out: dict[str, list[list[Process]]] = {}

    def ask(self, on: Session | Connection, **values: Any) -> dict[str, Rows]:
        """The rows of each question, in no order."""
        made, rows = self._question.raw(on, values)
        out = self._out.get(made.dialect.name)
        if out is None:
            out = self._out[made.dialect.name] = [
                [reading(column.type, made.dialect) for column in asked.selected_columns]
                for asked in self._parts.values()
            ]
        found: list[list[Sequence[Any]]] = [[] for _ in out]
        for row in rows:
            found[row[0]].append(row)
        return {
            name: read_rows([pick(row) for row in said], kinds)
            for name, pick, kinds, said in zip(self._parts, self._picks, out, found, strict=True)
        }


def _places(asked: Part) -> Iterator[Place]:
    """Where each column of the question goes."""
    taken: dict[type[Any], int] = {}
    for column in asked.selected_columns:
        kind = column.type.python_type
        taken[kind] = taken.get(kind, 0) + 1
        yield kind, taken[kind]


def _all_places(parts: Iterable[Part]) -> dict[Place, TypeEngine[Any]]:
    """Every place that one of the questions needs, each with the type under which it stays empty."""
    found: dict[Place, TypeEngine[Any]] = {}
    for asked in parts:
        for place, column in zip(_places(asked), asked.selected_columns, strict=True):
            found.setdefault(place, Text() if place[0] is str else column.type)
    return found


def _padded(nth: int, asked: Part, places: Mapping[Place, TypeEngine[Any]]) -> Part:
    """The question with its number and a value for every place."""
    said = dict(zip(_places(asked), asked.selected_columns, strict=True))
    row = [said.get(place, cast(null(), kind)).label(f"v{at}") for at, (place, kind) in enumerate(places.items())]
    return asked.with_only_columns(literal_column(str(nth)).label("nth"), *row)


def _picking(where: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """The values that stand there; a single one, too, is a row."""
    if len(where) > 1:
        return itemgetter(*where)
    return lambda row: (row[where[0]],)
