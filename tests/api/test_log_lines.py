"""The log: names planted everywhere never reach it, and one id leads from a request through its jobs (S-29)."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from sqlalchemy import text

from api import endpoint, log_lines, worker
from api.extensions import db
from api.worker import HANDLERS, work_once
from brigade.chain.writing import HAPPENED
from brigade.jobs import Work, enqueue, writing
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, file
from tests.api.visiting import Visitor

NAMES = ("纏井 掲太", "マトイイ", "matoi-keita", "090-5555-0199", "火の見横丁")
Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said() -> Iterator[Said]:
    """All that is logged from now on, down to what nobody usually sees, as lines."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(log_lines.Lines())
    root, levels = logging.getLogger(), {}
    for name in ("", "brigade", "sqlalchemy.engine"):
        levels[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_names_never_reach_the_log(app: Flask, city: make.City, ask: Any, said: Said, monkeypatch: Any) -> None:
    """In a body, an address, a header; in what is thrown by the store, by the program and by a job."""
    client, everything = ask("squad11"), " ".join(NAMES)
    body = make.body(city, "K1-1-1", "squad11", place=NAMES[0], summary=everything)
    assert client.post(REPORTS, json=body).status_code == 201
    client.post(REPORTS, json={**body, "id": "no", "place": [NAMES[0]], NAMES[1]: 1})
    client.get(f"{REPORTS}?q={NAMES[0]}&{NAMES[2]}=1")
    client.get(f"{REPORTS}/{NAMES[2]}")
    client.post("/api/v1/auth/login", json={"login": NAMES[2], "password": NAMES[0]})

    def store_fails(*_: Any, **__: Any) -> Any:
        columns = "id, bureau_id, number, name, kana, kana_sort, member_type"  # of one that is there, and some lack
        row = (
            f"'{city.member_id('squad11')}', '{city.bureau_id}', '000001', '{NAMES[0]}', '{NAMES[1]}', 'x', 'ordinary'"
        )
        db.session.execute(
            text(f"INSERT INTO members ({columns}) VALUES ({row})"), execution_options={"as_system": "a test"}
        )

    def program_fails(*_: Any, **__: Any) -> Any:
        raise KeyError(everything)

    for fails, status in ((store_fails, 409), (program_fails, 500)):
        with monkeypatch.context() as patch:
            patch.setattr(endpoint, "_once", fails)
            headers = {"Authorization": client.environ_base["HTTP_AUTHORIZATION"]}
            plain = FlaskClient(app, app.response_class)  # no answer of the API's document is a 500
            assert plain.post(REPORTS, json=body, headers=headers).status_code == status

    def job_fails(work: Work) -> None:
        try:
            raise ValueError(everything)
        except ValueError as error:
            raise RuntimeError(NAMES[3]) from error

    monkeypatch.setitem(HANDLERS, "probe", job_fails)
    with app.app_context(), writing(db.engine) as session:
        enqueue(session, "probe", {"name": everything}, make.NOW)
    while work_once(app):
        pass
    for name in ("brigade.any", "foreign.package"):
        logging.getLogger(name).warning(f"of {everything}")  # a message put together, as others may do
        logging.getLogger(name).warning("of %s", everything, extra={"key": everything, "name_of": NAMES[0]})

    lines = said()
    told = json.dumps(lines, ensure_ascii=False)
    assert [name for name in (*NAMES, *everything.split()) if name in told] == []
    events = {line["event"] for line in lines}
    assert {"answered", "constraint", "unexpected", "job failed", "job", "of %s", "(not shown)"} <= events
    broken = next(line for line in lines if line["event"] == "constraint")
    assert re.fullmatch(r"pk_members|members[\w.,]+|SQLITE_CONSTRAINT_FOREIGNKEY", broken["constraint"])
    failed = next(line for line in lines if line["event"] == "job failed")
    assert failed["error"] == ["RuntimeError", "ValueError"]
    assert failed["where"][-1].startswith("tests/api/test_log_lines.py:")


def test_a_failure_of_the_store_has_the_drivers_code_and_none_of_its_text(
    app: Flask, city: make.City, ask: Any, said: Said, monkeypatch: Any
) -> None:
    """Full, locked, away, cancelled: another thing to do for each, and the type alone is the same for all."""
    client = ask("squad11")
    with app.app_context():
        on_sqlite = db.engine.dialect.name == "sqlite"
    raised = f"DO $$ BEGIN RAISE EXCEPTION '{NAMES[0]}' USING ERRCODE = '57014'; END $$"
    wrong = text(f'SELECT 1 FROM "{NAMES[0]}"' if on_sqlite else raised)
    code = "SQLITE_ERROR" if on_sqlite else "57014"

    def store_fails(*_: Any, **__: Any) -> Any:
        db.session.execute(wrong, execution_options={"as_system": "a test"})

    with monkeypatch.context() as patch:
        patch.setattr(endpoint, "_once", store_fails)
        assert client.get(f"{REPORTS}?limit=1").status_code == 503
    with monkeypatch.context() as patch:
        patch.setattr("api.readiness.storage", store_fails)
        assert app.test_client().get("/readyz").status_code == 503
    with monkeypatch.context() as patch:
        patch.setattr("api.what_waits.watching.reports_waiting", store_fails)
        assert app.test_client().get("/metrics").status_code == 200
    with monkeypatch.context() as patch:
        stop = threading.Event()

        def once(*_: Any) -> Any:
            stop.set()
            with app.app_context():
                store_fails()

        patch.setattr(worker, "work_once", once)
        worker.run(app, stop)
    lines = said()
    assert NAMES[0] not in json.dumps([one for one in lines if one["from"] != "sqlalchemy.engine"], ensure_ascii=False)
    for event, how_often in (("store unavailable", 2), ("not ready", 1), ("nothing counted", 1)):
        assert [line["store"] for line in lines if line["event"] == event] == [code] * how_often, event


def test_one_id_leads_from_a_request_through_its_job(
    app: Flask, city: make.City, ask: Any, said: Said, monkeypatch: Any
) -> None:
    while work_once(app):
        pass
    monkeypatch.setitem(HANDLERS, "probe", lambda work: logging.getLogger("brigade.probe").info("probed"))
    whole, client = endpoint._once, ask("squad11")

    def asks_for_a_job(*args: Any, **said: Any) -> Any:
        with writing(db.engine) as session:
            enqueue(session, "probe", {}, make.NOW)
        return whole(*args, **said)

    with monkeypatch.context() as patch:
        patch.setattr(endpoint, "_once", asks_for_a_job)
        answer = client.get(f"{REPORTS}?limit=1")
    id_ = answer.headers["X-Request-Id"]
    assert work_once(app)
    ours = [line for line in said() if line.get("request_id") == id_ and line["from"].startswith("brigade.")]
    assert [line["event"] for line in ours] == ["answered", "probed", "job"]
    assert ours[0]["route"] == REPORTS
    assert ours[-1]["outcome"] == "done"


def test_values_of_fields_have_a_form() -> None:
    record = logging.LogRecord("brigade.x", logging.INFO, "", 1, "event", (), None)
    vars(record).update(status=200, key="pictures/1f/01-9.jpg", code="纏井", route="a b", other="x", count=None)
    line = json.loads(log_lines.Lines().format(record))
    assert (line["status"], line["key"], line["code"], line["route"]) == (
        200, "pictures/1f/01-9.jpg", "(not shown)", "(not shown)",
    )  # fmt: skip
    assert "other" not in line


def test_of_a_list_with_a_text_in_it_nothing_is_shown() -> None:
    for viewed, shown in ((["01-9", "edition:02"], ["01-9", "edition:02"]), (["01-9", "纏井"], "(not shown)")):
        record = logging.LogRecord("brigade.x", logging.INFO, "", 1, "event", (), None)
        record.viewed = viewed
        assert json.loads(log_lines.Lines().format(record))["viewed"] == shown


# --- Figures ----------------------------------------------------------------------------------------------------------


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_actions_are_counted_when_they_are_stored(app: Flask, city: make.City, ask: Any) -> None:
    before = figure("brigade_actions_total", action="submit")
    file(ask("squad11"), make.body(city, "K1-1-1", "squad11"))
    after = figure("brigade_actions_total", action="submit")
    assert after == before + 1
    with app.app_context(), writing(db.engine) as session:
        session.info[HAPPENED] = ["submit"]
        session.rollback()
    assert figure("brigade_actions_total", action="submit") == after


def test_what_waits_is_shown_with_its_age(app: Flask, city: make.City, ask: Any, client: Any) -> None:
    file(ask("squad11"), make.body(city, "K1-1-1", "squad11"))
    with app.app_context(), writing(db.engine) as session:
        enqueue(session, "probe", {}, make.NOW)
        session.connection().execute(text("UPDATE activity_reports SET awaiting_since = :at"), {"at": make.NOW})
    shown = client.get("/metrics").text
    assert re.search(r"^brigade_reports_waiting 1\.0$", shown, re.MULTILINE)
    assert re.search(r'^brigade_jobs\{state="queued"\} \d', shown, re.MULTILINE)
    for name in ("brigade_reports_waiting_oldest_seconds", r'brigade_jobs_oldest_seconds\{state="queued"\}'):
        found = re.search(rf"^{name} (\S+)$", shown, re.MULTILINE)
        assert found
        assert float(found[1]) > 0


def test_many_approvals_are_counted_each(ask, city) -> None:
    filed = [file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day)) for day in (10, 11, 12)]
    before = figure("brigade_actions_total", action="approve")
    items = [{"id": report["id"], "version": report["version"]} for report in filed]
    assert ask("squad11").post(f"{API}/inbox/approve", json={"items": items}).status_code == 200
    assert figure("brigade_actions_total", action="approve") == before + 3


# --- Who did it, and why it was refused -------------------------------------------------------------------------------


def answered(said: Said) -> list[dict[str, Any]]:
    """The lines of requests that one usually sees."""
    return [line for line in said() if line["event"] == "answered" and line["level"] == "info"]


def test_signing_in_and_failing_to_is_told(app: Flask, client: FlaskClient, city: make.City, said: Said) -> None:
    login = {"login": "squad11", "password": make.PASSWORD}
    client.post(f"{API}/auth/login", json={**login, "password": "wrong"})
    client.post(f"{API}/auth/login", json=login)
    wrong, right = answered(said)
    assert (wrong["status"], wrong["code"]) == (401, "wrong-credentials")
    assert "member" not in wrong
    assert (right["status"], right["member"]) == (200, str(city.member_id("squad11")))
    assert right["session"]


def test_the_same_on_the_console(app: Flask, city: make.City, said: Said) -> None:
    Visitor(app).sign_in("squad11", "wrong")
    Visitor(app).sign_in("squad11")
    wrong, right = (line for line in answered(said) if line["method"] == "POST")
    assert (wrong["status"], wrong["code"]) == (422, "wrong-credentials")
    assert (right["status"], right["member"]) == (303, str(city.member_id("squad11")))


def test_who_changes_something_is_told(app: Flask, city: make.City, ask: Any, said: Said) -> None:
    person = ask("squad11a")
    file(person, make.body(city, "K1-1-1", "squad11a"))
    [line] = [line for line in answered(said) if line["route"] == REPORTS]
    assert (line["status"], line["member"]) == (201, str(city.member_id("squad11a")))
    assert "code" not in line


def test_what_was_refused_is_told_with_who_and_why(app: Flask, city: make.City, ask: Any, said: Said) -> None:
    """Of reading too: whoever tries through ids or addresses that are not theirs leaves a trace."""
    person, officer = ask("squad11a"), ask("station")
    report = file(ask("squad22"), make.body(city, "K1-2-2", "squad22"))
    before = len(answered(said))
    assert person.get(f"{REPORTS}/{report['id']}").status_code == 404
    other = city.member_id("squad22")
    assert person.post(f"{API}/members/{other}/sign-out").status_code == 403
    assert act(officer, report, "approve").status_code == 403
    assert person.get(f"{API}/no-such-thing").status_code == 404
    assert person.get(REPORTS).status_code == 200
    hidden, closed, refused, *rest = answered(said)[before:]
    assert (hidden["status"], hidden["code"], hidden["member"]) == (404, "not-found", str(city.member_id("squad11a")))
    assert (closed["status"], closed["code"]) == (403, "not-permitted")
    assert (refused["status"], refused["member"]) == (403, str(city.member_id("station")))
    assert refused["code"]
    assert [line["route"] for line in rest if "code" in line] == []
