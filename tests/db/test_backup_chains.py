"""A backup is looked at for chains that were rewritten, and what was restored can be verified with Python alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from api import create_app
from api.backup_commands import VERIFIER
from brigade.chain.keys import new_chain_key, signed
from brigade.chain.signing import sign_heads
from brigade.jobs import writing
from tests.conftest import settings_for
from tests.db.places import fill, opened, run
from tests.make import NOW
from tests.unguarded import unguarded


def verifier(*said: object, alone: bool = False) -> tuple[int, str]:
    """Exit code and output of the separate program; ``alone``: with nothing but Python's own library."""
    with_nothing = ["-I", "-S"] if alone else []
    done = subprocess.run(
        [sys.executable, *with_nothing, VERIFIER, *map(str, said)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def signed_with(app: Flask) -> str:
    """The heads are signed; the public key."""
    key = new_chain_key()
    with opened(app) as engine, writing(engine) as session:
        sign_heads(session, key, NOW)
    return signed(key, b"")[0].hex()


def test_a_restored_copy_is_verified_without_the_product(app: Flask, place: Any, tmp_path: Path) -> None:
    fill(app)
    key, target, archive = signed_with(app), place("sqlite"), tmp_path / "backup.tar"
    run(app, "backup", "write", archive)
    for command in ("check", "drill"):
        assert f"chains: 95 links, 0 chains or lists wrong; signed by: {key}" in run(app, "backup", command, archive)
    run(target, "backup", "restore", archive)
    with opened(target) as engine:
        database = engine.url.database
    code, said = verifier(database, "--key", key)
    assert (code, said) == (0, f"95 links, 0 chains or lists wrong; signed by: {key}\n")
    code, said = verifier(database, "--no-signatures", alone=True)
    assert code == 0
    assert "The signatures themselves were not checked.\n" in said
    code, said = verifier(database, alone=True)
    assert code == 2
    assert "the package cryptography is not here" in said


def test_what_was_rewritten_is_kept_and_told(app: Flask, place: Any, tmp_path: Path) -> None:
    fill(app)
    with opened(app) as engine, writing(engine) as session, unguarded(session.connection()):
        session.connection().execute(text("UPDATE report_events SET reason = 'forged' WHERE action = 'create'"))
    archive = tmp_path / "backup.tar"
    run(app, "backup", "write", archive)
    for command in ("check", "drill"):
        run(app, "backup", command, archive, fails="a chain was rewritten:\nWRONG chain ")
    run(place("postgresql"), "backup", "restore", archive)


def test_a_backup_from_before_the_chains_is_one(sqlite: str, tmp_path: Path) -> None:
    app, archive = create_app(settings_for(sqlite, tmp_path)), tmp_path / "backup.tar"
    with app.app_context():
        from flask_migrate import downgrade

        downgrade(revision="0013")
    run(app, "backup", "write", archive)
    assert "chains: from before there were chains" in run(app, "backup", "check", archive)
    assert "chains: 0 links" in run(app, "backup", "drill", archive)
