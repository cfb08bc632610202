"""Tokens that this process has made or verified already: a phone sends the same one for a quarter of an hour.

Kept is the digest of what was sent, never the token. A token found here is good only as long as its key is
one of ours and by the clock; whatever else is asked of it (its kind, the device that it names) is asked each time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import OrderedDict
from typing import Any, NamedTuple

from brigade.access.signing_keys import KeyRing

MOST = 4096


class _Seen(NamedTuple):
    kid: str
    key: bytes
    claims: dict[str, Any]


class SeenTokens:
    """The last ``MOST`` of them. Threads may ask and add at once."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()

    def claims(self, sent: str, now: dt.datetime) -> dict[str, Any] | None:
        """What the token in this header says; None when it must be verified."""
        mark = _mark(sent)
        seen = self._seen.get(mark)
        if seen is None:
            return None
        key = self._ring.named(seen.kid)
        good = key is not None and key.value == seen.key and seen.claims["nbf"] <= now.timestamp() < seen.claims["exp"]
        return dict(seen.claims) if good else None

    def add(self, sent: str, kid: str, claims: dict[str, Any]) -> None:
        """The token in this header was signed, or verified, by the key of that name."""
        key = self._ring.named(kid)
        if key is None or not {"nbf", "exp"} <= claims.keys():
            return
        self._seen[_mark(sent)] = _Seen(kid, key.value, dict(claims))
        while len(self._seen) > MOST:
            self._seen.popitem(last=False)


def _mark(sent: str) -> bytes:
    return hashlib.sha256(sent.encode("utf-8", "surrogateescape")).digest()
