"""One file that holds an installation: a tar of the database, every file, and at its end what all of it should be.

    database.sqlite3
    files/pictures/1f/0199….jpg
    …
    manifest.json

The database is SQLite whatever the store is, so an archive goes back into either kind. Names in it are checked before
they are used; nothing is ever unpacked to a path that an archive names.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from brigade import __version__
from brigade.backups import envelope, sqlite_file
from brigade.backups.refusal import Unfit
from brigade.backups.tally import Tally, differences
from brigade.durable import sync_folder
from brigade.files.storage import KEY

DATABASE, FILES, MANIFEST = "database.sqlite3", "files/", "manifest.json"
BEGINNINGS = (f"{DATABASE}\0".encode(), envelope.MAGIC)
"""What a plain archive begins with, and an encrypted one."""
FORMAT = 1
MOST_MANIFEST = 512 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A file by its ``size`` in bytes and its SHA-256 in hexadecimal."""

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Stored:
        """Of what is at hand."""
        return cls(len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive should hold. ``revision``: the last migration of its database; ``made_at`` in UTC."""

    product: str
    revision: str
    made_at: str
    store: str
    database: Stored
    tables: Mapping[str, Tally]
    files: Mapping[str, Stored]

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(one.rows for one in self.tables.values())

    @property
    def file_bytes(self) -> int:
        """All files together."""
        return sum(one.size for one in self.files.values())

    def written(self) -> bytes:
        """As JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """What was written. Unfit for another format."""
        try:
            said: dict[str, Any] = json.loads(data)
            if said.pop("format") != FORMAT:
                raise Unfit("the backup is of a format that this version does not know")
            said["database"] = Stored(**said["database"])
            said["tables"] = {name: Tally(**one) for name, one in said["tables"].items()}
            said["files"] = {key: Stored(**one) for key, one in said["files"].items()}
            return cls(**said)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unfit("the backup's manifest cannot be read") from None


def write(
    path: Path, passphrase: str | None, database: Path, files: Iterable[tuple[str, bytes]], store: str, now: dt.datetime
) -> Manifest:
    """Make the archive at ``path``, whole and on the disk. It is read again before it is given its name (``publish``).

    ``database`` is a closed SQLite file; ``store`` the kind that it came from.
    """
    revision, tables = sqlite_file.check(database)
    path.touch(mode=0o600, exist_ok=False)
    with _named(path), path.open("r+b") as file:
        out = envelope.writer(file, passphrase)
        kept: dict[str, Stored] = {}
        with tarfile.open(fileobj=cast("IO[bytes]", out), mode="w|", format=tarfile.PAX_FORMAT) as tar:
            stored = _add_database(tar, database, now)
            for key, data in files:
                _add(tar, FILES + key, data, now)
                kept[key] = Stored.of(data)
            made = now.astimezone(dt.UTC).isoformat(timespec="seconds")
            manifest = Manifest(__version__, revision, made, store, stored, tables, kept)
            _add(tar, MANIFEST, manifest.written(), now)
        out.finish()
        file.flush()
        os.fsync(file.fileno())
    return manifest


def check_name(path: Path) -> None:
    """FileExistsError where the name is taken: asked before the work, too."""
    if path.exists() or path.is_symlink():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def publish(unfinished: Path, path: Path) -> None:
    """Give an archive its name, for good; in the same file system. FileExistsError where the name is taken."""
    path.hardlink_to(unfinished)
    sync_folder(path.parent)


@dataclass(frozen=True, slots=True)
class Checked:
    """An archive of which every byte was looked at: what it holds, and its database, unpacked for as long as it is used."""

    manifest: Manifest
    database: Path


def look_through(path: Path, passphrase: str | None, revisions: Iterable[str], folder: Path) -> Checked:
    """Look at the whole archive. ``revisions``: the migrations that this version knows; ``folder``: an empty one to
    unpack the database into. Unfit where anything is not as it was written.
    """
    database = folder / DATABASE
    seen: dict[str, Stored] = {}
    manifest: Manifest | None = None
    stored: Stored | None = None
    for name, size, content in _members(path, passphrase):
        if manifest is not None:
            raise Unfit("the backup goes on after its end")
        if name == DATABASE and stored is None:
            stored = _unpack(content, database)
        elif name == MANIFEST and size <= MOST_MANIFEST:
            manifest = Manifest.read(content.read())
        else:
            seen[_key(name)] = Stored.of(content.read())
    if manifest is None or stored is None:
        raise Unfit("the backup has no manifest or no database")
    if manifest.revision not in set(revisions):
        raise Unfit(
            f"the backup was made by a newer version ({manifest.product}, schema {manifest.revision}): "
            "restore it with that one"
        )
    if manifest.database != stored or manifest.files != seen:
        raise Unfit("the backup does not hold what its manifest says")
    revision, tables = sqlite_file.check(database)
    if wrong := differences(manifest.tables, tables):
        raise Unfit("the backup's rows are not those that were stored: " + "; ".join(wrong))
    if revision != manifest.revision:
        raise Unfit("the backup's database is of another version than its manifest says")
    return Checked(manifest, database)


def files_in(path: Path, passphrase: str | None) -> Iterator[tuple[str, bytes]]:
    """The files of an archive that was checked."""
    for name, _, content in _members(path, passphrase):
        if name.startswith(FILES):
            yield _key(name), content.read()


def _members(path: Path, passphrase: str | None) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Name, size and content of each, to be read before the next one; the end of the file is reached."""
    try:
        with path.open("rb") as file:
            source = envelope.reader(file, passphrase)
            with tarfile.open(fileobj=cast("IO[bytes]", source), mode="r|") as tar:
                for member in tar:
                    content = tar.extractfile(member) if member.isreg() else None
                    if content is None:
                        raise Unfit("the backup holds something else than files")
                    yield member.name, member.size, content
            while source.read(envelope.PIECE):
                continue
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else envelope.DAMAGED
        raise Unfit(str(said)) from None


def _key(name: str) -> str:
    key = name.removeprefix(FILES)
    if key == name or not KEY.fullmatch(key):
        raise Unfit("the backup holds a file that is none of ours")
    return key


def _add(tar: tarfile.TarFile, name: str, data: bytes, now: dt.datetime) -> None:
    tar.addfile(_head(name, len(data), now), io.BytesIO(data))


def _add_database(tar: tarfile.TarFile, database: Path, now: dt.datetime) -> Stored:
    with database.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        tar.addfile(_head(DATABASE, size, now), file)
    return Stored(size, digest)


def _head(name: str, size: int, now: dt.datetime) -> tarfile.TarInfo:
    head = tarfile.TarInfo(name)
    head.size, head.mtime, head.mode = size, int(now.timestamp()), 0o600
    return head


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """A full disk does not say of itself which one it is."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def _unpack(content: IO[bytes], into: Path) -> Stored:
    with _named(into), into.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    with into.open("rb") as file:
        return Stored(into.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
