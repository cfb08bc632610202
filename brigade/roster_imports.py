"""A roster file on its way in: every row with its problems first, applied whole or not at all."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from brigade.db import Base, new_id


class RosterImport(Base):
    """An uploaded roster. ``rows`` are the values as read, ``problems`` [{row, column, code, params}]."""

    __tablename__ = "roster_imports"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int]
    bureau_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    created_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[dt.datetime]
    applied_at: Mapped[dt.datetime | None]
    file_name: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[dt.date]
    rows: Mapped[list[Any]]
    problems: Mapped[list[Any]]
