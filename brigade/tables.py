"""Every table, imported once so that the metadata is whole (migrations and the mapper need that)."""

from brigade import (
    accounts,
    activities,
    attachments,
    audit,
    changes,
    closing,
    creations,
    event_answers,
    history,
    invitations,
    jobs,
    notices,
    people,
    roster_imports,
    search,
    units,
)
from brigade.db import Base

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "accounts",
    "activities",
    "attachments",
    "audit",
    "changes",
    "closing",
    "creations",
    "event_answers",
    "history",
    "invitations",
    "jobs",
    "notices",
    "people",
    "roster_imports",
    "search",
    "units",
]
