"""Where files are kept: a folder of this machine or a bucket of an S3-compatible server, behind the same five calls.

Keys are made by the program (``pictures/1f/0199….jpg``), never from a name that somebody sent. What is put is durable
when ``put`` returns; what cannot be done now raises ``Unavailable`` and leaves nothing half-stored.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import logging
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from brigade.durable import sync_folder, write_file
from brigade.problems import Unavailable
from brigade.settings import SettingsError

log = logging.getLogger("brigade.storage")
KEY = re.compile(r"[a-z0-9]+(/[a-z0-9-]+)*(\.[a-z0-9]+)?")
UNFINISHED = "tmp"
JPEG_BEGINS, JPEG_ENDS = b"\xff\xd8", b"\xff\xd9"
NO_CONTENT = 204
"""The status with which S3 answers every removal, also of what is not there."""

SPARE_BYTES = 16 * 1024 * 1024
"""A folder with less room than this is not ready."""


class Storage(Protocol):
    """What both kinds of storage do. Every call may raise Unavailable."""

    def put(self, key: str, data: bytes, *, replace: bool = False) -> bool:
        """Store it whole; False, and nothing done, where the key is taken and may not be replaced."""

    def get(self, key: str) -> bytes:
        """What was put. Unavailable when it is not there: a row names it, so it must come back."""

    def delete(self, key: str) -> None:
        """Remove it; no matter if it is gone already."""

    def keys(self, prefix: str, before: dt.datetime) -> Iterator[str]:
        """Keys below ``pictures``, say, last written before then. ``UNFINISHED`` is what a killed server left."""

    def check(self) -> None:
        """Unavailable where nothing could be stored now."""


def storage_for(url: str) -> Storage:
    """The storage of ``BRIGADE_STORAGE_URL``. SettingsError where it cannot be one."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    return Bucket(parts.netloc, parts.path.strip("/"))


def as_put(storage: Storage, key: str, sha256: str) -> bytes:
    """What was put, by its SHA-256. Unavailable where the store gives something else."""
    data = storage.get(key)
    return _if(hashlib.sha256(data).hexdigest() == sha256, key, data)


def whole_jpeg(storage: Storage, key: str, sha256: str | None, size: int | None = None) -> bytes:
    """A picture of our own making, by its SHA-256. Unavailable where the store gives something else.

    One from before digests were kept has None until the daily sweep: it must begin and end as a picture and have its size,
    so that it is not cut off, emptied, or filled with zeroes, as disks and power cuts leave files.
    """
    if sha256 is not None:
        return as_put(storage, key, sha256)
    data = storage.get(key)
    is_whole = data.startswith(JPEG_BEGINS) and data.endswith(JPEG_ENDS) and size in (None, len(data))
    return _if(is_whole, key, data)


def _if(is_right: bool, key: str, data: bytes) -> bytes:
    if not is_right:
        log.error("storage", extra={"key": key, "error": "OtherContent"})
        raise Unavailable
    return data


class Folder:
    """Files below one folder. Each is written beside, synced and linked: a cut leaves the old state or the new."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: set[Path] = set()

    def put(self, key: str, data: bytes, *, replace: bool = False) -> bool:
        """See ``Storage``."""
        path = self._path(key)
        fresh = self._path(f"{UNFINISHED}/{uuid.uuid4().hex}")
        with _failing(key):
            self._make(fresh.parent)
            self._make(path.parent)
            try:
                write_file(fresh, data)
                if replace:
                    fresh.rename(path)
                else:
                    path.hardlink_to(fresh)
            except FileExistsError:
                return False
            finally:
                with contextlib.suppress(OSError):
                    fresh.unlink(missing_ok=True)
            sync_folder(path.parent)
        return True

    def get(self, key: str) -> bytes:
        """See ``Storage``."""
        with _failing(key):
            return self._path(key).read_bytes()

    def delete(self, key: str) -> None:
        """See ``Storage``."""
        with _failing(key):
            self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str, before: dt.datetime) -> Iterator[str]:
        """See ``Storage``."""
        with _failing("keys"):
            for path in self._path(prefix).rglob("*"):
                with contextlib.suppress(FileNotFoundError):  # gone while we look
                    if path.is_file() and path.stat().st_mtime < before.timestamp():
                        yield path.relative_to(self._root).as_posix()

    def check(self) -> None:
        """See ``Storage``."""
        with _failing("check"):
            self._make(self._root)
            room = os.statvfs(self._root)
            if not os.access(self._root, os.W_OK | os.X_OK) or room.f_bavail * room.f_frsize < SPARE_BYTES:
                raise OSError("no room, or no right to write")

    def _path(self, key: str) -> Path:
        return self._root / _checked(key)

    def _make(self, folder: Path) -> None:
        """The folder with those above it, each entered durably in the one above (once, who knows who made it)."""
        if folder in self._known and folder.is_dir():
            return
        if folder != self._root:
            self._make(folder.parent)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)
        self._known.add(folder)


class Bucket:
    """Objects below a prefix of one bucket. Credentials, region and endpoint come from the usual ``AWS_…`` variables."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._head = f"{prefix}/" if prefix else ""
        self._client = _client()
        self._conditional = True

    def put(self, key: str, data: bytes, *, replace: bool = False) -> bool:
        """See ``Storage``."""
        place = {"Bucket": self._bucket, "Key": self._key(key)}
        if not replace and self._conditional:
            status = self._status(key, (412, 501), "put_object", **place, Body=data, IfNoneMatch="*")
            if status != 501:
                return status == 200
            self._conditional = False  # this server does not know the condition
        if not replace and self._status(key, (404,), "head_object", **place) == 200:
            return False
        self._status(key, (), "put_object", **place, Body=data)
        return True

    def get(self, key: str) -> bytes:
        """See ``Storage``."""
        with _failing(key):
            found = _of_s3(self._client.get_object(Bucket=self._bucket, Key=self._key(key)), "ETag")
            data: bytes = found["Body"].read()
            return data

    def delete(self, key: str) -> None:
        """See ``Storage``."""
        with _failing(key):
            said = self._client.delete_object(Bucket=self._bucket, Key=self._key(key))
            if said["ResponseMetadata"]["HTTPStatusCode"] != NO_CONTENT:
                raise NoBucket

    def keys(self, prefix: str, before: dt.datetime) -> Iterator[str]:
        """See ``Storage``."""
        with _failing("keys"):
            listed = self._client.get_paginator("list_objects_v2")
            pages = listed.paginate(Bucket=self._bucket, Prefix=f"{self._key(prefix)}/")
            for page in pages:
                for found in _of_s3(page, "Name").get("Contents", ()):
                    if found["LastModified"] < before:
                        yield found["Key"].removeprefix(self._head)

    def check(self) -> None:
        """See ``Storage``."""
        with _failing("check"):
            _of_s3(self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._head, MaxKeys=1), "Name")

    def _key(self, key: str) -> str:
        return self._head + _checked(key)

    def _status(self, key: str, refusals: tuple[int, ...], call: str, **said: Any) -> int:
        """200, or the HTTP status of a refusal that is looked for; Unavailable for any other."""
        from botocore.exceptions import ClientError

        with _failing(key):
            try:
                _of_s3(getattr(self._client, call)(**said), "ETag")
            except ClientError as error:
                status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
                if status in refusals:
                    return status
                raise
        return 200


def _client() -> Any:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    own: Mapping[str, Any] = {}
    if os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        # Another server than Amazon's: no names of buckets in its host name, no checksums that it may not know.
        own = {
            "s3": {"addressing_style": "path"},
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        }
    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3}, **own)
    try:
        client = boto3.session.Session().client("s3", config=config)
    except (BotoCoreError, ValueError) as error:
        names = "AWS_DEFAULT_REGION, AWS_ENDPOINT_URL or AWS_PROFILE"
        raise SettingsError(
            f"BRIGADE_STORAGE_URL: s3:// needs the usual AWS variables; look at {names} ({error})"
        ) from None
    client.meta.events.register("before-call.s3.HeadBucket", _ask_once)
    return client


def _ask_once(params: Mapping[str, Any], **_: object) -> None:
    """Where a server sends elsewhere and does not say to which region, botocore asks it by HeadBucket. If that is sent
    elsewhere too, it would ask again by HeadBucket, and so on for ever.
    """
    params["context"].get("s3_redirect", {})["redirected"] = True


class NoBucket(OSError):
    """The server answered well, but not as S3 does: a proxy, say, or the page of a network that wants one to sign in."""


def _of_s3(said: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    """The answer, if it has what S3 always says in it: nothing is stored, and nothing missing, by another's word."""
    if not said.get(part):
        raise NoBucket
    return said


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a key of ours: {key!r}")
    return key


@contextlib.contextmanager
def _failing(key: str) -> Iterator[None]:
    """Errors of disk and network as Unavailable."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and not type(error).__module__.startswith(("botocore", "boto3", "urllib3")):
            raise
        code = s3_code(error)
        log.error("storage", extra={"key": key, "error": type(error).__name__, **({"store": code} if code else {})})
        raise Unavailable from error


def s3_code(error: BaseException | None) -> str:
    """S3's own name for what is wrong, such as ``NoSuchBucket``, or the HTTP status of an answer without one; or empty."""
    said = getattr(error, "response", None)
    return str(said.get("Error", {}).get("Code", "")) if isinstance(said, Mapping) else ""
