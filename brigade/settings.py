"""Typed settings from the environment. A wrong value refuses to start and names the variable."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "BRIGADE_"
KEY_BYTES = 32


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the variable and says what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the product is told from outside.

    ``var`` is the folder of the embedded installation: database, key, files. ``embedded`` means that the database is
    the SQLite file there; anything else counts as production and must bring its own key. ``proxies`` is how many of our
    own proxies stand in front: as many entries of X-Forwarded-For are believed, none when it is 0.
    """

    database_url: str
    secret_key: str
    storage_url: str
    queue_url: str
    base_url: str
    mail_url: str
    log_level: str
    proxies: int
    var: Path

    @property
    def embedded(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], root: Path) -> Settings:
        """Read ``BRIGADE_…`` from ``environ``; relative paths and defaults lie under ``root``."""
        env = _Reader(environ)
        var = (root / env.text("VAR", "var")).resolve()
        database_url = _database(env.text("DATABASE_URL", f"sqlite:///{var / 'brigade.sqlite3'}"))
        embedded = database_url.startswith("sqlite")
        key = env.text("SECRET_KEY", "")
        if not key and not embedded:
            raise SettingsError(f"{PREFIX}SECRET_KEY: is required when {PREFIX}DATABASE_URL is not the embedded SQLite")
        if not key:
            key = _kept_key(var / "secret-key")
        if len(key.encode()) < KEY_BYTES:
            raise SettingsError(f"{PREFIX}SECRET_KEY: must be at least {KEY_BYTES} bytes long")
        return cls(
            database_url=database_url,
            secret_key=key,
            storage_url=_one_of(env, "STORAGE_URL", (var / "files").as_uri(), ("file://", "s3://")),
            queue_url=_one_of(env, "QUEUE_URL", "embedded://", ("embedded://", "redis://", "postgresql://")),
            base_url=_one_of(
                env, "BASE_URL", f"http://127.0.0.1:{environ.get('PORT', '8000')}", ("http://", "https://")
            ).rstrip("/"),
            mail_url=_one_of(env, "MAIL_URL", "none://", ("none://", "smtp://", "smtps://")),
            log_level=_level(env.text("LOG_LEVEL", "INFO")),
            proxies=_count(env, "PROXIES", 0, 5),
            var=var,
        )


class _Reader:
    """``BRIGADE_…`` values of a mapping, as single lines of text."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values = environ

    def text(self, name: str, default: str) -> str:
        value = self._values.get(PREFIX + name, default)
        if "\x00" in value or "\n" in value:
            raise SettingsError(f"{PREFIX}{name}: must be one line of text")
        return value.strip() or default


def _database(url: str) -> str:
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if url in ("sqlite://", "sqlite:///") or ":memory:" in url:
        raise SettingsError(f"{PREFIX}DATABASE_URL: must name a file; what is kept in memory alone is lost")
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(
            f"{PREFIX}DATABASE_URL: must start with sqlite:/// or postgresql:// (got {url.split(':')[0]}:)"
        )
    return url


def _one_of(env: _Reader, name: str, default: str, starts: tuple[str, ...]) -> str:
    value = env.text(name, default)
    if not value.startswith(starts):
        raise SettingsError(f"{PREFIX}{name}: must start with {' or '.join(starts)} (got {value[:20]!r})")
    return value


def _level(value: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR")
    if value.upper() not in levels:
        raise SettingsError(f"{PREFIX}LOG_LEVEL: must be one of {', '.join(levels)} (got {value[:20]!r})")
    return value.upper()


def _count(env: _Reader, name: str, default: int, most: int) -> int:
    value = env.text(name, str(default))
    if not (value.isascii() and value.isdigit() and int(value) <= most):
        raise SettingsError(f"{PREFIX}{name}: must be a whole number from 0 to {most} (got {value[:20]!r})")
    return int(value)


def _kept_key(path: Path) -> str:
    """The embedded installation's own key: made once, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        fresh.rename(path)
    return path.read_text().strip()
