"""Every operation × who asks × about what × in which state, held against a policy written from the documents (S-01).

Every run asks some cells of each row, chosen so that each answer that writing may get about each thing is asked for; all of them
where ``BRIGADE_FULL`` is set.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from api import create_app
from tests import make
from tests.api.answers import API, served
from tests.api.test_console_forms import rules
from tests.conftest import settings_for
from tests.contract.matrix import activity, console, organisation, own, proofs, reports
from tests.contract.matrix.cells import Phones
from tests.contract.matrix.people import PEOPLE
from tests.contract.matrix.rows import Row
from tests.contract.matrix.seeds import seeded
from tests.contract.matrix.town import built, moved_on
from tests.contract.test_document import templated

pytestmark = pytest.mark.xdist_group("matrix")
ROWS: list[Row] = [*reports.ROWS, *organisation.ROWS, *activity.ROWS, *own.ROWS, *console.ROWS]
EVERY = bool(os.environ.get("BRIGADE_FULL"))


@pytest.fixture(scope="module", autouse=True)
def november() -> Iterator[None]:
    """The clock stands still."""
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture(scope="session")
def phones(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, cheap_hashes: None) -> Iterator[Phones]:
    """The town with everybody signed in, made once."""
    folder = tmp_path_factory.mktemp("matrix")
    path = shutil.copy(sqlite_template, folder / "brigade.sqlite3")
    with time_machine.travel(make.NOW, tick=False):
        town = built(create_app(settings_for(f"sqlite:///{path}", folder)))
        phones = Phones(town, str(path))
        phones.sign_in([*town.city.people, *town.other.people])
        phones.open_browsers(PEOPLE)
        seeded(phones)
        moved_on(town)
        phones.keep()
    yield phones
    phones.close()


def test_every_operation_and_every_page_has_its_row_and_no_row_is_of_another(phones: Phones) -> None:
    app = phones.town.app
    operations = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, item in served(app)["paths"].items()
        for method in item
        if method in ("get", "head", "options", "post", "put", "patch", "delete")
    }
    pages = {f"{method} {templated(rule)}" for method, rule, _ in rules(app)}
    assert {row.operation for row in ROWS} == operations | pages


@pytest.mark.parametrize("operation", dict.fromkeys(row.operation for row in ROWS))
def test_each_cell_is_answered_as_the_policy_says(phones: Phones, operation: str) -> None:
    for row in ROWS:
        if row.operation == operation:
            assert list(phones.faults(row, EVERY)) == []
            assert phones.done[operation] or row.reads or row.never or row.good >= 400, "nobody could do it"


def test_who_lacks_the_second_factor_of_their_post_is_left_their_own_account(phones: Phones) -> None:
    closed = [row for row in ROWS if not row.open and row.operation not in proofs.OWN_ACCOUNT]
    if not EVERY:  # one door stands before all of them: of what is read and of pages every third one
        closed = [row for nth, row in enumerate(closed) if nth % 3 == 0 or not (row.reads or row.is_page)]
    with phones.otherwise(proofs.without_factor):
        for row in closed:
            assert list(proofs.unproven(phones, row, "second-factor-required", EVERY)) == []


@pytest.mark.parametrize("word", proofs.ASKED)
def test_what_asks_for_a_fresh_proof_is_not_done_by_an_old_one(phones: Phones, word: str) -> None:
    asking = [row for row in ROWS if row.operation in proofs.ASKED[word]]
    assert {row.operation for row in asking} == proofs.ASKED[word]
    with phones.otherwise(lambda: proofs.proven_long_ago(word)):
        for row in asking:
            assert list(proofs.unproven(phones, row, "step-up-required", EVERY)) == []
