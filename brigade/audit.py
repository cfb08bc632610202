"""Who changed the organisation or its settings, and what. Reports have a history of their own (``history.py``)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from brigade.db import Base, new_id


class AuditEntry(Base):
    """One change; append-only. ``data`` holds ids and values, never a password."""

    __tablename__ = "audit_entries"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    actor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    at: Mapped[dt.datetime]
    action: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[uuid.UUID]
    data: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_audit_entries_bureau_id_at", "bureau_id", "at"),)
