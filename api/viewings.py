"""What the log says of an answer: which device and which person asked, and whose data it held."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from api.extensions import db
from brigade.viewings import noted

MOST = 200
"""On one line of the log: some who collect lines cut them at 16 KiB."""

REFUSED = (401, 403, 404)
"""Such answers hold nobody's data, whatever was looked up before."""


def asked_by(device_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """For the log: who it is that asks, or that has just signed in."""
    g.asker = {"session": device_id, "member": member_id}


def keep_viewed() -> None:
    """For the log, before the session is given back: who asked, and what the answer held of others. Nothing where nobody is
    signed in.
    """
    session = db.session()
    device, actor, found = session.info.get("device_id"), session.info.get("actor"), noted(session)
    if device is not None and actor is not None:
        asked_by(device, actor.member_id)
        g.viewed = found


def asker() -> dict[str, Any]:
    """The fields of who asked; none where nobody is signed in."""
    said: dict[str, Any] = g.get("asker", {})
    return said


def viewed(status: int) -> list[dict[str, Any]]:
    """The fields of the answer's line, then those of further lines; none where it showed nobody."""
    found = [] if status in REFUSED or status >= 500 else g.get("viewed", [])
    return [{**asker(), "viewed": found[at : at + MOST]} for at in range(0, len(found), MOST)]
