"""The deployed server itself, over real sockets: what only shows behind the WSGI border."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import make
from tests.api.answers import API
from tests.api.conftest import Rows, load
from tests.conftest import settings_for

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def november() -> None:
    """The server is a process of its own: here the clock is everybody's."""


@pytest.fixture(scope="module")
def port(sqlite_template, city_and_rows, tmp_path_factory) -> Iterator[int]:
    """``python -m api.serve`` with the small city."""
    from api import create_app
    from api.extensions import db

    folder = tmp_path_factory.mktemp("served")
    path = folder / "brigade.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    app = create_app(settings_for(f"sqlite:///{path}", folder))
    load(app, city_and_rows[1])
    with app.app_context():
        db.engine.dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    told = {"BRIGADE_VAR": str(folder), "BRIGADE_DATABASE_URL": f"sqlite:///{path}", "PORT": str(number)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "api.serve"], cwd=ROOT, env={**os.environ, **told}, stdout=log, stderr=log
        )
    try:
        wait_for(server, number, folder / "log")
        yield number
    finally:
        server.terminate()
        server.wait(20)


def wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def token(port) -> str:
    body = json.dumps({"login": "bureau", "password": make.PASSWORD}).encode()
    status, _, data = ask(port, "POST", f"{API}/auth/login", body, Content_Type="application/json")
    assert status == 200
    return f"Bearer {json.loads(data)['access_token']}"


def test_it_answers_and_does_not_boast(port, token) -> None:
    status, headers, _ = ask(port, "GET", f"{API}/me", Authorization=token)
    assert status == 200
    assert "python" not in headers.get("server", "").lower()
    assert "waitress" not in headers.get("server", "").lower()


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP", "Via"])
def test_figures_stay_inside_behind_a_proxy_on_the_same_machine(port, header) -> None:
    assert ask(port, "GET", "/metrics")[0] == 200
    assert ask(port, "GET", "/metrics", **{header: "for=192.0.2.1" if header == "Forwarded" else "192.0.2.1"})[0] == 404


def test_a_body_in_pieces_is_read_whole(port, token, city_and_rows: tuple[make.City, Rows]) -> None:
    """Without Content-Length: what was said must not be taken for nothing said."""
    pieces = iter([b'{"comment": "a", ', b'"amount": 3}'])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    said = {"Authorization": token, "Content-Type": "application/json", "If-Match": '"1"'}
    connection.request("POST", f"{API}/activity-reports/{make.new_id()}/approve", pieces, said, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["errors"][0]["pointer"]) == (422, "/amount")
    connection.close()


@pytest.mark.parametrize(
    "path",
    ["/months/%EF%BC%92026-11/report.pdf", "/months/2026-11%0d%0aX:y/report.pdf", "/months/%00/report.pdf", "/units/%ff",
     "//me", "/%2e%2e/%2e%2e/etc/passwd", "/activity-reports?q=%ff%00%ed%a0%80", "/activity-reports?cursor=%F0%9F%9A%92"],
)  # fmt: skip
def test_odd_addresses_are_answered_without_a_fault(port, token, city_and_rows, path) -> None:
    bureau = city_and_rows[0].bureau_id
    status, headers, _ = ask(
        port, "GET", f"{API}{path}{'' if '?' in path else f'?unit_id={bureau}'}", Authorization=token
    )
    assert status < 500
    assert "x" not in headers


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET " + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAccept-Language: \x00\r\n\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"BREW /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_odd_requests_are_refused_and_the_server_goes_on(port, raw) -> None:
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        first = connection.recv(100)
    assert not first or first.split(b" ")[1][:1] in (b"2", b"4"), first
    assert ask(port, "GET", "/healthz")[0] == 200


def test_what_keeps_it_from_starting_is_said_in_a_line(port, tmp_path) -> None:
    def started(**told: str) -> subprocess.CompletedProcess[str]:
        said = {"BRIGADE_VAR": str(tmp_path / "var"), **told}
        return subprocess.run(
            [sys.executable, "-m", "api.serve"],
            cwd=ROOT,
            env={**os.environ, **said},
            capture_output=True,
            text=True,
            timeout=60,
        )

    (tmp_path / "file").write_text("")
    for told, wanted in (
        ({"PORT": str(port)}, "another PORT"),
        ({"BRIGADE_VAR": str(tmp_path / "file")}, "BRIGADE_VAR"),
        ({"BRIGADE_VAR": str(tmp_path / "file" / "var")}, "BRIGADE_VAR"),
    ):
        ended = started(**told)
        assert ended.returncode == 1
        assert wanted in ended.stderr
        assert "Traceback" not in ended.stderr
