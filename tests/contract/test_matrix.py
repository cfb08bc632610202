"""Every operation × who asks × about what × in which state, held against a policy written from the documents (S-01)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from api import create_app
from tests import make
from tests.conftest import settings_for
from tests.contract.matrix import activity, console, organisation, own, reports
from tests.contract.matrix.cells import Phones
from tests.contract.matrix.people import PEOPLE
from tests.contract.matrix.rows import Row
from tests.contract.matrix.seeds import seeded
from tests.contract.matrix.town import built, moved_on

ROWS: list[Row] = [*reports.ROWS, *organisation.ROWS, *activity.ROWS, *own.ROWS, *console.ROWS]


@pytest.fixture(scope="module", autouse=True)
def november() -> Iterator[None]:
    """The clock stands still."""
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def phones(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, november: None, cheap_hashes: None
) -> Iterator[Phones]:
    folder = tmp_path_factory.mktemp("matrix")
    path = shutil.copy(sqlite_template, folder / "brigade.sqlite3")
    town = built(create_app(settings_for(f"sqlite:///{path}", folder)))
    phones = Phones(town, str(path))
    phones.sign_in([*town.city.people, *town.other.people])
    phones.open_browsers(PEOPLE)
    seeded(phones)
    moved_on(town)
    phones.keep()
    yield phones
    phones.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)
def test_each_cell_is_answered_as_the_policy_says(phones: Phones, row: Row) -> None:
    assert list(phones.faults(row)) == []
