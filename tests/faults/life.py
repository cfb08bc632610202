"""One life of a household: people at work, one mishap after the other, a quiet end, and then the verdict."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests import make
from tests.faults.contents import Contents
from tests.faults.household import Household
from tests.faults.memory import Memory
from tests.faults.mishaps import DAY, Fate, wait_until
from tests.faults.people import Leader, Member, Officer, Person
from tests.faults.proxy import PLAIN, Proxy, nasty
from tests.faults.verdict import verdict

LATER = 4 * DAY
"""Seconds after which a life is looked at: by then nobody has the lease of a job any more, and no pause between tries is left."""

OPEN = (
    "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running') AND kind <> 'reminders'",
    "SELECT count(*) FROM deliveries WHERE state = 'queued'",
    "SELECT count(*) FROM notices WHERE routed_at IS NULL",
)


@dataclass
class Told:
    """What became of a life: the complaints by their names, and how much there was to complain about."""

    faults: Counter[str]
    kills: Counter[str]
    at: Counter[str]
    counts: Counter[str]


def people(house: Household, port: int, memory: Memory, seed: str, over: threading.Event) -> list[Person]:
    """Three members of two squads, their leaders with a deputy, those above, and the station."""

    def of(login: str) -> tuple[str, make.City, int, Memory, Random, threading.Event]:
        return login, house.city, port, memory, Random(f"{seed} {login}"), over

    members = [Member(*of(login), squad=f"K1-1-{login[6]}") for login in ("squad11a", "squad11b", "squad12a")]
    leaders = [Leader(*of(login)) for login in ("squad11", "squad11-deputy", "squad12", "company1", "brigade")]
    return [*members, *leaders, Officer(*of("station"))]


def live(
    house: Household, seed: str, kills: int, *, fate: Callable[[Household, Random], Fate] = Fate, cuts: float = 0,
    patience: float = 180, persistent: bool = False,
) -> Told:  # fmt: skip
    """A life with so many mishaps, decided by ``seed`` as far as threads and processes let themselves be decided.

    ``cuts``: the share of connections that go wrong in some way by themselves (``proxy.py``). ``patience``: seconds that
    what was begun has to come to its end. ``persistent``: nobody gives up waiting for an answer, and the station seals
    again and again, so that whatever somebody may die of comes sooner or later; all take their time, as on PostgreSQL a
    sealing hardly comes through among people who file and decide without a pause.
    """
    chance, memory, over = Random(seed), Memory(), threading.Event()
    its = fate(house, chance)
    its.begin()
    with Proxy(house.port, nasty(chance.randrange(1 << 30), cuts, 0.5)) as proxy:
        working = people(house, proxy.port, memory, seed, over)
        for person in working if persistent else ():
            person.persist()
        threads = [person.start() for person in working]
        try:
            for _ in range(kills):
                enough = memory.answers + chance.randrange(5, 40)
                wait_until(lambda: memory.answers >= enough, 20)  # noqa: B023  it is asked here and now
                its.strike()
        finally:
            over.set()
            for thread in threads:
                thread.join(120)
        assert not any(thread.is_alive() for thread in threads), "somebody does not come to an end"
        proxy.hang_up()
        settle(house, patience)
        proxy.mood = lambda number: PLAIN
        found = Contents(house.engine)
        house.server.start(ahead=LATER)
        house.await_server()
        faults = verdict(found, house, memory, working)
    counts = Counter(
        reports=len(memory.sent), acknowledged=sum(one.status == 201 for one in memory.told.values()),
        acts=len(memory.acts), pictures=len(memory.kept), mails=len(house.mail.mails), seals=len(memory.seals),
        requests=sum(person.tries for person in working),
    )  # fmt: skip
    return Told(faults, its.kills, its.at, counts)


def settle(house: Household, patience: float) -> None:
    """Everything that was begun comes to its end: some days later, as leases and pauses between tries would have it. Then
    both rest, so that nothing new is begun while the store is looked at: a day that begins brings jobs of its own.
    """
    both, deadline = (house.server, house.worker), time.monotonic() + patience
    while True:
        for child in both:
            child.kill()
            child.start(ahead=LATER)
        house.await_server()
        wait_until(lambda: not _open(house), deadline - time.monotonic())
        for child in both:
            child.kill()
        if not _open(house) or time.monotonic() > deadline:
            return


def _open(house: Household) -> int:
    """How much is still to be done."""
    try:
        with house.engine.connect() as connection:
            return sum(connection.scalar(text(asked)) or 0 for asked in OPEN)
    except OperationalError:  # a connection from before the database died
        return 1
