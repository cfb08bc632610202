"""Named points in a running process: where it dies, or the database dies under it, once such a point is armed.

The product knows nothing of them. They stand around its statements and commits, and around a few of its functions.
"""

from __future__ import annotations

import functools
import os
import re
import signal
from pathlib import Path
from typing import Any

from flask import has_request_context
from sqlalchemy import event

WRITES = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (\w+)")

REQUESTS = (
    "before commit", "after commit", "answer ready", "INSERT INTO activity_reports", "INSERT INTO report_events",
    "INSERT INTO report_versions", "INSERT INTO creations", "INSERT INTO changes", "INSERT INTO notices",
    "INSERT INTO participations", "UPDATE activity_reports", "INSERT INTO attachments", "INSERT INTO jobs",
    "picture written", "picture linked", "picture stored",
)  # fmt: skip
"""Where a server may die. A worker's own come in addition; all happen in a server that has its worker beside it."""

JOBS = (
    "before commit of work", "after commit of work", "INSERT INTO editions", "INSERT INTO edition_units", "INSERT INTO edition_files",
    "UPDATE activity_reports", "INSERT INTO report_events", "UPDATE jobs", "UPDATE deliveries", "INSERT INTO deliveries",
    "document drawn", "picture written", "picture stored", "mail handed in", "job done",
)  # fmt: skip
"""Where a worker may die."""

GAP = "the gap of a planted fault"

_armed = Path()


def arm(path: Path, point: str, victim: int = 0) -> None:
    """Let the process whose file this is die at the point, once; or ``victim`` (a database server) instead."""
    fresh = path.with_suffix(".new")
    fresh.write_text(f"{victim} {point}")
    fresh.rename(path)


def reached(point: str) -> None:
    """The process is there. Whoever takes the file away does what it says, so it is done once."""
    try:
        victim, _, wanted = _armed.read_text().partition(" ")
        if wanted != point:
            return
        _armed.unlink()
    except OSError:
        return
    if int(victim):
        os.kill(int(victim), signal.SIGQUIT)  # the postmaster: every backend dies where it is
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def install(app: Any, armed: str) -> None:
    """Put the points into this process; ``armed`` is the file that arms one of them."""
    from api import sealing
    from api.extensions import db
    from brigade import jobs
    from brigade.files import storage
    from brigade.messages.mail import Outbox

    global _armed
    _armed = Path(armed)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", _after_statement)
    _around(engine.dialect, "do_commit")
    _after(storage, "write_file", "picture written")
    _before(storage, "sync_folder", "picture linked")
    _after(storage.Folder, "put", "picture stored")
    _after(sealing, "make", "document drawn")
    _after(Outbox, "send", "mail handed in")
    _before(jobs.Work, "finish", "job done")
    serve = app.wsgi_app
    app.wsgi_app = lambda environ, start: _answered(serve(environ, start))


def _answered(answer: Any) -> Any:
    reached("answer ready")
    return answer


def _after_statement(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    for written in WRITES.finditer(statement):  # PostgreSQL is given the rows of many tables by one statement
        reached(f"{written[1]} {written[2]}")


def _around(owner: Any, name: str) -> None:
    commit = getattr(owner, name)

    def between(connection: Any) -> None:
        whose = "" if has_request_context() else " of work"
        reached(f"before commit{whose}")
        commit(connection)
        reached(f"after commit{whose}")

    setattr(owner, name, between)


def _after(owner: Any, name: str, point: str) -> None:
    real = getattr(owner, name)

    @functools.wraps(real)
    def then(*args: Any, **said: Any) -> Any:
        result = real(*args, **said)
        reached(point)
        return result

    setattr(owner, name, then)


def _before(owner: Any, name: str, point: str) -> None:
    real = getattr(owner, name)

    @functools.wraps(real)
    def first(*args: Any, **said: Any) -> Any:
        reached(point)
        return real(*args, **said)

    setattr(owner, name, first)
