"""An S3-compatible server on this machine, with the usual variables set and one bucket, ``brigade``; and one that is none."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address, for the length of the block."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ENDPOINT_URL", address), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", "ap-northeast-1"), ("AWS_CONFIG_FILE", os.devnull),
        ):  # fmt: skip
            patch.setenv(name, value)
        urlopen(Request(f"{address}/moto-api/reset", method="POST"), timeout=20).close()  # it forgets nothing by itself
        place = {"LocationConstraint": "ap-northeast-1"}
        boto3.client("s3").create_bucket(Bucket="brigade", CreateBucketConfiguration=place)
        yield address
    server.stop()


@contextmanager
def answering(status: int, headers: Mapping[str, str], body: bytes = b"") -> Iterator[list[str]]:
    """A server that gives this one answer to everything is that of the usual variables; what it was asked."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # or its callers wait a second for "100 Continue"

        def _say(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | dict(headers)).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_HEAD = do_DELETE = _say  # noqa: N815  so http.server calls them

        def log_message(self, *said: object) -> None:
            """No word of it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}"), ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_DEFAULT_REGION", "ap-northeast-1"), ("AWS_CONFIG_FILE", os.devnull),
        ):  # fmt: skip
            patch.setenv(name, value)
        yield asked
    server.shutdown()
    server.server_close()
    thread.join()
