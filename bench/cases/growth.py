"""The inbox and the badge of one squad's leader on a store of a million reports, beside one of ten thousand.

What waits for the leader is the same on both; the rest are other cities' reports (``bench/growing.py``). Counted is what
the store does for all statements of the answer, signing in included: the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

from bench import served
from bench.filing import LEADER, MEMBER, bodies
from bench.frame import Line, Run, Turn, Wrong, counted, measured
from bench.growing import grow
from bench.said import asking, work
from bench.twins import Twins, refused, twins

TITLE = "inbox and badge on a store of a million reports, beside one of ten thousand"
GOAL, WAITING = 1.1, 55
SIZES, LARGE, TINY = (10_000, 1_000_000), 5_000_000, (200, 2_000)
PATHS = {"a page": "/api/v1/inbox?limit=50", "the badge": "/api/v1/inbox/summary"}


def lines(run: Run) -> Iterator[Line]:
    """Work and CPU of each, on both kinds of store."""
    if said := refused(run, "inbox and badge"):
        yield said
        return
    small, *larger = TINY if run.tiny else (*SIZES, LARGE) if run.large else SIZES
    with twins(run) as found:
        for kind in found:
            yield from _lines(kind, run, small, larger)


def _lines(kind: Twins, run: Run, small: int, larger: list[int]) -> Iterator[Line]:
    unit = "steps" if kind.label == "SQLite" else "buffers"
    with ExitStack() as open_:
        few, many = (kind.fresh(name) for name in ("few", "many"))
        for address in (few, many):
            _wait(address, kind, 5 if run.tiny else WAITING)
        grow(few, 1, small)
        grow(many, 1, small)
        floor, there = open_.enter_context(asking(few, kind.folder, LEADER)), small
        for size in larger:
            grow(many, there + 1, size)
            there = size
            with asking(many, kind.folder, LEADER) as product:
                for what, path in PATHS.items():
                    mine, theirs = work(many, product.statements(path)), work(few, floor.statements(path))
                    yield counted(f"{kind.label}: {what}, {size:,} reports", unit, mine, theirs, GOAL)
                    turn = Turn(partial(product.get, path), partial(floor.get, path), _same)
                    yield measured(
                        f"{kind.label}: the same", turn, run.rounds, GOAL,
                        cpu=served.own_clock(many), floor_cpu=served.own_clock(few),
                    )  # fmt: skip


def _wait(address: str, kind: Twins, count: int) -> None:
    """So many reports more that wait for the leader."""
    with asking(address, kind.folder, MEMBER) as member:
        following = bodies(address, member.get("/api/v1/me")["unit"]["id"])
        for _ in range(count):
            member.file(following())


def _same(many: Any, few: Any) -> None:
    """As many wait on both, and as long."""
    counts = [len(said["items"]) if "items" in said else said["waiting"] for said in (many, few)]
    if counts[0] != counts[1] or not counts[0]:
        raise Wrong(f"{counts[0]} wait beside {counts[1]}")
