"""Sealed editions of a month: what was counted, frozen with everything that explains it. Rows are only ever added.

The database itself refuses to change or remove them (migration 0010). A correction makes the next edition; what an
edition says can always be computed anew from its own rows, whatever has happened to reports, people or rules since.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    Text,
    UniqueConstraint,
    event,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, QueryContext, Session, mapped_column

from brigade.dates import month_before, month_of
from brigade.db import Base, new_id
from brigade.month.heirs import with_predecessors
from brigade.month.rows import MonthRows, restored, stored
from brigade.organisation.units import Unit, UnitTree
from brigade.problems import NotFound, Problem
from brigade.viewings import viewed

FORMAT = 1
"""Of ``Edition.rows``; another one is read by another way."""

OF_A_SEEN_ONE = {"as_system": "what belongs to an edition that was itself read under the rules, or is being made"}

UNREAD = ("read_at", "read_by")
"""When and by whom the rows were read is no part of what they say."""


class Edition(Base):
    """The ``number``-th edition of one unit's month. ``rows`` is its ``MonthRows`` as compressed JSON, ``digest`` the
    SHA-256 of what they say; ``seal_id`` is common to editions of one pressing of the button.

    ``sealed_by``, ``post`` and ``office`` are words of that day. The sums are those of the rows, for lists; ``unknown``
    counts lines of pay without an amount, ``left_open`` reports that were still under way. ``heads`` is where the chains
    of its reports stood (``anchors.heads_of``); None for an edition from before there were chains.
    """

    __tablename__ = "editions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    level: Mapped[str] = mapped_column(String(16))
    month: Mapped[str] = mapped_column(String(7))
    number: Mapped[int]
    seal_id: Mapped[uuid.UUID] = mapped_column(index=True)
    sealed_at: Mapped[dt.datetime]
    sealed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    sealed_by: Mapped[str] = mapped_column(String(100))
    post: Mapped[str] = mapped_column(String(24))
    office: Mapped[str] = mapped_column(String(100))
    comment: Mapped[str] = mapped_column(Text)
    format: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    rows: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    times: Mapped[int]
    person_times: Mapped[int]
    minutes: Mapped[int]
    yen: Mapped[int]
    unknown: Mapped[int]
    left_open: Mapped[int]
    heads: Mapped[list[Any] | None]

    __table_args__ = (
        UniqueConstraint("unit_id", "month", "number"),
        CheckConstraint("number >= 1", name="number"),
    )


@event.listens_for(Edition, "load")
def _loaded(edition: Edition, context: QueryContext) -> None:
    """Whoever loads an edition reads who sealed it."""
    viewed(context.session, (edition.sealed_by_id,))


class EditionUnit(Base):
    """One unit of an edition, with all below it: its documents bear ``code``, and whoever may look into the unit may
    read them.
    """

    __tablename__ = "edition_units"

    edition_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    place: Mapped[int]
    level: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    code: Mapped[str] = mapped_column(String(14), unique=True)
    times: Mapped[int]
    person_times: Mapped[int]
    minutes: Mapped[int]
    yen: Mapped[int]
    unknown: Mapped[int]

    __table_args__ = (Index("ix_edition_units_unit_id", "unit_id"),)


class EditionFile(Base):
    """A document of one unit of an edition as it was first made: every download gives these bytes."""

    __tablename__ = "edition_files"

    edition_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    lang: Mapped[str] = mapped_column(String(2), primary_key=True)
    encoding: Mapped[str] = mapped_column(String(8), primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(unique=True, default=new_id)
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    missing: Mapped[list[Any]]
    made_at: Mapped[dt.datetime]


def file_key(file_id: uuid.UUID) -> str:
    """Where the document's file lies."""
    return f"editions/{file_id.hex[-2:]}/{file_id}.bin"


def frozen(rows: MonthRows) -> tuple[bytes, str]:
    """The rows as they are kept, and the SHA-256 (hexadecimal) of what they say."""
    value = stored(rows)
    return zlib.compress(_json(value), 6), _digest(value)


def rows_of(session: Session, edition: Edition) -> MonthRows:
    """What was sealed. Problem ``edition-forgotten`` once its keeping time is over; ValueError where the store holds
    something else.
    """
    data = session.scalar(select(Edition.rows).where(Edition.id == edition.id), execution_options=OF_A_SEEN_ONE)
    assert data is not None
    if not data:
        raise Problem("edition-forgotten")
    return _unpacked(data, edition.digest)


@lru_cache(maxsize=4)
def _unpacked(data: bytes, digest: str) -> MonthRows:
    """Documents of one edition are made one after the other: its rows are read once."""
    value = json.loads(zlib.decompress(data))
    if _digest(value) != digest:
        raise ValueError("an edition does not hold what was sealed")
    return restored(MonthRows, value)


def _digest(value: dict[str, Any]) -> str:
    said = {name: held for name, held in value.items() if name not in UNREAD}
    return hashlib.sha256(_json(said)).hexdigest()


def _json(value: Any) -> bytes:
    """One spelling for one value (after RFC 8785: sorted names, no blanks)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def document_digest(edition_id: uuid.UUID, digest: str, unit_id: uuid.UUID) -> str:
    """What the code of one unit's documents is made of: the edition, what it says, and the unit."""
    return hashlib.sha256(f"{edition_id} {digest} {unit_id}".encode()).hexdigest()


def edition(session: Session, edition_id: uuid.UUID) -> Edition:
    """One that the actor may see; NotFound else."""
    found = session.scalar(select(Edition).where(Edition.id == edition_id))
    if found is None:
        raise NotFound()
    return found


def edition_units(session: Session, edition_id: uuid.UUID) -> Sequence[EditionUnit]:
    """The edition's units that the actor may look into, in the order of the tree. NotFound where there is none."""
    asked = select(EditionUnit).where(EditionUnit.edition_id == edition_id).order_by(EditionUnit.place)
    found = session.scalars(asked).all()
    if not found:
        raise NotFound()
    return found


def topmost(session: Session, edition_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EditionUnit]:
    """The topmost unit of each edition that the actor may look into."""
    asked = (
        select(EditionUnit.edition_id, func.min(EditionUnit.place))
        .where(EditionUnit.edition_id.in_(edition_ids))
        .group_by(EditionUnit.edition_id)
    )
    places = session.execute(asked).all()
    found = select(EditionUnit).where(tuple_(EditionUnit.edition_id, EditionUnit.place).in_(places))
    return {unit.edition_id: unit for unit in session.scalars(found)} if places else {}


def editions(unit_id: uuid.UUID | None, month: str | None) -> Select[Any]:
    """SQL: those of which the unit is a part, and those of the units below it."""
    asked = select(Edition)
    if unit_id is not None:
        part_of = select(EditionUnit.edition_id).where(EditionUnit.unit_id == unit_id)
        under = select(UnitTree.below_id).where(UnitTree.above_id == unit_id)
        asked = asked.where(Edition.id.in_(part_of) | Edition.unit_id.in_(under))
    return asked if month is None else asked.where(Edition.month == month)


def newest(session: Session, unit_id: uuid.UUID, month: str) -> Edition | None:
    """The newest edition of a unit's month."""
    asked = select(Edition).where(Edition.unit_id == unit_id, Edition.month == month)
    return session.scalar(asked.order_by(Edition.number.desc()).limit(1), execution_options=OF_A_SEEN_ONE)


def newest_with(session: Session, unit_id: uuid.UUID, month: str) -> tuple[Edition, str] | None:
    """The newest edition of which the unit is a part, and the code of its documents."""
    asked = (
        select(Edition, EditionUnit.code)
        .join(EditionUnit, EditionUnit.edition_id == Edition.id)
        .where(EditionUnit.unit_id == unit_id, Edition.month == month)
        .order_by(Edition.sealed_at.desc(), Edition.level, Edition.number.desc())
        .limit(1)
    )
    row = session.execute(asked).first()
    return (row[0], row[1]) if row else None


def months_to_close(session: Session, unit_id: uuid.UUID, now: dt.datetime) -> list[str]:
    """This month, and before it the last one until an edition holds the unit's."""
    this = month_of(now)
    last = month_before(this)
    return [this] if newest_with(session, unit_id, last) else [last, this]


def editions_before(session: Session, unit: Unit, month: str, number: int | None = None) -> list[Edition]:
    """What the edition with that ``number``, or else the next one, of a unit's month follows, the newest first.

    The one before of the unit itself; where it has none, the newest until then of the units that it took over, so that no
    report is counted for the first time twice. Nothing for a month that was never sealed.
    """
    own = newest(session, unit.id, month) if number is None else _numbered(session, unit.id, month, number - 1)
    if own is not None:
        return [own]
    older = with_predecessors(session, unit) - {unit.id}
    asked = select(Edition).where(Edition.unit_id.in_(older), Edition.month == month).order_by(Edition.number)
    it = None if number is None else _numbered(session, unit.id, month, number)
    if it is not None:
        asked = asked.where(Edition.sealed_at < it.sealed_at)
    found = {edition.unit_id: edition for edition in session.scalars(asked, execution_options=OF_A_SEEN_ONE)}
    followed: set[uuid.UUID] = set()
    for id_ in found:
        followed |= with_predecessors(session, session.get_one(Unit, id_, execution_options=OF_A_SEEN_ONE)) - {id_}
    last = [edition for id_, edition in found.items() if id_ not in followed]
    return sorted(last, key=lambda edition: (edition.sealed_at, edition.id), reverse=True)


def _numbered(session: Session, unit_id: uuid.UUID, month: str, number: int) -> Edition | None:
    same = (Edition.unit_id == unit_id, Edition.month == month, Edition.number == number)
    return session.scalar(select(Edition).where(*same), execution_options=OF_A_SEEN_ONE)


def unit_of(session: Session, edition: Edition) -> Unit:
    """The unit whose month it is, also where it has ended since."""
    return session.get_one(Unit, edition.unit_id, execution_options=OF_A_SEEN_ONE)
