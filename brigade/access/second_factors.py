"""What proves beside the password who one is: a code of the moment (TOTP), a recovery code, a passkey.

Nothing counts twice: the last accepted time step of a code is kept, a recovery code is marked, a challenge is deleted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from unicodedata import normalize

import pyotp
from sqlalchemy import BigInteger, ForeignKey, String, delete, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.access.accounts import Account
from brigade.access.device_sessions import Factor
from brigade.access.owner_notices import Change, tell_of_change
from brigade.access.passkeys import Passkey
from brigade.access.passwords import stretched
from brigade.db import Base, new_id
from brigade.problems import NotFound, Refused

STEP = 30
WINDOW = 1
"""Time steps before and after the present one that are accepted too: a phone's clock may be half a minute off."""

RECOVERY_CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE_LENGTH = 12
"""Without those that are easily taken for another one: 0 o 1 l i."""

OWN = {"as_system": "the factors of the account that signs in"}


class Totp(Base):
    """An account's authenticator app. ``last_step``: the newest time step whose code was accepted."""

    __tablename__ = "totps"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[dt.datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Base):
    """A code on paper for the day on which the phone is gone. ``code_hash`` takes as long to try as a password's, and is of
    this account alone: of 59 random bits, plain digests of all members' codes together would soon give up one (ASVS 5.0, 6.5.2).
    """

    __tablename__ = "recovery_codes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[dt.datetime | None]


def methods_of(session: Session, account_id: uuid.UUID) -> list[str]:
    """The second factors that are set up: totp, recovery-code, passkey. Empty: the password is the only one."""
    has = select(
        exists().where(Totp.account_id == account_id, Totp.confirmed_at.is_not(None)),
        exists().where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)),
        exists().where(Passkey.account_id == account_id),
    )
    totp, codes, passkeys = session.execute(has, execution_options=OWN).one()
    if not totp and not passkeys:
        return []
    there = {Factor.TOTP: totp, Factor.RECOVERY_CODE: codes, Factor.PASSKEY: passkeys}
    return [factor.value for factor, is_there in there.items() if is_there]


def begin_totp(session: Session, account_id: uuid.UUID) -> Totp:
    """A fresh secret, good once it is confirmed. Refused where one is in use."""
    held = _totp(session, account_id)
    if held is not None and held.confirmed_at is not None:
        raise Refused("totp-in-use")
    if held is None:
        held = Totp(account_id=account_id)
        session.add(held)
    held.secret = pyotp.random_base32(32)
    session.flush()
    return held


def begun_totp(session: Session, account_id: uuid.UUID) -> Totp | None:
    """The app that was begun with and not confirmed yet."""
    begun = _totp(session, account_id)
    return begun if begun is not None and begun.confirmed_at is None else None


def otpauth(totp: Totp, login: str) -> str:
    """The address that authenticator apps read from a QR code."""
    return pyotp.TOTP(totp.secret).provisioning_uri(name=login, issuer_name="Brigade")


def confirm_totp(session: Session, account: Account, code: str, now: dt.datetime) -> bool:
    """Whether the code of the begun secret is right; from then on it is asked for."""
    held = _totp(session, account.id)
    if held is None or held.confirmed_at is not None:
        raise Refused("totp-not-begun")
    if not _is_now(held, code, now):
        return False
    held.confirmed_at = now
    tell_of_change(session, account, Change.TOTP_ADDED, now)
    return True


def use_code(session: Session, account_id: uuid.UUID, said: str, now: dt.datetime) -> Factor | None:
    """What the code proves: the app's code of the moment, or a recovery code. Each is good once. None: wrong."""
    held = _totp(session, account_id)
    if held is not None and held.confirmed_at is not None and _is_now(held, said, now):
        return Factor.TOTP
    row = session.scalar(
        select(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash.in_(_digests(account_id, said)),
            RecoveryCode.used_at.is_(None),
        )
        .with_for_update(),
        execution_options=OWN,
    )
    if row is None:
        return None
    row.used_at = now
    return Factor.RECOVERY_CODE


def _totp(session: Session, account_id: uuid.UUID) -> Totp | None:
    asked = select(Totp).where(Totp.account_id == account_id).with_for_update()
    return session.scalar(asked, execution_options=OWN)


def _is_now(totp: Totp, said: str, now: dt.datetime) -> bool:
    """Whether it is the code of a step about now that is newer than every one accepted before."""
    code, step = _typed(said), int(now.timestamp()) // STEP
    app = pyotp.TOTP(totp.secret, interval=STEP)
    for at in range(step - WINDOW, step + WINDOW + 1):
        if at > totp.last_step and hmac.compare_digest(app.generate_otp(at).encode(), code.encode()):
            totp.last_step = at
            return True
    return False


def _typed(said: str) -> str:
    """What was meant, however it was typed: full-width, with blanks or hyphens, in capitals."""
    return "".join(c for c in normalize("NFKC", said).casefold() if c.isalnum())


def _digest(account_id: uuid.UUID, typed: str) -> str:
    return stretched(typed, account_id.bytes).hex()


def _digests(account_id: uuid.UUID, said: str) -> tuple[str, ...]:
    """What may be stored of such a code, none for what is no such code; the second as it was before codes were stretched."""
    typed = _typed(said)
    if len(typed) != _CODE_LENGTH:
        return ()
    return _digest(account_id, typed), hashlib.sha256(typed.encode()).hexdigest()


def new_recovery_codes(session: Session, account_id: uuid.UUID) -> list[str]:
    """Ten fresh codes, shown this once; the old ones are good no more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id), execution_options=OWN)
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account_id, code_hash=_digest(account_id, code)) for code in codes)
    return ["-".join(code[start : start + 4] for start in range(0, _CODE_LENGTH, 4)) for code in codes]


def replace_recovery_codes(session: Session, account: Account, now: dt.datetime) -> list[str]:
    """The same on demand. Refused where no factor is set up that they could stand in for."""
    if not methods_of(session, account.id):
        raise Refused("no-second-factor")
    tell_of_change(session, account, Change.RECOVERY_CODES, now)
    return new_recovery_codes(session, account.id)


def codes_left(session: Session, account_id: uuid.UUID) -> int:
    """How many recovery codes are still good."""
    left = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(left, execution_options=OWN) or 0


def remove_totp(session: Session, account: Account, now: dt.datetime) -> None:
    """The app's codes are asked for no more. Refused where the password is too short to stand alone."""
    there = delete(Totp).where(Totp.account_id == account.id).returning(Totp.confirmed_at)
    gone = session.execute(there, execution_options=OWN).one_or_none()
    _check_what_is_left(session, account)
    if gone is not None and gone.confirmed_at is not None:
        tell_of_change(session, account, Change.TOTP_REMOVED, now)


def remove_passkey(session: Session, account: Account, passkey_id: uuid.UUID, now: dt.datetime) -> None:
    """The same for a passkey, and where it is the only way in. NotFound where it is not the account's."""
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account.id).returning(Passkey.id)
    if session.execute(gone, execution_options=OWN).one_or_none() is None:
        raise NotFound()
    if not account.password_hash and Factor.PASSKEY.value not in methods_of(session, account.id):
        raise Refused("only-way-in")
    _check_what_is_left(session, account)
    tell_of_change(session, account, Change.PASSKEY_REMOVED, now)


def remove_all(session: Session, account_id: uuid.UUID) -> None:
    """Phone and codes are gone: a new invitation, given by an officer face to face, begins anew."""
    for table in (Totp, Passkey, RecoveryCode):
        session.execute(delete(table).where(table.account_id == account_id), execution_options=OWN)


def _check_what_is_left(session: Session, account: Account) -> None:
    if methods_of(session, account.id):
        return
    if account.short_password:
        raise Refused("password-short-alone")
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id), execution_options=OWN)
