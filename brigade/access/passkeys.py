"""Passkeys (WebAuthn): key pairs in someone's phone, computer or stick, which checks face, finger or PIN by itself.

So a passkey counts as both factors, and signs in without login and password. What is signed is a challenge of ours: a
row, good once and for five minutes. The arithmetic is py_webauthn's.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.access.accounts import Account
from brigade.access.owner_notices import Change, tell_of_change
from brigade.db import Base, new_id
from brigade.problems import Problem, Refused

CHALLENGE = dt.timedelta(minutes=5)
MOST = 20
T = TypeVar("T")
OWN = {"as_system": "the passkeys of whoever signs in"}


class Purpose(StrEnum):
    """What a challenge is for; it is good for nothing else."""

    REGISTER = "register"
    JOIN = "join"
    SIGN_IN = "sign-in"
    STEP_UP = "step-up"


@dataclass(frozen=True, slots=True)
class Site:
    """For which name a passkey is made, and from which origin it may come."""

    name: str
    origin: str


def site_of(base_url: str) -> Site:
    """The site of this address. Problem where browsers make no passkeys: on a bare IP address, or without HTTPS."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
            return Site(host, f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}")
    raise Problem("passkeys-unavailable")


class Passkey(Base):
    """A passkey of an account. ``name`` is what its owner calls it."""

    __tablename__ = "passkeys"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]


class PasskeyChallenge(Base):
    """Random bytes to be signed. ``account_id`` None: whoever signs in with it, or joins by a code."""

    __tablename__ = "passkey_challenges"

    challenge: Mapped[bytes] = mapped_column(LargeBinary(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.id"))
    until: Mapped[dt.datetime]


def new_challenge(session: Session, purpose: Purpose, account_id: uuid.UUID | None, now: dt.datetime) -> bytes:
    """A fresh challenge; flushed with the transaction."""
    challenge = secrets.token_bytes(32)
    session.add(
        PasskeyChallenge(challenge=challenge, purpose=purpose.value, account_id=account_id, until=now + CHALLENGE)
    )
    return challenge


def passkeys_of(session: Session, account_id: uuid.UUID) -> list[Passkey]:
    """The account's, the oldest first."""
    own = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at, Passkey.id)
    return list(session.scalars(own, execution_options=OWN))


def registration_options(
    site: Site, challenge: bytes, account_id: uuid.UUID, login: str, name: str, there: Sequence[Passkey]
) -> dict[str, Any]:
    """What the browser's ``parseCreationOptionsFromJSON`` takes. Refused when there are ``MOST`` already."""
    import webauthn
    from webauthn.helpers import options_to_json_dict, structs

    if len(there) >= MOST:
        raise Refused("too-many-passkeys")
    must = structs.UserVerificationRequirement.REQUIRED
    chosen = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.REQUIRED, user_verification=must
    )
    return options_to_json_dict(
        webauthn.generate_registration_options(
            rp_id=site.name, rp_name="Brigade", user_id=account_id.bytes, user_name=login, user_display_name=name,
            challenge=challenge, authenticator_selection=chosen, timeout=int(CHALLENGE.total_seconds() * 1000),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(one.credential_id) for one in there],
        )
    )  # fmt: skip


def proof_options(site: Site, challenge: bytes, there: Sequence[Passkey] = ()) -> dict[str, Any]:
    """What the browser's ``parseRequestOptionsFromJSON`` takes; without ``there`` any passkey of the site will do."""
    import webauthn
    from webauthn.helpers import options_to_json_dict, structs

    return options_to_json_dict(
        webauthn.generate_authentication_options(
            rp_id=site.name, challenge=challenge, timeout=int(CHALLENGE.total_seconds() * 1000),
            allow_credentials=[structs.PublicKeyCredentialDescriptor(one.credential_id) for one in there] or None,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
    )  # fmt: skip


def register(
    session: Session, site: Site, account: Account, name: str, credential: dict[str, Any], now: dt.datetime
) -> Passkey:
    """The new passkey of what ``navigator.credentials.create`` gave. Problem ``passkey-refused``, to be kept."""
    made = keep(session, account.id, made_by(session, site, Purpose.REGISTER, credential, now, account.id), name)
    tell_of_change(session, account, Change.PASSKEY_ADDED, now)
    return made


def made_by(
    session: Session, site: Site, purpose: Purpose, credential: dict[str, Any], now: dt.datetime,
    account_id: uuid.UUID | None = None,
) -> Passkey:  # fmt: skip
    """The same before it is anybody's, for who has no account until then (``Purpose.JOIN``)."""
    import webauthn

    challenge = _take(session, credential, purpose, account_id, now)
    made = _understood(
        lambda: webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.name,
            expected_origin=site.origin, require_user_verification=True,
        )
    )  # fmt: skip
    taken = select(Passkey.id).where(Passkey.credential_id == made.credential_id)
    if session.scalar(taken, execution_options=OWN) is not None:
        raise _refused()
    return Passkey(
        credential_id=made.credential_id, public_key=made.credential_public_key, sign_count=made.sign_count,
        created_at=now,
    )  # fmt: skip


def keep(session: Session, account_id: uuid.UUID, passkey: Passkey, name: str) -> Passkey:
    """It is this account's from now on, under this name."""
    passkey.account_id, passkey.name = account_id, name
    session.add(passkey)
    session.flush()
    return passkey


def prove(
    session: Session, site: Site, purpose: Purpose, credential: dict[str, Any], now: dt.datetime,
    account_id: uuid.UUID | None = None,
) -> Passkey:  # fmt: skip
    """The passkey that signed what ``navigator.credentials.get`` gave. Problem ``passkey-refused``, to be kept."""
    import webauthn
    from webauthn.helpers import parse_authentication_credential_json

    challenge = _take(session, credential, purpose, account_id, now)
    said = _understood(lambda: parse_authentication_credential_json(credential))
    asked = select(Passkey).where(Passkey.credential_id == said.raw_id).with_for_update()
    passkey = session.scalar(asked, execution_options=OWN)
    if passkey is None or account_id not in (None, passkey.account_id):
        raise _refused()
    # Who signs in is known by the handle alone; who proves it again is known already, and older sticks give none.
    if said.response.user_handle != passkey.account_id.bytes and (said.response.user_handle or account_id is None):
        raise _refused()
    proven = _understood(
        lambda: webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.name,
            expected_origin=site.origin, credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count, require_user_verification=True,
        )
    )  # fmt: skip
    passkey.sign_count, passkey.last_used_at = proven.new_sign_count, now
    return passkey


def _take(
    session: Session, credential: dict[str, Any], purpose: Purpose, account_id: uuid.UUID | None, now: dt.datetime
) -> bytes:
    """The challenge that was signed, which from now on is good no more."""
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    signed = _understood(lambda: parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])))
    taken = (
        delete(PasskeyChallenge)
        .where(PasskeyChallenge.challenge == signed.challenge)
        .returning(PasskeyChallenge.purpose, PasskeyChallenge.account_id, PasskeyChallenge.until)
    )
    found = session.execute(taken).one_or_none()
    if found is None or (found[0], found[1]) != (purpose, account_id) or found[2] <= now:
        raise _refused()
    return bytes(signed.challenge)


def _understood(read: Callable[[], T]) -> T:
    """What the library makes of something from outside; whatever it stumbles over is a refusal."""
    try:
        return read()
    except Exception:  # its own errors, and those of the parsers below it
        raise _refused() from None


def _refused() -> Problem:
    problem = Problem("passkey-refused")
    problem.keep = True  # so that the challenge stays used
    return problem


def clear_challenges(session: Session, now: dt.datetime) -> None:
    """Remove those that were never answered."""
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.until <= now))
