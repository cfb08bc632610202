"""Passkeys in the browser: signing in with one, proving it again, one more and one less of one's own.

The browser's own functions take and give JSON, so these forms need a script, which asks for what is to be signed and puts
the answer into the form (``web/console/static/passkeys.js``). The forms with a password and a code need none and stay.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from api import proving
from api import second_factors as served
from api.console import session as browser
from api.console.account import OWN, account_page
from api.console.pages import Console, Visit, go, go_to, sent
from api.console.start import enter, prove_page, sign_in_page
from api.endpoint import PUBLIC, Answer, Call
from api.extensions import db
from brigade.dates import utc_now
from brigade.problems import FieldProblem, Invalid, Problem

screens = Console("passkeys")
CREDENTIAL_MAX, NAME_MAX = 16_000, 100
REFUSED = FieldProblem("/credential", "passkey-refused")


def _options(options: dict[str, Any]) -> BaseResponse:
    return sent(Answer(json.dumps(options), media_type="application/json"))


def _credential() -> dict[str, Any]:
    """What the browser's authenticator gave; empty, which nothing can be proven with, for what is no such thing."""
    said = request.form.get("credential", "")
    try:
        found = json.loads(said) if len(said) <= CREDENTIAL_MAX else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# --- Signing in -------------------------------------------------------------------------------------------------------


@screens.act("/sign-in/passkey/options", needs=PUBLIC)
def sign_in_options() -> BaseResponse:
    """What is to be signed, by whom is not known yet."""
    options = proving.passkey_options(db.session(), served.site_here(), utc_now())
    db.session.commit()
    return _options(options)


@screens.act("/sign-in/passkey", needs=PUBLIC)
def signs_in() -> BaseResponse:
    """Signed in, both factors at once."""
    session, after = db.session(), request.form.get("next", "")
    try:
        who = proving.by_passkey(session, served.site_here(), _credential(), utc_now())
    except Problem as problem:
        if problem.code != REFUSED.code:
            raise
        session.commit()  # the challenge stays used
        return sign_in_page(after, 422, (REFUSED,))
    return enter(who, after)


# --- Proving again ----------------------------------------------------------------------------------------------------


@screens.act("/prove/passkey/options", any_factor=True)
def prove_options(visit: Visit) -> BaseResponse:
    """What is to be signed, with one of one's own."""
    return _options(served.step_up_options(Call(visit.session, visit.actor))["options"])


@screens.act("/prove/passkey", any_factor=True)
def proves(visit: Visit) -> BaseResponse:
    """Good for fifteen minutes on this browser."""
    after = visit.form.get("next", "")
    try:
        served.step_up(Call(visit.session, visit.actor, body={"credential": _credential()}))
    except Invalid as wrong:  # the try counts: what was noted is stored with this answer
        return prove_page(visit, after, 422, wrong.problems)
    except Problem as problem:
        if problem.code != "too-many-tries":
            raise
        return prove_page(visit, after, 422, (FieldProblem("/credential", problem.code, problem.params),))
    return go_to(after)


# --- One's own --------------------------------------------------------------------------------------------------------


@screens.act("/account/passkeys/options", **OWN)
def options(visit: Visit) -> BaseResponse:
    """Of what kind a new one has to be."""
    return _options(served.passkey_options(Call(visit.session, visit.actor))["options"])


@screens.act("/account/passkeys", any_factor=True)
def keeps(visit: Visit) -> BaseResponse:
    """It signs in from now on. Recovery codes come with the first one, shown on this answer and never again."""
    name = visit.form.get("name", "").strip()[:NAME_MAX]
    said = {"name": name, "credential": _credential()}
    try:
        made = served.add_passkey(Call(visit.session, visit.actor, body=said))
    except Invalid as wrong:  # the challenge stays used
        return account_page(visit, 422, wrong.problems)
    if made["recovery_codes"]:
        return visit.page("recovery-codes.html", codes=made["recovery_codes"])
    browser.say("console.said.passkey_made")
    return go("console_account.account")


@screens.act("/account/passkeys/<uuid:passkey_id>/remove", **OWN)
def removes(visit: Visit, passkey_id: uuid.UUID) -> BaseResponse:
    """It signs nobody in any more. Refused for the last one of who has no password."""
    served.remove_passkey(Call(visit.session, visit.actor), passkey_id)
    browser.say("console.said.passkey_removed")
    return go("console_account.account")
