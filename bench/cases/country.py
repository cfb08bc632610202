"""What one brigade's people read in a country's store, 95 cities with 750,000 members and 3.9 million reports, beside the
same in a store of their city alone. Only with ``--large``: some 15 GB and half an hour for each kind of store.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from bench import served
from bench.copying import copy_city
from bench.frame import Line, Run, Turn, Wrong, counted, measured
from bench.said import Asking, asking, work
from bench.stores import MONTH, fill, sqlite_file
from bench.twins import refused
from tests import postgres

TITLE = "one brigade in a store of 95 cities, beside the same in a store of one"
GOAL, COPIES, TINY = 2.0, 94, 2
LEADER, OFFICER = "brigade-leader-1", "station-officer-1"
PATHS = {
    "a page of the inbox": "/api/v1/inbox?limit=50",
    "the badge": "/api/v1/inbox/summary",
    "a list of reports": "/api/v1/activity-reports?limit=50",
    "the month": f"/api/v1/months/{MONTH}?unit_id={{unit_id}}",
    "its totals": f"/api/v1/months/{MONTH}/totals?unit_id={{unit_id}}",
}


def lines(run: Run) -> Iterator[Line]:
    """CPU of program and store for each answer, and the store's work."""
    if said := refused(run, "a country") or _only_when_asked(run):
        yield said
        return
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="brigade-bench-")))
        for label, city, country in _stores(run, folder, opened):
            copy_city(country, TINY if run.tiny else COPIES)
            with asking(city, folder, LEADER) as alone, asking(country, folder, LEADER) as among:
                unit_id = among.get("/api/v1/me")["unit"]["id"]
                for what, path in PATHS.items():
                    asked = path.format(unit_id=unit_id)
                    yield from _lines(f"{label}: {what}", asked, (country, among), (city, alone), run)


def _only_when_asked(run: Run) -> Line | None:
    return None if run.large or run.tiny else Line("a country", note="not measured: only with --large")


def _lines(what: str, path: str, country: tuple[str, Asking], city: tuple[str, Asking], run: Run) -> Iterator[Line]:
    mine, theirs = (work(address, person.statements(path)) for address, person in (country, city))
    yield counted(what, "steps" if "SQLite" in what else "buffers", mine, theirs, None)
    turn = Turn(partial(country[1].get, path), partial(city[1].get, path), _same)
    yield measured(
        f"{what}, CPU", turn, run.rounds, GOAL,
        cpu=served.own_clock(country[0]), floor_cpu=served.own_clock(city[0]),
    )  # fmt: skip


def _stores(run: Run, folder: Path, opened: ExitStack) -> Iterator[tuple[str, str, str]]:
    """The kinds that were asked for: what each is called, the address of a city, and that of another one to be copied."""
    if run.db in ("", "sqlite"):
        city, country = (folder / f"{name}.sqlite3" for name in ("city", "country"))
        for copy in (city, country):
            shutil.copy(sqlite_file(run), copy)
        yield "SQLite", f"sqlite:///{city}", f"sqlite:///{country}"
        country.unlink()
    if run.db in ("", "postgresql"):
        server = opened.enter_context(postgres.running(shared_buffers="2GB"))
        city_at = server.create("city")
        fill(city_at, run)
        yield "PostgreSQL", city_at, server.create("country", "city")


def _same(among: Any, alone: Any) -> None:
    """But for when it was asked."""
    if {**among, "generated_at": None} != {**alone, "generated_at": None}:
        raise Wrong("something else is answered in a country")
