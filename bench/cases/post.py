"""A report filed over HTTP with all that the product checks, beside bare Flask that inserts the same rows."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import quantiles

from bench import served
from bench.filing import MEMBER, REPORTS, Rows, bodies, check_filed, check_twin, rows_of, signed_in, squad_of
from bench.frame import Line, Run, Turn, Wrong, measured
from bench.served import Client
from bench.twins import Twins, refused, twins

TITLE = "a report filed with all checks, beside bare Flask inserting the same rows"
GOALS = {"SQLite": 2.5, "PostgreSQL": 3.0}
BESIDE_DJANGO, WAITING = 0.9, 6.0
AT_ONCE, CLIENTS, PROCESSES, BUSY = 20, 32, 2, 503
Sent = list[str]  # ids


def lines(run: Run) -> Iterator[Line]:
    """CPU of server and database for a report, then how long one of many clients waits."""
    if said := refused(run, "a report filed", timed=True):
        yield said
        return
    with twins(run) as found:
        for kind in found:
            yield from _cpu(kind, run)
            yield _waits(kind, run)


def _cpu(kind: Twins, run: Run) -> Iterator[Line]:
    address, count = kind.fresh("filed"), 2 if run.tiny else AT_ONCE
    with ExitStack() as open_:
        server = open_.enter_context(served.product(address, kind.folder))
        member = open_.enter_context(signed_in(server, MEMBER))
        following = bodies(address, squad_of(member))
        pattern, file = _pattern(address, member, following, kind.folder)
        product = _filer(member, following, count)
        mine = served.clock(server, address)
        raw = kind.fresh("raw")
        others = [("filed", raw, GOALS[kind.label], "raw_post", str(file))]
        if find_spec("rest_framework"):
            others.append(("filed, beside Django REST", kind.fresh("drf"), BESIDE_DJANGO, "drf_post", str(file)))
        else:
            yield Line(f"{kind.label}: filed, beside Django REST", note="not measured: it is not installed")
        for what, other, goal, module, *more in others:
            floor = open_.enter_context(served.floor(module, kind.folder, other, *more))
            client = open_.enter_context(Client(floor.port))
            turn = Turn(product, _filer(client, following, count), _check(address, other, pattern, module))
            yield measured(
                f"{kind.label}: {what}", turn, run.rounds, goal,
                note=f"for {count} reports", cpu=mine, floor_cpu=served.clock(floor, other),
            )  # fmt: skip


def _pattern(address: str, member: Client, following: Callable[[], bytes], folder: Path) -> tuple[Rows, Path]:
    """The rows of one report, the second of its day: the first one makes what later ones find."""
    for _ in range(2):
        filed = member.post(REPORTS, following()).json(201)
    pattern = rows_of(address, filed["id"])
    file = folder / "pattern.json"
    file.write_text(json.dumps(pattern, ensure_ascii=False), encoding="utf-8")
    return pattern, file


def _filer(client: Client, following: Callable[[], bytes], count: int) -> Callable[[], Sent]:
    def file() -> Sent:
        ids = []
        for _ in range(count):
            body = following()
            client.post(REPORTS, body).json(201)
            ids.append(json.loads(body)["id"])
        return ids

    return file


def _check(address: str, other: str, pattern: Rows, module: str) -> Callable[[Sent, Sent], None]:
    def check(product: Sent, floor: Sent) -> None:
        check_filed(address, product, pattern)
        if module == "raw_post":
            check_filed(other, floor, pattern)
        else:
            check_twin(other, floor, pattern)

    return check


def _waits(kind: Twins, run: Run) -> Line:
    """How long each of many clients waits, at two processes on one store; nothing may be lost or doubled."""
    address, each = kind.fresh("waits"), 1 if run.tiny else 10
    with ExitStack() as open_:
        start = partial(served.product, address, kind.folder, SECRET_KEY="bench-" + "0" * 32)
        servers = [open_.enter_context(start()) for _ in range(PROCESSES)]
        member = open_.enter_context(signed_in(servers[0], MEMBER))
        following = bodies(address, squad_of(member), minutes=1)  # of fifteen there are too few in a week
        pattern, _ = _pattern(address, member, following, kind.folder)
        taking, again = threading.Lock(), list[int]()

        def one(number: int) -> list[tuple[str, float]]:
            done = []
            with Client(servers[number % PROCESSES].port, member.token) as client:
                for _ in range(each):
                    with taking:
                        body = following()
                    start = time.perf_counter()
                    while (answer := client.post(REPORTS, body)).status == BUSY:
                        again.append(answer.status)  # the same once more, as a phone does
                    answer.json(201)
                    done.append((json.loads(body)["id"], time.perf_counter() - start))
            return done

        ratios, halves, lasts = [], [], []
        with ThreadPoolExecutor(CLIENTS) as clients:
            for _ in range(run.rounds):
                done = [pair for part in clients.map(one, range(CLIENTS)) for pair in part]
                if len(done) != each * CLIENTS:
                    raise Wrong("an answer is missing")
                check_filed(address, [id_ for id_, _ in done], pattern)
                cuts = quantiles([seconds * 1000 for _, seconds in done], n=100, method="inclusive")
                halves.append(cuts[49])
                lasts.append(cuts[98])
                ratios.append(cuts[98] / cuts[49])
    return Line(
        f"{kind.label}: wait of {CLIENTS} clients, p99 : p50", "ms", sorted(lasts)[len(lasts) // 2],
        sorted(halves)[len(halves) // 2], tuple(ratios), WAITING, f"{PROCESSES} processes, none lost or doubled, {len(again)} sent again",
    )  # fmt: skip
