"""What happens to a household: its server, its worker or its database dies, at a named point or at any moment."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random

from tests.faults import points
from tests.faults.household import Child, Household

DAY = 24 * 60 * 60


class Fate:
    """Strikes as its ``chance`` has it. ``kills`` counts who died, ``at`` where."""

    patience = 1.5
    """Seconds to wait for somebody to come past an armed point; then it happens at any moment."""

    def __init__(self, house: Household, chance: Random) -> None:
        self.house, self.chance = house, chance
        self.kills: Counter[str] = Counter()
        self.at: Counter[str] = Counter()

    def begin(self) -> None:
        """Everyone is up."""
        self.house.server.start()
        self.house.worker.start()
        self.house.await_server()

    def strike(self) -> None:
        """One of the things that can happen; afterwards all is up again."""
        ways: list[Callable[[], None]] = [self.server_dies] * 4 + [self.worker_dies] * 3
        if self.house.cluster is not None:
            ways += [self.database_dies] * 3 + [self.backend_dies, self.database_is_away]
        self.chance.choice(ways)()
        self.revive()

    def revive(self) -> None:
        """What is dead is started again, a clock here and there being wrong."""
        for child in (self.house.server, self.house.worker):
            if not child.is_alive():
                child.start(ahead=self.wrong_clock())
        self.house.await_server()

    def wrong_clock(self) -> float:
        """Mostly right; else off by up to a day, forwards or back."""
        return self.chance.choice([0] * 8 + [self.chance.uniform(-DAY, DAY), self.chance.choice([1, -1, 3600])])

    # --- Processes ----------------------------------------------------------------------------------------------------

    def server_dies(self) -> None:
        """At a point that requests pass, or while anything is going on."""
        self.dies(self.house.server, self.chance.choice([*points.REQUESTS, ""]))

    def worker_dies(self) -> None:
        """At a point that jobs or mails pass, or while anything is going on."""
        self.dies(self.house.worker, self.chance.choice([*points.JOBS, ""]))

    def dies(self, child: Child, point: str) -> None:
        """At the point, where somebody comes past it in time; an empty one is any moment."""
        if point:
            points.arm(child.armed, point)
            wait_until(lambda: not child.is_alive(), self.patience)
        else:
            time.sleep(self.chance.uniform(0, 0.5))
        self.at[point if point and not child.is_alive() else "any moment"] += 1
        child.kill()
        self.kills[child.kind] += 1

    # --- PostgreSQL ---------------------------------------------------------------------------------------------------

    def database_dies(self) -> None:
        """All of it, at a point that a request or job has reached, or at any moment."""
        child, there = self.chance.choice([(self.house.server, points.REQUESTS), (self.house.worker, points.JOBS)])
        self.database_dies_at(child, self.chance.choice([*there, ""]))

    def database_dies_at(self, child: Child, point: str) -> None:
        """When the server or worker is there; an empty one is any moment."""
        assert self.house.cluster is not None
        process = self.house.cluster.process
        if point:
            points.arm(child.armed, point, victim=process.pid)
            wait_until(lambda: process.poll() is not None, self.patience)
            child.armed.unlink(missing_ok=True)
        else:
            time.sleep(self.chance.uniform(0, 0.5))
        self.at[point if point and process.poll() is not None else "any moment"] += 1
        self.house.cluster.crash()
        self.kills["database"] += 1
        self.house.cluster.start()

    def backend_dies(self) -> None:
        """One process of the database is killed; the database ends all others and recovers by itself."""
        assert self.house.cluster is not None
        with self.house.cluster.server.admin() as admin:
            asked = "SELECT pid FROM pg_stat_activity WHERE usename = 'brigade' ORDER BY random() LIMIT 1"
            row = admin.execute(asked).fetchone()
        if row is not None:
            with suppress(ProcessLookupError):
                os.kill(row[0], signal.SIGKILL)
        self.kills["backend"] += 1
        self.at["any moment"] += 1
        self.house.cluster.await_ready()

    def database_is_away(self) -> None:
        """Stopped in good order and started a while later."""
        assert self.house.cluster is not None
        self.house.cluster.stop()
        time.sleep(self.chance.uniform(0.2, 1.0))
        self.house.cluster.start()
        self.kills["database stopped"] += 1
        self.at["any moment"] += 1


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to be so in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
