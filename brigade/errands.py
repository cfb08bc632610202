"""By which id everything is found again that one request caused: its log lines, and those of the jobs it left behind.

A context variable: each request and each job runs in one thread, which says at its start for whom it works.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ERRAND: ContextVar[str] = ContextVar("errand", default="")


def errand() -> str:
    """The id of the request for which this thread works; empty where it works for none."""
    return _ERRAND.get()


@contextmanager
def on_errand(request_id: str) -> Iterator[None]:
    """Work for this request within the block."""
    before = _ERRAND.set(request_id)
    try:
        yield
    finally:
        _ERRAND.reset(before)


def begin_errand(request_id: str) -> None:
    """Work for this request until another one is begun."""
    _ERRAND.set(request_id)
