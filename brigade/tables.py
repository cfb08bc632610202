"""Every table, imported once so that the metadata is whole (migrations and the mapper need that)."""

from brigade import audit, creations, disputes, jobs
from brigade.access import accounts, device_sessions, invitations, passkeys, second_factors, throttle
from brigade.activity import activities, history, search
from brigade.calendar import feeds
from brigade.chain import tables as chain
from brigade.db import Base
from brigade.files import attachments, uploads
from brigade.messages import deliveries, notices, ways
from brigade.month import closing, editions
from brigade.organisation import people, roster_imports, units
from brigade.retention import tables as retention
from brigade.scans import tables as scans
from brigade.sync import changes

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "accounts",
    "activities",
    "attachments",
    "audit",
    "chain",
    "changes",
    "closing",
    "creations",
    "deliveries",
    "device_sessions",
    "disputes",
    "editions",
    "feeds",
    "history",
    "invitations",
    "jobs",
    "notices",
    "passkeys",
    "people",
    "retention",
    "roster_imports",
    "scans",
    "search",
    "second_factors",
    "throttle",
    "units",
    "uploads",
    "ways",
]
