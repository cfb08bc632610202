"""One-time codes and passkeys, and proving again who one is."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app
from marshmallow import fields
from sqlalchemy import select

from api import proving
from api.auth import known_device
from api.body import Secret, Strict, Text
from api.devices import device_at
from api.endpoint import PUBLIC, Call, Resource
from api.present import instant
from api.sessions import TokensOut, sign_in
from brigade.access import passkeys, passwords, second_factors, throttle
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession, Factor
from brigade.access.passkeys import Passkey, Purpose, Site
from brigade.access.proofs import OWN_FACTORS
from brigade.access.throttle import Try
from brigade.dates import utc_now
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid, Problem

resource = Resource("second_factors", "二要素 Second factor")
OWN: dict[str, Any] = {"any_factor": True, "step_up": OWN_FACTORS}
"""Open to one who must set a factor up first, and only after a fresh proof: a phone in strange hands gets no key."""


PASSKEY_NAME = "パスキー"
"""What one is called whose owner does not say."""


class PasskeyOut(Strict):
    """A passkey as its owner knows it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    created_at = fields.String(required=True)
    last_used_at = fields.String(required=True, allow_none=True)


class FactorsOut(Strict):
    """What is set up beside the password, and whether there is one. ``passkeys_available``: whether passkeys can be made
    at this address.
    """

    has_password = fields.Boolean(required=True)
    totp = fields.Boolean(required=True)
    recovery_codes_left = fields.Integer(required=True)
    passkeys = fields.List(fields.Nested(PasskeyOut), required=True)
    passkeys_available = fields.Boolean(required=True)


class TotpOut(Strict):
    """The secret to type into an authenticator app, and the same as the address for a QR code."""

    secret = fields.String(required=True)
    uri = fields.String(required=True)


class TotpCodeIn(Strict):
    """The six digits that the app shows now."""

    class Meta(Strict.Meta):
        example = {"code": "123456"}

    code = Text(max=40, min=1, required=True)


class RecoveryCodesOut(Strict):
    """To be kept on paper, each good once; shown only now. Empty: there are some already."""

    recovery_codes = fields.List(fields.String(), required=True)


class OptionsOut(Strict):
    """What the browser's functions for passkeys take, as JSON."""

    options = fields.Dict(required=True)


class PasskeyIn(Strict):
    """What ``navigator.credentials.create`` gave (``toJSON()``), and what to call it."""

    name = Text(max=100, load_default="")
    credential = fields.Dict(required=True)


class PasskeyMadeOut(PasskeyOut):
    """The passkey, with recovery codes where it is the first factor beside a password."""

    recovery_codes = fields.List(fields.String(), required=True)


class PasskeySignInIn(Strict):
    """What ``navigator.credentials.get`` gave (``toJSON()``), and what to call this device."""

    credential = fields.Dict(required=True)
    device_name = Text(max=100, load_default="")


class StepUpIn(Strict):
    """One of the three."""

    class Meta(Strict.Meta):
        example = {"password": "brigade-demo"}

    password = Secret()
    otp = Text(max=40, min=1)
    credential = fields.Dict()


def _account(call: Call) -> Account:
    return call.session.scalars(select(Account)).one()


def site_here() -> Site:
    """Where passkeys are made for. Problem where none can be made at this address."""
    return passkeys.site_of(current_app.config["BRIGADE"].base_url)


def has_passkeys() -> bool:
    """Whether passkeys can be made at this address."""
    try:
        site_here()
    except Problem:
        return False
    return True


def _here(call: Call) -> DeviceSession:
    return device_at(call, call.session.info["device_id"])


def _passkey_out(passkey: Passkey) -> dict[str, Any]:
    return {
        "id": str(passkey.id),
        "name": passkey.name,
        "created_at": instant(passkey.created_at),
        "last_used_at": instant(passkey.last_used_at),
    }


@resource.get("/auth/second-factors", "My second factors", returns=FactorsOut(), any_factor=True)
def factors(call: Call) -> dict[str, Any]:
    """What is set up, never the secrets themselves."""
    account = _account(call)
    return {
        "has_password": account.password_hash != passwords.NONE,
        "totp": Factor.TOTP.value in second_factors.methods_of(call.session, account.id),
        "recovery_codes_left": second_factors.codes_left(call.session, account.id),
        "passkeys": [_passkey_out(one) for one in passkeys.passkeys_of(call.session, account.id)],
        "passkeys_available": has_passkeys(),
    }


# --- Codes of an app --------------------------------------------------------------------------------------------------


@resource.post("/auth/totp", "Begin with an authenticator app", returns=TotpOut(), **OWN)
def begin_totp(call: Call) -> dict[str, Any]:
    """A fresh secret. It counts once a code of it has been confirmed."""
    account = _account(call)
    begun = second_factors.begin_totp(call.session, account.id)
    return {"secret": begun.secret, "uri": second_factors.otpauth(begun, account.login)}


@resource.post(
    "/auth/totp/confirm", "Confirm the app", body=TotpCodeIn(), returns=RecoveryCodesOut(), any_factor=True,
    problems=(429,),
)  # fmt: skip
def confirm_totp(call: Call) -> dict[str, Any]:
    """From now on a code is asked for at every sign-in; on this device it has been given."""
    account, counted = _account(call), _count(call)
    if not second_factors.confirm_totp(call.session, account, call.body["code"], call.actor.now):
        raise _wrong("/code", "wrong-second-factor")
    throttle.take_back(call.session, counted)
    return {"recovery_codes": _enrolled(call, account, Factor.TOTP)}


def _count(call: Call) -> Try:
    return throttle.count_try(
        call.session, throttle.limits_of_device(call.session.info["device_id"]), call.actor.now
    )  # fmt: skip


def _wrong(pointer: str, code: str) -> Invalid:
    problem = Invalid([FieldProblem(pointer, code)])
    problem.keep = True  # the try counts, and a challenge stays used
    return problem


def _enrolled(call: Call, account: Account, factor: Factor) -> list[str]:
    """Setting a factor up proves it on this device; with the first one beside a password come recovery codes."""
    device = _here(call)
    device.factor, device.proven_at = factor.value, call.actor.now
    call.session.flush()
    if account.password_hash == passwords.NONE or second_factors.codes_left(call.session, account.id):
        return []
    return second_factors.new_recovery_codes(call.session, account.id)


@resource.delete("/auth/totp", "Remove the app", status=204, **OWN)
def remove_totp(call: Call) -> None:
    """No code is asked for any more, unless a passkey is left."""
    second_factors.remove_totp(call.session, _account(call), call.actor.now)


@resource.post("/auth/recovery-codes", "New recovery codes", returns=RecoveryCodesOut(), **OWN)
def recovery_codes(call: Call) -> dict[str, Any]:
    """Ten new ones in place of all there were."""
    return {"recovery_codes": second_factors.replace_recovery_codes(call.session, _account(call), call.actor.now)}


# --- Passkeys ---------------------------------------------------------------------------------------------------------


@resource.post("/auth/passkeys/options", "Begin with a passkey", returns=OptionsOut(), problems=(409,), **OWN)
def passkey_options(call: Call) -> dict[str, Any]:
    """For `PublicKeyCredential.parseCreationOptionsFromJSON`; good for five minutes."""
    site, account = site_here(), _account(call)
    member = call.session.get_one(Member, call.actor.member_id)
    there = passkeys.passkeys_of(call.session, account.id)
    challenge = passkeys.new_challenge(call.session, Purpose.REGISTER, account.id, call.actor.now)
    options = passkeys.registration_options(site, challenge, account.id, account.login, member.name, there)
    return {"options": options}


@resource.post(
    "/auth/passkeys", "Keep a passkey", body=PasskeyIn(), returns=PasskeyMadeOut(), status=201, problems=(409,),
    any_factor=True,
)  # fmt: skip
def add_passkey(call: Call) -> dict[str, Any]:
    """From now on it signs in without a password; on this device it has been given."""
    site, account, said = site_here(), _account(call), call.body
    try:
        made = passkeys.register(
            call.session, site, account, said["name"] or PASSKEY_NAME, said["credential"], call.actor.now
        )
    except Problem as problem:
        raise _wrong("/credential", problem.code) from None
    return {**_passkey_out(made), "recovery_codes": _enrolled(call, account, Factor.PASSKEY)}


@resource.delete("/auth/passkeys/<uuid:passkey_id>", "Remove a passkey", status=204, **OWN)
def remove_passkey(call: Call, passkey_id: uuid.UUID) -> None:
    """It signs nobody in any more."""
    second_factors.remove_passkey(call.session, _account(call), passkey_id, call.actor.now)


@resource.post(
    "/auth/passkeys/sign-in/options", "Begin to sign in with a passkey", needs=PUBLIC, returns=OptionsOut(),
    problems=(409, 429),
)  # fmt: skip
def sign_in_options(call: Call) -> dict[str, Any]:
    """For `PublicKeyCredential.parseRequestOptionsFromJSON`; good for five minutes. No login is asked for."""
    return {"options": proving.passkey_options(call.session, site_here(), utc_now())}


@resource.post(
    "/auth/passkeys/sign-in", "Sign in with a passkey", needs=PUBLIC, body=PasskeySignInIn(), returns=TokensOut(),
    problems=(401, 409),
)  # fmt: skip
def passkey_sign_in(call: Call) -> dict[str, Any]:
    """Both factors at once; never held up by the tries of others."""
    session, now = call.session, utc_now()
    who = proving.by_passkey(session, site_here(), call.body["credential"], now)
    known = known_device(session, who.account.login)
    return sign_in(session, who.account, who.member, call.body["device_name"], who.factor, now, known)


# --- Proving again ----------------------------------------------------------------------------------------------------


@resource.post(
    "/auth/step-up/options", "Begin to prove it by a passkey", returns=OptionsOut(), any_factor=True, problems=(409,)
)
def step_up_options(call: Call) -> dict[str, Any]:
    """As for signing in, with one's own passkeys."""
    site, account = site_here(), _account(call)
    there = passkeys.passkeys_of(call.session, account.id)
    challenge = passkeys.new_challenge(call.session, Purpose.STEP_UP, account.id, call.actor.now)
    return {"options": passkeys.proof_options(site, challenge, there)}


@resource.post(
    "/auth/step-up", "Prove again who one is", body=StepUpIn(), status=204, any_factor=True, problems=(409, 429), writes=False,
)  # fmt: skip
def step_up(call: Call) -> None:
    """By the password, a code or a passkey; good for fifteen minutes on this device."""
    session, said, now = call.session, call.body, call.actor.now
    if len(said) != 1:
        raise Invalid([FieldProblem("", "one-of-three")])
    [(way, value)] = said.items()
    account = _account(call)
    counted = proving.begin_try(session, throttle.limits_of_device(session.info["device_id"]), now)
    right = way == "password" and passwords.fits(account.password_hash, value)
    session.connection(execution_options={"writing": True})
    device = _here(call)
    if not device.is_good(now):
        raise Problem("not-signed-in")
    if way == "password":
        factor = Factor.PASSWORD if right else None
    elif way == "otp":
        factor = second_factors.use_code(session, account.id, value, now)
    else:
        factor = _passkey_of(call, account, value)
    if factor is None:
        codes = {"password": "wrong-credentials", "otp": "wrong-second-factor", "credential": "passkey-refused"}
        raise _wrong(f"/{way}", codes[way])
    device.proven_at = now
    if factor is not Factor.PASSWORD:
        device.factor = factor.value
    throttle.take_back(session, counted)
    session.commit()


def _passkey_of(call: Call, account: Account, credential: dict[str, Any]) -> Factor | None:
    site = site_here()
    try:
        passkeys.prove(call.session, site, Purpose.STEP_UP, credential, call.actor.now, account.id)
    except Problem:
        return None
    return Factor.PASSKEY
