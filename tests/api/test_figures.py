"""What the figures say to a person on call: of members' requests alone, and of the store as it is at that moment."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError

from api import create_app, what_waits
from api.extensions import db
from api.worker import work_once
from brigade.jobs import SIGN_HEADS, Job, enqueue, writing
from tests.conftest import settings_for

WAITS = [name for name in what_waits.SHOWN if name != "brigade_ready"]


def counted() -> float:
    """All requests that the figures tell of."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name in ("brigade_requests_total", "brigade_request_seconds_count")
    )


def shown(client: Any, name: str) -> float | None:
    """The figure without labels, or None where it is not there."""
    found = re.search(rf"^{name} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else None


def test_probes_do_not_count_among_the_requests(app: Flask) -> None:
    """They come every few seconds and succeed: at night they would hide that each member's request fails."""
    client, before = app.test_client(), counted()
    for probe in ("/healthz", "/readyz", "/metrics"):
        assert client.get(probe).status_code == 200
    assert counted() == before
    client.get("/api/v1/me")
    assert counted() == before + 2


def test_ready_is_shown_as_readyz_would_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    assert shown(client, "brigade_ready") == 1
    monkeypatch.setattr("api.readiness.is_stopping", lambda _: True)
    assert client.get("/readyz").status_code == 503
    assert shown(client, "brigade_ready") == 0


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_without_a_store_nothing_is_said_to_wait(store: str, tmp_path: Any) -> None:
    """Not the last figures for ever: an old one lets nobody see that it is old."""
    nowhere = {
        "sqlite": f"sqlite:///{tmp_path}/away/brigade.sqlite3",
        "postgresql": f"postgresql://brigade@/none?host={tmp_path}",
    }
    app = create_app(settings_for(nowhere[store], tmp_path))
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert re.search(r"^brigade_ready 0\.0$", answer.text, re.MULTILINE)
    assert [name for name in WAITS if re.search(rf"^{name}[ {{]", answer.text, re.MULTILINE)] == []


def test_figures_go_with_the_store_and_come_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    assert shown(client, "brigade_reports_waiting") == 0

    def away(*_: Any) -> Any:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(what_waits.watching, "reports_waiting", away)
        assert shown(client, "brigade_reports_waiting") is None
    assert shown(client, "brigade_reports_waiting") == 0


def test_a_worker_is_seen_by_what_it_plans_each_hour(app: Flask) -> None:
    client = app.test_client()
    assert shown(client, "brigade_worker_seen_seconds") is None
    while work_once(app):
        pass
    seen = shown(client, "brigade_worker_seen_seconds")
    assert seen is not None
    assert seen < 60
    with app.app_context(), writing(db.engine) as session:
        session.query(Job).filter_by(kind=SIGN_HEADS).delete()
        enqueue(session, SIGN_HEADS, {}, dt.datetime.now(dt.UTC) - dt.timedelta(hours=3))
    assert shown(client, "brigade_worker_seen_seconds") == pytest.approx(3 * 3600, abs=60)
