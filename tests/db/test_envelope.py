"""What an archive is wrapped in: all that was written comes back, and no change to a byte goes unseen."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.backups import envelope
from brigade.backups.envelope import PIECE, reader, writer
from brigade.backups.refusal import Unfit

WORDS = "まとい かかげる 朝の川 自転車"
WAYS = pytest.mark.parametrize("passphrase", [None, WORDS], ids=["plain", "sealed"])


def wrapped(data: bytes, passphrase: str | None, step: int = 100_000) -> bytes:
    file = io.BytesIO()
    out = writer(file, passphrase)
    for start in range(0, len(data), step):
        out.write(data[start : start + step])
    out.finish()
    return file.getvalue()


def unwrapped(file: bytes, passphrase: str | None, size: int = -1) -> bytes:
    source, parts = reader(io.BytesIO(file), passphrase), []
    while part := source.read(size):
        parts.append(part)
    return b"".join(parts)


@WAYS
@pytest.mark.parametrize("length", [1, 100, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
def test_what_is_written_is_read(passphrase, length) -> None:
    data = bytes(range(256)) * (length // 256 + 1)
    file = wrapped(data[:length], passphrase)
    for size in (-1, 10_240, PIECE):
        assert unwrapped(file, passphrase, size) == data[:length]


@WAYS
def test_any_changed_byte_is_seen(passphrase) -> None:
    """Every byte of a small one; head, tag and end among them."""
    file = wrapped(b"x" * 60, passphrase)
    places = range(len(file)) if passphrase is None else [*range(0, len(file), 9), len(file) - 1]
    for place in places:
        for bit in (1, 128):
            changed = bytearray(file)
            changed[place] ^= bit
            with pytest.raises(Unfit):
                unwrapped(bytes(changed), passphrase)


@WAYS
def test_any_length_but_its_own_is_refused(passphrase) -> None:
    file = wrapped(b"x" * 60, passphrase)
    for length in [*range(0, len(file), 7 if passphrase is None else 29), len(file) - 1]:
        with pytest.raises(Unfit):
            unwrapped(file[:length], passphrase)
    with pytest.raises(Unfit):
        unwrapped(file + b"x", passphrase)


def test_pieces_cannot_be_left_out_swapped_or_the_end_taken() -> None:
    file = wrapped(bytes(3 * PIECE), WORDS)
    head, long = file[: envelope.HEAD], PIECE + envelope.TAG
    first, second, third = (file[envelope.HEAD + n * long :][:long] for n in range(3))
    for wrong in (first + second, first + third, second + first + third, first + second + third + third, first):
        with pytest.raises(Unfit, match="damaged"):
            unwrapped(head + wrong, WORDS)
    assert len(unwrapped(head + first + second + third, WORDS)) == 3 * PIECE


def test_a_wrong_a_lacking_and_a_needless_passphrase_are_refused() -> None:
    sealed, plain = wrapped(b"x" * 60, WORDS), wrapped(b"x" * 60, None)
    with pytest.raises(Unfit, match="passphrase is wrong"):
        unwrapped(sealed, WORDS + "!")
    with pytest.raises(Unfit, match="needs its passphrase"):
        unwrapped(sealed, None)
    with pytest.raises(Unfit, match="not encrypted"):
        unwrapped(plain, WORDS)
    with pytest.raises(Unfit, match="12 characters"):
        wrapped(b"x", "short")


def test_nothing_that_was_sealed_stands_in_the_file_and_none_is_like_another() -> None:
    one, other = wrapped("佐藤 一郎".encode() * 50, WORDS), wrapped("佐藤 一郎".encode() * 50, WORDS)
    assert "佐藤".encode() not in one
    assert one[envelope.HEAD :] != other[envelope.HEAD :]


def test_a_plain_one_is_a_tar_for_any_program() -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a"))
    with tarfile.open(fileobj=io.BytesIO(wrapped(inner.getvalue(), None))) as tar:
        assert tar.getnames() == ["a"]


@given(st.binary(min_size=1, max_size=400), st.integers(1, 50))
def test_any_content_in_any_steps(data: bytes, step: int) -> None:
    assert unwrapped(wrapped(data, None, step), None, step) == data
