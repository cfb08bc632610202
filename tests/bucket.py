"""An S3-compatible server on this machine, with the usual variables set and one bucket, ``brigade``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
