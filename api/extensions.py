"""Flask's side of the store: the session per request, and the place where files are kept."""

from __future__ import annotations

from flask import current_app
from flask_sqlalchemy import SQLAlchemy

from brigade.db import Base
from brigade.files.storage import Storage

db = SQLAlchemy(model_class=Base)
STORAGE = "brigade.storage"


def storage() -> Storage:
    """The storage of the application at hand."""
    found: Storage = current_app.extensions[STORAGE]
    return found
