"""Who is out is out everywhere: a sign-in that has ended opens no operation and no page of the console (S-14).

Signed out by the office, suspended, disabled, gone from the service: at the very next request, whatever it asks for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.organisation.people import Absence, Membership
from tests import make
from tests.api.answers import API, served
from tests.api.asking import bearing, digest, signed_in
from tests.api.test_console_forms import address, rules
from tests.api.visiting import CONSOLE, visitor

YESTERDAY = dt.date(2026, 11, 19)
ID = "0199a3c0-0000-7000-8000-000000000001"
LOGIN = "squad11"
"""A leader: somebody for whom there is much to open."""


def signs_out(ask: Any, city: make.City) -> None:
    assert ask("station").post(f"{API}/members/{city.member_id(LOGIN)}/sign-out").status_code == 200


def by_rows(*statements: Callable[[make.City], Any]) -> Callable[[Any, make.City], None]:
    """Something that happens elsewhere in the program."""

    def happen(ask: Any, city: make.City) -> None:
        for statement in statements:
            db.session.execute(statement(city), execution_options=make.SYSTEM)
        db.session.commit()

    return happen


WAYS = {
    "signed out": signs_out,
    "disabled": by_rows(lambda city: update(Account).where(Account.login == LOGIN).values(disabled_at=make.NOW)),
    "suspended": by_rows(
        lambda city: insert(Absence).values(
            id=make.new_id(), member_id=city.member_id(LOGIN), absence="suspension", valid_from=YESTERDAY
        )
    ),
    "gone": by_rows(
        lambda city: update(Membership).where(Membership.member_id == city.member_id(LOGIN)).values(valid_to=YESTERDAY)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_open_to_who_is_out(app: Flask, client: Any, ask: Any, city: make.City, way: str) -> None:
    phone, browser = signed_in(client, LOGIN), visitor(app, LOGIN)
    token = browser.get(f"{CONSOLE}/inbox").form("/sign-out")["token"]
    assert phone.get(f"{API}/me").status_code == 200
    with app.app_context():
        WAYS[way](ask, city)
    before, asked = digest(app), 0
    for path, item in served(app)["paths"].items():
        for method, operation in item.items():
            if operation["security"]:
                answer = phone.open(re.sub(r"\{\w+\}", ID, path), method=method, headers={"If-Match": '"1"'})
                assert answer.status_code == 401, (method, path)
                asked += 1
    assert asked > 100
    assert bearing(phone, phone.tokens["refresh_token"]).post(f"{API}/auth/refresh").status_code == 401
    for method, rule, declared in rules(app):
        if declared.needs.signed_in:
            answer = browser.client.open(
                address(rule), method=method, data={"token": token} if method == "POST" else None
            )
            assert answer.status_code == 303, (method, rule)
            assert answer.headers["Location"].startswith(f"{CONSOLE}/sign-in"), rule
    assert digest(app) == before
