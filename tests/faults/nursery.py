"""Starts the product's real processes within a moment: it has imported the program once, and each process is a fork of it.

``python -m tests.faults.nursery`` takes orders as lines of JSON and answers each with one. A child is what is deployed
(``python -m api.serve``, ``flask worker``) with named points in it (``points.py``), if asked for with a clock that is
wrong and with planted faults (``planted.py``, ``planted_writes.py``). It dies with the nursery.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import importlib
import json
import os
import signal
import sys
import traceback
from typing import Any

PRELOADED = (
    "api.app",
    "api.serve",
    "api.worker",
    "reports.month.document",
    "reports.month.exports",
    "reports.month.book",
)
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Orders: ``open`` (settings of the next children), ``start``, ``kill``, ``alive``."""
    for name in PRELOADED:
        importlib.import_module(name)
    _hurry()
    app: Any = None
    for line in sys.stdin:
        order = json.loads(line)
        answer: Any = None
        if "open" in order:
            app = _opened(order["open"])
        elif "start" in order:
            answer = _started(app, order)
        elif "kill" in order:
            os.kill(order["kill"], signal.SIGKILL)
            os.waitpid(order["kill"], 0)
        elif "alive" in order:
            answer = os.waitpid(order["alive"], os.WNOHANG) == (0, 0)
        print(json.dumps(answer), flush=True)  # noqa: T201


def _hurry() -> None:
    """Nobody waits here for what costs time on purpose: a worker with nothing to do, a password's hash."""
    from argon2 import PasswordHasher

    from api import worker
    from brigade.access import passwords

    worker.PAUSE = 0.1
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def _opened(environ: dict[str, str]) -> Any:
    """The application of the next children; no connection is opened before the fork."""
    os.environ.update(environ)
    sys.modules.pop("wsgi", None)
    app = importlib.import_module("wsgi").app
    gc.collect()
    gc.freeze()
    return app


def _started(app: Any, order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    with open(order["log"], "ab") as log, open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        _live(app, order)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(70)


def _live(app: Any, order: dict[str, Any]) -> None:
    if order["ahead"]:
        import time_machine

        time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=order["ahead"]), tick=True).start()
    from tests.faults import planted, planted_writes, points

    points.install(app, order["armed"])
    for name in order["planted"].split():
        (planted.PLANTED | planted_writes.PLANTED)[name](app)
    if order["start"] == "server":
        from api import serve

        serve.main()
    else:
        from flask.cli import ScriptInfo

        app.cli.main(["worker"], obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    main()
