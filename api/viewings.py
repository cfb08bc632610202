"""What the log says of an answer that held somebody's data: which device and which person asked, and whose data it was."""

from __future__ import annotations

from typing import Any

from flask import g

from api.extensions import db
from brigade.viewings import noted

MOST = 200
"""On one line of the log: some who collect lines cut them at 16 KiB."""

REFUSED = (401, 403, 404)
"""Such answers hold nobody's data, whatever was looked up before."""


def keep_viewed() -> None:
    """For the log, before the session is given back: what its answer held of others. Nothing where nobody is signed in."""
    session = db.session()
    if found := noted(session):
        device, actor = session.info.get("device_id"), session.info.get("actor")
        if device is not None and actor is not None:
            g.viewed = {"session": device, "member": actor.member_id}, found


def viewed(status: int) -> list[dict[str, Any]]:
    """The fields of the answer's line, then those of further lines; none where it showed nobody."""
    if status in REFUSED or status >= 500 or "viewed" not in g:
        return []
    who, found = g.viewed
    return [{**who, "viewed": found[at : at + MOST]} for at in range(0, len(found), MOST)]
