"""What was given up is listed without a word of content, and leaves the list by being tried again or put aside."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from api import create_app
from api.commands import worker as worker_command
from api.extensions import db
from api.worker import HANDLERS, work_once
from brigade import jobs
from brigade.audit import AuditEntry
from brigade.jobs import Job, Work, enqueue, writing
from tests import make
from tests.api.answers import body_of
from tests.api.scanning import drill, instead, patched, pdf, send, sent, work
from tests.conftest import settings_for
from tests.make import SYSTEM

NAME = "火の見 さくら"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether a job of kind ``probe`` fails."""
    state = [True]

    def probe(work: Work) -> None:
        if state[0]:
            raise RuntimeError(f"of {NAME}")

    monkeypatch.setitem(HANDLERS, "probe", probe)
    monkeypatch.setattr(jobs, "TRIES", 1)
    return state


def given_up(app: Flask, owner_id: uuid.UUID | None = None) -> uuid.UUID:
    with app.app_context(), writing(db.engine) as session:
        id_ = enqueue(session, "probe", {"size": 3}, now(), owner_id=owner_id).id
    while work_once(app):
        pass
    return id_


def said(app: Flask, *args: object) -> str:
    ran = app.test_cli_runner().invoke(args=["jobs", *map(str, args)])
    return f"{ran.exit_code} {ran.output}"


def alert(app: Flask) -> bool:
    """Whether BrigadeJobFailed goes off."""
    return 'brigade_jobs{state="failed"} 0.0' not in app.test_client().get("/metrics").text


def noted(app: Flask) -> list[tuple[str, uuid.UUID, dict[str, Any]]]:
    with app.app_context():
        asked = select(AuditEntry).where(AuditEntry.action.startswith("job."))
        return [(row.action, row.subject_id, row.data) for row in db.session.scalars(asked, execution_options=SYSTEM)]


def test_a_failed_job_is_listed_and_put_aside(app: Flask, city: make.City, broken: list[bool]) -> None:
    id_ = given_up(app)
    assert alert(app)
    listed = said(app, "failed")
    assert listed.startswith(f"0 {id_} probe 20")
    assert listed.endswith("Z 1 RuntimeError\n")
    assert said(app, "aside", id_, "--by", "squad11").startswith("1 ")
    assert said(app, "aside", id_, "--by", "bureau") == f"0 {id_} is put aside.\n"
    assert said(app, "failed") == "0 No job waits for somebody.\n"
    assert not alert(app)
    assert noted(app) == [("job.aside", id_, {"kind": "probe"})]
    assert said(app, "aside", id_, "--by", "bureau").startswith("1 ")
    with app.app_context():
        kept = db.session.get_one(Job, id_)
        assert (kept.state, kept.payload["size"], kept.message) == ("failed", 3, f"RuntimeError: of {NAME}")


def test_a_failed_job_is_tried_again(app: Flask, city: make.City, broken: list[bool]) -> None:
    id_ = given_up(app, city.member_id("squad11"))
    broken[0] = False
    assert said(app, "again", id_, "--by", "bureau") == f"0 {id_} is due now.\n"
    while work_once(app):
        pass
    assert not alert(app)
    assert noted(app) == [("job.again", id_, {"kind": "probe"})]
    with app.app_context():
        assert (db.session.get_one(Job, id_).state, db.session.get_one(Job, id_).message) == ("done", "")


def test_one_put_aside_that_is_asked_for_again_and_fails_calls_again(app: Flask, city: make.City, broken) -> None:
    id_ = given_up(app)
    said(app, "aside", id_, "--by", "bureau")
    with app.app_context(), writing(db.engine) as session:
        jobs.queue_again(session.get_one(Job, id_), now())
    while work_once(app):
        pass
    assert alert(app)


@pytest.mark.parametrize("what", ["again", "aside"])
def test_only_what_has_failed_is_dealt_with(app: Flask, city: make.City, what: str) -> None:
    with app.app_context(), writing(db.engine) as session:
        id_ = enqueue(session, "probe", {}, now() + dt.timedelta(days=1)).id
    for wrong in (id_, uuid.uuid4()):
        assert said(app, what, wrong, "--by", "bureau").startswith("1 ")
    assert noted(app) == []


@pytest.mark.parametrize("name", ["chain-key", "push-key"])
def test_a_worker_with_a_broken_key_does_not_begin(sqlite: str, tmp_path: Any, name: str) -> None:
    """Else it would run, and each job that needs the key would fail hours later."""
    app = create_app(settings_for(sqlite, tmp_path))
    path = app.config["BRIGADE"].var / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("nonsense")
    ran = app.test_cli_runner().invoke(worker_command)
    assert ran.exit_code == 1
    assert f"{path}: is no key" in ran.output
    assert "Worker started" not in ran.output
    environ = {**os.environ, "BRIGADE_VAR": str(path.parent), "PORT": "8791", "BRIGADE_BASE_URL": "http://127.0.0.1"}
    served = subprocess.run(
        [sys.executable, "-m", "api.serve"], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert served.returncode == 1
    assert served.stderr.startswith(f"Brigade does not start. {path}: is no key")


# --- Scans ------------------------------------------------------------------------------------------------------------


def given_up_scan(app: Flask, job_id: str, **payload: Any) -> None:
    with app.app_context(), writing(db.engine) as session:
        job = session.get_one(Job, uuid.UUID(job_id))
        job.state, job.attempt, job.payload = "failed", 5, {**job.payload, **payload}


def test_a_scan_put_aside_calls_again_when_it_is_sent_again_and_fails(app, ask, city, monkeypatch) -> None:
    pages = instead(monkeypatch)
    data = pdf(drill(app, city))
    job_id = body_of(send(ask("squad11a"), data), 202)["job_id"]
    given_up_scan(app, job_id)
    said(app, "aside", job_id, "--by", "bureau")
    assert not alert(app)
    pages.failing[0] = MemoryError()
    monkeypatch.setattr(jobs, "TRIES", 1)
    body_of(send(ask("squad11a"), data), 202)
    work(app)
    assert alert(app)


def test_a_scan_that_is_looked_at_again_calls_nobody_for_its_first_job(app, ask, city, monkeypatch) -> None:
    instead(monkeypatch)
    found = sent(app, ask("squad11a"), pdf("not-a-form"))
    given_up_scan(app, found["job_id"])
    assert alert(app)
    patched(ask("squad11a"), found["pages"][0], form="roster")
    work(app)
    assert not alert(app)
