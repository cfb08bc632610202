"""One's own second factors: what there is, an authenticator app set up and taken away, recovery codes for paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api import devices as signed_in_on
from api import second_factors as served
from api.console import session as browser
from api.console.browser_names import browser_name
from api.console.pages import Console, Visit, go
from api.endpoint import Call
from brigade.access import second_factors
from brigade.access.accounts import Account
from brigade.access.proofs import OWN_FACTORS
from brigade.problems import FieldProblem, Invalid

screens = Console("account")
OWN: dict[str, Any] = {"any_factor": True, "step_up": OWN_FACTORS}
"""Open to one who must set a factor up first, and only after a fresh proof."""

SIDE = 200


def _account(visit: Visit) -> Account:
    return visit.session.scalars(select(Account)).one()


@screens.page("/account", any_factor=True)
def account(visit: Visit) -> BaseResponse:
    """What is set up beside the password, and where one is signed in."""
    return account_page(visit)


def account_page(visit: Visit, status: int = 200, problems: Sequence[FieldProblem] = ()) -> BaseResponse:
    """The same with what went wrong."""
    call = Call(visit.session, visit.actor)
    factors, devices = served.factors(call), signed_in_on.devices(call)["items"]
    return visit.page(
        "account.html",
        status,
        problems=problems,
        factors=factors,
        devices=devices,
        needed=visit.actor.needs_factor,
        login=_account(visit).login,
        called=browser_name,
        this_browser=browser_name(request.user_agent.string[:200]),
    )


@screens.act("/account/app", **OWN)
def begin(visit: Visit) -> BaseResponse:
    """A fresh secret; it counts once a code of it has been typed."""
    second_factors.begin_totp(visit.session, _account(visit).id)
    return go("console_account.app")


@screens.page("/account/app", **OWN)
def app(visit: Visit) -> BaseResponse:
    """The secret to scan or to type, and the field for the first code."""
    return _app(visit)


def _app(visit: Visit, status: int = 200, problems: tuple[FieldProblem, ...] = ()) -> BaseResponse:
    from reports.qr import qr_places  # reportlab is loaded when it is needed

    mine = _account(visit)
    begun = second_factors.begun_totp(visit.session, mine.id)
    if begun is None:
        return go("console_account.account")
    boxes = list(qr_places(second_factors.otpauth(begun, mine.login), 0, 0, SIDE))
    secret = " ".join(begun.secret[start : start + 4] for start in range(0, len(begun.secret), 4))
    return visit.page("app.html", status, problems=problems, secret=secret, boxes=boxes, side=SIDE)


@screens.act("/account/app/confirm", any_factor=True)
def confirm(visit: Visit) -> BaseResponse:
    """From now on a code is asked for. The recovery codes are shown on this answer and never again."""
    said = visit.form.get("code", "").strip()[:40]
    if not said:
        return _app(visit, 422, (FieldProblem("/code", "required"),))
    try:
        codes = served.confirm_totp(Call(visit.session, visit.actor, body={"code": said}))["recovery_codes"]
    except Invalid as wrong:  # the try counts: what was noted is stored with this answer
        return _app(visit, 422, wrong.problems)
    return visit.page("recovery-codes.html", codes=codes)


@screens.act("/account/codes", **OWN)
def codes(visit: Visit) -> BaseResponse:
    """Ten new recovery codes in place of all there were, shown on this answer only."""
    made = served.recovery_codes(Call(visit.session, visit.actor))["recovery_codes"]
    return visit.page("recovery-codes.html", codes=made)


@screens.act("/account/app/remove", **OWN)
def remove(visit: Visit) -> BaseResponse:
    """No code is asked for any more, unless a passkey is left. Refused where the password is too short to stand alone."""
    served.remove_totp(Call(visit.session, visit.actor))
    browser.say("console.said.app_removed")
    return go("console_account.account")
