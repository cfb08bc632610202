"""A server that is told to stop: the proxy is told first, what was begun is answered, and nothing new is taken."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.faults.serving import Server


@pytest.fixture
def server(sqlite: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """``server(STOP_NOTICE="5")``: one that is serving."""
    begun: list[Server] = []

    def begin(**environ: str) -> Server:
        begun.append(Server(sqlite, tmp_path, **environ))
        begun[-1].start()
        return begun[-1]

    yield begin
    for one in begun:
        one.kill()


def asked(server: Server, path: str) -> int:
    """The status of the answer; 0 where nobody listens any more."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except ConnectionError:
        return 0
    finally:
        connection.close()


def waited_for(true: Callable[[], bool]) -> None:
    """Until it is so."""
    deadline = time.monotonic() + 50
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_proxy_is_told_while_everyone_is_still_served(server) -> None:
    one = server(STOP_NOTICE="60")
    assert asked(one, "/readyz") == 200
    one.tell()
    waited_for(lambda: asked(one, "/readyz") == 503)
    assert (asked(one, "/healthz"), asked(one, "/api/v1/me")) == (200, 401)


def test_what_was_begun_is_answered_and_the_idle_are_sent_away(server) -> None:
    one = server()
    body = json.dumps({"login": "nobody", "password": "never-heard-of"}).encode()
    head = (
        f"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    with (
        socket.create_connection(("127.0.0.1", one.port), 50) as slow,
        socket.create_connection(("127.0.0.1", one.port), 50) as idle,
    ):
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200")
        slow.sendall(head.encode() + b"\r\n\r\n" + body[:10])
        asked(one, "/healthz")  # it has read what came before
        one.tell()
        waited_for(lambda: asked(one, "/healthz") == 0)
        while idle.recv(1000):
            pass  # until it is closed
        slow.sendall(body[10:])
        assert slow.recv(100).startswith(b"HTTP/1.1 401")
    assert one.ended() == 0


@pytest.mark.parametrize("notice", ["61", "-1", "ten", "5.5"])
def test_a_notice_that_is_none_stops_the_start(server, tmp_path, notice) -> None:
    with pytest.raises(AssertionError, match="BRIGADE_STOP_NOTICE"):
        server(STOP_NOTICE=notice)
