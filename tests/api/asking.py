"""Asking the API as a person does: sign in, file, decide; and looking at the store from outside."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from api.extensions import db
from brigade.db import Base
from tests import make
from tests.api.answers import API, CheckedClient, body_of

REPORTS = f"{API}/activity-reports"
ENGLISH = {"Accept-Language": "en"}


def signed_in(client: FlaskClient, login: str, password: str = make.PASSWORD, **said: Any) -> CheckedClient:
    """A client of its own for the person who signs in so; its ``tokens`` are what the sign-in answered."""
    fresh = CheckedClient(client.application, client.application.response_class)
    fresh.tokens = body_of(fresh.post(f"{API}/auth/login", json={"login": login, "password": password, **said}))
    return bearing(fresh, fresh.tokens["access_token"])


def bearing(client: CheckedClient, token: str) -> CheckedClient:
    """The client, sending this token from now on."""
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def file(person: CheckedClient, body: dict[str, Any]) -> dict[str, Any]:
    """The report that was made."""
    return body_of(person.post(REPORTS, json=body), 201)


def act(person: CheckedClient, report: dict[str, Any], action: str, **said: Any) -> TestResponse:
    """The answer to an action on the report as it was seen."""
    headers = {"If-Match": f'"{report["version"]}"'}
    return person.post(f"{REPORTS}/{report['id']}/{action}", json=said, headers=headers)


def done(person: CheckedClient, report: dict[str, Any], action: str, **said: Any) -> dict[str, Any]:
    """The report after an action that must work."""
    return body_of(act(person, report, action, **said))


def places(answer: TestResponse) -> dict[str, str]:
    """What an answer of 422 complains about: pointer → code."""
    return {entry["pointer"]: entry["code"] for entry in body_of(answer, 422)["errors"]}


def unavailable(answer: TestResponse) -> bool:
    """Whether the answer is the one for a store that cannot take it now."""
    assert body_of(answer, 503)["code"] == "storage-unavailable", answer.text
    return int(answer.headers["Retry-After"]) > 0


def digest(app: Flask) -> str:
    """A digest of every row of every table, as the driver reads them: asked thousands of times."""
    total = hashlib.sha256()
    with app.app_context(), db.engine.connect() as connection:
        cursor = connection.connection.cursor()
        for table in Base.metadata.sorted_tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)  # a later version's store may have more
            cursor.execute(f"SELECT {columns} FROM {table.name}")
            total.update(repr((table.name, sorted(map(repr, cursor.fetchall())))).encode())
    return total.hexdigest()


def copies(app: Flask, report_id: str, count: int) -> list[str]:
    """Ids of so many more reports just like one, rows of all its tables included: quicker than filing them."""
    ids = [str(uuid.uuid4()) for _ in range(count)]
    tables = Base.metadata.tables
    with app.app_context(), db.engine.begin() as connection:
        for name in ("activity_reports", "participations", "report_events", "report_versions"):
            table = tables[name]
            key = "id" if name == "activity_reports" else "report_id"
            rows = connection.execute(select(table).where(table.c[key] == uuid.UUID(report_id))).mappings().all()
            fresh = [{**row, key: uuid.UUID(id_)} for id_ in ids for row in rows]
            if name == "activity_reports":
                fresh = [{**row, "number": f"copy {row['id'].hex}"} for row in fresh]
            connection.execute(insert(table), fresh)
    return ids


@dataclass
class Quiet:
    """A store that nothing may change, shared by a whole file of refusals."""

    app: Flask
    city: make.City
    people: dict[str, CheckedClient] = field(default_factory=dict)

    def person(self, login: str) -> CheckedClient:
        """Someone's client; signed in at the first call."""
        if login not in self.people:
            self.people[login] = signed_in(self.app.test_client(), login)
        return self.people[login]

    @contextmanager
    def unchanged(self, login: str) -> Iterator[CheckedClient]:
        """Someone's client for a ``with`` block, after which the store must be as it was before."""
        person = self.person(login)
        before = digest(self.app)
        yield person
        assert digest(self.app) == before


def called(answer: TestResponse) -> str:
    """The readable name under which an answer is saved."""
    return unquote(answer.headers["Content-Disposition"].partition("filename*=UTF-8''")[2])
