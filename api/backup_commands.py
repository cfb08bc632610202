"""``flask --app wsgi backup …`` and ``bring-in``: backups made, checked, restored and drilled; moving to larger stores."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

from api.command_refusals import disk_reason, files_reason, reason
from api.extensions import db, storage
from brigade.backups.holding_back import hold_back
from brigade.connections import prepare_engine
from brigade.dates import utc_now
from brigade.files.storage import Folder
from brigade.problems import Unavailable
from brigade.sync.changes import renew_epoch

if TYPE_CHECKING:
    from brigade.backups.archive import Manifest
    from brigade.backups.moving import Place, Schema

backup = AppGroup("backup", help="All rows and files in one archive, and back.")
HELD_BACK = (
    "What waited in the backup to be sent is not sent, as it may have gone out since; what waited to be erased waits for "
    "seven days more."
)
VERIFIER = Path(__file__).parents[1] / "tools" / "verify_chain.py"
ARCHIVE = click.Path(exists=True, dir_okay=False, path_type=Path)
PASSPHRASE = click.option(
    "--passphrase-file", "passphrase_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Encrypt, or decrypt, with the first line of this file.",
)  # fmt: skip


@backup.command("write")
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@PASSPHRASE
def write(archive: Path, passphrase_file: Path | None) -> None:
    """Write all rows and files into ARCHIVE, a new file, and read it again. The server may run meanwhile."""
    if not archive.name:
        raise click.BadParameter("name the new file", param_hint="ARCHIVE")
    with _worded():
        from brigade.backups import moving

        _told(
            moving.make(_here(), archive, _passphrase(passphrase_file), _schema(), utc_now()), "written and read again"
        )


@backup.command("check")
@click.argument("archive", type=ARCHIVE)
@PASSPHRASE
def check(archive: Path, passphrase_file: Path | None) -> None:
    """Look at every byte of ARCHIVE: whether it is whole, of a version that can be restored, its rows as stored, and no
    chain rewritten.
    """
    with _worded():
        from brigade.backups import moving

        manifest, chains = moving.check(archive, _passphrase(passphrase_file), _schema())
        _told(manifest, "whole", chains)


@backup.command("restore")
@click.argument("archive", type=ARCHIVE)
@PASSPHRASE
@click.option(
    "--moved", is_flag=True,
    help="ARCHIVE was made after the server and workers were stopped for good: send what waits there to be sent.",
)  # fmt: skip
def restore(archive: Path, passphrase_file: Path | None, *, moved: bool) -> None:
    """Fill the configured database and files' place, which must be empty, from ARCHIVE, and compare everything."""
    with _worded():
        from brigade.backups import moving

        restored = moving.restore(archive, _passphrase(passphrase_file), _here(), _schema(), utc_now(), moved=moved)
        _told(restored, "restored and compared")
        if not moved:
            click.echo(HELD_BACK)


@backup.command("drill")
@click.argument("archive", type=ARCHIVE)
@PASSPHRASE
def drill(archive: Path, passphrase_file: Path | None) -> None:
    """Restore ARCHIVE into a place that is thrown away, compare everything and verify the chains; for cron, by its exit
    code.
    """
    with _worded():
        from brigade.backups import moving

        manifest, chains = moving.drill(archive, _passphrase(passphrase_file), _schema(), utc_now())
        _told(manifest, "restored as a drill and compared", chains)


@click.command("bring-in")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_appcontext
def bring_in(folder: Path) -> None:
    """Fill the configured database and files' place, which must be empty, from the SQLite installation in FOLDER."""
    with _worded():
        from brigade.backups import moving
        from brigade.backups.moving import Place

        database = folder / "brigade.sqlite3"
        if not database.is_file():
            raise click.ClickException(f"{database} is not there")
        engine = create_engine(f"sqlite:///{database.resolve()}")
        prepare_engine(engine)
        try:
            count, files = moving.bring_in(Place(engine, Folder(folder.resolve() / "files")), _here(), _schema())
        finally:
            engine.dispose()
        click.echo(f"{folder}: {count:,} rows and {files:,} files brought in and compared")


@click.command("renew-sync")
@with_appcontext
def renew_sync() -> None:
    """After PostgreSQL's own tools restored: every device downloads anew, what waited is not sent, and what was about to be
    erased waits for a week.
    """
    session = db.session()
    session.connection(execution_options={"writing": True})
    renew_epoch(session)
    hold_back(session, utc_now())
    session.commit()
    click.echo("Every device begins anew at its next synchronisation.")
    click.echo(HELD_BACK)


def install(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(backup)
    app.cli.add_command(bring_in)
    app.cli.add_command(renew_sync)


# --- What they stand on -----------------------------------------------------------------------------------------------


@contextmanager
def _worded() -> Iterator[None]:
    """Whatever stops a command is one sentence and exit code 1."""
    from brigade.backups.refusal import Unfit

    try:
        yield
    except Unfit as refusal:
        raise click.ClickException(str(refusal)) from None
    except FileExistsError as taken:
        raise click.ClickException(
            f"there is a file of that name already: {taken.filename2 or taken.filename}"
        ) from None
    except OSError as error:
        raise click.ClickException(disk_reason(error)) from None
    except Unavailable as away:
        raise click.ClickException(files_reason(away)) from None
    except DBAPIError as error:
        said = reason(error) or f"the database refuses: {type(error.orig).__name__}"
        raise click.ClickException(said) from None


def _passphrase(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}: is no text; write the passphrase into its first line") from None
    if not lines or not lines[0].strip():
        raise click.ClickException(f"{file}: the first line is empty")
    return lines[0].strip()


def _told(manifest: Manifest, done: str, *more: str) -> None:
    click.echo(
        f"{done}: {manifest.rows:,} rows in {len(manifest.tables)} tables, {len(manifest.files):,} files "
        f"({manifest.file_bytes:,} bytes), schema {manifest.revision}, of {manifest.made_at}"
    )
    for line in more:
        click.echo(f"chains: {line}")


def _here() -> Place:
    from brigade.backups.moving import Place

    return Place(db.engine, storage())


def _schema() -> Schema:
    from alembic.script import ScriptDirectory

    from brigade.backups.moving import Schema

    scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
    known = [one.revision for one in scripts.walk_revisions()]
    return Schema(known, str(scripts.get_current_head()), _migrate, _verify)


def _verify(database: Path) -> str:
    """By the program that knows nothing of ours, in a process of its own."""
    from brigade.backups.refusal import Unfit

    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, VERIFIER, str(database)], capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    if done.returncode:
        raise Unfit("a chain was rewritten:\n" + "\n".join(lines or done.stderr.splitlines()[-1:]))
    return lines[0]


def _migrate(engine: Engine) -> None:
    """Run the migrations on a store, the configured one or another."""
    from alembic import command
    from alembic.util import CommandError

    from brigade.backups.refusal import Unfit

    config = current_app.extensions["migrate"].migrate.get_config()
    config.attributes["engine"] = engine
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Unfit(str(error)) from None
