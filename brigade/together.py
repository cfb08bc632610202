"""Several questions asked by one statement.

What a page needs to know is of different kinds: who took part, where they belong, who else claims them. Asked one after
the other, each costs the way to the store and back, which is more than what the store does for it. Here each stays a
SELECT of its own columns, and all go as one UNION ALL: a column takes the first free place of its kind of value, what a
question does not say stays empty, and the first value of a row tells which question it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Connection, Select, Text, cast, literal_column, null, union_all
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from brigade.questions import Process, Question, read_rows, reading

Part = Select[*tuple[Any, ...]] | Callable[[str], Select[*tuple[Any, ...]]]
"""A SELECT of plain columns, or what makes it for a kind of store."""

Place = tuple[type[Any], int]
"""The so manieth value of this kind."""

Rows = list[tuple[Any, ...]]


class _Reader(NamedTuple):
    """Where the values of a question stand in a row (without the first), and what to make of each."""

    pick: Callable[[Sequence[Any]], Sequence[Any]]
    out: tuple[Process, ...]


class Together:
    """Questions by their names. Like each of them alone they see past the session's rules, for the reason given."""

    def __init__(self, reason: Mapping[str, str], **parts: Part) -> None:
        self._parts = parts
        self._question = Question(self._union, reason)
        self._readers: dict[str, list[_Reader]] = {}

    def ask(self, on: Session | Connection, **values: Any) -> dict[str, Rows]:
        """The rows of each question, in no order."""
        made, rows = self._question.raw(on, values)
        readers = self._readers.get(made.dialect.name)
        if readers is None:
            readers = self._readers[made.dialect.name] = self._made_readers(made.dialect)
        found: list[list[Sequence[Any]]] = [[] for _ in readers]
        for row in rows:
            found[row[0]].append(row)
        return {
            name: read_rows([reader.pick(row) for row in said], reader.out)
            for name, reader, said in zip(self._parts, readers, found, strict=True)
        }

    def _selects(self, store: str) -> list[Select[*tuple[Any, ...]]]:
        return [part if isinstance(part, Select) else part(store) for part in self._parts.values()]

    def _union(self, store: str) -> CompoundSelect[Any]:
        selects = self._selects(store)
        places = _all_places(selects)
        parts = []
        for nth, asked in enumerate(selects):
            said = dict(zip(_places(asked), asked.selected_columns, strict=True))
            row = [
                said.get(place, cast(null(), kind)).label(f"v{at}") for at, (place, kind) in enumerate(places.items())
            ]
            parts.append(asked.with_only_columns(literal_column(str(nth)).label("nth"), *row))
        return union_all(*parts)

    def _made_readers(self, dialect: Any) -> list[_Reader]:
        selects = self._selects(dialect.name)
        where = {place: at for at, place in enumerate(_all_places(selects), start=1)}
        return [
            _Reader(
                _picking([where[place] for place in _places(asked)]),
                tuple(reading(column.type, dialect) for column in asked.selected_columns),
            )
            for asked in selects
        ]


def _places(asked: Select[*tuple[Any, ...]]) -> Iterator[Place]:
    """Where each column of the question goes."""
    taken: dict[type[Any], int] = {}
    for column in asked.selected_columns:
        kind = column.type.python_type
        taken[kind] = taken.get(kind, 0) + 1
        yield kind, taken[kind]


def _all_places(selects: Sequence[Select[*tuple[Any, ...]]]) -> dict[Place, TypeEngine[Any]]:
    """Every place that one of the questions needs, each with the type under which it stays empty."""
    found: dict[Place, TypeEngine[Any]] = {}
    for asked in selects:
        for place, column in zip(_places(asked), asked.selected_columns, strict=True):
            found.setdefault(place, Text() if place[0] is str else column.type)
    return found


def _picking(where: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """The values that stand there; a single one, too, is a row."""
    if len(where) > 1:
        return itemgetter(*where)
    return lambda row: (row[where[0]],)
