"""Flask's side of the store: the session per request, and the place where files are kept."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine

from brigade.db import Base
from brigade.files.storage import Storage

ELSEWHERE = "elsewhere"
"""In ``session.info``: the engine that the session was moved to (``replica.py``)."""


class StoreSession(Session):
    """The session of a request: on the first server, or wholly on the one that it was moved to."""

    def get_bind(self, *args: Any, **said: Any) -> Engine | Connection:
        """Where a statement goes."""
        moved: Engine | None = self.info.get(ELSEWHERE)
        return moved if moved is not None else super().get_bind(*args, **said)


db = SQLAlchemy(model_class=Base, session_options={"class_": StoreSession})
STORAGE = "brigade.storage"


def storage() -> Storage:
    """The storage of the application at hand."""
    found: Storage = current_app.extensions[STORAGE]
    return found
