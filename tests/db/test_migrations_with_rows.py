"""From every version of the tables, with the rows of a small city in them: nothing of it is lost on the way up (R-14).

What a version did not know yet is left out of account.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import MetaData, select

from api.extensions import db
from brigade.demo.load import load
from tests import make
from tests.shape.test_house import ROOT
from tools.verify_chain import verify

VERSIONS = sorted(path.name[:4] for path in (ROOT / "migrations/versions").glob("[0-9]*.py"))
FROM = VERSIONS[1:-1]
"""The first one has no reports yet, the last one is where everything goes."""

Rows = dict[str, Counter[str]]


def columns_there() -> dict[str, set[str]]:
    """The tables that there are, and their columns."""
    found = MetaData()
    found.reflect(db.engine)
    return {table.name: {column.name for column in table.columns} for table in found.sorted_tables}


def rows_of(columns: dict[str, set[str]]) -> Rows:
    """All rows, by these columns alone; full-text tables and the version's own number are made anew."""
    found = MetaData()
    found.reflect(db.engine)
    rows: Rows = {}
    with db.engine.connect() as connection:
        for table in found.sorted_tables:
            kept = sorted(columns.get(table.name, set()) & {column.name for column in table.columns})
            if kept and table.name != "alembic_version" and "_fts" not in table.name:
                asked = select(*(table.c[name] for name in kept))
                rows[table.name] = Counter(repr(tuple(row)) for row in connection.execute(asked))
    return rows


@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", FROM)
def test_what_a_version_held_is_there_afterwards(app: Flask, tmp_path: Path, version: str) -> None:
    with app.app_context():
        load(db.engine, "small", 1, 15, tmp_path / "accounts.json", make.NOW)
        newest = columns_there()
        flask_migrate.downgrade(revision=version)
        known = columns_there()
        before = rows_of({name: columns & newest.get(name, set()) for name, columns in known.items()})
        assert before["activity_reports"].total() == 15
        assert before["participations"].total() > 50
        flask_migrate.upgrade()
        assert columns_there() == newest
        assert rows_of({name: columns & newest.get(name, set()) for name, columns in known.items()}) == before
        found = verify(db.engine.url.render_as_string(hide_password=False))
        assert found.wrong == []
        assert found.links >= before["report_events"].total()
        db.engine.dispose()
