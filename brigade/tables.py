"""Every table, imported once so that the metadata is whole (migrations and the mapper need that)."""

from brigade import (
    accounts,
    activities,
    audit,
    creations,
    history,
    jobs,
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
    "audit",
    "creations",
    "history",
    "jobs",
    "people",
    "roster_imports",
    "search",
    "units",
]
