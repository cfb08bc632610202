"""Where the chains stand leaves the house with a sealed month: on its cover and in a notice to the station."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.edition_documents import PDF, Which, drawn, sheet_of
from api.extensions import db
from brigade.jobs import writing
from brigade.messages.notice_rules import NoticeKind, is_at_once
from brigade.messages.notices import Notice
from brigade.month.anchors import tell_stations
from brigade.month.editions import Edition
from tests import make
from tests.api import sealing
from tests.api.answers import API, CheckedClient
from tests.api.asking import done, file
from tests.api.sealing import CHAIN, printed
from tests.make import SYSTEM
from tests.unguarded import unguarded
from tools.chain_reports import Head
from tools.verify_chain import Result, head_of, verify


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def edition(app: Flask, ask: Callable[[str], CheckedClient], city: make.City) -> dict[str, Any]:
    """A brigade's month with one report that counts, sealed; after that its chain goes on."""
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b"))
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")
    found = sealing.sealed(app, ask("station"), city.unit_id("K1"))
    file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", day=12))
    return found


def verified(app: Flask, *heads: Head) -> Result:
    with app.app_context():
        return verify(db.engine.url.render_as_string(hide_password=False), printed=heads)


def told(person: CheckedClient) -> list[str]:
    items = person.get(f"{API}/notices").json["items"]
    return [item["text"] for item in items if item["kind"] == "month-sealed"]


def test_the_cover_says_where_the_chain_stood(app: Flask, ask, city, edition) -> None:
    path = f"{API}/editions/{edition['id']}/report.pdf"
    paper = ask("station").get(path).data
    found = re.search(r"記録の指紋A消防団([\d,]+)件目まで((?:[0-9a-f]{4}){4})", printed(paper))
    assert found is not None
    length, fingerprint = int(found[1]), found[2]
    assert length == 6  # created, submitted, approved four times; sealing comes after
    assert verified(app, head_of(f"{length}:{fingerprint}")).wrong == []
    (wrong,) = verified(app, head_of(f"{length - 1}:{fingerprint}")).wrong
    assert wrong.what == "no chain has the head that was printed"
    assert ask("station").get(path).data == paper


def test_a_document_drawn_anew_has_the_same_bytes(app: Flask, ask, city, edition) -> None:
    paper = ask("station").get(f"{API}/editions/{edition['id']}/report.pdf").data
    which = Which(UUID(edition["id"]), city.unit_id("K1"), PDF, "ja")
    with app.app_context(), Session(db.engine) as session:
        assert drawn(sheet_of(session, which.edition_id, which.unit_id, "ja"), which).data == paper


def test_only_the_document_of_the_whole_says_it(ask, city, edition) -> None:
    part = ask("station").get(f"{API}/editions/{edition['id']}/report.pdf?unit_id={city.unit_id('K1-1')}").data
    assert "第一版" in printed(part) or "第1版" in printed(part)
    assert "記録の指紋" not in printed(part)


def test_the_station_is_told_once(app: Flask, ask, city, edition) -> None:
    (words,) = told(ask("station"))
    assert told(ask("brigade")) == []
    chain, key = re.search(r"\n([0-9a-f-]{36}:\d+:[0-9a-f]{64})(?:\n署名の鍵\n([0-9a-f]{64}))?$", words).groups()
    result = verified(app, head_of(chain))
    assert result.wrong == []
    assert result.keys == ({key} if key else set())
    assert head_of(chain)[1] == 7  # with the sealing itself
    with app.app_context(), writing(db.engine) as session:
        sealed = session.scalars(select(Edition), execution_options=SYSTEM).one()
        tell_stations(session, sealed, "", make.NOW)
    with app.app_context(), Session(db.engine) as session:
        asked = select(Notice).where(Notice.kind == "month-sealed")
        assert len(session.scalars(asked, execution_options=SYSTEM).all()) == 1
    assert is_at_once(NoticeKind.MONTH_SEALED, {}, make.NOW)  # by mail, and not in the digest of the day


def test_a_stations_edition_says_it_of_each_brigade(app: Flask, ask, city, edition) -> None:
    sealing.sealed(app, ask("station"), city.unit_id("S1"))
    with app.app_context(), Session(db.engine) as session:
        asked = select(Edition).where(Edition.level == "station")
        station = session.scalars(asked, execution_options=SYSTEM).one()
    assert [(chain, name) for chain, name, *_ in station.heads] == [(str(city.unit_id("K1")), "A消防団")]
    (first, second) = told(ask("station"))
    assert first != second
    assert verified(app).wrong == []


def test_a_rewritten_head_of_an_edition_is_found(app: Flask, ask, city, edition) -> None:
    with app.app_context(), Session(db.engine) as session:
        sealed = session.scalars(select(Edition), execution_options=SYSTEM).one()
        ((chain, name, length, digest),) = sealed.heads
        for heads in ([[chain, name, length - 1, digest]], [[chain, name, length + 9, digest]], [[chain]]):
            with unguarded(session.connection()):
                session.execute(update(Edition).values(heads=heads), execution_options=SYSTEM)
            session.commit()
            (wrong,) = verified(app).wrong
            assert "head that was" in wrong.what
