"""The code on an invitation card: twelve digits by chance, how people type them, and what of them is stored. Pure."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass
from enum import StrEnum

from brigade.access.signing_keys import derived

DIGITS = 12
GROUP = 4
JOIN_PATH = "/join"
"""The page that asks for the code; the QR code has the digits behind ``#``, which no browser sends to a server."""

_MOST_TYPED = 60
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
# Every dash of Unicode's that keyboards make, the minus sign, and the kana for long vowels that stands on its key.
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212\u30fc\uff0d\uff70~\u301c\uff5e.\u30fb]")
_DIGITS = re.compile(rf"[0-9]{{{DIGITS}}}")


class Purpose(StrEnum):
    """To make one's account, or to choose a new password for it."""

    JOIN = "join"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Issued:
    """One code as it is told, once: on a screen or on a card.

    ``brigade`` is the member's (the station or bureau of its staff), ``unit_path`` the names from below it down.
    """

    member_id: uuid.UUID
    number: str
    name: str
    kana: str
    brigade: str
    unit_path: tuple[str, ...]
    purpose: Purpose
    code: str
    expires_at: dt.datetime


def new_code() -> str:
    """Twelve digits from the system's source of secrets."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def shown(code: str) -> str:
    """``1234-5678-9012``."""
    return "-".join(code[start : start + GROUP] for start in range(0, DIGITS, GROUP))


def typed(text: str) -> str | None:
    """The twelve digits of what was typed, with or without blanks and dashes, in half or full width; None for else."""
    if len(text) > _MOST_TYPED:
        return None
    digits = _BETWEEN.sub("", text.translate(_FULL_WIDTH))
    return digits if _DIGITS.fullmatch(digits) else None


def digest(code: str, secret_key: str) -> str:
    """What is stored of a code: an HMAC under a key of its own, made from the installation's secret.

    A plain hash of forty bits is tried through in minutes by who has read the table, and a slow one would be paid by
    the server at each stranger's try. Without the secret, which is not in the database, the digests tell nothing.
    """
    return hmac.digest(derived(secret_key, "invitation codes"), code.encode(), "sha256").hex()


def join_address(base_url: str, code: str) -> str:
    """What the QR code says: ``https://brigade.example.jp/join#123456789012``."""
    return f"{base_url}{JOIN_PATH}#{code}"


def short_address(base_url: str) -> str:
    """What a person types: ``brigade.example.jp/join``."""
    return f"{base_url.removeprefix('https://')}{JOIN_PATH}"
