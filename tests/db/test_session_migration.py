"""Devices that were signed in before the migration, and those after it, on the way up and down."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import Connection, MetaData, insert, select

from api.extensions import db
from tests import make
from tests.make import NOW


def reflected(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection, only=["accounts", "device_sessions", "sign_in_tries", "totps"])
    return found


def columns(connection: Connection, name: str) -> dict[str, Any]:
    """The only row of a table as it is stored now."""
    found = MetaData()
    found.reflect(connection, only=[name])
    [row] = connection.execute(select(found.tables[name])).mappings()
    return dict(row)


def test_devices_and_accounts_go_up_and_down(app: Flask) -> None:
    with app.app_context():
        flask_migrate.downgrade(revision="0002")
        ids = {name: uuid.uuid4() for name in ("bureau", "member", "account", "device", "refresh")}
        with db.engine.begin() as connection:
            old = MetaData()
            old.reflect(connection, only=["units", "members", "accounts", "device_sessions"])
            _old_rows(connection, old, ids)
        flask_migrate.upgrade(revision="0003")
        with db.engine.begin() as connection:
            device = columns(connection, "device_sessions")
            assert device["rotated_at"] == device["last_used_at"]
            assert (device["factor"], device["revoked_because"], device["previous_refresh_id"]) == (
                "password",
                "lost",
                None,
            )
            assert not columns(connection, "accounts")["short_password"]
            now = reflected(connection)
            connection.execute(insert(now.tables["totps"]).values(
                account_id=device["account_id"], secret="A" * 32, confirmed_at=NOW, last_step=2**40))  # fmt: skip
            tries = {"key": "k" * 64, "tries": 1, "until": None, "last_at": NOW}
            connection.execute(insert(now.tables["sign_in_tries"]).values(tries))
        flask_migrate.downgrade(revision="0002")
        with db.engine.begin() as connection:
            assert "rotated_at" not in columns(connection, "device_sessions")
            assert str(columns(connection, "accounts")["login"]) == "before"
        flask_migrate.upgrade()
        flask_migrate.check()
        with db.engine.begin() as connection:
            assert columns(connection, "device_sessions")["revoked_because"] == "lost"


def _old_rows(connection: Connection, old: MetaData, ids: dict[str, uuid.UUID]) -> None:
    """A person with an account and a device that was signed out, as the tables were."""
    key = {name: id_ if connection.dialect.name == "postgresql" else id_.hex for name, id_ in ids.items()}
    connection.execute(insert(old.tables["units"]).values(
        id=key["bureau"], bureau_id=key["bureau"], level="bureau", code="B", name="局", valid_from=make.SINCE, settings={}
    ))  # fmt: skip
    connection.execute(insert(old.tables["members"]).values(
        id=key["member"], bureau_id=key["bureau"], number="1", name="名", kana="ナ", kana_sort="ナ", member_type="ordinary"
    ))  # fmt: skip
    connection.execute(insert(old.tables["accounts"]).values(
        id=key["account"], member_id=key["member"], login="before", password_hash="x"
    ))  # fmt: skip
    connection.execute(insert(old.tables["device_sessions"]).values(
        id=key["device"], account_id=key["account"], device_name="電話", refresh_id=key["refresh"], created_at=NOW,
        last_used_at=NOW + dt.timedelta(days=1), expires_at=NOW + dt.timedelta(days=31), revoked_at=NOW,
    ))  # fmt: skip
