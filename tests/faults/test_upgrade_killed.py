"""An upgrade of the tables that is killed half-way has changed nothing, and the next one does it all (R-14)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.activity.workflow import Action
from brigade.messages.notices import Notice
from tests import make
from tests.api.asking import digest
from tests.faults.test_two_servers import next_version

NEXT = '''
"""Takes a table away, changes another one, makes a third; and dies where it is told to."""
import os
import signal
from alembic import op
import sqlalchemy as sa
revision, down_revision = "{revision}", "{down}"
def upgrade():
    dies = os.environ.get("DIES")
    op.add_column("activity_reports", sa.Column("weather", sa.String(20), nullable=True))
    if dies:
        op.execute("DROP TABLE notices" + (" CASCADE" if op.get_bind().dialect.name == "postgresql" else ""))
    if dies == "amid":
        os.kill(os.getpid(), signal.SIGKILL)
    op.create_table("rain_gauges", sa.Column("id", sa.Uuid(), primary_key=True))
    if dies == "at its end":
        os.kill(os.getpid(), signal.SIGKILL)
    if dies == "by a mistake":
        op.execute("SELECT nothing FROM nowhere")
'''


def upgrade(root: Path, store: str, folder: Path, **dies: str) -> int:
    """How the command of the next version ended."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRIGADE_")}
    own = {
        "BRIGADE_DATABASE_URL": store,
        "BRIGADE_VAR": str(folder),
        "BRIGADE_SECRET_KEY": "only-for-tests-" + "0" * 32,
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    return subprocess.run(command, cwd=root, env={**kept, **own, **dies}, capture_output=True, check=False).returncode


def tables(app: Flask) -> dict[str, list[str]]:
    """The columns of each table as it stands in the store."""
    with app.app_context():
        found = inspect(db.engine)
        return {name: sorted(column["name"] for column in found.get_columns(name)) for name in found.get_table_names()}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["amid", "at its end", "by a mistake"])
def test_what_is_killed_half_way_has_changed_nothing(app: Flask, store: str, tmp_path: Path, place: str) -> None:
    made, _ = next_version(tmp_path / "next", NEXT)
    with app.app_context(), Session(db.engine) as session:
        city = make.city(session)
        report = make.report(session, city, "squad11", "K1-1-1", "squad11a", "squad11b")
        make.step(session, city, "company1", report, Action.APPROVE)
    with app.app_context(), Session(db.engine) as session:
        assert session.scalar(select(func.count()).select_from(Notice), execution_options=make.SYSTEM)
    rows, columns = digest(app), tables(app)
    with app.app_context():
        db.engine.dispose()
    ended = upgrade(made, store, tmp_path, DIES=place)
    assert ended == (1 if place == "by a mistake" else -signal.SIGKILL)
    assert (tables(app), digest(app)) == (columns, rows)
    with app.app_context(), Session(db.engine) as session:  # the version that runs goes on
        make.report(session, city, "squad12a", "K1-1-2")
    rows = digest(app)
    with app.app_context():
        db.engine.dispose()
    assert upgrade(made, store, tmp_path) == 0
    assert digest(app) == rows
    assert {"rain_gauges", "weather"} <= {*tables(app), *tables(app)["activity_reports"]}
