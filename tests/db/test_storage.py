"""Both kinds of storage, by the same tests: whole or not at all, taken keys, old keys; and what a folder
survives (S-21).
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api import create_app
from brigade.files import storage
from brigade.files.storage import UNFINISHED, Bucket, Folder, Storage, as_put, storage_for, whole_jpeg
from brigade.problems import Unavailable
from brigade.settings import Settings, SettingsError
from tests.bucket import s3_server
from tests.conftest import settings_for

AGES = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3-compatible server on this machine."""
    with s3_server() as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage of each kind in turn."""
    if request.param == "folder":
        return storage_for((tmp_path / "ファイル 1").as_uri())
    request.getfixturevalue("s3")
    return storage_for(f"s3://brigade/{uuid4().hex}")


def later() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + AGES


# --- Alike ------------------------------------------------------------------------------------------------------------


def test_what_is_put_is_got(kept) -> None:
    for key, data in (("a/1.jpg", b"one"), ("a/2", b""), ("b/c/3.jpg", os.urandom(3_000_000))):
        assert kept.put(key, data) is True
        assert kept.get(key) == data


def test_a_key_that_is_taken_stays_as_it_is_unless_it_may_be_replaced(kept) -> None:
    kept.put("a/1", b"one")
    assert kept.put("a/1", b"two") is False
    assert kept.get("a/1") == b"one"
    assert kept.put("a/1", b"two", replace=True) is True
    assert kept.put("a/2", b"new", replace=True) is True
    assert (kept.get("a/1"), kept.get("a/2")) == (b"two", b"new")


def test_of_many_at_the_same_instant_one_is_kept(kept) -> None:
    line = threading.Barrier(6)

    def put(number: int) -> bool:
        line.wait(20)
        return kept.put("a/1", bytes([number]) * 50_000)

    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(put, range(6)))
    assert sum(done) == 1
    assert kept.get("a/1") == bytes([done.index(True)]) * 50_000


def test_what_is_not_there_is_not_available(kept) -> None:
    for key in ("a/1", "a"):
        with pytest.raises(Unavailable):
            kept.get(key)
    kept.delete("a/1")


def test_what_is_deleted_is_gone_and_its_key_free(kept) -> None:
    kept.put("a/1", b"one")
    for _ in range(2):
        kept.delete("a/1")
    with pytest.raises(Unavailable):
        kept.get("a/1")
    assert kept.put("a/1", b"two") is True


def test_keys_by_prefix_and_age(kept) -> None:
    for key in ("a/1.jpg", "a/x/2", "ab/3", "b/4"):
        kept.put(key, b"x")
    assert sorted(kept.keys("a", before=later())) == ["a/1.jpg", "a/x/2"]
    assert list(kept.keys("a", before=dt.datetime.now(dt.UTC) - AGES)) == []
    assert list(kept.keys("c", before=later())) == []


FOREIGN = [
    "", "/", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a\\b", "a/b\0", "a/%2e%2e/b", "a/b/", "A/b", "a/b\n",
    "a b", "a/.jpg", "写真", "a/b.jpg.exe", "c:/x", "-",
]  # fmt: skip


def test_a_key_that_is_none_of_ours_is_a_mistake_of_the_program(kept) -> None:
    for key in FOREIGN:
        for attempt in (lambda key: kept.put(key, b"x"), kept.get, kept.delete):
            with pytest.raises(ValueError, match="key"):
                attempt(key)


def test_what_is_not_as_it_was_put_is_not_available(kept) -> None:
    picture, other = b"\xff\xd8 a picture \xff\xd9", b"\xff\xd8 b picture \xff\xd9"
    digest = hashlib.sha256(picture).hexdigest()
    kept.put("a/1.jpg", picture)
    assert whole_jpeg(kept, "a/1.jpg", digest) == as_put(kept, "a/1.jpg", digest) == picture
    kept.put("a/1.jpg", other, replace=True)
    for read in (whole_jpeg, as_put):
        with pytest.raises(Unavailable):
            read(kept, "a/1.jpg", digest)
    assert whole_jpeg(kept, "a/1.jpg", None, len(picture)) == other, "nobody noted what it was"


def test_a_storage_that_works_is_ready(kept) -> None:
    kept.check()
    kept.put("a/1", b"x")
    kept.check()


# --- A folder ---------------------------------------------------------------------------------------------------------


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "files")


@pytest.mark.parametrize("call", ["open", "write", "fsync", "link", "mkdir"])
def test_a_full_disk_leaves_nothing(folder, tmp_path, monkeypatch, call) -> None:
    """The system says ENOSPC, EIO or EROFS at each step in turn."""
    folder.put("a/0", b"before")
    for code in (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT):

        def fail(*said: Any, code: int = code, **more: Any) -> None:
            raise OSError(code, os.strerror(code))

        with monkeypatch.context() as patch:
            if call == "write":
                patch.setattr(storage, "write_file", _half_written(fail))
            elif call == "link":
                patch.setattr(Path, "hardlink_to", fail)
            elif call == "mkdir":
                patch.setattr(Path, "mkdir", fail)
            else:
                patch.setattr(storage.os, call, fail)
            with pytest.raises(Unavailable):
                folder.put("b/1" if call == "mkdir" else "a/1", b"x" * 1000)
        assert below(tmp_path / "files") == ["a/0"]
    assert folder.put("a/1", b"x") is True


def _half_written(fail: Any) -> Any:
    def write(path: Path, data: bytes) -> None:
        path.write_bytes(data[: len(data) // 2])
        fail()

    return write


def test_a_small_disk_that_is_really_full(tmp_path) -> None:
    """A file of no more than so many bytes, by the system's own limit."""
    program = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from brigade.problems import Unavailable
from brigade.files.storage import Folder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Folder(Path({str(tmp_path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    folder.put("a/1", bytes(20_000))
except Unavailable:
    assert folder.put("a/2", bytes(9_000))
    sys.exit(7)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 7
    assert below(tmp_path) == ["a/2"]


def test_everything_is_on_the_disk_before_it_is_said_to_be(folder, tmp_path, monkeypatch) -> None:
    """The file is synced before it gets its name, and each new name before the answer."""
    said: list[str] = []
    sync, link = os.fsync, Path.hardlink_to

    def synced(descriptor: int) -> None:
        said.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr(storage.os, "fsync", synced)
    monkeypatch.setattr(Path, "hardlink_to", lambda self, to: said.append("link") or link(self, to))
    folder.put("a/1", b"x")
    written = [name for name in said if len(name) == 32]
    assert len(written) == 1
    assert said == [tmp_path.name, "files", "files", *written, "link", "a"]
    said.clear()
    folder.put("a/2", b"x")
    assert said[1:] == ["link", "a"]


def test_what_a_kill_leaves_is_found_again_and_no_key(folder, tmp_path) -> None:
    """Killed in the middle of writing: the unfinished file has no name, and the sweep's listing shows it."""
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from brigade.files import storage
storage.os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL) if "files/tmp/" in os.readlink(f"/proc/self/fd/{{descriptor}}") else None
storage.Folder(Path({str(tmp_path / "files")!r})).put("a/1", b"x" * 100_000)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert list(folder.keys("a", before=later())) == []
    (left,) = folder.keys(UNFINISHED, before=later())
    assert folder.put("a/1", b"y") is True
    folder.delete(left)
    assert below(tmp_path / "files") == ["a/1"]


def test_files_are_their_owners_alone(folder, tmp_path) -> None:
    folder.put("a/1", b"x")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "files").rglob("*")}
    assert (modes["1"], modes["a"]) == (0o600, 0o700)


def test_a_folder_without_room_is_not_ready(folder, monkeypatch) -> None:
    folder.check()
    monkeypatch.setattr(storage, "SPARE_BYTES", 1 << 60)
    with pytest.raises(Unavailable):
        folder.check()


def test_a_folder_that_was_taken_away_is_made_again(folder, tmp_path) -> None:
    folder.put("a/1", b"x")
    shutil.rmtree(tmp_path / "files")
    assert folder.put("a/1", b"y") is True
    assert folder.get("a/1") == b"y"


# --- S3 ---------------------------------------------------------------------------------------------------------------


def test_a_server_that_does_not_know_the_condition_is_asked_first(s3, monkeypatch) -> None:
    kept = Bucket("brigade", uuid4().hex)
    asked: list[str] = []
    status = Bucket._status

    def old(self: Bucket, key: str, refusals: tuple[int, ...], call: str, **said: Any) -> int:
        asked.append(call)
        return 501 if "IfNoneMatch" in said else status(self, key, refusals, call, **said)

    monkeypatch.setattr(Bucket, "_status", old)
    assert kept.put("a/1", b"one") is True
    assert kept.put("a/1", b"two") is False
    assert kept.get("a/1") == b"one"
    assert asked == ["put_object", "head_object", "put_object", "head_object"]


def test_a_bucket_that_is_not_there_is_unavailable(s3) -> None:
    kept = Bucket("another", "x")
    for attempt in (
        lambda: kept.put("a/1", b"x"), lambda: kept.put("a/1", b"x", replace=True), lambda: kept.get("a/1"),
        lambda: kept.delete("a/1"), kept.check, lambda: list(kept.keys("a", before=later())),
    ):  # fmt: skip
        with pytest.raises(Unavailable):
            attempt()


def test_a_server_that_is_away_is_unavailable(s3, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    kept = Bucket("brigade", "x")
    for attempt in (lambda: kept.put("a/1", b"x"), lambda: kept.get("a/1"), kept.check):
        with pytest.raises(Unavailable):
            attempt()


def test_prefixes_are_kept_apart(s3) -> None:
    one, other = Bucket("brigade", "one"), Bucket("brigade", "one-more")
    one.put("a/1", b"1")
    other.put("a/1", b"2")
    assert (one.get("a/1"), other.get("a/1")) == (b"1", b"2")
    assert list(one.keys("a", before=later())) == ["a/1"]


# --- Chosen by a setting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["", "s3://", "s3:///x", "s3://B/x", "s3://a/x", "s3://bucket/../x y", "s3://user:key@bucket/x", "s3://bucket?x=1",
     "file://", "file:///", "file://host/srv", "file://srv/files", "gs://bucket", "/srv/files", "http://127.0.0.1/x"],
)  # fmt: skip
def test_a_wrong_address_stops_the_start_and_names_its_variable(url, tmp_path) -> None:
    if not url:
        assert Settings.from_environ({}, tmp_path).storage_url == (tmp_path / "var/files").as_uri()
        return
    with pytest.raises(SettingsError, match=r"^BRIGADE_STORAGE_URL: "):
        Settings.from_environ({"BRIGADE_STORAGE_URL": url}, tmp_path)


@pytest.mark.parametrize(
    "url", ["s3://bucket", "s3://my.bucket-1/a/b_c.d/", "file:///srv/files", "file:///srv/%E5%86%99"]
)
def test_a_right_address_is_taken(url, tmp_path) -> None:
    assert Settings.from_environ({"BRIGADE_STORAGE_URL": url}, tmp_path).storage_url == url


def test_missing_aws_variables_stop_the_start(tmp_path, monkeypatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(SettingsError, match="AWS_PROFILE"):
        create_app(settings_for(f"sqlite:///{tmp_path}/x.sqlite3", tmp_path, STORAGE_URL="s3://brigade/x"))


def test_without_a_bucket_nothing_of_amazon_is_loaded(tmp_path) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from brigade.files.storage import storage_for
storage_for(Path({str(tmp_path)!r}).as_uri()).put("a/1", b"x")
sys.exit(7 if "boto3" in sys.modules else 0)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0
