"""Whether this process can serve at this moment: what a proxy asks before it sends people here."""

from __future__ import annotations

from pathlib import Path

from flask import current_app
from sqlalchemy import text

from api.extensions import db, storage
from api.stopping import is_stopping

NEEDED = (Path(__file__).parents[1] / "migrations" / "HEAD").read_text(encoding="utf-8").strip()
"""The last migration that this version knows; their numbers follow one another."""
ASKED = {"as_system": "readiness"}


class Unready(Exception):
    """What this version needs is not there."""


def is_ready() -> bool:
    """The database answers and has this version's tables or a newer one's, files can be kept, and the process was not
    told to stop. A newer version's tables serve this one as well (docs/operate/upgrade.md). Why not is in the log.
    """
    if is_stopping(current_app):
        return False
    try:
        found = db.session.scalar(text("SELECT version_num FROM alembic_version"), execution_options=ASKED)
        if not found or found < NEEDED:
            raise Unready(f"the tables are of {found or 'no version'}, not of {NEEDED}")
        storage().check()
    except Exception:
        current_app.logger.warning("not ready", exc_info=True)
        return False
    finally:
        db.session.remove()
    return True
