"""The checker finds what it is there for: each planted fault is found out, by the complaint that fits it.

Each on one kind of store, in turn; on both with BRIGADE_FULL=1.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import pytest

from tests.faults.conftest import MoveIn
from tests.faults.life import live
from tests.faults.mishaps import Fate
from tests.faults.points import GAP

FULL = os.environ.get("BRIGADE_FULL", "") not in ("", "0")
pytestmark = [pytest.mark.xdist_group("lives"), pytest.mark.timeout(600)]


class Aim(NamedTuple):
    """What must be complained about, and who has to die for it, where (nobody: it shows by itself)."""

    complaint: str
    dies: str = ""
    point: str = GAP


AIMS = {
    "first_answer_not_kept": Aim("answered in two ways"),
    "id_of_its_own": Aim("doubled report"),
    "answer_before_commit": Aim("lost report", "server"),
    "event_apart": Aim("half-applied history", "server"),
    "undo_forgets_its_event": Aim("half-applied history"),
    "notice_apart": Aim("lost notice", "server"),
    "stale_passes": Aim("doubled step"),
    "batch_in_parts": Aim("half-applied approval", "server"),
    "file_after_its_row": Aim("lost file", "server"),
    "sealing_in_two": Aim("half-applied sealing", "worker"),
    "mail_under_another_key": Aim("doubled mail"),
    "mail_noted_first": Aim("lost mail", "worker"),
    "job_done_first": Aim("lost edition", "worker", "INSERT INTO editions"),
    "job_never_again": Aim("lost job", "worker", "INSERT INTO editions"),
    "says_it_is_stored": Aim("lost report", "database", "before commit"),
}


def aimed(aim: Aim, turn: int) -> type[Fate]:
    """A fate that strikes there alone, clocks being right."""

    class Aimed(Fate):
        patience = 15

        def strike(self) -> None:
            time.sleep(1 + turn)
            if aim.dies == "database":
                self.database_dies_at(self.house.server, aim.point)
            elif aim.dies:
                self.dies(getattr(self.house, aim.dies), aim.point)
            self.revive()

        def wrong_clock(self) -> float:
            return 0

    return Aimed


@pytest.mark.parametrize(
    ("kind", "planted"),
    [
        (kind, name)
        for number, (name, aim) in enumerate(AIMS.items())
        for place, kind in enumerate(("sqlite", "postgresql"))
        if FULL or place == (number % 2 if aim.dies != "database" else 1)
        if kind == "postgresql" or aim.dies != "database"
    ],
)
def test_a_planted_fault_is_found_out(moved_in: MoveIn, kind: str, planted: str) -> None:
    aim = AIMS[planted]
    for turn in range(5):  # whether it shows, chance has a word in
        with moved_in(kind, planted) as house:
            found = live(house, f"planted-{turn}", 2, fate=aimed(aim, turn), patience=8).faults
        if any(complaint.startswith(aim.complaint) for complaint in found):
            return
    raise AssertionError(f"not found out: {dict(found)}")
