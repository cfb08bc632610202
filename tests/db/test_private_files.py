"""Nobody but its owner reads a SQLite store: neither one that is new nor one that an older version made."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import create_app
from brigade.connections import prepare_engine
from brigade.settings import Settings
from tests.db.places import opened, run


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Which lets everybody read what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    var = tmp_path / "var"
    app = create_app(Settings.from_environ({"BRIGADE_VAR": str(var)}, tmp_path))
    run(app, "db", "upgrade")
    with opened(app) as engine, engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE x (y)")
        found = {path.name: rights(path) for path in var.iterdir()}
    assert rights(var) == "700"
    assert set(found) > {"brigade.sqlite3", "secret-key"}
    assert set(found.values()) == {"600"}, found


def test_one_that_everybody_could_read_is_closed_and_its_group_stays(tmp_path: Path) -> None:
    store = tmp_path / "brigade.sqlite3"
    store.touch()
    for mode, after in ((0o644, "640"), (0o664, "660"), (0o600, "600")):
        store.chmod(mode)
        create_app(Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path))
        assert rights(store) == after


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    create_app(Settings.from_environ({"BRIGADE_VAR": str(tmp_path)}, tmp_path))
    assert rights(tmp_path) == "755"


def test_a_folder_without_room_for_a_file_is_named_by_sqlite(tmp_path: Path) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import OperationalError

    engine = create_engine(f"sqlite:///{tmp_path}/none/brigade.sqlite3")
    prepare_engine(engine)
    with pytest.raises(OperationalError, match="unable to open database file"):
        engine.connect()
