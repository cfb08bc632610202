"""Thousands of requests made from the served document, as four people, on both stores: never a fault, always as
told (R-15).

The run is the same every time; ``pytest --hypothesis-profile=full tests/contract`` hunts for longer.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from api import create_app
from api.auth import tokens_for
from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.device_sessions import open_session
from tests import make
from tests.api.answers import API, CheckedClient
from tests.api.asking import act, file, signed_in
from tests.api.conftest import load
from tests.conftest import settings_for

ENDS_A_SIGN_IN = "/auth/"
TUS = "/uploads"  # has statuses and bodies of its own: tests/api/test_uploads.py
PER_OPERATION = hypothesis.settings.default.max_examples // 15


@dataclass
class Found:
    """What a run saw: how often each status, and every failure once."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[tuple[str, ...], str] = field(default_factory=dict)


class World:
    """A city with reports, drafts, an event; and a person to ask as."""

    def __init__(self, url: str, folder: Any, city_and_rows: Any) -> None:
        self.city, rows = city_and_rows
        self.app = create_app(settings_for(url, folder))
        load(self.app, rows)
        self.app.test_client_class = CheckedClient
        author, leader = (signed_in(self.app.test_client(), login) for login in ("squad11a", "squad11"))
        made = [file(author, make.body(self.city, "K1-1-1", "squad11a", day=day)) for day in (10, 11, 12)]
        made.append(file(author, make.body(self.city, "K1-1-1", "squad11a", day=13, submit=False)))
        act(leader, made[0], "approve")
        event = leader.post(
            f"{API}/events",
            json={
                "kind": "T-01", "unit_id": str(self.city.unit_id("K1-1-1")), "title": "訓練",
                "started_at": "2026-11-15T09:00:00+09:00", "ended_at": "2026-11-15T12:00:00+09:00",
            },
        )  # fmt: skip
        units = [str(self.city.unit_id(code)) for code in ("K1-1-1", "K1-1", "K1", "S1", "K1-2-1")]
        members = [str(self.city.member_id(login)) for login in ("squad11a", "squad11b", "squad12a", "squad21a")]
        self.real = {
            "report_id": [report["id"] for report in made], "event_id": [event.json["id"]], "unit_id": units,
            "unit_ids": units, "member_id": members, "author": [*members, "me"], "kind": ["T-01", "D-01", "E-02"],
            "month": ["2026-11", "2026-10"], "started_at": ["2026-11-18T09:00:00+09:00"],
            "ended_at": ["2026-11-18T11:00:00+09:00"], "If-Match": ['"1"', '"2"', '"3"'],
        }  # fmt: skip

    def token(self, login: str) -> str:
        """A token of a device session of its own."""
        with self.app.app_context():
            query = db.select(Account).where(Account.login == login)
            account = db.session.scalars(query, execution_options=make.SYSTEM).one()
            device, member_id = open_session(account, "test", make.NOW), account.member_id
            token = str(tokens_for(device, member_id)["access_token"])
            db.session.add(device)
            db.session.commit()
            return token

    def realistic(self, value: Any, name: str = "") -> Any:
        """Generated data with about half of its ids, times and versions such as really are there."""
        if isinstance(value, dict):
            return {key: self.realistic(part, str(key)) for key, part in value.items()}
        if isinstance(value, list):
            return [self.realistic(part, name) for part in value]
        chosen = zlib.crc32(repr((name, value)).encode("utf-8", "replace"))
        if isinstance(value, str) and name in self.real and chosen % 4:
            return self.real[name][chosen // 4 % len(self.real[name])]
        return value


def run(world: World, login: str, *, coverage: bool, only: str | None = None) -> Found:
    """Everything that Schemathesis makes of the document, sent as this person."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "generation": {"max-examples": PER_OPERATION, "deterministic": True, "database": "none"},
            "phases": {"coverage": {"enabled": coverage, "unexpected-methods": []}},
            "checks": {
                # Rules over several fields are not in a schema: what fits it may be refused, and a dress it does not
                # tell of (an empty object that has only defaults) may be taken. Both have tests of their own.
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"enabled": False},
                "ignored_auth": {
                    "enabled": False
                },  # not made for WSGI; test_document.py asks every operation as nobody
                "missing_required_header": {"expected-statuses": ["428", "401", "403", "404", "415", "422"]},
            },
        }
    )
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", world.app, config=config)
    schema = schema.include(path_regex=only) if only else schema.exclude(path_regex=f"{ENDS_A_SIGN_IN}|{TUS}")

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        return world.realistic(body)

    @schema.hook
    def map_query(context: Any, query: Any) -> Any:
        return world.realistic(query)

    @schema.hook
    def map_path_parameters(context: Any, parts: Any) -> Any:
        return world.realistic(parts)

    @schema.hook
    def map_headers(context: Any, headers: Any) -> Any:
        return world.realistic(headers)

    once = None if only else world.token(login)

    @schema.auth(refresh_interval=None)
    class SignedIn:
        """One token for all, or one for each call where the call before may have ended it."""

        def get(self, case: Any, context: Any) -> str:
            return once or world.token(login)

        def set(self, case: Any, data: str, context: Any) -> None:
            # In process nothing unpacks what came compressed.
            plain = {"Authorization": f"Bearer {data}", "Accept-Encoding": "identity"}
            case.headers = {**(case.headers or {}), **plain}

    return gathered(schema)


def gathered(schema: Any) -> Found:
    """The run's events as what was seen."""
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            found.failures[("error", event.label)] = str(event.value)
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            for interaction in event.recorder.interactions.values():
                if interaction.response is not None:
                    found.statuses[interaction.response.status_code] += 1
            for check in (check for its in event.recorder.checks.values() for check in its):
                if check.failure_info is not None:
                    where = (event.recorder.label, check.name, check.failure_info.failure.title)
                    how = f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                    found.failures.setdefault(where, how)
    return found


@pytest.mark.parametrize(
    ("login", "store", "coverage"),
    [
        ("squad11a", "sqlite", False),
        ("squad11", "postgresql", False),
        ("station", "postgresql", False),
        ("bureau", "sqlite", True),
    ],
)
def test_whatever_is_asked_is_answered_as_declared(request, tmp_path, city_and_rows, login, store, coverage) -> None:
    world = World(request.getfixturevalue(store), tmp_path, city_and_rows)
    try:
        found = run(world, login, coverage=coverage)
    finally:
        with world.app.app_context():
            db.engine.dispose()
    assert not found.failures, "\n\n".join(f"{where}: {how}" for where, how in found.failures.items())
    assert not [status for status in found.statuses if status >= 500]
    # A run in which nothing ever worked would prove nothing.
    assert found.statuses.total() > 150
    assert found.statuses[200] > 20


def test_signing_in_and_out_is_answered_as_declared(request, sqlite, tmp_path, city_and_rows) -> None:
    world = World(sqlite, tmp_path, city_and_rows)
    try:
        found = run(world, "squad12", coverage=True, only=ENDS_A_SIGN_IN)
    finally:
        with world.app.app_context():
            db.engine.dispose()
    assert not found.failures, "\n\n".join(f"{where}: {how}" for where, how in found.failures.items())
    assert not [status for status in found.statuses if status >= 500]
    assert found.statuses[204] > 0
