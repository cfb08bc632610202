"""Asking one cell after the other and holding the answer against the policy; what was done is taken back."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.extensions import db
from tests import make
from tests.api.answers import API, body_of
from tests.api.asking import digest
from tests.api.visiting import CONSOLE, Visitor, visitor
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
        self.client = FlaskClient(town.app, TestResponse, use_cookies=False)
        self.cookies: dict[str, tuple[str, str]] = {}
        self.tokens: dict[str, str] = {}

    def sign_in(self, logins: Iterable[str]) -> None:
        """Everyone gets a token; who is out later gets one too, before."""
        for login in logins:
            answer = self.client.post(f"{API}/auth/login", json={"login": login, "password": make.PASSWORD})
            tokens = body_of(answer)
            self.tokens[login] = tokens["access_token"]
            self.town.refresh[login] = tokens["refresh_token"]

    def open_browsers(self, logins: Iterable[str]) -> None:
        """Everyone's cookie of the console and the token of its forms; nobody has some too."""
        for login in logins:
            browser = visitor(self.town.app, login) if login != "nobody" else Visitor(self.town.app)
            page = browser.get(f"{CONSOLE}/{'account' if login != 'nobody' else 'sign-in'}")
            cookie = browser.client.get_cookie("brigade")
            assert cookie is not None
            self.cookies[login] = f"brigade={cookie.value}", page.forms[0]["token"][0]

    def send(self, login: str, method: str, path: str, **said: Any) -> TestResponse:
        """The answer to a request that somebody sends."""
        headers = {"Authorization": f"Bearer {self.tokens[login]}", **said.pop("headers", {})}
        return self.client.open(API + path, method=method, headers=headers, buffered=True, **said)

    def keep(self) -> None:
        """To this state the store is brought back after each change."""
        self._kept("town")

    def _kept(self, state: str) -> None:
        self.states.keep(state)
        self.state, self.digest, self.seen = state, digest(self.town.app), self._version()

    @contextmanager
    def otherwise(self, change: Callable[[], None]) -> Iterator[None]:
        """Meanwhile the store is brought back to how it is after that change."""
        with self.town.app.app_context():
            change()
            db.session.commit()
            db.session.remove()
        self._kept("otherwise")
        yield
        self.states.back_to("town")
        self._kept("town")

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
            headers = {"Authorization": f"Bearer {self.tokens[me.login]}", **headers}
        if row.is_page:
            headers = {"Cookie": self.cookies[me.login][0]}
            if not row.reads:
                said["data"] = {**said.get("data", {}), "token": self.cookies[me.login][1]}
        path = row.operation.partition(" ")[2]
        filled = {"month": MONTH, "n": "1", "name": "start", **row.path(thing), **thing.more}
        path = re.sub(r"\{(\w+)\}", lambda found: str(filled.get(found[1], thing.id)), path)
        self.asked += 1
        base = "" if row.is_page else API
        return self.client.open(base + path, method=row.method, headers=headers, buffered=True, **said)

    def changed(self, *, is_due: bool = False) -> bool:
        """Whether anything in the store is otherwise than it was; it is brought back. ``is_due``: something must be, so that it
        was written to is enough.
        """
        if self._version() == self.seen:
            return False
        changed = is_due or digest(self.town.app) != self.digest
        self.states.back_to(self.state)
        self.seen = self._version()
        return changed

    def faults(self, row: Row, every: bool = False) -> Iterator[str]:
        """What is wrong with the row: in every cell, or in a choice of them."""
        unknown: dict[str, str] = {}
        for me, thing in self.cells(row) if every else chosen(row, self.cells(row)):
            answer = self.ask(row, me, thing)
            yield from self.judged(row, me, thing, answer)
            if row.things and row.expected(me, thing) == row.unseen and thing is not NOTHING and row.hides(me, thing):
                if me.login not in unknown:
                    unknown[me.login] = without_ids(self.ask(row, me, NOTHING), NOTHING)
                    self.changed()
                if without_ids(answer, thing) != unknown[me.login]:
                    yield f"{row.operation} {me.login} {thing.name}: told apart from what does not exist"

    def cells(self, row: Row) -> list[tuple[Person, Thing]]:
        """Everyone about everything of the row's kind."""
        things = self.town.things[row.things].values() if row.things else [Thing("", "")]
        return [(me, thing) for me in PEOPLE.values() for thing in things]

    def judged(self, row: Row, me: Person, thing: Thing, answer: TestResponse) -> Iterator[str]:
        """What is wrong with one answer."""
        expected, found = row.expected(me, thing), status_of(row, answer)
        changed = self.changed(is_due=expected == found == DONE and not row.reads)
        where = f"{row.operation} {me.login} {thing.name}"
        refused = row.is_page and expected == 403 and (found == 404 or (row.inside and found < 500))
        unsaid = row.inside and expected >= 400 and expected != 401 and found < 500
        if found != expected and not refused and not unsaid:
            yield f"{where}: {answer.status_code} ({found}) instead of {expected} {told(answer)}"
        if changed and (expected != DONE or found != DONE or row.reads) and not row.counts:
            yield f"{where}: {found}, but the store is changed"
        if expected == found == DONE:
            if not (changed or row.reads or row.idle):
                yield f"{where}: {found}, but nothing is changed"
            self.done[row.operation] += 1


FATES = {
    "former": ("squad11", "company1", "station", "bureau"), "future": ("squad11", "company1", "station", "bureau"),
    "gone": ("squad11", "company1", "station", "bureau"), "suspended": ("station",), "moved": ("squad11",),
    "squad21": ("squad21-deputy",), "squad11-deputy": ("squad11",), "company1-deputy": ("company1",),
}  # fmt: skip
"""People who were something, or will or may be, and those who are it today."""


def chosen(row: Row, cells: list[tuple[Person, Thing]]) -> list[tuple[Person, Thing]]:
    """Those cells that every run asks.

    For each thing and each answer that the policy gives about it one person, who is another one in every row; where
    nothing is asked about, one of each kind of people. And for each fate something that is refused to them alone, and
    who corrected a report about it. Of what is only read every fourth one, as reading has its own tests
    (``tests/db/test_leaks.py``), and of the console's forms every second one, as they call what the API calls.
    """
    by_lot = sorted(cells, key=lambda cell: crc32(f"{row.operation} {cell[0].login} {cell[1].name}".encode()))
    kinds = {me.login: "" if row.things else me.kind for me in PEOPLE.values()}
    first: dict[Any, tuple[Person, Thing]] = {
        (row.expected(*cell), row.who(cell[0]), cell[1].name, kinds[cell[0].login]): cell for cell in reversed(by_lot)
    }
    for fate, like in FATES.items():
        for me, thing in by_lot:
            would = any(row.expected(PEOPLE[one], thing) == DONE for one in like)
            if me.login == fate and would and row.expected(me, thing) != DONE:
                first[fate] = me, thing
                break
    correctors = [cell for cell in by_lot if cell[0].login == cell[1].corrected_by]
    cells = list(dict.fromkeys([*first.values(), *correctors]))
    if not row.things:
        return cells
    done = [cell for cell in cells if row.expected(*cell) == DONE][:1]
    return list(dict.fromkeys([*done, *cells[:: 4 if row.reads else 2 if row.is_page else 1]]))


def status_of(row: Row, answer: TestResponse) -> int:
    """The status that an answer means: ``DONE`` for 2xx, and for a page that leads on; 401 for one that leads to the door."""
    status = row.verdict(answer)
    if row.is_page and status == 303:
        return 401 if answer.headers["Location"].startswith(f"{CONSOLE}/sign-in") and not row.open else DONE
    return DONE if 200 <= status < 300 else status


def told(answer: TestResponse) -> str:
    """The codes of a refusal."""
    body: Any = answer.json if answer.mimetype == "application/problem+json" else None
    return "" if body is None else f"{body['code']} {[(one['pointer'], one['code']) for one in body['errors']]}"


def without_ids(answer: TestResponse, thing: Thing) -> str:
    """The answer to the letter, but for the id that was asked about, the request's own and the tokens of forms."""
    request_id = answer.headers["X-Request-Id"]
    text = answer.get_data(as_text=True).replace(request_id, "…").replace(request_id[:8], "…")
    text = re.sub(r'name="token" value="[^"]*"', "", text)
    for one in (thing.id, *map(str, thing.more.values()), *answer.request.args.values()):
        text = text.replace(one, "…") if len(one) > 8 else text
    return f"{answer.status_code} {text}"
