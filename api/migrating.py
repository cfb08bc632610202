"""``flask db``: Flask-Migrate and Alembic, loaded when a command asks for them. No web process needs them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import Flask

from api.command_refusals import cover
from api.extensions import db

if TYPE_CHECKING:
    from flask_migrate import Migrate


class Migrations:
    """What Flask-Migrate and ``migrations/env.py`` ask an application."""

    def __init__(self) -> None:
        self.db = db
        self.directory = str(Path(__file__).parent.parent / "migrations")
        self.configure_args = {"compare_type": True, "render_as_batch": True}

    @cached_property
    def migrate(self) -> Migrate:
        """The extension itself."""
        from flask_migrate import Migrate

        return Migrate(db=self.db, directory=self.directory, **self.configure_args)


class Later(click.Command):
    """Stands in the list of commands for Flask-Migrate's own group, which takes over when it is called."""

    def make_context(self, *said: Any, **more: Any) -> click.Context:
        """The context of the group itself."""
        from flask_migrate.cli import db as group

        cover(group)
        context: click.Context = group.make_context(*said, **more)
        return context


def install(app: Flask) -> None:
    """Put both where Flask and Flask-Migrate look for them."""
    app.extensions["migrate"] = Migrations()
    app.cli.add_command(Later("db", short_help="Perform database migrations."))
