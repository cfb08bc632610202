"""A passkey in a real browser: made, used to sign in without a password, used to prove it again.

The authenticator is Chromium's own virtual one (DevTools protocol); the page holds nothing but the calls.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from api import create_app
from api.extensions import db
from brigade.access.device_sessions import DeviceSession
from tests import make
from tests.conftest import settings_for

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]

CALLS = """
const call = async (path, body, token) => {
  const headers = {"Content-Type": "application/json", ...(token ? {Authorization: `Bearer ${token}`} : {})};
  const answer = await fetch(`/api/v1/auth/${path}`, {method: "POST", headers, body: JSON.stringify(body ?? {})});
  const text = await answer.text();
  return {status: answer.status, ...(text ? JSON.parse(text) : {})};
};
window.signIn = (login, password) => call("login", {login, password});
window.register = async (token) => {
  const {options} = await call("passkeys/options", {}, token);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = await navigator.credentials.create({publicKey});
  return call("passkeys", {name: "テストの鍵", credential: made.toJSON()}, token);
};
const proof = async (path, token) => {
  const {options} = await call(`${path}/options`, {}, token);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const given = await navigator.credentials.get({publicKey});
  return call(path, {credential: given.toJSON()}, token);
};
window.enter = () => proof("passkeys/sign-in");
window.stepUp = (token) => proof("step-up", token);
"""


@pytest.fixture
def served(sqlite: str, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """The application with the small city, served on this machine under a name."""
    app = create_app(settings_for(sqlite, tmp_path))
    with app.app_context():
        make.city(db.session())
        db.session.remove()
    server = make_server("localhost", 0, app, threaded=True)
    address = f"http://localhost:{server.port}"
    app.config["BRIGADE"] = replace(app.config["BRIGADE"], base_url=address)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, address
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def page(served: tuple[Flask, str]) -> Iterator[Page]:
    """A page of the application's origin, in a browser with an authenticator that knows its owner."""
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM) as browser:
        page = browser.new_page()
        page.route("**/empty", _answer)
        page.goto(f"{served[1]}/empty")
        yield page


def _answer(route: Route) -> None:
    route.fulfill(
        status=200,
        content_type="text/html; charset=utf-8",
        body=f"<!doctype html><title>empty</title><script>{CALLS}</script>",
    )


class Authenticator:
    """Chromium's virtual one, as built into a phone."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = {"authenticatorId": made["authenticatorId"]}

    def knows_its_owner(self, knows: bool) -> None:
        """Whether face, finger or PIN fit from now on."""
        self._devtools.send("WebAuthn.setUserVerified", {**self._id, "isUserVerified": knows})

    def credentials(self) -> list[dict[str, Any]]:
        """What it keeps."""
        return list(self._devtools.send("WebAuthn.getCredentials", self._id)["credentials"])


def test_a_passkey_is_made_signs_in_and_proves_it_again(served: tuple[Flask, str], page: Page) -> None:
    app, _ = served
    phone = Authenticator(page)
    signed = page.evaluate("([login, password]) => signIn(login, password)", ["squad11", make.PASSWORD])
    made = page.evaluate("token => register(token)", signed["access_token"])
    assert (made["status"], made["name"], len(made["recovery_codes"])) == (201, "テストの鍵", 10)
    [kept] = phone.credentials()
    assert (kept["isResidentCredential"], kept["rpId"], kept["userName"]) == (True, "localhost", "squad11")

    entered = page.evaluate("() => enter()")
    assert (entered["status"], entered["member"]) == (200, signed["member"])
    assert page.evaluate("token => stepUp(token)", entered["access_token"])["status"] == 204
    again = page.evaluate("() => enter()")
    assert again["status"] == 200
    with app.app_context():
        factors = db.session.scalars(select(DeviceSession.factor), execution_options=make.SYSTEM).all()
    assert factors == ["passkey"] * 3


def test_a_phone_that_does_not_know_its_owner_signs_nobody_in(page: Page) -> None:
    phone = Authenticator(page)
    signed = page.evaluate("([login, password]) => signIn(login, password)", ["squad11", make.PASSWORD])
    assert page.evaluate("token => register(token)", signed["access_token"])["status"] == 201
    phone.knows_its_owner(False)
    assert page.evaluate("() => enter().catch(error => error.name)") == "NotAllowedError"
