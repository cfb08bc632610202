"""Two servers on one PostgreSQL, as a deployed program's role: one is killed, stopped or replaced by the next version while
phones go on filing. What they see is retries; nothing is lost and nothing is doubled (R-14).
"""

from __future__ import annotations

import datetime as dt
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import flask_migrate
import pytest
from sqlalchemy import Engine, insert, inspect

from api import create_app
from api.extensions import db
from brigade.dates import TOKYO
from tests import make
from tests.api.conftest import Rows
from tests.conftest import settings_for
from tests.faults.conftest import store_of
from tests.faults.ledger import Ledger
from tests.faults.serving import ROOT, Server
from tests.faults.wire import Answer, Person, exchange, request
from tests.postgres import PROGRAM

pytestmark = [pytest.mark.xdist_group("two servers"), pytest.mark.timeout(600)]
PHONES = ("squad11a", "squad12a", "squad21a", "squad22a")
NEXT = '''
"""What the next version needs beside what there is."""
from alembic import op
import sqlalchemy as sa
revision, down_revision = "{revision}", "{down}"
def upgrade():
    op.add_column("activity_reports", sa.Column("weather", sa.String(20), nullable=True))
    op.create_table("rain_gauges", sa.Column("id", sa.Uuid(), primary_key=True))
'''


@dataclass
class Phones:
    """Phones that file one report after the other, each until it is answered, asking the next server when one is silent."""

    ports: list[int]
    city: make.City
    ledgers: dict[str, Ledger]
    seen: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over, self._moments = threading.Event(), count()
        self._threads = [threading.Thread(target=self._live, args=(login,)) for login in PHONES]

    def __enter__(self) -> Phones:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def more(self, reports: int = 12) -> None:
        """So many more reports are stored."""
        wanted = self.seen[201] + reports
        deadline = time.monotonic() + 120
        while self.seen[201] < wanted:
            assert time.monotonic() < deadline, (self.seen, self.wrong)
            assert not self.wrong
            time.sleep(0.05)

    def _live(self, login: str) -> None:
        try:
            person = Person(self.ports[0], login, make.PASSWORD)
            while not self._over.is_set():
                self._file(person, login)
        except Exception as error:  # told to the test, which sees no other thread's
            self.wrong.append(f"{login}: {error!r}")

    def _file(self, person: Person, login: str) -> None:
        start = dt.datetime(2025, 1, 1, tzinfo=TOKYO) + dt.timedelta(minutes=5 * next(self._moments))
        times = {"started_at": start.isoformat(), "ended_at": (start + dt.timedelta(minutes=5)).isoformat()}
        body = {**make.body(self.city, f"K1-{login[5]}-{login[6]}", login), **times}
        self.ledgers[login].mean(body)
        for turn in range(2_000):
            port = self.ports[turn % len(self.ports)]
            answer = exchange(port, request("POST", "/activity-reports", body, person.token))
            self.seen[answer.status if answer else 0] += 1
            if answer is not None and answer.status != 503:
                self.ledgers[login].tell(body, answer)
                return
            time.sleep(0.05)
        raise AssertionError("never answered")


@dataclass
class Pair:
    """Two servers and their store: as its owner sees it, and its address for the owner."""

    servers: list[Server]
    engine: Engine
    owners: str
    phones: Phones

    def ready(self, server: Server) -> int:
        """What it says of itself to the proxy."""
        answer: Answer | None = exchange(server.port, b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return answer.status if answer else 0

    def check(self) -> None:
        """All that was answered is there once, and nobody was told of an error."""
        assert not self.phones.wrong
        assert set(self.phones.seen) <= {0, 201, 503}
        for ledger in self.phones.ledgers.values():
            assert ledger.faults(self.engine) == {}


@pytest.fixture
def pair(city_and_rows: tuple[make.City, Rows], postgres_server, postgresql_template, tmp_path: Path) -> Iterator[Pair]:
    name, (city, rows) = f"pair_{uuid4().hex}", city_and_rows
    owners = postgres_server.create(name, postgresql_template)
    engine = store_of(owners, tmp_path)
    with engine.begin() as connection:
        for table, its in rows:
            connection.execute(insert(table), its)
    folders = [tmp_path / side for side in ("left", "right")]
    for folder in folders:
        folder.mkdir()
    files = (tmp_path / "files").as_uri()
    servers = [Server(postgres_server.url(name, PROGRAM), folder, STORAGE_URL=files) for folder in folders]
    try:
        for server in servers:
            server.start()
        ledgers = {login: Ledger(city.member_id(login)) for login in PHONES}
        yield Pair(servers, engine, owners, Phones([server.port for server in servers], city, ledgers))
    finally:
        for server in servers:
            server.kill()
        engine.dispose()


def test_one_may_be_killed_or_stopped_at_any_time(pair: Pair) -> None:
    with pair.phones as phones:
        phones.more()
        for server in pair.servers:
            server.kill()
            phones.more()
            server.start()
            phones.more()
            server.stop()
            phones.more()
            server.start()
        phones.more()
    pair.check()


def next_version(folder: Path, migration: str = NEXT) -> tuple[Path, str]:
    """A checkout of a version that needs one migration more, and its number."""
    made = shutil.copytree(
        ROOT, folder, ignore=shutil.ignore_patterns(".*", "var", "tests", "bench", "docs", "__pycache__")
    )
    down = (made / "migrations/HEAD").read_text().strip()
    revision = f"{int(down) + 1:04}"
    (made / "migrations/HEAD").write_text(revision)
    (made / f"migrations/versions/{revision}_next.py").write_text(migration.format(revision=revision, down=down))
    return made, revision


def test_the_next_version_comes_while_the_last_one_serves(pair: Pair, tmp_path: Path) -> None:
    made, _ = next_version(tmp_path / "next")
    left, right = pair.servers
    with pair.phones as phones:
        phones.more()
        left.stop()
        left.root = made
        left.start()
        assert (pair.ready(left), pair.ready(right)) == (503, 200), "its tables are not there yet: no proxy asks it"
        app = create_app(settings_for(pair.owners, tmp_path))
        with app.app_context():
            flask_migrate.upgrade(directory=str(made / "migrations"))
            db.engine.dispose()
        assert (pair.ready(left), pair.ready(right)) == (200, 200), "both versions serve"
        phones.more(24)
        right.stop()
        right.root = made
        right.start()
        phones.more()
    pair.check()
    assert "rain_gauges" in inspect(pair.engine).get_table_names()
