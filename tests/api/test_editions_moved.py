"""A station seals a month after one of its brigades has moved to another one: over the API, with every document."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.organisation import tree
from brigade.organisation.ranks import Level
from brigade.organisation.units import rebuild_tree
from tests import make
from tests.api import sealing
from tests.api.answers import API
from tests.api.asking import done, file
from tests.api.paying import set_rules
from tests.api.sealing import CHAIN, MONTH


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


def test_the_old_station_seals_and_reads_what_was_done_under_it(app, ask, city) -> None:
    set_rules(app, city, "yokohama")
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")
    with app.app_context(), Session(db.engine) as session:
        make.unit(session, city, Level.STATION, "S2", "B消防署", "B")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
        bureau = make.bound(session, city, "bureau")
        # The clock stands in November: it moved in the middle of the month, after the drill.
        tree.move_unit(session, bureau, city.unit_id("K1"), city.unit_id("S2"), dt.date(2026, 11, 15))
        session.commit()
    edition = sealing.sealed(app, ask("station"), city.unit_id("S1"))
    assert (edition["times"], edition["yen"]) == (1, 3_500)
    whole = ask("station").get(f"{API}/editions/{edition['id']}/set.zip")
    with zipfile.ZipFile(io.BytesIO(whole.data)) as archive:
        assert archive.testzip() is None
    found = ask("station").get(f"{API}/editions", query_string={"unit_id": str(city.unit_id("S1")), "month": MONTH})
    assert [(one["of"]["level"], one["yen"]) for one in found.json["items"]] == [("station", 3_500)]
    theirs = ask("brigade").get(f"{API}/editions/{edition['id']}/report.csv?unit_id={city.unit_id('K1')}")
    assert len(sealing.table(theirs)) == 1
    assert report["number"] in theirs.text


def test_the_set_of_the_old_station_binds_its_own_days(app, ask, city) -> None:
    set_rules(app, city, "yokohama")
    reports = [file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))]
    for leader in CHAIN:
        reports[0] = done(ask(leader), reports[0], "approve")
    with app.app_context(), Session(db.engine) as session:
        make.unit(session, city, Level.STATION, "S2", "B消防署", "B")
        make.member(session, city, "station2", "S2", "station_officer", member_type="staff")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
        bureau = make.bound(session, city, "bureau")
        tree.move_unit(session, bureau, city.unit_id("K1"), city.unit_id("S2"), dt.date(2026, 11, 15))
        session.commit()
    reports.append(file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=17)))
    for leader in (*CHAIN[:-1], "station2"):
        reports[1] = done(ask(leader), reports[1], "approve")
    second, first = (
        sealing.sealed(app, ask(officer), city.unit_id(code))
        for officer, code in (("station2", "S2"), ("station", "S1"))
    )
    for officer, edition, mine, other in (("station", first, *reports), ("station2", second, *reversed(reports))):
        whole = ask(officer).get(f"{API}/editions/{edition['id']}/set.zip")
        with zipfile.ZipFile(io.BytesIO(whole.data)) as archive:
            said = "".join(sealing.printed(archive.read(name)) for name in archive.namelist() if name.endswith(".pdf"))
            bound = [name for name in archive.namelist() if name.endswith(".pdf")]
        assert mine["number"] in said
        assert other["number"] not in said
        # Station, brigade and companies; of a brigade that left those that did something before.
        assert len(bound) == (3 if edition is first else 4)
