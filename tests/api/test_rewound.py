"""The store that many tests begin with is brought back whole: whatever one of them left in it is gone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from api.extensions import db
from brigade.db import Base
from tests import make
from tests.api import asking
from tests.api.conftest import Kept, Rows


def rows_of(app: Flask) -> dict[str, list[Any]]:
    """Every row of the store, of the tables that have any."""
    with app.app_context(), db.engine.connect() as connection:
        tables = {table.name: connection.execute(select(table)).all() for table in Base.metadata.sorted_tables}
    return {name: sorted(map(repr, rows)) for name, rows in tables.items() if rows}


@pytest.mark.parametrize("state", ["empty", "city"])
def test_every_row_of_a_test_goes(
    state: str, app: Flask, city: make.City, ask, kept_apps: dict[str, Kept], city_and_rows: tuple[make.City, Rows]
) -> None:
    at_first = rows_of(app)
    assert {name: len(rows) for name, rows in at_first.items()} == {
        table.name: len(rows) for table, rows in city_and_rows[1]
    }
    asking.file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    assert rows_of(app).keys() > at_first.keys()
    [kept] = [kept for kept in kept_apps.values() if kept.app is app]
    kept.begin(state)
    assert rows_of(app) == ({} if state == "empty" else at_first)
