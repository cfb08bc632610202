"""An orderly end of the server: what was begun is answered, and the proxy in front has time to look elsewhere.

Told to stop, ``/readyz`` says no at once. For the time of the notice all is served as before, so that
every proxy has asked and knows. Then no connection is taken any more, requests that have begun are answered, idle
connections are closed, and the process ends. What is cut off after ``LONGEST`` was not stored, or was stored whole: the
client sends it again (docs/explain/never-doubled.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

LONGEST = 30.0
"""Seconds that requests in hand may take. Who starts the process must leave it this and the notice before killing it."""

STOPPING = "brigade.stopping"


def is_stopping(app: Flask) -> bool:
    """Whether the process was told to stop."""
    return bool(app.extensions.get(STOPPING))


class Serving:
    """One server from its start to its orderly end. ``notice`` in seconds; ``options`` are waitress's own.

    One that ``is_left_alone`` by whoever would tell it to stop does so by itself.
    """

    def __init__(self, app: Flask, notice: float, is_left_alone: Callable[[], bool], **options: Any) -> None:
        self._app, self._notice, self._map = app, notice, dict[int, Any]()
        self._is_left_alone = is_left_alone
        create_server(app, map=self._map, **options)

    def run(self, at_stop: Callable[[], None] = lambda: None) -> None:
        """Serve until told to stop, call ``at_stop`` then, and come back when all that was begun is answered."""
        while not is_stopping(self._app):
            self._turn(1.0)
            if self._is_left_alone():
                self.stop()
        at_stop()
        self._until(self._notice, lambda: False)
        servers = [one for one in self._map.values() if isinstance(one, BaseWSGIServer)]
        for server in servers:
            wasyncore.dispatcher.close(
                server
            )  # not its own close(): the answers of the threads still come by its trigger
        self._until(LONGEST, self._is_done)
        for server in servers:
            server.task_dispatcher.shutdown()
        if not any(server.task_dispatcher.threads for server in servers):
            wasyncore.close_all(self._map)  # else a late answer would wake a file that has the trigger's number by then

    def stop(self) -> None:
        """Tell it to stop, from a signal or from another thread; ``run`` sees it within a second."""
        self._app.extensions[STOPPING] = True

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)

    def _until(self, seconds: float, over: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not over():
            self._turn(0.1)

    def _is_done(self) -> bool:
        """Whether nobody is connected any more; who waits for nothing is sent away."""
        channels = [one for one in self._map.values() if isinstance(one, HTTPChannel)]
        for channel in channels:
            if not (channel.requests or channel.request or channel.total_outbufs_len):
                channel.will_close = True
        return not channels
