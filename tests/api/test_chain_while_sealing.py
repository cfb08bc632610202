"""Whoever files while the brigade's month is being sealed is never turned away, and the sealing comes through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api import sealing as product
from api.extensions import db
from brigade.chain import writing
from brigade.chain.writing import held, write_links
from brigade.month.sealing import seal
from tests import make
from tests.api import sealing
from tests.api.answers import CheckedClient
from tests.api.asking import REPORTS, act, done, file
from tests.api.sealing import CHAIN
from tools.verify_chain import verify


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def filing(ask: Callable[[str], CheckedClient], city: make.City) -> Callable[[], TestResponse]:
    """Files a report in the brigade, as a member who is signed in already."""
    member, days = ask("squad12a"), iter(range(3, 18))
    return lambda: member.post(REPORTS, json=make.body(city, "K1-1-2", "squad12a", day=next(days)))


@pytest.fixture
def confirmed(ask: Callable[[str], CheckedClient], city: make.City) -> None:
    """There is something to seal."""
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b"))
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")


def whole(app: Flask) -> bool:
    with app.app_context():
        return not verify(db.engine.url.render_as_string(hide_password=False)).wrong


@pytest.mark.usefixtures("confirmed")
def test_filing_before_the_sealing_commits(app: Flask, ask, city, filing, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL it does not even wait, and the sealing goes again; on SQLite it waits for its turn."""
    filed: list[Future[TestResponse]] = []
    sealings: list[str] = []

    def meanwhile(session: Session, *said: Any, **more: Any) -> Any:
        made = seal(session, *said, **more)
        sealings.append(session.get_bind().dialect.name)
        if not filed:
            filed.append(others.submit(filing))
            if session.get_bind().dialect.name == "postgresql":
                assert filed[0].result().status_code == 201
        return made

    monkeypatch.setattr(product, "seal", meanwhile)
    with ThreadPoolExecutor(1) as others:
        edition = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    assert filed[0].result().status_code == 201
    assert sealings in (["sqlite"], ["postgresql"] * 2)
    assert (edition["number"], edition["times"]) == (1, 1)
    assert whole(app)


@pytest.mark.usefixtures("confirmed")
def test_filing_all_the_time(app: Flask, ask, city, filing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third sealing in a row holds the chain before it reads anything: what is filed then waits for it."""
    filed: list[Future[TestResponse]] = []
    held: list[bool] = []

    def meanwhile(session: Session, *said: Any, **more: Any) -> Any:
        held.append(more["holding"])
        if session.get_bind().dialect.name == "postgresql":
            filed.append(others.submit(filing))
            if more["holding"]:
                _until_somebody_waits()
            else:
                assert filed[-1].result().status_code == 201
        return seal(session, *said, **more)

    monkeypatch.setattr(product, "seal", meanwhile)
    with ThreadPoolExecutor(1) as others:
        edition = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    assert held == ([False, False, True] if filed else [False])  # on SQLite nothing comes between
    assert {one.result().status_code for one in filed} <= {201}
    assert (edition["number"], edition["times"]) == (1, 1)
    assert whole(app)


@pytest.mark.usefixtures("confirmed")
def test_filing_while_the_sealing_holds_the_chain(
    app: Flask, ask, city, filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed: list[Future[TestResponse]] = []
    started = threading.Event()

    def at_last() -> TestResponse:
        started.set()
        return filing()

    def holding(session: Session, *said: Any, **more: Any) -> Any:
        made = seal(session, *said, **more)
        write_links(session)  # as the commit does: from here on the chain is held
        filed.append(others.submit(at_last))
        started.wait()
        if session.get_bind().dialect.name == "postgresql":
            _until_somebody_waits()
        assert not filed[0].done()
        return made

    monkeypatch.setattr(product, "seal", holding)
    with ThreadPoolExecutor(1) as others:
        edition = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    assert [one.result().status_code for one in filed] == [201]
    assert (edition["number"], edition["times"]) == (1, 1)
    assert whole(app)


@pytest.mark.usefixtures("confirmed")
def test_somebody_has_the_chain_when_it_is_to_be_held(
    app: Flask, ask, city, filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it had to wait, what it would read is from before: it takes hold again, and again where that is taken too."""
    filed: list[Future[TestResponse]] = []
    takes: list[bool] = []
    written, commits = threading.Event(), threading.Event()

    def slowly(session: Session) -> None:
        write_links(session)
        if threading.current_thread() is not threading.main_thread() and filed:
            written.set()
            commits.wait()

    def commit_then() -> None:
        with app.app_context():
            _until_somebody_waits()
        commits.set()

    def begins(connection: Any, chains: Any) -> Any:
        """The first two times somebody is there already, and commits as soon as we wait."""
        if len(takes) < 2:
            written.clear()
            commits.clear()
            filed.append(others.submit(filing))
            written.wait()
            others.submit(commit_then)
        takes.append(True)
        return held(connection, chains)

    def meanwhile(session: Session, *said: Any, **more: Any) -> Any:
        if not more["holding"] and session.get_bind().dialect.name == "postgresql":
            assert others.submit(filing).result().status_code == 201
        return seal(session, *said, **more)

    monkeypatch.setattr(product, "seal", meanwhile)
    monkeypatch.setattr(product, "held", begins)
    monkeypatch.setattr(writing, "write_links", slowly)
    with ThreadPoolExecutor(2) as others:
        edition = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    assert len(takes) == (3 if filed else 0)  # on SQLite nobody comes between
    assert {one.result().status_code for one in filed} <= {201}
    assert (edition["number"], edition["times"]) == (1, 1)
    assert whole(app)


@pytest.mark.usefixtures("confirmed")
def test_who_decides_on_a_report_of_the_month_goes_first(
    app: Flask, ask, city, filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The officer has the report and waits for the chain, which the sealing holds: it lets go and takes hold again, where it
    is the quicker one more than once.
    """
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=19))
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")
    officer = ask("station")
    returned: list[Future[TestResponse]] = []
    holding: list[bool] = []

    def meanwhile(session: Session, *said: Any, **more: Any) -> Any:
        if session.get_bind().dialect.name == "postgresql":
            if not more["holding"]:
                assert others.submit(filing).result().status_code == 201
            elif not returned:
                returned.append(others.submit(act, officer, report, "return", comment="時刻"))
                _until_somebody_waits()
        if more["holding"]:
            holding.append(True)
        return seal(session, *said, **more)

    monkeypatch.setattr(product, "seal", meanwhile)
    with ThreadPoolExecutor(1) as others:
        edition = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    assert [one.result().status_code for one in returned] == [200] * len(returned)
    assert len(holding) > 1 if returned else not holding
    assert edition["times"] == (1 if returned else 2)
    assert whole(app)


def _until_somebody_waits() -> None:
    """Until the other transaction stands before the chain."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while True:
        with db.engine.connect() as connection:
            if connection.scalar(asked):
                return
        threading.Event().wait(0.02)
