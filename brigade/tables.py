"""Every table, imported once so that the metadata is whole (migrations and the mapper need that)."""

from brigade import (
    accounts,
    activities,
    attachments,
    audit,
    calendar_feeds,
    changes,
    creations,
    deliveries,
    device_sessions,
    disputes,
    history,
    invitations,
    jobs,
    notices,
    passkeys,
    people,
    roster_imports,
    search,
    second_factors,
    throttle,
    units,
    uploads,
    ways,
)
from brigade.chain import tables as chain
from brigade.db import Base
from brigade.month import closing, editions
from brigade.scans import tables as scans

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "accounts",
    "activities",
    "attachments",
    "audit",
    "calendar_feeds",
    "chain",
    "changes",
    "closing",
    "creations",
    "deliveries",
    "device_sessions",
    "disputes",
    "editions",
    "history",
    "invitations",
    "jobs",
    "notices",
    "passkeys",
    "people",
    "roster_imports",
    "scans",
    "search",
    "second_factors",
    "throttle",
    "units",
    "uploads",
    "ways",
]
