"""Keys come and go; nobody is signed out by it (S-27)."""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
import stat
from pathlib import Path

import jwt
import pytest

from api import create_app
from api.extensions import db
from brigade.access.signing_keys import (
    KEPT_FOR,
    KeyRing,
    SigningKey,
    derived,
    kept_secrets,
    make_key_file,
    rotate_key_file,
)
from brigade.settings import Settings, SettingsError
from tests.api.answers import API, CheckedClient
from tests.api.asking import bearing, signed_in
from tests.api.conftest import load

ME, REFRESH = f"{API}/me", f"{API}/auth/refresh"
DAY = dt.date(2026, 11, 20)
LONG = {name: f"{name}-secret-" + "0" * 32 for name in ("first", "second", "third")}


def started(folder: Path, **environ: str):
    """The application as it starts from these settings, on the embedded store of the folder."""
    said = {f"BRIGADE_{name}": value for name, value in {"VAR": str(folder), **environ}.items()}
    app = create_app(Settings.from_environ(said, folder))
    app.test_client_class = CheckedClient
    return app


@pytest.fixture
def folder(tmp_path, sqlite_template, city_and_rows) -> Path:
    """An embedded installation with the small city."""
    shutil.copy(sqlite_template, tmp_path / "brigade.sqlite3")
    app = started(tmp_path)
    load(app, city_and_rows[1])
    closed(app)
    return tmp_path


def closed(app) -> None:
    with app.app_context():
        db.engine.dispose()


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_new_key_signs_and_the_old_tokens_stay_good(folder) -> None:
    """While the server runs: it notices the file."""
    app = started(folder)
    person = signed_in(app.test_client(), "squad11")
    done = app.test_cli_runner().invoke(args=["rotate-key"])
    assert (done.exit_code, "older ones kept: 1" in done.output) == (0, True), done.output
    assert person.get(ME).status_code == 200
    renewed = bearing(app.test_client(), person.tokens["refresh_token"]).post(REFRESH).json
    assert kid(renewed["access_token"]) == kid(renewed["refresh_token"]) != kid(person.tokens["access_token"])
    assert bearing(app.test_client(), renewed["access_token"]).get(ME).status_code == 200
    again = started(folder)  # and after a restart
    for token in (person.tokens["access_token"], renewed["access_token"]):
        assert bearing(again.test_client(), token).get(ME).status_code == 200
    closed(app)
    closed(again)


def test_rotating_under_load_signs_nobody_out(folder) -> None:
    app = started(folder)
    people = [signed_in(app.test_client(), login) for login in ("squad11", "squad12", "company1")]
    kids = set()
    for turn in range(12):
        if turn % 2:
            rotate_key_file(folder / "secret-key", DAY)
        for person in people:
            assert person.get(ME).status_code == 200
            answer = bearing(app.test_client(), person.tokens["refresh_token"]).post(REFRESH)
            assert answer.status_code == 200
            person.tokens = answer.json
            kids.add(kid(person.tokens["access_token"]))
            bearing(person, person.tokens["access_token"])
    assert len(kids) == 7
    closed(app)


def test_a_key_that_is_no_longer_kept_opens_nothing(folder) -> None:
    app = started(folder)
    person = signed_in(app.test_client(), "squad11")
    rotate_key_file(folder / "secret-key", DAY)
    rotate_key_file(folder / "secret-key", DAY + KEPT_FOR + dt.timedelta(days=1))
    assert len(kept_secrets(folder / "secret-key")) == 2
    assert person.get(ME).json["code"] == "not-signed-in"
    closed(app)


def test_while_the_file_cannot_be_read_the_known_keys_hold(folder) -> None:
    app = started(folder)
    person = signed_in(app.test_client(), "squad11")
    (folder / "secret-key").rename(folder / "elsewhere")
    assert person.get(ME).status_code == 200
    (folder / "secret-key").write_text("")
    assert person.get(ME).status_code == 200
    closed(app)


def test_keys_from_outside_are_rotated_outside(folder) -> None:
    app = started(folder, SECRET_KEY=LONG["first"])
    person = signed_in(app.test_client(), "squad11")
    done = app.test_cli_runner().invoke(args=["rotate-key"])
    assert done.exit_code == 1
    assert "BRIGADE_OLD_SECRET_KEYS" in done.output
    closed(app)
    for old, status in (
        (LONG["first"], 200),
        (f"{LONG['third']}  {LONG['first']}", 200),
        (LONG["third"], 401),
        ("", 401),
    ):
        app = started(folder, SECRET_KEY=LONG["second"], OLD_SECRET_KEYS=old)
        assert bearing(app.test_client(), person.tokens["access_token"]).get(ME).status_code == status
        closed(app)


# --- The file ---------------------------------------------------------------------------------------------------------


def test_the_file_is_whole_private_and_made_once(tmp_path) -> None:
    file = tmp_path / "deep" / "secret-key"
    make_key_file(file)
    [first] = kept_secrets(file)
    make_key_file(file)
    assert kept_secrets(file) == [first]
    assert rotate_key_file(file, DAY) == 1
    newest, *older = kept_secrets(file)
    assert older == [first] != [newest]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret-key"]


def test_of_two_that_start_at_once_one_makes_the_key(tmp_path, monkeypatch) -> None:
    """The second looked when there was no file yet."""
    file = tmp_path / "secret-key"
    make_key_file(file)
    kept = kept_secrets(file)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "exists", lambda self: False)
        make_key_file(file)
    assert kept_secrets(file) == kept
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_a_file_of_one_line_from_before_is_a_key_file(tmp_path) -> None:
    file = tmp_path / "secret-key"
    file.write_text(LONG["first"])
    settings = Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path)
    assert (settings.secret_key, settings.old_secret_keys) == (LONG["first"], ())
    rotate_key_file(file, DAY)
    settings = Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path)
    assert settings.old_secret_keys == (LONG["first"],)


def test_an_old_key_goes_when_its_last_token_is_over(tmp_path) -> None:
    file = tmp_path / "secret-key"
    make_key_file(file)
    counts = [rotate_key_file(file, DAY + dt.timedelta(days=days)) for days in (0, 16, 32, 48, 200)]
    assert counts == [1, 2, 3, 3, 1]


@pytest.mark.parametrize("name", ["SECRET_KEY", "OLD_SECRET_KEYS"])
def test_a_short_key_refuses_to_start(tmp_path, name) -> None:
    said = {"BRIGADE_SECRET_KEY": LONG["first"], f"BRIGADE_{name}": "short"}
    with pytest.raises(SettingsError, match=f"BRIGADE_{name}: .*32 bytes"):
        Settings.from_environ(said, tmp_path)


def test_a_short_key_in_the_file_refuses_to_start(tmp_path) -> None:
    for content in ("short", ""):
        (tmp_path / "secret-key").write_text(content)
        with pytest.raises(SettingsError, match="BRIGADE_SECRET_KEY"):
            Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path)


# --- The keys ---------------------------------------------------------------------------------------------------------


def test_a_key_serves_one_purpose_and_tells_nothing_of_the_secret() -> None:
    key = SigningKey.of(LONG["first"])
    assert len(key.value) == 32
    assert key.value != derived(LONG["first"], "flask") != LONG["first"].encode()
    assert repr(key) == f"SigningKey(kid='{key.kid}')"
    assert len(key.kid) == 12
    assert SigningKey.of(LONG["first"]) == key != SigningKey.of(LONG["second"])


def test_a_ring_knows_its_own_names_alone() -> None:
    ring = KeyRing([LONG["first"], LONG["second"]])
    assert ring.newest == SigningKey.of(LONG["first"]) == ring.named(ring.newest.kid)
    assert ring.named(SigningKey.of(LONG["second"]).kid) == SigningKey.of(LONG["second"])
    for name in (
        None,
        "",
        5,
        [],
        {},
        "unknown",
        ring.newest.kid + " ",
        SigningKey.of(LONG["third"]).kid,
        "../secret-key",
    ):
        assert ring.named(name) is None


@pytest.mark.parametrize("content", ["k" * 40 + " someday\n", "k" * 40 + "\n" + "o" * 40 + " 2026-13-40\n"])
def test_a_file_that_holds_something_else_is_named_and_stays(tmp_path, content) -> None:
    app = create_app(Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path))
    file = tmp_path / "secret-key"
    file.write_text(content)
    done = app.test_cli_runner().invoke(args=["rotate-key"])
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert f"{file}: after a key stands" in done.output
    assert file.read_text() == content


def test_what_is_no_key_file_stops_the_start_and_no_running_server(tmp_path) -> None:
    file = tmp_path / "secret-key"
    make_key_file(file)
    ring = KeyRing((), file)
    kid = ring.newest.kid
    for content, says in (
        (b"\xff\xfe" * 40, "no file of keys"),
        (b"short\n", "at least 32 bytes"),
        (b"", "at least 32"),
    ):
        file.write_bytes(content)
        with pytest.raises(SettingsError, match=f"secret-key.*{says}"):
            Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path)
        if content != b"short\n":
            assert ring.newest.kid == kid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to another user")
def test_root_leaves_the_file_to_the_user_of_the_service(tmp_path) -> None:
    file = tmp_path / "secret-key"
    make_key_file(file)
    os.chown(file, 12345, 54321)
    file.chmod(0o640)
    rotate_key_file(file, dt.date(2026, 11, 27))
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 54321, 0o640)


def test_who_may_not_leave_it_to_its_owner_changes_nothing(tmp_path, monkeypatch) -> None:
    app = create_app(Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path))
    file, found = tmp_path / "secret-key", os.fstat

    def of_another(descriptor):
        kept = list(found(descriptor))
        kept[4] += 1  # st_uid
        return os.stat_result(kept)

    def forbidden(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fstat", of_another)
    monkeypatch.setattr(os, "fchown", forbidden)
    before = file.read_bytes()
    done = app.test_cli_runner().invoke(args=["rotate-key"])
    assert (done.exit_code, "only the owner of" in done.output) == (1, True), done.output
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["secret-key"]
