"""HTTP as bytes: requests whose every byte is known, answers that count only when they are whole."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass, field
from typing import Any

API = "/api/v1"
BOUNDARY = "an-end-of-a-part"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; ``port`` is the one that asked."""

    status: int
    headers: dict[str, str]
    body: bytes
    port: int = field(default=0, compare=False)

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


def request(method: str, path: str, body: Any = None, token: str = "", **headers: str) -> bytes:
    """The bytes of one request on a connection of its own; header names with ``_`` for ``-``."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    said = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(content))}
    if content:
        said["Content-Type"] = "application/json"
    if token:
        said["Authorization"] = f"Bearer {token}"
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"{method} {API}{path} HTTP/1.1\r\n{head}\r\n".encode() + content


def picture_form(id_: str, data: bytes) -> bytes:
    """The body of a form that sends a picture under this id."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="id"\r\n\r\n{id_}\r\n--{BOUNDARY}\r\n'
    head += 'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def form_request(form: bytes, method: str, path: str, token: str) -> bytes:
    """The bytes of a request with such a body."""
    said = {"Content_Type": f"multipart/form-data; boundary={BOUNDARY}", "Content_Length": str(len(form))}
    return request(method, path, None, token, **said) + form


def exchange(port: int, data: bytes, timeout: float = 20) -> Answer | None:
    """The answer, or None when it did not come whole."""
    answer, own = bytearray(), 0
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            own = connection.getsockname()[1]
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(data)
            while piece := connection.recv(65536):
                answer += piece
    except OSError:
        pass
    head, gap, body = bytes(answer).partition(b"\r\n\r\n")
    if not gap:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(body) < int(headers.get("content-length", 0)):
        return None
    return Answer(int(first.split(" ")[1]), headers, body, own)


class Person:
    """Somebody signed in, asking through ``port``; signs in anew before the access token ends."""

    def __init__(self, port: int, login: str, password: str) -> None:
        self.port, self._credentials = port, {"login": login, "password": password}
        self._sign_in()

    def _sign_in(self) -> None:
        answer = exchange(self.port, request("POST", "/auth/login", self._credentials))
        assert answer is not None
        assert answer.status == 200, answer.body
        self.token, self.refresh_token = answer.json["access_token"], answer.json["refresh_token"]
        self._until = time.monotonic() + answer.json["expires_in"] / 2

    def bytes_of(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        """The request as this person sends it."""
        if time.monotonic() > self._until:
            self._sign_in()
        return request(method, path, body, self.token, **headers)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """The answer to a request that nothing disturbs."""
        answer = exchange(self.port, self.bytes_of(method, path, body, **headers))
        assert answer is not None, f"{method} {path}: no whole answer"
        return answer
