"""The key that signs the heads of the chain, and is used for nothing else: Ed25519, kept as its 32 bytes in base64url."""

from __future__ import annotations

import base64
import binascii
import secrets

KEY_BYTES = 32


def new_chain_key() -> str:
    """A fresh private key."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")


def is_chain_key(value: str) -> bool:
    """Whether it is one."""
    try:
        return len(_bytes(value)) == KEY_BYTES
    except (ValueError, binascii.Error):
        return False


def _bytes(value: str) -> bytes:
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)


def signed(key: str, data: bytes) -> tuple[bytes, bytes]:
    """(public key, signature) for the data."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # only who signs loads it

    private = Ed25519PrivateKey.from_private_bytes(_bytes(key))
    return private.public_key().public_bytes_raw(), private.sign(data)
