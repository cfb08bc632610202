"""What the example client makes of each kind of answer: taken, refused for good, or to be asked again later."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.faults.phones import EXAMPLES
from tests.faults.proxy import PORTAL

OURS = {"X-Request-Id": "1", "Content-Type": "application/json"}
TOKENS = {"access_token": "a", "refresh_token": "r", "until": 1e12}


class Canned:
    """A server that gives the next of its answers to whoever connects; ``asked`` is what came."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.asked: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                with connection:
                    self.asked.append(connection.recv(65536))
                    connection.sendall(self.answers.pop(0))

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def answer(status: int, body: Any = None, raw: bytes | None = None, **headers: str) -> bytes:
    content = json.dumps(body).encode() if raw is None else raw
    said = {**OURS, "Content-Length": str(len(content)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
    return f"HTTP/1.1 {status} .\r\n{head}\r\n".encode() + content


@pytest.fixture
def canned() -> Iterator[Canned]:
    server = Canned()
    yield server
    server.close()


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The example's ``Storage`` of a phone that is signed in."""
    monkeypatch.syspath_prepend(EXAMPLES)
    from phone_client.storage import Storage

    storage = Storage(tmp_path / "phone")
    storage.keep(tokens=TOKENS)
    yield storage
    storage.close()


@pytest.fixture
def client(canned: Canned, storage: Any) -> Any:
    """The example's ``Server`` at the canned one."""
    from phone_client.server import Server

    return Server(canned.address, storage, timeout=5)


def outcome(client: Any, canned: Canned, *answers: bytes) -> Any:
    """The data that came, or the name of what was raised with what it says."""
    canned.answers = list(answers)
    try:
        return client.ask("GET", "/me").data
    except Exception as error:
        return type(error).__name__, error


@pytest.mark.parametrize(
    "raw",
    [
        PORTAL,
        PORTAL.replace(b"200 OK", b"403 Forbidden"),
        b"HTTP/1.1 302 Found\r\nLocation: http://wifi.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        answer(200, {"state": "confirmed"}, X_Request_Id=""),
        answer(200, {"state": "confirmed"})[:-1],
        answer(200, raw=b'{"state": "conf'),
        answer(200, raw=gzip.compress(b'{"state": "confirmed"}')[:-4], Content_Encoding="gzip"),
        b"HTTP/1.1 200 .\r\nX-Request-Id: 1\r\n",
        b"HTTP/1.1 201 .\r\nContent-Type: application/json\r\nX-Request-Id: 1",
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
)
def test_what_is_not_the_servers_whole_answer_says_nothing(client, canned, raw) -> None:
    name, error = outcome(client, canned, raw)
    assert (name, error.answered, error.wait) == ("NotNow", False, 0)


@pytest.mark.parametrize(("status", "wait"), [(500, ""), (503, "30"), (429, "120"), (408, ""), (503, "soon")])
def test_the_servers_own_trouble_is_waited_out_as_long_as_it_says(client, canned, status, wait) -> None:
    name, error = outcome(client, canned, answer(status, {"detail": "…"}, Retry_After=wait))
    assert (name, error.answered, error.wait) == ("NotNow", True, int(wait) if wait.isdigit() else 0)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 413, 415, 422])
def test_a_refusal_of_the_server_is_one(client, canned, status) -> None:
    name, error = outcome(client, canned, answer(status, {"detail": "理由", "status": status}))
    assert (name, str(error), error.problem["status"]) == ("Refused", "理由", status)


def test_a_shortened_answer_is_read(client, canned) -> None:
    packed = answer(200, raw=gzip.compress("団員".encode().join([b'{"name": "', b'"}'])), Content_Encoding="gzip")
    assert outcome(client, canned, packed) == {"name": "団員"}
    assert b"Accept-Encoding: gzip" in canned.asked[0]


def test_401_is_answered_by_one_refresh_and_the_new_pair_is_kept(client, canned) -> None:
    fresh = {"access_token": "b", "refresh_token": "s", "expires_in": 900}
    assert outcome(client, canned, answer(401, {}), answer(200, fresh), answer(200, {"ok": 1})) == {"ok": 1}
    assert [b"Bearer a" in canned.asked[0], b"Bearer r" in canned.asked[1], b"Bearer b" in canned.asked[2]] == [
        True
    ] * 3
    name, _ = outcome(client, canned, answer(401, {}), answer(401, {"detail": "…"}))
    assert (name, b"Bearer s" in canned.asked[4]) == ("SignedOut", True)


def test_passwords_go_over_https_only(client, tmp_path) -> None:
    with pytest.raises(ValueError, match="https"):
        type(client)("http://brigade.example", None)
    type(client)("https://brigade.example", None)


# --- The queue --------------------------------------------------------------------------------------------------------


def queued(storage: Any, count: int) -> list[dict[str, Any]]:
    """So many reports without pictures, and what the server answers of each."""
    bodies = [{"id": str(uuid.uuid4()), "place": f"場所{number}"} for number in range(count)]
    for body in bodies:
        storage.add(body, [])
    return [{**report.body, "attachments": []} for report in storage.queue()]


def sent(client: Any, storage: Any, canned: Canned, *answers: bytes, seconds: float = 10) -> list[bytes]:
    """What was asked while the queue was sent."""
    from phone_client.sending import send

    canned.answers = list(answers)
    send(client, storage, seconds, 0.01, lambda line: None)
    return [request.split(b" HTTP")[0] for request in canned.asked]


def test_a_report_that_the_server_chokes_on_does_not_hold_up_the_others(client, storage, canned) -> None:
    one, two = queued(storage, 2)
    good = [answer(201, {}), answer(200, two), answer(201, {}), answer(200, one)]
    asked = sent(client, storage, canned, answer(500, {}), *good)
    assert [request[:4] for request in asked] == [b"POST", b"POST", b"GET ", b"POST", b"GET "]
    assert (asked[2][-36:].decode(), asked[4][-36:].decode()) == (two["id"], one["id"])
    assert storage.queue() == []


def test_a_network_that_is_away_is_not_asked_for_each_report(client, storage, canned) -> None:
    queued(storage, 5)
    assert len(sent(client, storage, canned, *[PORTAL] * 9, seconds=0.001)) == 1
    assert len(storage.queue()) == 5


@pytest.mark.parametrize("other", [{"place": "場所1"}, {"place": None}, {"attachment_ids": ["x"]}])
def test_what_reads_back_otherwise_stays(client, storage, canned, other) -> None:
    [one] = queued(storage, 1)
    sent(client, storage, canned, answer(201, one), answer(200, {**one, **other}))
    [kept] = storage.queue()
    assert (kept.id, kept.problem["code"], *other) == (one["id"], "differs", kept.problem["detail"].split("'")[1])


def test_nothing_is_done_before_it_was_read_back(client, storage, canned) -> None:
    [one] = queued(storage, 1)
    sent(client, storage, canned, answer(201, one), PORTAL, seconds=0.001)
    assert [report.sent for report in storage.queue()] == [True]
    sent(client, storage, canned, answer(200, one))
    assert storage.queue() == []
