"""One's own phones and browsers, on the page of one's account: where one is signed in, and signing out there."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.devices import sign_outdevice_at
from api.endpoint import Call
from brigade.access.accounts import Account
from brigade.access.device_sessions import Because, revoke_all

screens = Console("own_devices")


@screens.act("/account/devices/<uuid:device_id>/sign-out", any_factor=True)
def signs_out(visit: Visit, device_id: uuid.UUID) -> BaseResponse:
    """One of them is out with its next request; for this very browser that is the next page."""
    sign_outdevice_at(Call(visit.session, visit.actor), device_id)
    browser.say("console.said.own_device_out")
    return go("console_account.account")


@screens.act("/account/devices/sign-out-others", any_factor=True)
def signs_others_out(visit: Visit) -> BaseResponse:
    """All but this browser are out with their next request."""
    mine = visit.session.scalars(select(Account.id)).one()
    here = visit.session.info["device_id"]
    count = revoke_all(visit.session, mine, visit.actor.now, Because.LOST, but=(here,))
    browser.say("console.said.own_devices_out", count=count)
    return go("console_account.account")
