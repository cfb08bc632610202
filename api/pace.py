"""How much one person may ask: no more in the long run than a program that goes round in a loop is to be granted.

Each has a bucket in the memory of the web process that answers: full at first, a request takes one out, and so many flow
back in a minute. Nothing is stored or looked up. Programs are known by the person in their token, browsers by the device
in their cookie; both are signed by us, so nobody fills this with names that are none.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from flask import Flask, current_app

from brigade.problems import Problem
from brigade.settings import Settings

AT_ONCE = 5
"""As much as flows back in so many minutes may be asked at once."""

MOST = 10_000
"""Whom a process remembers; the one who asked longest ago is forgotten first, and has long had a full bucket again."""

TOLD_EVERY = 60
CODE = "too-many-requests"

log = logging.getLogger("brigade.pace")


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    told: float = -math.inf


class Pace:
    """The buckets. Threads may take at once. ``a_minute`` 0: nobody is ever held up."""

    def __init__(self, a_minute: int, most: int = MOST) -> None:
        self._flow, self._full, self._most = a_minute / 60, float(a_minute * AT_ONCE), most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, now: float) -> tuple[float, bool]:
        """Seconds for which they have to wait, 0 where they need not; and whether the log is to be told of it now."""
        if not self._flow:
            return 0, False
        with self._lock:
            bucket = self._buckets.pop(who, None) or _Bucket(self._full, now)
            self._buckets[who] = bucket
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            bucket.left = min(self._full, bucket.left + max(0.0, now - bucket.at) * self._flow)
            bucket.at = now
            if bucket.left >= 1:
                bucket.left -= 1
                return 0, False
            tells = now - bucket.told >= TOLD_EVERY
            if tells:
                bucket.told = now
            return (1 - bucket.left) / self._flow, tells


def install(app: Flask, settings: Settings) -> None:
    """The buckets of this process."""
    app.extensions["brigade.pace"] = Pace(settings.requests_a_minute)


def check(*, member: str = "", session: str = "") -> None:
    """Problem ``too-many-requests`` for a person, or a browser, whose bucket is empty."""
    wait, tells = current_app.extensions["brigade.pace"].take(member or session, time.monotonic())
    if tells:
        log.warning("asks too much", extra={"member": member} if member else {"session": session})
    if wait:
        raise Problem(CODE, retry_after=math.ceil(wait))
