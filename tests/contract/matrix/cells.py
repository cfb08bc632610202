"""Asking one cell after the other and holding the answer against the policy; what was done is taken back."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import make
from tests.api.answers import API
from tests.api.asking import digest
from tests.contract.matrix.people import PEOPLE, Person
from tests.contract.matrix.rows import DONE, Row
from tests.contract.matrix.town import NOTHING, Thing, Town
from tests.rewound import SqliteStates

MONTH = "2026-11"


class Phones:
    """The store of the town, everybody's sign-in in it, and what has been asked. ``done`` counts what was carried out."""

    def __init__(self, town: Town, path: str) -> None:
        self.town, self.asked, self.done = town, 0, Counter[str]()
        self.states, self.watch = SqliteStates(path), sqlite3.connect(path)
        self.client = FlaskClient(town.app, TestResponse)
        self.tokens: dict[str, str] = {}

    def sign_in(self, logins: Iterable[str]) -> None:
        """Everyone gets a token; who is out later gets one too, before."""
        for login in logins:
            answer = self.client.post(f"{API}/auth/login", json={"login": login, "password": make.PASSWORD})
            assert answer.status_code == 200, (login, answer.text)
            self.tokens[login] = answer.json["access_token"]

    def keep(self) -> None:
        """To this state the store is brought back after each change."""
        self.states.keep("town")
        self.digest, self.seen = digest(self.town.app), self._version()

    def close(self) -> None:
        self.states.close()
        self.watch.close()

    def _version(self) -> int:
        """Another number after each commit of another connection."""
        return int(self.watch.execute("PRAGMA data_version").fetchone()[0])

    def ask(self, row: Row, me: Person, thing: Thing) -> TestResponse:
        """The answer to one request."""
        said = row.send(self.town, me, thing)
        headers = {**said.pop("headers", {})}
        if me.login in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[me.login]}"
        path = row.operation.partition(" ")[2]
        filled = {"month": MONTH, "n": "1", "name": "start", **row.path(thing), **thing.more}
        path = re.sub(r"\{(\w+)\}", lambda found: str(filled.get(found[1], thing.id)), path)
        self.asked += 1
        return self.client.open(API + path, method=row.method, headers=headers, buffered=True, **said)

    def changed(self) -> bool:
        """Whether anything in the store is otherwise than it was; it is brought back."""
        if self._version() == self.seen:
            return False
        changed = digest(self.town.app) != self.digest
        self.states.back_to("town")
        self.seen = self._version()
        return changed

    def faults(self, row: Row, people: Iterable[Person] = tuple(PEOPLE.values())) -> Iterator[str]:
        """Every cell of the row that is answered otherwise than the policy says."""
        for me in people:
            unknown = ""
            if row.things:
                answer = self.ask(row, me, NOTHING)
                unknown = without_ids(answer, NOTHING)
                yield from self.judged(row, me, NOTHING, answer)
            for thing in self.town.things.get(row.things, {"": Thing("", "")}).values():
                if thing is NOTHING:
                    continue
                answer = self.ask(row, me, thing)
                yield from self.judged(row, me, thing, answer)
                hidden = row.things and not me.out and row.who(me) and not row.sees(me, thing)
                if hidden and without_ids(answer, thing) != unknown:
                    yield f"{row.operation} {me.login} {thing.name}: told apart from what does not exist"

    def judged(self, row: Row, me: Person, thing: Thing, answer: TestResponse) -> Iterator[str]:
        """What is wrong with one answer."""
        expected, status = row.expected(me, thing), answer.status_code
        where = f"{row.operation} {me.login} {thing.name}"
        found = DONE if 200 <= status < 300 else status
        if found != expected:
            yield f"{where}: {status} instead of {expected} {told(answer)}"
        changed = self.changed()
        if changed and (found != DONE or row.reads):
            yield f"{where}: {status}, but the store is changed"
        if found == DONE and changed:
            self.done[row.operation] += 1


def told(answer: TestResponse) -> str:
    """The codes of a refusal."""
    body: Any = answer.json if answer.mimetype == "application/problem+json" else None
    return "" if body is None else f"{body['code']} {[(one['pointer'], one['code']) for one in body['errors']]}"


def without_ids(answer: TestResponse, thing: Thing) -> str:
    """The answer to the letter, but for the id that was asked about and the request's own."""
    text = re.sub(r'"request_id":\s*"[^"]*"', "", answer.get_data(as_text=True))
    for one in (thing.id, *map(str, thing.more.values())):
        text = text.replace(one, "…") if len(one) > 8 else text
    return f"{answer.status_code} {text}"
