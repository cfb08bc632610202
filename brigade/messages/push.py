"""Web Push (RFC 8030, 8291, 8292): which addresses may be written to, the server's key, and sending one message.

The address of a subscription comes from outside. It is written to only where a known push service stands
(``BRIGADE_PUSH_HOSTS``), over HTTPS, and no redirect is followed.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from brigade.messages.outcome import Outcome, dead, later, sent

TIMEOUT = 10.0
"""Seconds."""

# The order of the group of P-256 (FIPS 186-4, D.1.2.3): a private key is a number from 1 to one below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HOST = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+|http://(?:127\.0\.0\.1|\[::1\]|localhost):[0-9]{1,5}")
_KEY = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def new_push_key() -> str:
    """A fresh private key: raw, base64url."""
    return _encoded((secrets.randbelow(_ORDER - 1) + 1).to_bytes(32, "big"))


def is_push_key(value: str) -> bool:
    """Whether it is a private key of P-256, raw and base64url."""
    try:
        raw = _decoded(value)
    except ValueError:
        return False
    return len(raw) == 32 and 0 < int.from_bytes(raw, "big") < _ORDER


def are_push_hosts(value: str) -> bool:
    """Whether it is a list ``fcm.googleapis.com,*.push.apple.com`` of hosts; ``*.`` stands for any name before them.

    An address of this machine (``http://127.0.0.1:9000``) may stand there too, for trying things out.
    """
    return all(_HOST.fullmatch(host) for host in value.split(","))


def may_push_to(endpoint: str, hosts: str) -> bool:
    """Whether one of the hosts is meant: over HTTPS, on its usual port, with nobody's name in front."""
    if not endpoint.isascii() or not endpoint.isprintable() or "\\" in endpoint or " " in endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or parts.fragment:
        return False
    for allowed in hosts.split(","):
        if allowed.startswith("http://"):
            meant = f"{parts.scheme}://{parts.netloc}" == allowed
        else:
            named = host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]))
            meant = named and parts.scheme == "https" and port in (None, 443)
        if meant:
            return True
    return False


def is_device_key(p256dh: str, auth: str) -> tuple[bool, bool]:
    """Whether each is what a browser gives: a point of P-256, uncompressed, and 16 bytes, both base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
        is_point = len(_decoded(p256dh)) == 65
    except ValueError:
        is_point = False
    try:
        is_secret = len(_decoded(auth)) == 16
    except ValueError:
        is_secret = False
    return is_point, is_secret


def _decoded(value: str) -> bytes:
    if not _KEY.fullmatch(value):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Pusher:
    """What is needed to send: our key, who answers for us (``mailto:`` or ``https://``), where we may send to."""

    key: str
    subject: str
    hosts: str

    @property
    def public_key(self) -> str:
        """What a browser asks for to subscribe: the uncompressed point, base64url."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        number = int.from_bytes(_decoded(self.key), "big")
        point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
        return _encoded(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def send(
        self, endpoint: str, p256dh: str, auth: str, message: bytes, *, topic: str, ttl: int, now: dt.datetime
    ) -> Outcome:
        """One message to one device. Dead with ``gone-…`` when the service does not know the device any more.

        A message with the same ``topic`` takes the place of one that has not been fetched. ``ttl`` is in seconds.
        """
        if not may_push_to(endpoint, self.hosts):
            return dead("host-not-allowed")
        # Asked for where it is needed: it brings a whole HTTP client along that a web server has no use for.
        import requests
        from py_vapid import Vapid02
        from pywebpush import WebPusher

        parts = urlsplit(endpoint)
        # Apple refuses a claim that is good for a day or longer.
        until = int((now + dt.timedelta(hours=12)).timestamp())
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": self.subject, "exp": until}
        keys = {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}
        try:
            headers = Vapid02.from_raw(self.key.encode()).sign(claims)
            body = WebPusher(keys).encode(message)["body"]
        except ValueError as error:
            return dead(type(error).__name__)
        headers |= {
            "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": str(ttl),
            "Urgency": "normal", "Topic": topic,
        }  # fmt: skip
        try:
            with requests.post(
                endpoint, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as answer:
                return _outcome(answer.status_code)
        except (requests.RequestException, OSError) as error:
            return later(type(error).__name__)


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return sent()
    if status in (404, 410):
        return dead(f"gone-{status}")
    if status == 429 or status >= 500:
        return later(f"http-{status}")
    return dead(f"http-{status}")
