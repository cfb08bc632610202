"""The checker finds what it is there for: each planted fault is found out, by the complaint that fits it.

Each on one kind of store, in turn; on both with BRIGADE_FULL=1.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import pytest

from tests.faults import points
from tests.faults.conftest import MoveIn
from tests.faults.life import live
from tests.faults.mishaps import Fate, wait_until
from tests.faults.points import GAP

FULL = os.environ.get("BRIGADE_FULL", "") not in ("", "0")
pytestmark = [pytest.mark.xdist_group("lives"), pytest.mark.timeout(600)]


class Aim(NamedTuple):
    """What must be complained about, and where the server or worker dies for it; ``dies``: the database in their place, or
    nobody.
    """

    complaint: str
    point: str = GAP
    dies: str = "process"


AIMS = {
    "first_answer_not_kept": Aim("answered in two ways"),
    "id_of_its_own": Aim("doubled report"),
    "answer_before_commit": Aim("lost report"),
    "event_apart": Aim("half-applied history"),
    "undo_forgets_its_event": Aim("half-applied history"),
    "notice_apart": Aim("lost notice"),
    "stale_passes": Aim("refused though it was done"),
    "batch_in_parts": Aim("half-applied approval"),
    "file_after_its_row": Aim("lost file"),
    "sealing_in_two": Aim("half-applied sealing"),
    "mail_under_another_key": Aim("doubled mail", dies="nobody"),
    "mail_noted_first": Aim("lost mail"),
    "job_done_first": Aim("lost edition", "INSERT INTO editions"),
    "job_never_again": Aim("lost job", "INSERT INTO editions"),
    "says_it_is_stored": Aim("lost report", "INSERT INTO activity_reports", "database"),
}


def aimed(aim: Aim) -> type[Fate]:
    """A fate that strikes there alone, clocks being right."""

    class Aimed(Fate):
        patience = 200  # a busy machine takes minutes to the first sealing

        def strike(self) -> None:
            time.sleep(0.5)
            if aim.dies == "database":
                self.database_dies_at(self.house.server, aim.point)
            elif aim.dies == "nobody":
                wait_until(lambda: bool(self.house.mail.mails), self.patience)
            else:
                self.first_dies()
            self.revive()

        def first_dies(self) -> None:
            """Whichever comes past it: the embedded server has a worker beside it."""
            both = (self.house.server, self.house.worker)
            for child in both:
                points.arm(child.armed, aim.point)
            wait_until(lambda: not all(child.is_alive() for child in both), self.patience)
            for child in both:
                child.armed.unlink(missing_ok=True)

        def wrong_clock(self) -> float:
            return 0

    return Aimed


@pytest.mark.timeout(2000)  # eight turns at most, each a whole life
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
    for turn in range(8):  # whether it shows, chance has a word in
        with moved_in(kind, planted) as house:
            found = live(house, f"planted-{turn}", 1, fate=aimed(aim), patience=8, persistent=True).faults
        if any(complaint.startswith(aim.complaint) for complaint in found):
            return
    raise AssertionError(f"not found out: {dict(found)}")
