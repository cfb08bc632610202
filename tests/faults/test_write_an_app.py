"""The guide for app writers and the examples' page: every request and snippet in them, done as it stands there."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import io
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import Template
from typing import Any

import pytest

from brigade.dates import TOKYO
from tests.faults.conftest import Demo
from tests.faults.phones import DONE, EXAMPLES, Phone, photograph
from tests.faults.serving import ROOT

pytestmark = pytest.mark.xdist_group("guide")
HISTORY = 0
"""Reports of the demo before the tests: none, so that every hour is free."""

GUIDE = (ROOT / "docs/howto/write-an-app.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(http|python)\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def test_everything_in_the_guide_is_so(demo: Demo, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hose.jpg").write_bytes(photograph(Random(1)))
    names: dict[str, Any] = {"SERVER": f"127.0.0.1:{demo.port}"}
    kinds = []
    for found in BLOCK.finditer(GUIDE):
        kind, text, printed = found.groups()
        line = GUIDE.count("\n", 0, found.start()) + 2
        if kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile("\n" * (line - 1) + text, "write-an-app.md", "exec"), names)
            assert out.getvalue() == (printed or ""), f"line {line}"
        else:
            exchange(text, names, f"line {line}")
        kinds.append(kind)
    assert (kinds.count("http"), kinds.count("python")) >= (7, 6)


WHOLE = [
    b"HTTP/1.1 200 OK\r\nX-Request-Id: 1\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + b'{"ok": "whole"}',
    b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\nContent-Type: application/json\r\nX-Request-Id: 1\r\n\r\n" + b'{"ok": "whole"}',
    b"HTTP/1.1 422 No\r\nX-Request-Id: 1\r\nContent-Type: application/problem+json\r\nContent-Length: 16\r\n\r\n" + b'{"code": "some"}',
    b"HTTP/1.1 200 OK\r\nX-Request-Id: 1\r\nContent-Length: 0\r\nUpload-Offset: 7\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("whole", WHOLE)
def test_an_answer_that_was_cut_anywhere_is_none(whole: bytes) -> None:
    [code] = [text for kind, text, _ in BLOCK.findall(GUIDE) if kind == "python" and "def ask(" in text]
    names: dict[str, Any] = {"access_token": "t"}
    exec(compile(code, "write-an-app.md", "exec"), names)
    body = whole.index(b"\r\n\r\n") + 4
    head_says_all = b"Content-Length: 0" in whole
    for end in range(body if head_says_all else len(whole)):
        with answering(whole[:end]) as names["SERVER"]:
            try:
                got = names["ask"]("GET" if not head_says_all else "HEAD", "/me")
            except names["NotNow"]:
                continue
            assert head_says_all, (whole[:end], got)
            assert end >= whole.index(b"Content-Length: 0") + 17, (whole[:end], got)


@contextlib.contextmanager
def answering(data: bytes) -> Iterator[str]:
    """A server that says this to whoever comes first, and hangs up; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join(20)


def exchange(text: str, names: dict[str, Any], where: str) -> None:
    """Send the request and hold the answer against the one shown; names it gives for the first time are remembered."""
    asked, _, shown = text.partition("\nHTTP/1.1 ")
    first, headers, body = parts(Template(asked).substitute(names))
    connection = http.client.HTTPConnection(names["SERVER"], timeout=20)
    connection.request(*first.split(" "), body.encode() or None, headers)
    answer = connection.getresponse()
    data = answer.read().decode()
    connection.close()
    status, headers, body = parts(shown)
    assert answer.status == int(status), f"{where}: {data}"
    for name, value in headers.items():
        assert answer.headers[name] == value, f"{where}: {name}"
    hold(json.loads(body), json.loads(data), names, where)


def parts(text: str) -> tuple[str, dict[str, str], str]:
    """First line, headers, body."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.splitlines()
    return first, dict(line.split(": ", 1) for line in lines), body.strip()


def hold(shown: Any, got: Any, names: dict[str, Any], where: str) -> None:
    """AssertionError unless all that is shown is there; ``$name`` is bound, or equal to what it was bound to."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            hold(value, got[key], names, f"{where}/{key}")
    elif isinstance(shown, list):
        assert len(shown) == len(got), where
        for value, there in zip(shown, got, strict=True):
            hold(value, there, names, where)
    elif isinstance(shown, str) and shown.startswith("$"):
        assert names.setdefault(shown[1:], got) == got, where
    else:
        assert shown == got, where


def test_commands_of_the_examples_page_run(demo: Demo, tmp_path: Path) -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    python3 -m phone_client (.*)$", page, re.MULTILINE)
    end = dt.datetime.now(TOKYO).replace(microsecond=0) - dt.timedelta(days=1)
    [report] = re.findall(r"^    (\{.*?\})$", page, re.MULTILINE | re.DOTALL)
    report = {
        **json.loads(report),
        "started_at": (end - dt.timedelta(hours=1)).isoformat(),
        "ended_at": end.isoformat(),
    }
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    (tmp_path / "hose.jpg").write_bytes(photograph(Random(2)))
    phone = Phone(tmp_path / "phone", f"http://127.0.0.1:{demo.port}")
    for command in commands:
        words = [str(tmp_path / word) if "." in word else word for word in command.split() if "http:" not in word]
        words = [word for word in words if word != "--server"]
        if "signin" in words:
            words += ["--password", "brigade-demo"]
        assert phone.run(*words) == DONE, phone.said
    assert phone.said.startswith("0 waiting, 0 refused, ")
    assert [target for target in LINK.findall(page) if not (EXAMPLES / target).exists()] == []
    assert [file.name for file in (EXAMPLES / "phone_client").glob("*.py") if file.name not in page] == ["__init__.py"]
