"""The dated organisation tree: bureau, station, brigade, company, section, squad; and the vehicles that stand there.

A unit keeps its id as long as it is the same unit. A rename or merger ends it and names its successor; who stands
above whom is a dated row of its own (``UnitParent``), so a move changes neither the unit nor its reports. Both ends
of a dated row are days that count; ``valid_to`` None means until further notice.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.db import Base, new_id
from brigade.organisation.ranks import LEVELS
from brigade.questions import Question


class Unit(Base):
    """One unit from its first day to its last."""

    __tablename__ = "units"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    level: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(100))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    successor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        CheckConstraint(f"level IN ({', '.join(repr(str(level)) for level in LEVELS)})", name="level"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),
        Index("uq_units_bureau_id_code_valid_from", "bureau_id", "code", "valid_from", unique=True),
    )


class UnitParent(Base):
    """``unit`` stood directly under ``parent`` on these days. An ended unit goes on under its successor."""

    __tablename__ = "unit_parents"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    parent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),)


class UnitTree(Base):
    """``above`` stood ``depth`` links over ``below`` on these days; depth 0 is the unit itself. Made from the links."""

    __tablename__ = "unit_tree"

    below_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    above_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)
    valid_from: Mapped[dt.date] = mapped_column(primary_key=True)
    valid_to: Mapped[dt.date | None]
    depth: Mapped[int]


class Vehicle(Base):
    """A pump truck, pump-carrying truck or command car and where it stands."""

    __tablename__ = "vehicles"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(100))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]


def valid_on(row: Any, day: dt.date | SQLColumnExpression[dt.date]) -> ColumnElement[bool]:
    """SQL: the dated row (a mapped class or alias) holds on ``day`` (or on the day that a column holds)."""
    return and_(row.valid_from <= day, or_(row.valid_to.is_(None), row.valid_to >= day))


def below(units: Iterable[uuid.UUID] | Select[Any], day: dt.date) -> Select[uuid.UUID]:
    """SQL: ids of these units and of all that stood under them on ``day``."""
    above = units if isinstance(units, Select) else list(units)
    return select(UnitTree.below_id).where(UnitTree.above_id.in_(above), valid_on(UnitTree, day))


def is_below(unit_id: Any, above: Iterable[uuid.UUID], day: dt.date) -> ColumnElement[bool]:
    """SQL: the unit of that column is among those of ``below``. Looked up unit by unit, so that one costs no more in a
    large city than in a small one; to find all of them ``below`` is quicker.
    """
    over = UnitTree.__table__.alias("over")  # a name of its own: the statement around it may ask the tree as well
    return exists().where(over.c.below_id == unit_id, over.c.above_id.in_(list(above)), valid_on(over.c, day))


_LINE = (
    select(Unit)
    .join(UnitTree, UnitTree.above_id == Unit.id)
    .where(UnitTree.below_id == bindparam("unit_id"), valid_on(UnitTree, bindparam("day", type_=Date)))
    .order_by(UnitTree.depth)
)


def line_of(session: Session, unit_id: uuid.UUID, day: dt.date, reason: Mapping[str, str]) -> list[Unit]:
    """The unit and all that stood over it on ``day``, nearest first; ``reason`` as the session asks for one."""
    return list(session.scalars(_LINE, {"unit_id": unit_id, "day": day}, execution_options=reason))


OVER = {"as_system": "what a unit is called goes with the names of those over it"}


def in_line(names: Sequence[str]) -> str:
    """Names from above downwards as one, without what a longer one repeats: ``第二分団 第一班``, ``第1分団第1班``."""
    return " ".join(name for place, name in enumerate(names) if not any(name in below for below in names[place + 1 :]))


def names_in_line(
    session: Session, ids: Collection[uuid.UUID], levels: Collection[str], day: dt.date
) -> dict[uuid.UUID, str]:
    """What these units are called with the names of those over them at these levels, as it was on ``day``."""
    asked = (
        select(UnitTree.below_id, Unit.name)
        .join(Unit, Unit.id == UnitTree.above_id)
        .where(UnitTree.below_id.in_(set(ids)), valid_on(UnitTree, day))
        .where(or_(Unit.level.in_([str(level) for level in levels]), UnitTree.depth == 0))
        .order_by(UnitTree.depth.desc())
    )
    lines: dict[uuid.UUID, list[str]] = {}
    for unit_id, name in session.execute(asked, execution_options=OVER) if ids else ():
        lines.setdefault(unit_id, []).append(name)
    return {unit_id: in_line(line) for unit_id, line in lines.items()}


class PlainUnit(NamedTuple):
    """A unit as plain values, named as in ``Unit``."""

    id: uuid.UUID
    bureau_id: uuid.UUID
    level: str
    code: str
    name: str
    valid_from: dt.date
    valid_to: dt.date | None
    successor_id: uuid.UUID | None
    settings: dict[str, Any]


def plain_line(reason: Mapping[str, str]) -> Question:
    """The question for the same as ``PlainUnit``s, of ``unit_id`` on ``day``."""
    return Question(_LINE.with_only_columns(*(getattr(Unit, name) for name in PlainUnit._fields)), reason)


def standing_for(session: Session, unit: Unit | PlainUnit, day: dt.date) -> Unit | PlainUnit:
    """The unit itself, or the one that had taken it over by that day."""
    while unit.successor_id is not None and unit.valid_to is not None and unit.valid_to < day:
        unit = session.get_one(
            Unit, unit.successor_id, execution_options={"as_system": "who took a unit over is its successor's business"}
        )
    return unit


Span = tuple[dt.date, dt.date | None]


def _common(a: Span, b: Span) -> Span | None:
    first = max(a[0], b[0])
    ends = [end for end in (a[1], b[1]) if end is not None]
    last = min(ends) if ends else None
    return (first, last) if last is None or first <= last else None


def tree_rows(units: Iterable[Unit], links: Iterable[UnitParent]) -> list[dict[str, Any]]:
    """Rows of ``unit_tree`` for these units: each unit itself, then every chain of links for the days all links held.

    The top unit's links must be among ``links``. Pure: takes rows, gives rows.
    """
    parents: dict[uuid.UUID, list[UnitParent]] = {}
    for link in links:
        parents.setdefault(link.unit_id, []).append(link)
    rows: list[dict[str, Any]] = []

    def climb(below_id: uuid.UUID, at: uuid.UUID, span: Span, depth: int) -> None:
        rows.append({"below_id": below_id, "above_id": at, "valid_from": span[0], "valid_to": span[1], "depth": depth})
        for link in parents.get(at, ()):
            common = _common(span, (link.valid_from, link.valid_to))
            if common is not None:
                climb(below_id, link.parent_id, common, depth + 1)

    for unit in units:
        climb(unit.id, unit.id, (unit.valid_from, None), 0)
    return rows


def rebuild_tree(session: Session, bureau_id: uuid.UUID) -> None:
    """Make ``unit_tree`` of one bureau anew from its links; called by every action that changes the organisation."""
    session.flush()
    whole = {"as_system": "the tree is made from all units of the bureau"}
    units = session.scalars(select(Unit).where(Unit.bureau_id == bureau_id), execution_options=whole).all()
    ids = [unit.id for unit in units]
    links = session.scalars(select(UnitParent).where(UnitParent.unit_id.in_(ids))).all()
    session.execute(delete(UnitTree).where(UnitTree.below_id.in_(ids)))
    session.execute(insert(UnitTree), tree_rows(units, links))
