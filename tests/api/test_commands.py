"""The commands of ``flask --app wsgi``: a city begins, the worker keeps house."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyotp
from flask import Flask
from sqlalchemy import select

from api.extensions import db
from api.worker import work_once
from brigade.access.throttle import SignInTries
from brigade.jobs import Job

PASSWORD = "まとい かかげる 朝の川 自転車"
FOUND = [
    "found-city", "--name", "青葉市消防局", "--code", "AO", "--number", "900001", "--officer", "森 花子",
    "--kana", "モリ ハナコ", "--login", "mori", "--password",
]  # fmt: skip


def test_only_what_was_refused_is_typed_again(app: Flask, client: Any) -> None:
    """A city's first officer types seven answers, two of them unseen: a password too short must not cost all of them."""
    typed = ["青葉市消防局", "AO", "900001", "", "森 花子", "モリ ハナコ", "mori", "short", "short", PASSWORD, PASSWORD]
    done = app.test_cli_runner().invoke(args=["found-city"], input="\n".join([*typed, ""]))
    assert done.exit_code == 0, done.output
    assert done.output.count("login") == 1
    assert "password: パスワードは15文字以上" in done.output
    said = {"login": "mori", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=said).status_code == 200


def test_a_city_that_is_there_is_asked_for_another_code_and_name(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=[*FOUND, PASSWORD]).exit_code == 0
    again = ["北市消防局", "KI", "900001", "森 花子", "モリ ハナコ", "mori", PASSWORD, PASSWORD, "mori-kita", ""]
    done = app.test_cli_runner().invoke(args=["found-city"], input="\n".join(again))
    assert done.exit_code == 0, done.output
    refused = app.test_cli_runner().invoke(args=[*FOUND, PASSWORD])
    assert refused.exit_code == 1
    assert "code: " in refused.output


def test_a_city_begins_with_an_officer_who_can_sign_in(app: Flask, client: Any) -> None:
    done = app.test_cli_runner().invoke(args=[*FOUND, PASSWORD])
    assert done.exit_code == 0, done.output
    signed = client.post("/api/v1/auth/login", json={"login": "mori", "password": PASSWORD})
    assert signed.status_code == 200
    headers = {"Authorization": f"Bearer {signed.json['access_token']}"}
    me = client.get("/api/v1/me", headers=headers).json
    assert me["posts"][0]["post"] == "bureau_officer"
    units = client.get("/api/v1/units", headers=headers)
    assert (units.status_code, units.json["reasons"]) == (403, ["second-factor-required"])
    begun = client.post("/api/v1/auth/totp", headers=headers).json
    code = {"code": pyotp.TOTP(begun["secret"]).now()}
    assert client.post("/api/v1/auth/totp/confirm", json=code, headers=headers).status_code == 200
    body = {
        "level": "station",
        "code": "S1",
        "name": "青葉消防署",
        "parent_id": me["unit"]["id"],
        "on": me["posts"][0]["since"],
    }
    assert client.post("/api/v1/units", json=body, headers=headers).status_code == 201


def test_the_same_city_or_a_weak_password_is_refused(app: Flask) -> None:
    run = app.test_cli_runner()
    assert run.invoke(args=[*FOUND, "12345678"]).exit_code == 1
    assert run.invoke(args=[*FOUND, PASSWORD]).exit_code == 0
    again = run.invoke(args=[*FOUND, PASSWORD])
    assert again.exit_code == 1
    assert "code" in again.output


def test_a_login_or_a_name_that_is_taken_is_called_that(app: Flask) -> None:
    """The code is another one."""
    run = app.test_cli_runner()
    assert run.invoke(args=[*FOUND, PASSWORD]).exit_code == 0
    other = [{"AO": "MI", "青葉市消防局": "緑市消防局"}.get(one, one) for one in FOUND]
    for login in ("mori", " mori "):
        taken = run.invoke(args=[{"mori": login}.get(one, one) for one in other] + [PASSWORD])
        assert (taken.exit_code, taken.output.count("\n")) == (1, 1), taken.output
        assert "login: このログイン名は、ほかの人が使っています" in taken.output
    same = [{"AO": "MI", "mori": "hayashi"}.get(one, one) for one in FOUND]
    named = run.invoke(args=[*same, PASSWORD])
    assert (named.exit_code, "name: この名前の" in named.output) == (1, True), named.output


def test_the_worker_keeps_house_once_a_day(app: Flask) -> None:
    with app.app_context():
        old = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        db.session.add(SignInTries(key="k", tries=1, until=old, last_at=old))
        db.session.commit()
    while work_once(app):
        pass
    with app.app_context():
        assert db.session.scalars(select(SignInTries)).all() == []
        done = {(job.kind, job.state) for job in db.session.scalars(select(Job))}
        assert done == {("housekeeping", "done"), ("reminders", "done"), ("sign-heads", "done")}
