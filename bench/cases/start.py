"""Starting a service of two web processes until it answers, and what it holds in memory, beside two of a lean Flask
application; and one process beside one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from statistics import median

from bench import served
from bench.filing import MEMBER, REPORTS, bodies, signed_in, squad_of
from bench.frame import Line, Run
from bench.served import Client, Served
from bench.twins import Twins, refused, twins

TITLE = "starting a service of two web processes, and of one, beside as many of a lean Flask application"
GOAL, PROCESSES, CLIENTS = 1.5, 2, 8

Start = Callable[[], AbstractContextManager[Served]]


def lines(run: Run) -> Iterator[Line]:
    """CPU until it answers, memory then and after some reports."""
    if said := refused(run, "starting", timed=True):
        yield said
        return
    with twins(run) as found:
        for kind in found:
            yield from _lines(kind, run)


def _lines(kind: Twins, run: Run) -> Iterator[Line]:
    lean = partial(served.floor, "lean", kind.folder, f"sqlite:///{kind.folder}/lean.sqlite3")
    for count in (PROCESSES, 1):
        address = kind.fresh(f"start-{count}")
        product = partial(served.product, address, kind.folder, SECRET_KEY="bench-" + "0" * 32, PROCESSES=str(count))
        costs = [(_started([product]), _started([lean] * count)) for _ in range(run.rounds)]
        for what, unit, which in (("CPU", "ms CPU", 0), ("memory", "MB", 1)):
            pairs = [(mine[which], theirs[which]) for mine, theirs in costs]
            yield Line(
                f"{kind.label}: {_said(count)}, {what}", unit, median(a for a, _ in pairs), median(b for _, b in pairs),
                tuple(a / b for a, b in pairs), GOAL, "" if which == 0 else "what they share counts once",
            )  # fmt: skip
        mine, theirs = _after_reports(address, product), _started([lean] * count)[1]
        note = "the floor's at its start"
        yield Line(f"{kind.label}: {_said(count)}, after reports", "MB", mine, theirs, (mine / theirs,), GOAL, note)


def _said(count: int) -> str:
    return "one process" if count == 1 else f"{count} processes"


def _after_reports(address: str, product: Start) -> float:
    """Megabytes when each process has stored some."""
    with product() as server, signed_in(server, MEMBER) as member:
        following = bodies(address, squad_of(member))
        for _ in range(CLIENTS):  # each on a connection of its own, which whichever is free takes
            with Client(server.port, member.token) as client:
                client.post(REPORTS, following()).json(201)
        return served.pss_mb(server.process.pid)


def _started(starts: list[Start]) -> tuple[float, float]:
    """Milliseconds of CPU and megabytes of all, from nothing until all have answered."""
    with ExitStack() as open_:
        servers = [open_.enter_context(start()) for start in starts]
        return sum(each.cpu() for each in servers) * 1000, sum(served.pss_mb(each.process.pid) for each in servers)
