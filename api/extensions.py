"""Flask's side of the store: the session per request, and the place where files are kept."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app
from flask_sqlalchemy import SQLAlchemy

from brigade.db import Base
from brigade.files.storage import Storage

if TYPE_CHECKING:
    from flask_migrate import Migrate

db = SQLAlchemy(model_class=Base)
STORAGE = "brigade.storage"
MIGRATE = "migrate"
"""Where Flask-Migrate looks at an application."""


class Migrations:
    """What Flask-Migrate asks an application. It is loaded, and Alembic with it, when a command asks: no web process does."""

    def __init__(self) -> None:
        self.db = db
        self.directory = str(Path(__file__).parent.parent / "migrations")
        self.configure_args = {"compare_type": True, "render_as_batch": True}

    @cached_property
    def migrate(self) -> Migrate:
        """The extension itself."""
        from flask_migrate import Migrate

        return Migrate(db=self.db, directory=self.directory, **self.configure_args)


def storage() -> Storage:
    """The storage of the application at hand."""
    found: Storage = current_app.extensions[STORAGE]
    return found
