"""The codes that are out: one row for each member who ever had one. Who makes them stands in ``inviting.py``."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.db import Base

VALID = dt.timedelta(hours=72)
INVITING = {"as_system": "who may invite is told all that concerns joining of everyone below their desk"}


class Invitation(Base):
    """A member's newest code: there is one row for each, so that a new code ends the one before.

    ``digest`` is all that is kept of the code. ``tries`` counts what came with it after it was used; ``joined_at`` is
    when a code of this member's was used for the first time.
    """

    __tablename__ = "invitations"

    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    issued_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    issued_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    tries: Mapped[int]
    joined_at: Mapped[dt.datetime | None]

    __table_args__ = (CheckConstraint("purpose IN ('join', 'reset')", name="purpose"),)

    def is_live(self, now: dt.datetime) -> bool:
        """Whether the code can still be used for the first time."""
        return self.used_at is None and self.revoked_at is None and self.expires_at > now


def codes_of(session: Session, members: Sequence[uuid.UUID], *, hold: bool = False) -> dict[uuid.UUID, Invitation]:
    """The newest code of each of these members who ever had one; with ``hold`` nobody else changes them meanwhile."""
    rows = select(Invitation).where(Invitation.member_id.in_(members)).order_by(Invitation.member_id)
    asked = rows.with_for_update() if hold else rows
    return {row.member_id: row for row in session.scalars(asked, execution_options=INVITING)}
