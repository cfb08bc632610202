"""The server's end, in one process: what is still being answered when all patience is over meets nothing that was closed."""

from __future__ import annotations

import http.client
import logging
import threading

import pytest
from flask import Flask
from waitress import wasyncore

from api import stopping
from api.processes import listening
from api.stopping import Serving


@pytest.mark.parametrize("hangs", [False, True])
def test_an_answer_that_comes_after_all_patience_wakes_nothing_that_was_closed(hangs, monkeypatch, caplog) -> None:
    begun, goes_on = threading.Event(), threading.Event()
    app = Flask("slow")

    @app.get("/")
    def answer() -> str:
        begun.set()
        if hangs:
            goes_on.wait()
        return "done"

    monkeypatch.setattr(stopping, "LONGEST", 0.2)
    before, shared = set(threading.enumerate()), listening("127.0.0.1", 0)
    serving = Serving(app, 0, lambda: False, sockets=[shared], threads=1)
    thread = threading.Thread(target=serving.run)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", shared.getsockname()[1], timeout=30)
    connection.request("GET", "/")
    assert begun.wait(30)
    if not hangs:
        assert connection.getresponse().read() == b"done"
    serving.stop()
    thread.join()
    left = set(threading.enumerate()) - before
    assert (len(left), bool(serving._map)) == (hangs, hangs)
    goes_on.set()
    for worker in left:
        worker.join(30)
    connection.close()
    wasyncore.close_all(serving._map)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
