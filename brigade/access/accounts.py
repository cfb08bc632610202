"""Who may sign in. Passwords, devices, second factors and tries have files of their own."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.dates import tokyo_day
from brigade.db import Base, new_id
from brigade.organisation.people import Member, Membership
from brigade.organisation.units import Unit, UnitTree, valid_on


class Account(Base):
    """A member's way in. ``password_hash`` is Argon2id; ``short_password``: it is good only beside a second factor."""

    __tablename__ = "accounts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), unique=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    short_password: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[dt.datetime | None]


def names_near(session: Session, login: str, member: Member, now: dt.datetime) -> list[str]:
    """Words that others would try first as this person's password: login, number, name, kana, the units' names."""
    day = tokyo_day(now)
    line = (
        select(Unit.name)
        .join(UnitTree, UnitTree.above_id == Unit.id)
        .join(Membership, Membership.unit_id == UnitTree.below_id)
        .where(Membership.member_id == member.id, valid_on(UnitTree, day), valid_on(Membership, day))
    )
    units = session.scalars(line, execution_options={"as_system": "one's own names make a bad password"})
    return [login, member.number, member.name, member.kana, *units]
