"""Lives on a small disk that fills up, or can only be read for a while, and server and worker die meanwhile.

PostgreSQL on a full disk stands in tests/api/test_disk_full.py.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.conftest import MoveIn
from tests.faults.life import live
from tests.faults.mishaps import Fate
from tests.small_disk import disk, fill_up, remount

pytestmark = [pytest.mark.xdist_group("lives"), pytest.mark.timeout(600)]


class FullDisk(Fate):
    """No byte is free while everyone goes on; mostly somebody dies of it."""

    def strike(self) -> None:
        free = fill_up(self.house.var)
        try:
            time.sleep(self.chance.uniform(0.3, 1.0))
            self.chance.choice([self.server_dies, self.worker_dies, self.nobody_dies])()
            self.revive()
            time.sleep(0.2)
        finally:
            free()

    def nobody_dies(self) -> None:
        """It is only full."""
        self.kills["nobody"] += 1


class ReadOnlyDisk(Fate):
    """Both die, and find a disk on which nothing can be written; then it can again."""

    def strike(self) -> None:
        self.server_dies()
        self.house.worker.kill()
        remount(self.house.var, "ro")
        try:
            self.revive()
            time.sleep(self.chance.uniform(0.3, 1.0))
        finally:
            self.house.server.kill()
            self.house.worker.kill()
            remount(self.house.var, "rw")
        self.revive()


@pytest.mark.parametrize("fate", [FullDisk, ReadOnlyDisk])
def test_a_disk_that_takes_nothing_loses_nothing(moved_in: MoveIn, tmp_path: Path, fate: type[Fate]) -> None:
    with disk(tmp_path / "disk", "8m") as var, moved_in("sqlite", var=var) as house:
        told = live(house, f"disk-{fate.__name__}", 6, fate=fate)
    assert not told.faults, dict(told.faults)
    assert told.counts["acknowledged"] > 0
