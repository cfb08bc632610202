"""What makes a password good enough, and how it is kept: NIST SP 800-63B-4 for the rules, Argon2id for the hash.

A password is compared as Unicode's NFKC form, so that full-width letters and composed kana of another keyboard fit.
"""

from __future__ import annotations

from collections.abc import Collection
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

from brigade.access.guessable import own_characters
from brigade.problems import FieldProblem, Invalid

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP password storage cheat sheet: Argon2id with 19 MiB, 2 passes, 1 lane. Stored hashes follow at the next sign-in."""

ALONE_MIN, WITH_FACTOR_MIN, PASSWORD_MAX = 15, 8, 256
"""Characters that are asked for when the password is the only factor, and when a second one stands beside it."""

NONE = ""
"""Kept instead of a hash where no password was ever chosen, as a passkey signs in. No password fits it."""

NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$+VBEbMRPtoLiYHXrbY0bfg$Nr2hcvmrfA/fnVwfRrH6xz7CtAfXIXD1VULwzlQ/yrs"
"""The hash of nobody's password, which takes as long to compare as anybody's; written here, as making it costs as much."""


def hash_password(password: str) -> str:
    """What is stored instead of the password. Takes longer than a whole request: not inside a writing transaction."""
    return HASHER.hash(normalize("NFKC", password))


def stretched(code: str, salt: bytes) -> bytes:
    """32 bytes that take as long to make as a password's hash; ``salt``: 16 bytes of whose code it is."""
    return hash_secret_raw(
        code.encode(), salt, HASHER.time_cost, HASHER.memory_cost, HASHER.parallelism, HASHER.hash_len, Type.ID
    )


def fits(password_hash: str | None, password: str) -> bool:
    """Whether the hash is this password's. Without one (no such login, or ``NONE``) False, after the same work."""
    try:
        HASHER.verify(password_hash or NOBODY, normalize("NFKC", password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def is_short_alone(password: str) -> bool:
    """Whether it is good only beside a second factor."""
    return len(normalize("NFKC", password)) < ALONE_MIN


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


def check_new_password(
    password: str, *, names: Collection[str], second_factor: bool, pointer: str = "/new_password"
) -> None:
    """Invalid when too short or easily guessed; what is long and one's own passes, whatever characters it is made of.

    ``names`` are the words nearest to the person: login, number, name, kana, city and unit. ``second_factor``: one is
    set up beside it. Source: NIST SP 800-63B-4, 3.1.1.2.
    """
    plain = normalize("NFKC", password)
    least = WITH_FACTOR_MIN if second_factor else ALONE_MIN
    if not least <= len(plain) <= PASSWORD_MAX:
        raise Invalid([FieldProblem(pointer, "short-password", {"min": least})])
    if own_characters(plain, names) < least * 0.4:
        raise Invalid([FieldProblem(pointer, "weak-password", {"min": least})])
