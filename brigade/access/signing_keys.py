"""The keys that sign tokens: made from the secret for this one purpose, each with a short name (``kid``) of its own.

The first secret signs; those it replaced still verify until no token of theirs can be valid any more. The embedded
installation keeps them in a file, one a line, the newest first, a replaced one followed by the day of its replacement.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from brigade.durable import sync_folder
from brigade.private_files import make_folder

KEY_BYTES = 32
KEPT_FOR = dt.timedelta(days=32)
"""A refresh token lives 30 days; the rest is for a server that noticed the new key late, and for time zones."""


def derived(secret: str, purpose: str) -> bytes:
    """A key for one purpose alone; from it neither the secret nor another purpose's key can be found."""
    return hmac.digest(secret.encode(), b"brigade " + purpose.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and the name by which a token calls it."""

    kid: str
    value: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> SigningKey:
        """The token key of a secret."""
        value = derived(secret, "tokens")
        return cls(hashlib.sha256(value).hexdigest()[:12], value)


class KeyRing:
    """The key that signs now and all that verify. With a file, a new one in it is noticed at the next look."""

    def __init__(self, secrets_: Sequence[str], file: Path | None = None) -> None:
        """``secrets_`` in their order; those of ``file`` go before them."""
        self._file = file
        self._others = tuple(secrets_)
        self._seen: tuple[int, int] | None = None
        self._take((*kept_secrets(file), *self._others) if file else self._others)

    @property
    def newest(self) -> SigningKey:
        """The one that signs."""
        self._look()
        return self._newest

    def named(self, kid: object) -> SigningKey | None:
        """The key of that name among our own; nothing is ever looked up elsewhere."""
        self._look()
        return self._by_name.get(kid) if isinstance(kid, str) else None

    def _take(self, secrets_: Sequence[str]) -> None:
        keys = [SigningKey.of(secret) for secret in secrets_]
        self._newest, self._by_name = keys[0], {key.kid: key for key in keys}

    def _look(self) -> None:
        """Read the file again when it is another one (a look costs some microseconds)."""
        if self._file is None:
            return
        try:
            found = self._file.stat()
            if (mark := (found.st_mtime_ns, found.st_ino)) != self._seen:
                self._take((*kept_secrets(self._file), *self._others))
                self._seen = mark
        except (OSError, IndexError, NoKeyFile):
            return  # what is known stays good while the file cannot be read


class NoKeyFile(ValueError):
    """A file that does not hold keys as they are written here; the message names it, and the line where there is one."""


def _lines(file: Path) -> list[list[str]]:
    """The words of each line that has any. NoKeyFile, or OSError where it cannot be read."""
    try:
        return [line.split() for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise NoKeyFile(f"{file}: is no file of keys, which are in ASCII, one a line") from None


def kept_secrets(file: Path) -> list[str]:
    """The secrets of a key file, the newest first. NoKeyFile, or OSError where it cannot be read."""
    return [words[0] for words in _lines(file)]


def make_key_file(file: Path) -> None:
    """A file with one fresh key, unless there is a file."""
    if not file.exists():
        make_folder(file.parent)
        _write(file, [secrets.token_urlsafe(48)], replaces=False)


def rotate_key_file(file: Path, today: dt.date) -> int:
    """Put a new key first; keep the others until their last token is over. Answers how many are kept.

    The file keeps its owner and mode, whoever does it. NoKeyFile, or OSError where it may not be replaced: nothing was
    changed then.
    """
    old = [(words[0], _replaced_on(file, words) or today) for words in _lines(file)]
    kept = [(secret, day) for secret, day in old if today - day <= KEPT_FOR]
    _write(file, [secrets.token_urlsafe(48), *(f"{secret} {day.isoformat()}" for secret, day in kept)])
    return len(kept)


def _replaced_on(file: Path, words: Sequence[str]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(words[1]) if len(words) > 1 else None
    except ValueError:
        raise NoKeyFile(
            f"{file}: after a key stands {words[1]!r} and not the day of its replacement (2026-11-27)"
        ) from None


def _write(file: Path, lines: Iterable[str], *, replaces: bool = True) -> None:
    """The whole file or none of it; of two that make the first one, one wins. A first one is readable by its owner alone."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as fresh:
            if replaces:
                _give_owner(fresh.fileno(), file)
            fresh.write("\n".join(lines) + "\n")
            fresh.flush()
            os.fsync(fresh.fileno())
        if replaces:
            Path(name).replace(file)
        else:
            with suppress(FileExistsError):
                file.hardlink_to(name)
        sync_folder(file.parent)
    except OSError as error:
        error.filename = error.filename or str(file)
        raise
    finally:
        Path(name).unlink(missing_ok=True)


def _give_owner(fresh: int, file: Path) -> None:
    """Owner, group and mode of the one that it replaces: the server must go on reading it, also where root rotates."""
    kept, made = file.stat(), os.fstat(fresh)
    if (kept.st_uid, kept.st_gid) != (made.st_uid, made.st_gid):
        os.fchown(fresh, kept.st_uid, kept.st_gid)
    os.fchmod(fresh, stat.S_IMODE(kept.st_mode))
