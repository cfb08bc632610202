"""A server that is no S3, or not the bucket's: unavailable after a few questions, nothing claimed, and a word of what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from api import create_app
from brigade.files.storage import Bucket
from brigade.problems import Unavailable
from tests.api.asking import unavailable
from tests.bucket import answering
from tests.conftest import settings_for
from tests.db.places import run

ROOT = Path(__file__).parents[2]


def refusal(code: str, more: str = "") -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>m</Message>{more}</Error>'.encode()


MOVED = {"Location": "https://login.example.jp/"}
ENDPOINT, CLOCK, KEYS, BUCKET = "AWS_ENDPOINT_URL", "clock", "AWS_ACCESS_KEY_ID", "is not there"

ANSWERS = {
    "301": (301, MOVED, b"", ENDPOINT),
    "301 of S3": (301, {}, refusal("PermanentRedirect"), ENDPOINT),
    "302 of a portal": (302, MOVED, b"<html><body>Sign in<br></body></html>", ENDPOINT),
    "307": (307, MOVED, refusal("TemporaryRedirect"), ENDPOINT),
    "308": (308, MOVED, b"", ENDPOINT),
    "301 with a region": (301, {"x-amz-bucket-region": "eu-west-1"}, refusal("PermanentRedirect"), ENDPOINT),
    "another region": (
        400, {}, refusal("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), ENDPOINT,
    ),
    "200 with nothing": (200, {}, b"", ENDPOINT),
    "200 with another XML": (200, {}, b'<?xml version="1.0"?><a/>', ENDPOINT),
    "clock": (403, {}, refusal("RequestTimeTooSkewed"), CLOCK),
    "no right": (403, {}, refusal("AccessDenied"), KEYS),
    "no bucket": (404, {}, refusal("NoSuchBucket"), BUCKET),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_is_claimed_of_a_server_that_is_not_the_buckets(name: str) -> None:
    *said, _ = ANSWERS[name]
    with answering(*said) as asked:
        kept = Bucket("brigade", "x")
        for attempt in (
            lambda: kept.put("a/1", b"x"), lambda: kept.put("a/1", b"x", replace=True), lambda: kept.get("a/1"),
            lambda: kept.delete("a/1"), kept.check,
        ):  # fmt: skip
            asked.clear()
            with pytest.raises(Unavailable):
                attempt()
            assert len(asked) <= 2


@pytest.mark.parametrize("name", ["301", "another region", "200 with nothing", "clock", "no right", "no bucket"])
def test_a_command_says_why_and_what_to_do(name: str, sqlite: str, tmp_path: Path) -> None:
    *said, remedy = ANSWERS[name]
    with answering(*said):
        app = create_app(settings_for(sqlite, tmp_path, STORAGE_URL="s3://brigade/x"))
        refused = run(app, "backup", "write", tmp_path / "archive", fails=remedy)
    assert refused.count("\n") == 1
    assert "BRIGADE_STORAGE_URL" in refused
    assert not (tmp_path / "archive").exists()


def test_the_server_says_at_its_start_why_it_is_not_ready(sqlite_template: Path, tmp_path: Path) -> None:
    """And starts: reports are filed without pictures meanwhile."""
    (tmp_path / "brigade.sqlite3").write_bytes(sqlite_template.read_bytes())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with answering(301, MOVED):
        environ = {"BRIGADE_VAR": str(tmp_path), "BRIGADE_STORAGE_URL": "s3://brigade/x", "PORT": port}
        server = subprocess.Popen(
            [sys.executable, "-m", "api.serve"], cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert server.stdout is not None
        too_late = threading.Timer(60, server.kill)
        too_late.start()
        try:
            lines = [server.stdout.readline() for _ in range(2)]
        finally:
            too_late.cancel()
            server.terminate()
            server.wait(60)
            server.stdout.close()
    assert lines[0] == f"Brigade: http://127.0.0.1:{port}/\n"
    assert lines[1].startswith("Not ready: the files' place cannot be read or written (BRIGADE_STORAGE_URL): ")
    assert ENDPOINT in lines[1]


def test_the_server_is_not_ready_and_the_log_has_the_code(
    sqlite: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with answering(301, MOVED):
        client = create_app(settings_for(sqlite, tmp_path, STORAGE_URL="s3://brigade/x")).test_client()
        assert unavailable(client.get("/readyz"))
    (line,) = [record for record in caplog.records if record.name == "brigade.storage"]
    assert (line.error, line.store) == ("ClientError", "301")
