"""docs/explain/promises.md tells of every promise once, names tests that there are, and leaves nothing unsaid."""

from __future__ import annotations

import ast
import re

import pytest

from brigade import walls
from tests.contract.matrix.people import PEOPLE
from tests.contract.test_matrix_holes import HOLES as HOLES_IN_WRITING
from tests.db.test_leaks import HOLES
from tests.db.test_sync_faults import EVERYDAY, FAULTS, FAULTS_OF_TRANSACTIONS
from tests.faults.test_planted import AIMS
from tests.faults.test_power_cuts import AIMS as AIMS_OF_CUTS
from tests.shape.test_house import ROOT

PAGE = ROOT / "docs/explain/promises.md"
IDS = [f"S-{number:02}" for number in range(1, 34)] + ["R-01", "R-01p"] + [f"R-{number:02}" for number in range(2, 19)]
"""The threats of the threat model, and what must hold whatever happens."""

CELLS = 5
"""Id, promise, how it is kept, tests, and what they do not show."""

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [SR]-\d\dp? \|", line)
]
TESTS = {row[0]: re.findall(r"`([^`]+)`", row[3]) for row in ROWS}


def test_every_promise_stands_there_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == IDS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_everything(row: list[str]) -> None:
    assert len(row) == CELLS
    assert all(len(cell) > 2 for cell in row)
    assert not re.sub(r"`[^`]+`", "", row[3]).strip(), "between the tests stands nothing else"


@pytest.mark.parametrize("id_", IDS)
def test_its_tests_are_there_and_the_first_knows_it(id_: str) -> None:
    """So that ``grep -rn S-09 tests`` finds where to begin."""
    assert TESTS[id_]
    assert len(set(TESTS[id_])) == len(TESTS[id_])
    for name in TESTS[id_]:
        assert re.fullmatch(r"tests/[\w/]+/test_\w+\.py", name)
        assert (ROOT / name).is_file(), name
    told = ast.get_docstring(ast.parse((ROOT / TESTS[id_][0]).read_text(encoding="utf-8"))) or ""
    assert re.search(rf"\b{id_}\b", told), f"{TESTS[id_][0]} does not name {id_}"


def test_what_is_referred_to_has_a_row() -> None:
    assert set(re.findall(r"\b[SR]-\d\dp?\b", PAGE.read_text(encoding="utf-8"))) == set(IDS)


@pytest.mark.parametrize(
    ("id_", "said"),
    [
        ("S-01", f"{len(HOLES)} planted holes"),
        ("S-01", f"{len(HOLES_IN_WRITING)} holes dug in writing are all found"),
        ("S-01", f"asked by {len(PEOPLE)} people"),
        (
            "S-32",
            f"{len([*walls.BY_BUREAU, *walls.BEHIND])} tables stand behind the wall and {len(walls.LOW)} before it",
        ),
        ("R-01", f"{len(AIMS)} planted faults are found"),
        ("R-01p", f"{len(AIMS_OF_CUTS)} planted faults are found"),
        ("R-09", f"{len(EVERYDAY)} of {len([*FAULTS, *FAULTS_OF_TRANSACTIONS])} planted faults"),
    ],
)
def test_what_can_be_counted_is_counted(id_: str, said: str) -> None:
    (row,) = (row for row in ROWS if row[0] == id_)
    assert said in row[4]
