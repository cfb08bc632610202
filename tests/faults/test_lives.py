"""Lives full of deaths: server, worker and database are killed at named points and at any moment, while people work.

After each life the store is held against what everyone sent and was told. BRIGADE_SOAK is the number of deaths for each
kind of store, BRIGADE_SEED shifts what happens (``make soak``).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import make, postgres
from tests.api.conftest import Rows
from tests.conftest import migrated
from tests.faults.household import Nursery, household
from tests.faults.life import live

KILLS = int(os.environ.get("BRIGADE_SOAK", "50"))
SEED = os.environ.get("BRIGADE_SEED", "1")
EACH = 25
pytestmark = [pytest.mark.xdist_group("lives"), pytest.mark.timeout(600 + 20 * KILLS)]


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """The program, imported once."""
    made = Nursery(tmp_path_factory.mktemp("nursery") / "log")
    yield made
    made.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Cluster]:
    """A PostgreSQL server that may die, with a migrated database ``template``."""
    with postgres.cluster() as made:
        migrated(made.server.create("template"), tmp_path_factory.mktemp("template"))
        yield made


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_doubled_or_half_applied_whatever_dies(
    request: pytest.FixtureRequest, nursery: Nursery, city_and_rows: tuple[make.City, Rows], tmp_path: Path, kind: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
    template = "template" if cluster else request.getfixturevalue("sqlite_template")
    kills, counts, faults, at = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    number = 0
    while kills.total() < KILLS:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        with household(nursery, folder, *city_and_rows, template=template, cluster=cluster) as house:
            told = live(house, f"{SEED}-{kind}-{number}", min(EACH, KILLS - kills.total()))
        kills, counts, faults, at = kills + told.kills, counts + told.counts, faults + told.faults, at + told.at
        assert not told.faults, f"seed {SEED}, life {number}: {dict(told.faults)}"
    with capsys.disabled():
        print(f"\n{kind}: {summary(kills, counts, faults)}\n  died at: {dict(at.most_common())}")  # noqa: T201
    assert not faults


def summary(kills: Counter[str], counts: Counter[str], faults: Counter[str]) -> str:
    """One line for people."""
    said = {
        word: sum(n for name, n in faults.items() if name.startswith(word))
        for word in ("lost", "doubled", "half-applied")
    }
    ended = ", ".join(f"{name} {number}" for name, number in said.items())
    return f"{kills.total()} kills {dict(kills)}, {dict(counts)}: {ended}"
