"""How long a quick client waits while three hundred phones send photos slowly, beside the same without them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from bench import served
from bench.filing import MEMBER, signed_in
from bench.frame import Line, Run, Wrong
from bench.machine import ROOT
from bench.served import Client
from bench.twins import Twins, refused, twins

TITLE = "a quick client while hundreds of phones send slowly, beside the same without them"
GOAL, PHONES, REQUESTS = 3.0, 300, 100


def lines(run: Run) -> Iterator[Line]:
    """The quick client's median wait; it must be answered each time, and no slow phone be hung up on."""
    if said := refused(run, "slow phones"):
        yield said
        return
    with twins(run) as found:
        for kind in found:
            yield _line(kind, run)


def _line(kind: Twins, run: Run) -> Line:
    phones, requests = (20, 5) if run.tiny else (PHONES, REQUESTS)
    loaded, alone = [], []
    with ExitStack() as open_:
        server = open_.enter_context(served.product(kind.fresh("slow"), kind.folder))
        quick = open_.enter_context(signed_in(server, MEMBER))
        _median(quick, requests)
        for _ in range(run.rounds):
            with _slow(server.port, phones):
                loaded.append(_median(quick, requests))
            alone.append(_median(quick, requests))
    ratios = tuple(one / other for one, other in zip(loaded, alone, strict=True))
    note = f"{phones} phones; all {run.rounds * requests} answered"
    return Line(f"{kind.label}: a quick client's wait", "ms", median(loaded), median(alone), ratios, GOAL, note)


def _median(quick: Client, requests: int) -> float:
    """Milliseconds for who one is; Wrong if it is not answered."""
    waited = []
    for _ in range(requests):
        start = time.perf_counter()
        quick.get("/api/v1/me").json()
        waited.append((time.perf_counter() - start) * 1000)
    return median(waited)


@contextmanager
def _slow(port: int, count: int) -> Iterator[None]:
    """With so many slow phones in the middle of sending, all of them until the end."""
    command = [sys.executable, "-m", "bench.slow_phones", str(port), str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if process.stdout.readline().strip() != "ready":
                raise Wrong("not every slow phone could connect")
            yield
            process.stdin.write("\n")
            process.stdin.flush()
            if (left := int(process.stdout.readline())) != count:
                raise Wrong(f"{count - left} of {count} slow phones were hung up on")
        finally:
            process.stdin.close()
