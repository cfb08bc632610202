"""Lives full of deaths: server, worker and database are killed at named points and at any moment, while people work over
a network that cuts, repeats and swallows, and some clocks are wrong (R-01).

After each life the store is held against what everyone sent and was told. BRIGADE_SOAK is the number of deaths for each
kind of store, BRIGADE_SEED shifts what happens (``make soak``).
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.faults.conftest import MoveIn
from tests.faults.life import live

KILLS = int(os.environ.get("BRIGADE_SOAK", "50"))
SEED = os.environ.get("BRIGADE_SEED", "1")
EACH = 25
pytestmark = [pytest.mark.xdist_group("lives"), pytest.mark.timeout(600 + 20 * KILLS)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_doubled_or_half_applied_whatever_dies(
    moved_in: MoveIn, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kills, counts, faults, at = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    lives = 0
    while kills.total() < KILLS:
        lives += 1
        with moved_in(kind) as house:
            told = live(house, f"{SEED}-{kind}-{lives}", min(EACH, KILLS - kills.total()), cuts=0.05)
        kills, counts, faults, at = kills + told.kills, counts + told.counts, faults + told.faults, at + told.at
        if told.faults:
            break
    with capsys.disabled():
        print(f"\n{kind}, seed {SEED}: {summary(kills, counts, faults)}; died at {dict(at.most_common())}")  # noqa: T201
    assert not faults, f"in life {lives} of seed {SEED}: {dict(faults)}"


def summary(kills: Counter[str], counts: Counter[str], faults: Counter[str]) -> str:
    """One line for people."""
    words = ("lost", "doubled", "half-applied")
    ended = {word: sum(n for name, n in faults.items() if name.startswith(word)) for word in words}
    other = faults.total() - sum(ended.values())
    told = ", ".join(f"{name} {number}" for name, number in {**ended, "other": other}.items())
    return f"{kills.total()} kills {dict(kills)}, {dict(counts)}: {told}"
