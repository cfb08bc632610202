"""A disk that is full, for real: a small file system with the store and a file that fills it up (R-11)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.sql import SQL, Literal

from api import create_app
from api.extensions import db
from tests import make, postgres
from tests.api.answers import CheckedClient
from tests.api.asking import REPORTS, act, digest, file, signed_in, unavailable
from tests.api.conftest import load
from tests.conftest import migrated, settings_for
from tests.small_disk import disk, fill_up


@pytest.fixture
def sqlite_on_disk(tmp_path, sqlite_template) -> Iterator[tuple[str, Path]]:
    """The address of a migrated SQLite store on a disk of two megabytes."""
    with disk(tmp_path / "disk", "2m") as folder:
        yield f"sqlite:///{shutil.copy(sqlite_template, folder / 'brigade.sqlite3')}", folder


@pytest.fixture
def postgresql_on_disk(tmp_path) -> Iterator[tuple[str, Path]]:
    """The same on PostgreSQL: a tablespace on a disk of 24 megabytes, of a server that no other test uses. Whoever needs
    room in its memory writes pages of any database to their disk, and is told that this one is full.
    """
    with postgres.running() as server, disk(Path(server.folder) / "disk", "24m") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, postgres.UNPRIVILEGED, postgres.UNPRIVILEGED)
        with server.admin() as admin:
            admin.execute(SQL("CREATE TABLESPACE small LOCATION {}").format(Literal(str(folder))))
        url = server.create("full", tablespace="small")
        migrated(url, tmp_path)
        yield url, folder
        server.drop("full")  # before its disk is taken away


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_full_disk_takes_nothing_says_so_and_is_well_afterwards(request, tmp_path, city_and_rows, store) -> None:
    url, folder = request.getfixturevalue(f"{store}_on_disk")
    app = create_app(settings_for(url, tmp_path))
    app.test_client_class = CheckedClient
    city, rows = city_and_rows
    load(app, rows)
    author, leader = (signed_in(app.test_client(), login) for login in ("squad11a", "squad11"))
    waits = file(author, make.body(city, "K1-1-1", "squad11a", day=18))
    free = fill_up(folder)
    for number in range(400):  # pages that are already there may take some more
        body = make.body(city, "K1-1-1", "squad11b", hour=number % 20, summary=f"{number}" + "訓" * 990, submit=False)
        before = digest(app)
        answer = author.post(REPORTS, json=body)
        if answer.status_code != 201:
            break
    assert unavailable(answer)
    assert digest(app) == before
    assert author.get(f"{REPORTS}/{waits['id']}").status_code == 200  # reading goes on
    free()
    assert author.post(REPORTS, json=body).status_code == 201
    assert act(leader, waits, "approve").status_code == 200
    with app.app_context():
        db.engine.dispose()
