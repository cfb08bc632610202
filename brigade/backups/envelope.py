"""What an archive is wrapped in, so that no bit of it can change or be lost unseen; with a passphrase also unread.

Without a passphrase the file is a plain tar with a line after its end, which tar programs ignore: the SHA-256 of all
before it. With one it is a head (``MAGIC`` and a salt), then pieces of 1 MiB, each AES-256-GCM under a key that
Argon2id makes of the passphrase. A piece's nonce is its number and whether it is the last, so that none can be left
out, swapped or cut off. The head is authenticated with every piece.
"""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO, Protocol

from brigade.backups.refusal import Unfit

MAGIC = b"brigade-sealed-backup-1\n"
PIECE = 1 << 20
SALT, TAG = 16, 16
HEAD = len(MAGIC) + SALT
WORD = b"\nsha256 "
TRAILER = len(WORD) + 64 + 1
SHORTEST_PASSPHRASE = 12
"""Characters. What is tried against a stolen file can be tried for years."""

DAMAGED = "the backup is damaged or cut off"


class Writer(Protocol):
    """What an archive is written to."""

    def write(self, data: bytes, /) -> int:
        """Take the next bytes."""

    def finish(self) -> None:
        """Write what tells that this was all."""


class Reader(Protocol):
    """What an archive is read from. Unfit as soon as what was read is known not to be what was written."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, ``size`` at most; none at the end, which is only reached if all was as written."""


def writer(file: BinaryIO, passphrase: str | None) -> Writer:
    """Writes into ``file``, which is at its start. Unfit for a passphrase that is too short."""
    if passphrase is None:
        return _PlainWriter(file)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Unfit(f"the passphrase must have {SHORTEST_PASSPHRASE} characters or more")
    return _SealedWriter(file, passphrase)


def reader(file: BinaryIO, passphrase: str | None) -> Reader:
    """Reads from ``file``, which is at its start. Unfit where a passphrase is lacking, or given for a plain one."""
    start = file.read(HEAD)
    if start.startswith(MAGIC) != (passphrase is not None):
        raise Unfit("the backup is not encrypted" if passphrase is not None else "the backup needs its passphrase")
    if passphrase is not None:
        return _SealedReader(file, start, passphrase)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return _PlainReader(file, size)


class _PlainWriter:
    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def finish(self) -> None:
        self._file.write(WORD + self._digest.hexdigest().encode() + b"\n")


class _PlainReader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        if size <= TRAILER:
            raise Unfit(DAMAGED)
        self._file, self._left, self._digest = file, size - TRAILER, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            return b""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        if not data and size:
            raise Unfit(DAMAGED)
        self._digest.update(data)
        self._left -= len(data)
        if not self._left and self._file.read() != WORD + self._digest.hexdigest().encode() + b"\n":
            raise Unfit(DAMAGED)
        return data


class _Cipher:
    """Seals and opens pieces by their number."""

    def __init__(self, head: bytes, passphrase: str) -> None:
        from argon2.low_level import Type, hash_secret_raw
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = hash_secret_raw(passphrase.encode(), head[len(MAGIC) :], 3, 64 * 1024, 1, 32, Type.ID)
        self._head, self._aead, self._number = head, AESGCM(key), 0

    def sealed(self, piece: bytes, *, last: bool) -> bytes:
        return self._aead.encrypt(self._nonce(last=last), piece, self._head)

    def opened(self, piece: bytes, *, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        nonce = self._nonce(last=last)
        try:
            return self._aead.decrypt(nonce, piece, self._head)
        except InvalidTag:
            first = nonce[:11] == bytes(11)
            raise Unfit("the passphrase is wrong, or the backup is damaged" if first else DAMAGED) from None

    def _nonce(self, *, last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return number.to_bytes(11, "big") + bytes([last])


class _SealedWriter:
    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        head = MAGIC + os.urandom(SALT)
        self._file, self._cipher, self._held = file, _Cipher(head, passphrase), bytearray()
        file.write(head)

    def write(self, data: bytes) -> int:
        self._held += data
        while len(self._held) > PIECE:  # one byte stays at least: the last piece must be known as such
            self._file.write(self._cipher.sealed(bytes(self._held[:PIECE]), last=False))
            del self._held[:PIECE]
        return len(data)

    def finish(self) -> None:
        self._file.write(self._cipher.sealed(bytes(self._held), last=True))


class _SealedReader:
    def __init__(self, file: BinaryIO, head: bytes, passphrase: str) -> None:
        if len(head) < HEAD:
            raise Unfit(DAMAGED)
        self._file, self._cipher, self._held = file, _Cipher(head, passphrase), b""
        self._next: bytes | None = file.read(PIECE + TAG)

    def read(self, size: int = -1) -> bytes:
        parts = []
        while size < 0 or size > 0:
            if not self._held and not self._open_next():
                break
            part = self._held if size < 0 else self._held[:size]
            self._held = self._held[len(part) :]
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return b"".join(parts)

    def _open_next(self) -> bool:
        if self._next is None:
            return False
        piece, after = self._next, self._file.read(PIECE + TAG)
        if len(piece) < TAG:
            raise Unfit(DAMAGED)
        self._held, self._next = self._cipher.opened(piece, last=not after), after or None
        return bool(self._held)
