"""What the log says: one JSON object a line, with fields from a list, each of which holds an id, a code or a number.

Names, addresses and content never get into it, by two walls. A message is the constant text that stands in the program:
what would be put into it is not. And a field that is not in ``FIELDS`` is left out, as is a value that could be a text.
Of a failure the log has its type and where it happened, not what it says.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from brigade.errands import errand

FIELDS = (
    "method", "route", "status", "ms", "code", "error", "store", "constraint", "job", "kind", "attempt", "form", "what",
    "channel", "outcome", "key", "count", "session", "member", "viewed",
)  # fmt: skip
"""``route`` is the pattern of an address, ``key`` that of a file (made of ids), ``error`` the name of a type, ``store`` the
database's own code for what went wrong (SQLSTATE, or SQLite's name) or the bucket's (S3's name, or the HTTP status);
``session`` the device and ``member`` the person who asked, ``viewed`` the members whose data the answer held.
"""

PLAIN = re.compile(r"[A-Za-z0-9_.:/<>,+-]{1,120}")
"""What an id, a code or the name of a type may consist of. No blanks, no letters but ASCII's."""

PLAIN_LIST = re.compile(PLAIN.pattern.replace("{1,120}", "*"))
"""The same of many, a comma between them: looked at at once, as an answer may name two hundred."""

MOST_FRAMES = 12
ROOT = Path(__file__).parents[1]


class Lines(logging.Formatter):
    """A record as its line."""

    def format(self, record: logging.LogRecord) -> str:
        """``{"at": …, "level": …, "from": …, "event": …, "request_id": …, …}``."""
        said: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": _event(record),
        }
        if found := getattr(record, "request_id", "") or errand():
            said["request_id"] = found
        said |= {name: _value(getattr(record, name)) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            said["error"] = _types(record.exc_info[1])
            said["where"] = _frames(record.exc_info[2])
            if code := store_code(record.exc_info[1]):
                said["store"] = code
        return json.dumps(said, ensure_ascii=True)


def install(level: int = logging.INFO) -> None:
    """All loggers of this process write such lines to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _event(record: logging.LogRecord) -> str:
    """The constant text. What others' packages put together themselves is known by its ASCII alone, and cut."""
    text = str(record.msg)
    return text[:200] if text.isascii() else "(not shown)"


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return value if PLAIN_LIST.fullmatch(",".join(value)) else "(not shown)"
    text = str(value)
    return text if PLAIN.fullmatch(text) else "(not shown)"


def _types(error: BaseException) -> list[str]:
    """The failure's type, and those of what caused it."""
    found: list[str] = []
    at: BaseException | None = error
    while at is not None and len(found) < MOST_FRAMES:
        found.append(type(at).__name__)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return found


def _frames(tb: TracebackType | None) -> list[str]:
    """Where it happened, the innermost place last: ``api/worker.py:99 _do``."""
    return [
        f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tb)[-MOST_FRAMES:]
    ]


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return path.relative_to(ROOT).as_posix()
    return "/".join(path.parts[-2:])


def failure(error: Exception) -> dict[str, str]:
    """A failure of the store as fields: the type of what its driver threw and, where it has one, the code."""
    said = {"error": type(getattr(error, "orig", None) or error).__name__}
    return said | ({"store": code} if (code := store_code(error)) else {})


def store_code(error: BaseException) -> str | None:
    """``53100`` (https://www.postgresql.org/docs/15/errcodes-appendix.html) or ``SQLITE_FULL``
    (https://sqlite.org/rescode.html); None where the driver has none, as when there is no connection.
    """
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)


def constraint_of(error: Exception) -> str:
    """Which rule of the store was broken: its name, or its columns. Never a value."""
    cause = getattr(error, "orig", error)
    told = getattr(cause, "diag", None)
    if told is None:  # SQLite: "UNIQUE constraint failed: members.bureau_id, members.number"
        columns = str(cause).rpartition(": ")[2].replace(", ", ",")
        return columns if PLAIN.fullmatch(columns) else str(getattr(cause, "sqlite_errorname", type(cause).__name__))
    return told.constraint_name or f"{told.table_name}.{told.column_name}"
