"""What a member should know, written in the same transaction as what happened."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session


def tell(
    session: Session, kind: str, members: Collection[uuid.UUID], now: dt.datetime, *,
    report_id: uuid.UUID | None = None, event_id: uuid.UUID | None = None, data: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add a notice of this kind for each member to the transaction at hand."""
