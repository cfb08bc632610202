"""Squad 1-1 before it has joined, and what a leader and a newcomer do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, delete, select
from werkzeug.test import TestResponse

from api.extensions import db
from brigade.access.accounts import Account
from brigade.db import Base
from tests import make
from tests.api.answers import API, body_of
from tests.make import City

Model = TypeVar("Model", bound=Base)

INVITATIONS, CARDS, HOLDER, ME = (
    f"{API}/{path}" for path in ("invitations", "invitations/cards", "auth/invitations", "me")
)
LOGIN = f"{API}/auth/login"
PASSWORD = "秋の朝にまといを高くかかげる人"
OTHER = "夏の夜にはしごを長くのばす若者"


def nobody_joined(app: Flask, city: City) -> City:
    """The small city, where nobody of squad 1-1 but its leader has joined."""
    forget(app, city, "squad11-deputy", "squad11a", "squad11b")
    return replace(city, people=dict(city.people))


def forget(app: Flask, city: City, *logins: str) -> None:
    """These have no account any more."""
    ids = [city.member_id(login) for login in logins]
    with app.app_context():
        db.session.execute(delete(Account).where(Account.member_id.in_(ids)), execution_options=make.SYSTEM)
        db.session.commit()


def recruits(app: Flask, city: City, count: int) -> None:
    """So many more members of squad 1-1, who have not joined."""
    with app.app_context():
        for nth in range(count):
            make.member(db.session(), city, f"new{nth}", "K1-1-1")
        db.session.flush()
        db.session.expunge_all()
        db.session.commit()
    forget(app, city, *(f"new{nth}" for nth in range(count)))


def issue(leader: FlaskClient, **said: Any) -> dict[str, Any]:
    return body_of(leader.post(INVITATIONS, json=said), 201)


def code_for(leader: FlaskClient, city: City, login: str = "squad11a") -> str:
    return str(issue(leader, member_ids=[str(city.member_id(login))])["items"][0]["code"])


def accept(client: FlaskClient, code: str, password: str = PASSWORD, **said: Any) -> TestResponse:
    return client.post(f"{HOLDER}/{code}", json={"password": password, "device_name": "電話"}, **said)


def refused(answer: TestResponse) -> bool:
    assert body_of(answer, 404)["code"] == "invitation-unknown", answer.text
    return True


def rows(app: Flask, model: type[Model], *where: ColumnElement[bool]) -> Sequence[Model]:
    with app.app_context():
        found = db.session.scalars(select(model).where(*where), execution_options=make.SYSTEM).all()
        db.session.expunge_all()
        return found


def number_of(city: City, login: str) -> str:
    return city.people[login].number


def start(leader: FlaskClient, city: City, login: str, card: str = "") -> TestResponse:
    return leader.post(f"{API}/members/{city.member_id(login)}/password-reset{card}")
