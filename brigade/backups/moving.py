"""From one place to another: a backup made, an archive restored, an embedded installation brought into a larger one.

Every way goes through one SQLite file that stands still, and ends with a comparison of all rows and all files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from brigade.backups import archive, files, rows, sqlite_file
from brigade.backups.archive import Manifest, Stored
from brigade.backups.holding_back import hold_back
from brigade.backups.kept_digests import check_files
from brigade.backups.refusal import Unfit, is_no_database, newer, no_database
from brigade.backups.tally import differences
from brigade.backups.workplace import remove_unfinished, workplace
from brigade.connections import prepare_engine
from brigade.files.storage import Folder, Storage
from brigade.problems import Unavailable
from brigade.sync.changes import renew_epoch

Migrate = Callable[[Engine], None]
"""Brings a store's tables to this version; an empty one gets them all."""

Verify = Callable[[Path], str]
"""What the program that checks chains says of a SQLite file (``tools/verify_chain.py``). Unfit where one was rewritten."""

CHAINED = "chain_links"
"""The table without which a store is older than the chains, and nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The migrations that this version knows, the newest one last, what runs them, and what verifies chains."""

    revisions: Collection[str]
    head: str
    migrate: Migrate
    verify: Verify


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation's rows and files are."""

    engine: Engine
    storage: Storage


def make(place: Place, path: Path, passphrase: str | None, schema: Schema, now: dt.datetime) -> Manifest:
    """Write a backup to ``path`` and read all of it again. FileExistsError where there is a file; Unfit, Unavailable.

    The server may run: the rows are those of one moment, and the files are read after it. Under its name stands nothing
    that was not read again.
    """
    archive.check_name(path)
    remove_unfinished(path.parent, archive.BEGINNINGS)
    with workplace(".brigade-backup-", path.parent) as folder:
        still, unfinished = _stand_still(place.engine, folder / "still.sqlite3", schema), folder / "archive"
        kind = place.engine.dialect.name
        manifest = archive.write(unfinished, passphrase, still, files.files(place.storage), kind, now)
        still.unlink()
        archive.look_through(unfinished, passphrase, schema.revisions, folder)
        archive.publish(unfinished, path)
        return manifest


def check(path: Path, passphrase: str | None, schema: Schema) -> tuple[Manifest, str]:
    """What a backup holds and what its chains say, after all of it was looked at. Unfit where it is not whole, and where a
    chain was rewritten or a file changed before it was stored.
    """
    with _checked(path, passphrase, schema) as found:
        check_files(found.database, found.manifest.files)
        chained = CHAINED in found.manifest.tables
        return found.manifest, schema.verify(found.database) if chained else "from before there were chains"


def restore(
    path: Path, passphrase: str | None, place: Place, schema: Schema, now: dt.datetime, *, moved: bool = False
) -> Manifest:
    """Fill an empty place. Unfit where the archive is not whole or the place not empty: nothing was changed then.

    ``moved``: the archive is the last state of an installation that goes on here, made after it was stopped. Otherwise
    things happened since that it does not know of (``hold_back``).
    """
    with _checked(path, passphrase, schema) as found:
        _bring_up(found.database, schema)
        contents = archive.files_in(path, passphrase)
        _fill(place, found.database, found.manifest.files, contents, schema, None if moved else now)
        return found.manifest


def drill(path: Path, passphrase: str | None, schema: Schema, now: dt.datetime) -> tuple[Manifest, str]:
    """Restore into a place that is thrown away, and verify the chains there. Unfit as ``check``."""
    with workplace("brigade-drill-") as folder:
        database = folder / "brigade.sqlite3"
        with _opened(database) as engine:
            try:
                manifest = restore(path, passphrase, Place(engine, Folder(folder / "files")), schema, now)
            except Unavailable as away:
                if not isinstance(cause := away.__cause__, OSError):
                    raise
                cause.filename = cause.filename or str(folder)  # not the files' place of the settings
                raise cause from None
        check_files(database, manifest.files)
        return manifest, schema.verify(database)


def bring_in(source: Place, target: Place, schema: Schema) -> tuple[int, int]:
    """Fill an empty place with a whole SQLite installation; how many rows and files there are. Unfit, Unavailable.

    Rows come in one transaction, files one by one before them: after a stop, the same call goes on.
    """
    if source.engine.dialect.name != "sqlite":
        raise Unfit("only an SQLite installation is brought in; of PostgreSQL make a backup and restore that")
    with workplace("brigade-move-") as folder:
        still = _stand_still(source.engine, folder / "still.sqlite3", schema)
        _, tallies = sqlite_file.check(still)
        _bring_up(still, schema)
        listed = {key: Stored.of(data) for key, data in files.files(source.storage)}
        again = ((key, source.storage.get(key)) for key in listed)
        _fill(target, still, listed, again, schema, None)
        return sum(one.rows for one in tallies.values()), len(listed)


# --- Steps ------------------------------------------------------------------------------------------------------------


@contextmanager
def _checked(path: Path, passphrase: str | None, schema: Schema) -> Iterator[archive.Checked]:
    with workplace("brigade-restore-") as folder:
        yield archive.look_through(path, passphrase, schema.revisions, folder)


@contextmanager
def _opened(path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    event.listen(engine, "handle_error", lambda context: sqlite_file.check_room(path, context.original_exception))
    try:
        yield engine
    finally:
        engine.dispose()


def _bring_up(database: Path, schema: Schema) -> None:
    with _opened(database) as engine:
        schema.migrate(engine)


def _stand_still(engine: Engine, into: Path, schema: Schema) -> Path:
    """All rows of one moment as a SQLite file."""
    if engine.dialect.name == "sqlite":
        try:
            with engine.connect() as source:
                known = rows.revision_of(source)
        except DatabaseError as error:
            if not is_no_database(error.orig):
                raise
            raise Unfit(no_database(str(engine.url.database))) from None
        _check_known(known, schema)
        sqlite_file.snapshot(engine, into)
        return into
    moment = engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with moment as source, _opened(into) as still:
        _check_known(known := rows.revision_of(source), schema)
        if known != schema.head:
            raise Unfit(f"the database is of an older version (schema {known}): run first: flask --app wsgi db upgrade")
        schema.migrate(still)
        with still.connect().execution_options(writing=True) as target, target.begin():
            _copy(source, target)
    return into


def _check_known(revision: str | None, schema: Schema) -> None:
    if revision is None:
        raise Unfit("the database has no tables: is it the right one? If so, run: flask --app wsgi db upgrade")
    if revision not in schema.revisions:
        raise Unfit(newer(revision, schema.head))


def _copy(source: Connection, target: Connection) -> None:
    rows.copy_rows(source, target)
    if wrong := differences(rows.tallies_of(source), rows.tallies_of(target)):
        raise Unfit("the rows are not the same after they were copied: " + "; ".join(wrong))


def _fill(
    place: Place, database: Path, listed: Mapping[str, Stored], contents: Iterable[tuple[str, bytes]], schema: Schema,
    went_back: dt.datetime | None,
) -> None:  # fmt: skip
    """Files first, then all rows in one transaction: what is cut off leaves files that no row names. ``went_back``: the
    present, where the rows are of an earlier time.
    """
    _check_empty(place, listed)
    schema.migrate(place.engine)
    place.storage.check()
    for key, data in contents:
        if not place.storage.put(key, data) and Stored.of(place.storage.get(key)) != listed[key]:
            raise Unfit(f"the files' place has another file under {key}")
    for key, wanted in listed.items():
        if Stored.of(place.storage.get(key)) != wanted:
            raise Unfit(f"a file is not the same after it was copied: {key}")
    target = place.engine.connect().execution_options(writing=True)
    with _opened(database) as still, still.connect() as source, target, target.begin():
        if rows.held(target):
            raise Unfit("the database was filled meanwhile by somebody else; nothing was changed")
        _copy(source, target)
        with Session(target) as session:
            renew_epoch(session)
            if went_back:
                hold_back(session, went_back)


def _check_empty(place: Place, listed: Mapping[str, Stored]) -> None:
    with place.engine.connect() as connection:
        if taken := rows.held(connection):
            raise Unfit(f"the database is not empty (rows in {', '.join(taken[:3])}); nothing was changed")
    if foreign := next((key for key in files.keys(place.storage) if key not in listed), None):
        raise Unfit(f"the files' place is not empty ({foreign}); nothing was changed")
