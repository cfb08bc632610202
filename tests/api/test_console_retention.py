"""Keeping times, holds and erasures on the console, as a browser without programs uses them; the commands beside them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from api.extensions import db
from api.worker import work_once
from brigade.activity.workflow import Action
from brigade.organisation.people import Member, Membership, Post
from brigade.retention.tables import RetentionRun
from tests import make
from tests.api.visiting import CONSOLE, visitor
from tests.make import NOW, SYSTEM

RETENTION = f"{CONSOLE}/office/retention"


@pytest.fixture
def gone(app: Flask, city: Any) -> Any:
    """``squad11b`` was in service until 31 October and wrote a draft that nobody sent."""
    with app.app_context():
        session = db.session()
        made = make.report(session, city, "squad11b", "K1-1-1", day=3, summary="お名前は書きません。", submit=False)
        for model in (Membership, Post):
            ends = (
                update(model)
                .where(model.member_id == city.member_id("squad11b"))
                .values(valid_to=dt.date(2026, 10, 31))
            )
            session.execute(ends, execution_options=SYSTEM)
        session.commit()
        db.session.remove()
    return made


def name_of(app: Flask, city: Any) -> str:
    with app.app_context():
        asked = select(Member.name).where(Member.id == city.member_id("squad11b"))
        return str(db.session.scalar(asked, execution_options=SYSTEM))


def test_the_bureau_alone_comes_here(app, city) -> None:
    assert any(link == RETENTION for link in visitor(app, "bureau").get(f"{CONSOLE}/office").links)
    assert all(link != RETENTION for link in visitor(app, "station").get(f"{CONSOLE}/office").links)
    for path in ("", "/times", "/holds", "/person"):
        assert visitor(app, "bureau").get(RETENTION + path).status == 200
        assert visitor(app, "station").get(RETENTION + path).status == 403
        assert visitor(app, "bureau").get(RETENTION + path).inline == []


def test_a_person_is_erased_after_the_days_to_undo_it(app, city, gone) -> None:
    bureau, number = visitor(app, "bureau"), city.people["squad11b"].number
    page = bureau.get(f"{RETENTION}/person?number={number}")
    assert "消えるもの" in page.text
    assert "残るもの" in page.text
    page = bureau.send(page.form("/mark"), reason="")
    assert (page.status, "必ず要る項目です" in page.text) == (422, True)
    page = bureau.send(page.form("/mark"), reason="本人の請求")
    assert "その日までは何も変わらず" in page.text
    page = bureau.send(page.form("/undo"))
    assert "取り消しました" in page.text
    page = bureau.get(f"{RETENTION}/person?number={number}")
    page = bureau.send(page.form("/mark"), reason="本人の請求", days="0")
    assert name_of(app, city) == "団員 squad11b"
    while work_once(app):
        pass
    assert name_of(app, city) == "（消去済）"
    page = bureau.get(RETENTION)
    assert "に消しました" in page.text
    assert "すでに消去しました" in bureau.get(f"{RETENTION}/person?number={number}").text
    audit = bureau.get(f"{CONSOLE}/office/audit")
    assert "予定どおり消した" in audit.text
    assert "退団した人の消去の予定を作った" in audit.text


def test_who_serves_or_is_unknown_is_said_so(app, city) -> None:
    bureau = visitor(app, "bureau")
    page = bureau.get(f"{RETENTION}/person?number={city.people['squad11a'].number}")
    assert "この人は在籍しています" in page.text
    assert not any(form.action.endswith("/mark") for form in page.forms)
    assert bureau.get(f"{RETENTION}/person?number=nobody").status == 404


def test_what_is_due_is_marked_within_a_cap(app, city, gone) -> None:
    with time_machine.travel(NOW + dt.timedelta(days=800), tick=True):
        bureau = visitor(app, "bureau")
        page = bureau.get(RETENTION)
        form = page.form("/mark")
        assert "件のうち" in bureau.send(form, cap="0").text
        assert bureau.send(form, days="9999").status == 422
        assert bureau.send(form, days="many").status == 422
        page = bureau.send(form, cap="5", days="0")
        assert "消去の予定を作りました" in page.text
        while work_once(app):
            pass
        with app.app_context():
            run = db.session.scalars(select(RetentionRun), execution_options=SYSTEM).one()
            assert (run.state, run.gone) == ("done", {"draft": 1, "contact": 1})
        assert "今日消すものはありません" in bureau.get(RETENTION).text


def test_holds_are_placed_and_lifted(app, city) -> None:
    bureau = visitor(app, "bureau")
    form = bureau.get(f"{RETENTION}/holds").form("/place")
    for wrong in ({"subject": "2026-13"}, {"reason": ""}, {"kind": "x"}):
        page = bureau.send(form, **{"kind": "month", "subject": "2026-10", "reason": "監査", **wrong})
        assert page.status == 422
    page = bureau.send(form, kind="month", subject="2026-10", reason="監査")
    assert "消去を止めました" in page.text
    page = bureau.send(form, kind="member", subject=city.people["squad11a"].number, reason="訴訟")
    assert "団員 squad11a" in page.text
    page = bureau.send(form, kind="month", subject="2026-10", reason="監査")
    assert page.status == 409
    page = bureau.get(f"{RETENTION}/holds")
    page = bureau.send(page.form("/lift"))
    assert "外しました" in page.text


def test_keeping_times_are_set_within_their_limits(app, city) -> None:
    bureau = visitor(app, "bureau")
    form = bureau.get(f"{RETENTION}/times").form("/set")
    page = bureau.send(form, report="4")
    assert (page.status, "5から" in page.text) == (422, True)
    assert bureau.send(form, roster="-").status == 422
    assert bureau.send(form, picture="abc").status == 422
    page = bureau.send(form, report="-", picture="7")
    assert "保存期間を決めました" in page.text
    again = bureau.get(f"{RETENTION}/times").form("/set")
    assert (again["report"], again["picture"], again["edition"]) == (["-"], ["7"], ["10"])


def test_the_commands_plan_run_and_undo(app, city, gone) -> None:
    run = app.test_cli_runner()
    assert run.invoke(args=["retention-plan", "--by", "squad11"]).exit_code == 1
    assert run.invoke(args=["retention-plan", "--by", "nobody"]).exit_code == 1
    with time_machine.travel(NOW + dt.timedelta(days=800), tick=True):
        said = run.invoke(args=["retention-plan", "--by", "bureau"])
        assert said.exit_code == 0
        assert f"draft      kept 1 years, before 2027-04-01; due 1 of 1, on hold 0: {gone.id}" in said.output
        assert run.invoke(args=["retention-run", "--by", "bureau", "--cap", "0"]).exit_code == 1
        said = run.invoke(args=["retention-run", "--by", "bureau", "--days", "30"])
        assert said.exit_code == 0, said.output
        run_id = said.output.split()[0]
        assert "すでに予定があります" in run.invoke(args=["retention-run", "--by", "bureau"]).output
        assert run.invoke(args=["retention-undo", run_id, "--by", "bureau"]).exit_code == 0
        assert run.invoke(args=["retention-run", "--by", "bureau"]).exit_code == 0
    with time_machine.travel(NOW + dt.timedelta(days=831), tick=True):
        said = run.invoke(args=["retention-run", "--by", "bureau"])
        assert "is done: draft 1, contact 1" in said.output
        assert "消すものがありません" in said.output
        assert run.invoke(args=["retention-undo", run_id, "--by", "squad11"]).exit_code == 1


def test_an_erased_report_says_so_in_its_history(app, city, ask) -> None:
    with app.app_context():
        session = db.session()
        made = make.report(
            session, city, "squad11b", "K1-1-1", "squad11b", "squad11a", day=3, summary="こちらから出ました。"
        )
        make.step(session, city, "squad11b", made, Action.WITHDRAW, comment="二重でした。")
        for model in (Membership, Post):
            ends = (
                update(model).where(model.member_id == city.member_id("squad11b")).values(valid_to=dt.date(2026, 11, 4))
            )
            session.execute(ends, execution_options=SYSTEM)
        session.commit()
        db.session.remove()
    bureau = visitor(app, "bureau")
    page = bureau.get(f"{RETENTION}/person?number={city.people['squad11b'].number}")
    bureau.send(page.form("/mark"), reason="本人の請求", days="0")
    while work_once(app):
        pass
    history = ask("squad11a").get(f"/api/v1/activity-reports/{made.id}/history").json["items"]
    assert [one["action"] for one in history][-2:] == ["withdraw", "erase"]
    assert "文章の消去" in history[-1]["sentence"]
    assert all(one["comment"] == "" for one in history)
    assert ask("squad11a").get(f"/api/v1/activity-reports/{made.id}").json["summary"] == ""
    assert bureau.get(f"{CONSOLE}/reports/{made.id}").status == 200
