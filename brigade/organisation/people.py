"""Members and their dated rows: types of before, membership in a unit, posts, leave and suspension, the standing order of
deputies.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from brigade.db import Base, new_id
from brigade.organisation.ranks import MemberType, PostName

ERASED_NAME, ERASED_KANA = "（消去済）", "ショウキョズミ"
"""What stands where a person's name stood. Their number stays, so that two erased people are told apart."""


class Member(Base):
    """A person in the service of one bureau. ``number`` is unique there and never given to another person, nor to the same
    one again once they were erased. The type is what holds from its last change on (``member_types.py``).
    """

    __tablename__ = "members"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    kana: Mapped[str] = mapped_column(String(100))
    kana_sort: Mapped[str] = mapped_column(String(200))
    member_type: Mapped[str] = mapped_column(String(20), default=MemberType.ORDINARY.value)
    allowed_kinds: Mapped[list[Any] | None]

    __table_args__ = (
        UniqueConstraint("bureau_id", "number"),
        CheckConstraint("member_type IN ('ordinary', 'function_limited', 'staff')", name="member_type"),
    )

    @property
    def is_erased(self) -> bool:
        """Whether their words and name are gone for good: nobody is this member any more."""
        return self.name == ERASED_NAME


class FormerType(Base):
    """What the member was until that day, the last one before a change of type. Only who ever changed has such rows."""

    __tablename__ = "former_types"

    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    valid_to: Mapped[dt.date] = mapped_column(primary_key=True)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    member_type: Mapped[str] = mapped_column(String(20))
    allowed_kinds: Mapped[list[Any] | None]

    __table_args__ = (
        CheckConstraint("member_type IN ('ordinary', 'function_limited', 'staff')", name="member_type"),
        Index("ix_former_types_bureau_id_valid_to", "bureau_id", "valid_to"),
    )


class Membership(Base):
    """The member belonged to the unit on these days."""

    __tablename__ = "memberships"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),)


class Post(Base):
    """The member held the post in the unit on these days."""

    __tablename__ = "posts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    post: Mapped[str] = mapped_column(String(24))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    __table_args__ = (
        CheckConstraint(f"post IN ({', '.join(repr(str(post)) for post in PostName)})", name="post"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),
    )


class Absence(Base):
    """Days on leave (休団; a deputy acts) or suspended (停職; may not sign in, take part or decide)."""

    __tablename__ = "absences"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    absence: Mapped[str] = mapped_column(String(12))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    __table_args__ = (
        CheckConstraint("absence IN ('leave', 'suspension')", name="absence"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),
    )


class DeputyPlace(Base):
    """The ``place``-th to act for the unit's leader, after the holders of the unit's deputy post."""

    __tablename__ = "deputy_places"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    place: Mapped[int]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    __table_args__ = (Index("ix_deputy_places_unit_id_place", "unit_id", "place"),)
