"""Several web processes of one service: all serve and count together, one that ends is replaced, none outlives the service."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.serving import ROOT, Server
from tests.faults.test_stopping import asked, waited_for
from tests.faults.wire import exchange, request

HOW_MANY = 3


@pytest.fixture
def server(sqlite: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """``server("3")``: one that serves with so many processes."""
    begun: list[Server] = []

    def begin(processes: str = str(HOW_MANY)) -> Server:
        begun.append(Server(sqlite, tmp_path, PROCESSES=processes))
        begun[-1].start()
        return begun[-1]

    yield begin
    for one in begun:
        made = made_by(one)
        one.kill()
        waited_for(lambda made=made: not any(is_there(pid) for pid in made))


def made_by(server: Server) -> set[int]:
    """The processes that serve."""
    said = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    return set(map(int, said.read_text(encoding="ascii").split())) if said.exists() else set()


def is_there(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def counted(server: Server) -> int:
    """Answers to ``/``, as the figures say: probes are not counted."""
    answer = exchange(server.port, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 30)
    assert answer is not None
    assert answer.status == 200
    found = re.search(r'^brigade_requests_total\{[^}]*route="/"[^}]*\} (\d+)', answer.body.decode(), re.M)
    return int(found[1]) if found else 0


def test_they_count_together_also_what_one_did_that_has_ended(server) -> None:
    one = server()
    waited_for(lambda: len(made_by(one)) == HOW_MANY)
    for _ in range(30):
        assert asked(one, "/") == 200
    assert {counted(one) for _ in range(10)} == {30}
    before = made_by(one)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    waited_for(lambda: len(made_by(one) - before) == HOW_MANY)
    assert counted(one) == 30


def test_one_that_ends_is_replaced_while_the_others_serve(server) -> None:
    one = server()
    for _ in range(3):
        waited_for(lambda: len(made_by(one)) == HOW_MANY)
        ended = min(made_by(one))
        os.kill(ended, signal.SIGKILL)
        waited_for(lambda ended=ended: ended not in made_by(one))
        answer = exchange(one.port, request("GET", "/me"), 30)
        assert answer is not None
        assert answer.status == 401
    assert "web process ended" in one.log.read_text()


def test_all_end_when_the_service_is_told_to(server) -> None:
    one = server()
    waited_for(lambda: len(made_by(one)) == HOW_MANY)
    made = made_by(one)
    one.tell()
    assert one.ended() == 0
    assert not any(is_there(pid) for pid in made)
    assert asked(one, "/healthz") == 0


JUST_BEFORE = """
import os, signal
from api.processes import listening, one_of
wait = signal.sigwait
def told_just_before(heard):
    os.kill(os.getpid(), signal.SIGTERM)
    return wait(heard)
signal.sigwait = told_just_before
one_of(2, listening("127.0.0.1", 0))
signal.pause()
"""


def test_who_is_told_just_before_waiting_ends() -> None:
    """A handler would have run when the wait was over: never, as nobody had told those it waited for."""
    assert subprocess.run([sys.executable, "-c", JUST_BEFORE], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_none_stays_behind_when_the_one_that_made_them_is_killed(server) -> None:
    one = server()
    waited_for(lambda: len(made_by(one)) == HOW_MANY)
    made = made_by(one)
    one.kill()
    waited_for(lambda: not any(is_there(pid) for pid in made))
    assert asked(one, "/healthz") == 0


@pytest.mark.parametrize("processes", ["0", "65", "two"])
def test_a_number_that_is_none_stops_the_start(server, processes) -> None:
    with pytest.raises(AssertionError, match="BRIGADE_PROCESSES"):
        server(processes)
