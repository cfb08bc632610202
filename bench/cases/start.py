"""Starting two web processes until they answer, and what they hold in memory, beside two of a lean Flask application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median

from bench import served
from bench.filing import MEMBER, REPORTS, bodies, signed_in, squad_of
from bench.frame import Line, Run
from bench.served import Client, Served
from bench.twins import Twins, refused, twins

TITLE = "starting two web processes, beside two of a lean Flask application"
GOAL, PROCESSES = 1.5, 2

Start = Callable[[], "contextmanager[Served]"]


def lines(run: Run) -> Iterator[Line]:
    """CPU until all answer, memory then and after the first report."""
    if said := refused(run, "starting") or (None if served.TELLS else Line("starting", note=served.SILENT)):
        yield said
        return
    with twins(run) as found:
        for kind in found:
            yield from _lines(kind, run)


def _lines(kind: Twins, run: Run) -> Iterator[Line]:
    address = kind.fresh("start")
    product = partial(served.product, address, kind.folder, SECRET_KEY="bench-" + "0" * 32)
    lean = partial(served.floor, "lean", kind.folder, f"sqlite:///{kind.folder}/lean.sqlite3")
    costs = [(_started(product), _started(lean)) for _ in range(run.rounds)]
    for what, unit, which in (("CPU", "ms CPU", 0), ("memory", "MB", 1)):
        pairs = [(mine[which], theirs[which]) for mine, theirs in costs]
        yield Line(
            f"{kind.label}: {PROCESSES} processes, {what}", unit, median(a for a, _ in pairs), median(b for _, b in pairs),
            tuple(a / b for a, b in pairs), GOAL, "" if which == 0 else "what they share counts once",
        )  # fmt: skip
    with ExitStack() as open_:
        servers = [open_.enter_context(product()) for _ in range(PROCESSES)]
        member = open_.enter_context(signed_in(servers[0], MEMBER))
        token = member.headers["Authorization"].removeprefix("Bearer ")
        following = bodies(address, squad_of(member))
        for server in servers:
            with Client(server.port, token) as client:
                client.post(REPORTS, following()).json(201)
        after = sum(served.pss_mb(server.process.pid) for server in servers)
        others = [open_.enter_context(lean()) for _ in range(PROCESSES)]
        floor = sum(served.pss_mb(server.process.pid) for server in others)
    yield Line(
        f"{kind.label}: memory after a report each",
        "MB",
        after,
        floor,
        (after / floor,),
        GOAL,
        "the floor's at its start",
    )


def _started(start: Callable[[], contextmanager]) -> tuple[float, float]:  # type: ignore[type-arg]
    """Milliseconds of CPU and megabytes of so many processes, from nothing until all have answered."""
    with ExitStack() as open_:
        servers = [open_.enter_context(start()) for _ in range(PROCESSES)]
        return sum(each.cpu() for each in servers) * 1000, sum(served.pss_mb(each.process.pid) for each in servers)
