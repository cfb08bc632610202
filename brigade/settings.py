"""Typed settings from the environment. A wrong value refuses to start and names the variable."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from brigade.access.signing_keys import KEY_BYTES, NoKeyFile, kept_secrets, make_key_file
from brigade.chain.keys import is_chain_key, new_chain_key
from brigade.connections import refusal
from brigade.durable import sync_folder, write_file
from brigade.messages.mail import mail_server
from brigade.messages.push import are_push_hosts, is_push_key, new_push_key
from brigade.private_files import make_folder

PREFIX = "BRIGADE_"
PUSH_HOSTS = "fcm.googleapis.com,*.push.apple.com,updates.push.services.mozilla.com,*.notify.windows.com"
"""The push services of Chrome, Safari, Firefox and Edge."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the variable and says what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the product is told from outside.

    ``replica_url`` names a PostgreSQL server that follows the first one and answers what is only read; empty: none.
    ``var`` is the folder of the embedded installation: database, key, files. ``embedded`` means that the database is
    the SQLite file there; anything else counts as production and must bring its own key. ``proxies`` is how many of our
    own proxies stand in front: as many entries of X-Forwarded-For are believed, none when it is 0. ``requests_a_minute`` is how much one
    person may ask of a web process in the long run; 0: as much as they like. ``key_file`` is where
    the embedded installation keeps its keys; None when they come from outside.
    """

    database_url: str
    replica_url: str
    secret_key: str
    old_secret_keys: tuple[str, ...]
    storage_url: str
    queue_url: str
    base_url: str
    mail_url: str
    push_key: str
    push_hosts: str
    chain_key: str
    log_level: str
    proxies: int
    requests_a_minute: int
    var: Path
    key_file: Path | None = field(default=None, metadata={"variable": False})

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
        old = tuple(env.text("OLD_SECRET_KEYS", "").split())
        if any(len(one.encode()) < KEY_BYTES for one in old):
            raise SettingsError(f"{PREFIX}OLD_SECRET_KEYS: each must be at least {KEY_BYTES} bytes long")
        key_file = None if key else var / "secret-key"
        if key_file is not None:
            try:
                make_key_file(key_file)
                key, *kept = kept_secrets(key_file) or [""]
            except OSError as error:
                raise SettingsError(
                    f"{PREFIX}VAR: {var} must be a folder that this user may read and write ({error.strerror})"
                ) from None
            except NoKeyFile as error:
                raise SettingsError(str(error)) from None
            if len(key.encode()) < KEY_BYTES:
                raise SettingsError(
                    f"{PREFIX}SECRET_KEY: is not set, and the first key in {key_file} must be at least {KEY_BYTES} bytes long"
                )
            old = (*kept, *old)
        if len(key.encode()) < KEY_BYTES:
            raise SettingsError(f"{PREFIX}SECRET_KEY: must be at least {KEY_BYTES} bytes long")
        return cls(
            database_url=database_url,
            replica_url=_replica(env.text("REPLICA_URL", ""), embedded),
            secret_key=key,
            old_secret_keys=old,
            storage_url=_storage(env.text("STORAGE_URL", (var / "files").as_uri())),
            queue_url=_one_of(env, "QUEUE_URL", "embedded://", ("embedded://", "redis://", "postgresql://")),
            base_url=_one_of(
                env, "BASE_URL", f"http://127.0.0.1:{environ.get('PORT', '8000')}", ("http://", "https://")
            ).rstrip("/"),
            mail_url=_mail(env.text("MAIL_URL", "none://")),
            push_key=_push_key(env.text("PUSH_KEY", "")),
            push_hosts=_push_hosts(env.text("PUSH_HOSTS", PUSH_HOSTS)),
            chain_key=_chain_key(env.text("CHAIN_KEY", "")),
            log_level=_level(env.text("LOG_LEVEL", "INFO")),
            proxies=_count(env, "PROXIES", 0, 5),
            requests_a_minute=_count(env, "REQUESTS_A_MINUTE", 1200, 100_000),
            var=var,
            key_file=key_file,
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
    if not _is_address(url):
        raise SettingsError(
            f"{PREFIX}DATABASE_URL: must be postgresql://user:password@host:port/name, with signs of the password that "
            "have a meaning in addresses as %40 (@), %3A (:) and %2F (/)"
        )
    return url


def _is_address(url: str) -> bool:
    try:
        port = make_url(url).port
    except (ArgumentError, ValueError):
        return False
    return port is None or 0 < port < 65536


def _replica(url: str, embedded: bool) -> str:
    if not url:
        return ""
    if embedded or not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(f"{PREFIX}REPLICA_URL: must start with postgresql://, and follow a PostgreSQL server")
    return _database(url)


def _one_of(env: _Reader, name: str, default: str, starts: tuple[str, ...]) -> str:
    value = env.text(name, default)
    if not value.startswith(starts):
        raise SettingsError(f"{PREFIX}{name}: must start with {' or '.join(starts)} (got {value[:20]!r})")
    return value


def _storage(url: str) -> str:
    name, parts = f"{PREFIX}STORAGE_URL", urlsplit(url)
    if parts.scheme not in ("file", "s3") or parts.query or parts.fragment:
        raise SettingsError(f"{name}: must be file:///folder or s3://bucket/prefix (got {url[:40]!r})")
    if parts.scheme == "file" and (parts.netloc or len(parts.path) < 2):
        raise SettingsError(f"{name}: file:// is followed by the whole path of a folder: file:///srv/files")
    if parts.scheme == "s3" and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc):
        raise SettingsError(f"{name}: s3:// is followed by the name of a bucket (got {parts.netloc[:40]!r})")
    if parts.scheme == "s3" and not re.fullmatch(r"(/[A-Za-z0-9._-]+)*/?", parts.path):
        raise SettingsError(f"{name}: a prefix holds letters, digits, dots, hyphens and slashes")
    return url


def _mail(url: str) -> str:
    try:
        mail_server(url)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}MAIL_URL: {error}") from None
    return url


def _push_key(value: str) -> str:
    if value and not is_push_key(value):
        raise SettingsError(f"{PREFIX}PUSH_KEY: must be a private key of P-256, its 32 bytes in base64url")
    return value


def _chain_key(value: str) -> str:
    if value and not is_chain_key(value):
        raise SettingsError(f"{PREFIX}CHAIN_KEY: must be a private key of Ed25519, its 32 bytes in base64url")
    return value


def _push_hosts(value: str) -> str:
    hosts = value.replace(" ", "")
    if not are_push_hosts(hosts):
        raise SettingsError(f"{PREFIX}PUSH_HOSTS: must be hosts with commas between them, such as *.push.apple.com")
    return hosts


def push_key_of(settings: Settings) -> str:
    """The key that signs push messages; the embedded installation makes its own at its first use. Empty: no push."""
    afterwards = "devices subscribe anew"
    return _own_key(settings, settings.push_key, "push-key", new_push_key, is_push_key, afterwards)


def chain_key_of(settings: Settings) -> str:
    """The key that signs the heads of the chain; the embedded installation makes its own. Empty: none are signed."""
    afterwards = "it signs from then on"
    return _own_key(settings, settings.chain_key, "chain-key", new_chain_key, is_chain_key, afterwards)


def check_keys(settings: Settings) -> None:
    """SettingsError when a key that jobs need is kept in a file and is none: now, and not when a job comes to it."""
    push_key_of(settings)
    chain_key_of(settings)


def check_server(settings: Settings) -> None:
    """SettingsError when the PostgreSQL server may lose what it says to be stored. One that is away is not looked at."""
    if settings.embedded:
        return
    if said := refusal(settings.database_url):
        raise SettingsError(f"{PREFIX}DATABASE_URL: {said}")


def _own_key(
    settings: Settings, given: str, name: str, make: Callable[[], str], is_key: Callable[[str], bool], afterwards: str
) -> str:
    """The key that was given, else the one that the embedded installation keeps in a file of that name."""
    if given or not settings.embedded:
        return given
    path = settings.var / name
    key = _kept_key(path, make)
    if not is_key(key):
        raise SettingsError(f"{path}: is no key; without the file a new one is made, and {afterwards}")
    return key


def _kept_key(path: Path, fresh_key: Callable[[], str]) -> str:
    """What the file holds; without a file one is made that its owner alone may read."""
    if not path.exists():
        make_folder(path.parent)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        write_file(fresh, fresh_key().encode())
        with suppress(FileExistsError):
            path.hardlink_to(fresh)  # of two that begin at the same instant, one wins
        fresh.unlink()
        sync_folder(path.parent)
    return path.read_text().strip()


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
