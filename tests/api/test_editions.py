"""Sealing over the API: asked for, done by the worker, downloaded again and again, verified by its code."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api import sealing as product
from api.extensions import db, storage
from api.worker import work_once
from brigade import jobs
from brigade.jobs import Job
from brigade.month.editions import EditionFile, file_key
from brigade.organisation.units import Unit
from tests import make
from tests.api import sealing
from tests.api.answers import API, CheckedClient
from tests.api.asking import ENGLISH, called, done, file
from tests.api.paying import set_rules
from tests.api.sealing import CHAIN, MONTH, printed, table
from tests.make import SYSTEM

TABLES = ("report.csv", "participations.csv", "pay.csv", "statistics.csv")


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def city(app: Flask, city: make.City) -> make.City:
    """The small city, which pays as Yokohama does."""
    set_rules(app, city, "yokohama")
    return city


@pytest.fixture
def confirmed(ask: Callable[[str], CheckedClient], city: make.City) -> Callable[..., dict[str, Any]]:
    """``confirmed("squad11a", day=9)``: a drill of the first squad that the station has taken."""

    def of(*logins: str, **said: Any) -> dict[str, Any]:
        report = file(ask("squad11a"), make.body(city, "K1-1-1", *logins, **said))
        for leader in CHAIN:
            report = done(ask(leader), report, "approve")
        return report

    return of


@pytest.fixture
def sealed(app: Flask, ask: Callable[[str], CheckedClient], city: make.City) -> Callable[..., dict[str, Any]]:
    """``sealed("K1")``: the month of the unit is sealed; the edition as answered to the officer."""
    return lambda code="K1": sealing.sealed(app, ask("station"), city.unit_id(code))


def test_one_request_seals_and_every_document_says_the_same(ask, city, confirmed, sealed) -> None:
    confirmed("squad11a", "squad11b")
    confirmed("squad11a", day=9, kind="D-01", details={})
    late = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=12))
    edition = sealed()
    assert (edition["number"], edition["times"], edition["person_times"], edition["yen"]) == (1, 2, 3, 14_000)
    assert (edition["left_open"], edition["previous_id"], edition["unit"]["name"]) == (1, None, "A消防団")
    assert [unit["yen"] for unit in edition["units"]] == [14_000, 14_000, 14_000, 0, 0, 0, 0]
    at = f"{API}/editions/{edition['id']}"
    officer = ask("station")
    assert set(edition["documents"]) == {"report.pdf", "report.xlsx", *TABLES, "set.pdf", "set.zip"}
    pdf = officer.get(f"{at}/report.pdf")
    assert pdf.mimetype == "application/pdf"
    text = printed(pdf.data)
    assert "14,000円" in text
    assert edition["code"] in text
    assert "未確定" not in text
    assert late["number"] in text, "what was left open is named"
    pay = table(officer.get(f"{at}/pay.csv"))
    assert sum(int(line["金額"]) for line in pay if line["金額"]) == 14_000
    assert len(table(officer.get(f"{at}/report.csv"))) == 2
    assert len(table(officer.get(f"{at}/participations.csv"))) == 3
    book = load_workbook(io.BytesIO(officer.get(f"{at}/report.xlsx").data))
    assert any(cell.value == 14_000 for sheet in book for row in sheet for cell in row)
    month = officer.get(f"{API}/months/{MONTH}", query_string={"unit_id": str(city.unit_id("K1"))}).json
    assert month["states"]["sealed"] == 2
    behind = officer.get(f"{at}/figures", query_string={"kind": "T-01"}).json
    assert (behind["yen"], behind["person_times"]) == (7_000, 2)
    assert [line["yen"] for line in behind["items"][0]["lines"]] == [3_500, 3_500]
    assert behind["items"][0]["decisions"][-1]["action"] == "seal"
    assert officer.get(f"{at}/figures", query_string={"unit_id": str(city.unit_id("K1-2"))}).json["yen"] == 0
    assert officer.get(f"{at}/differences").status_code == 404
    assert officer.get(f"{at}/differences.csv").status_code == 404


def test_asked_for_twice_it_is_done_once(app, ask, city, confirmed) -> None:
    confirmed("squad11a")
    wanted = {"unit_id": str(city.unit_id("K1"))}
    first, second = (ask("station").post(f"{API}/months/{MONTH}/seal", json=wanted).json for _ in range(2))
    assert first == second
    while work_once(app):
        pass
    found = ask("station").get(f"{API}/editions", query_string=wanted).json["items"]
    assert [(one["id"], one["number"]) for one in found] == [(first["edition_id"], 1)]


def test_a_download_gives_the_same_bytes_for_ever(app, ask, city, confirmed, sealed, monkeypatch) -> None:
    confirmed("squad11a", "squad11b")
    edition = sealed()
    at = f"{API}/editions/{edition['id']}"
    squad = {"unit_id": str(city.unit_id("K1-1-1"))}
    officer = ask("station")
    asked = [(name, {}) for name in edition["documents"]] + [("report.pdf", squad), ("pay.csv", {"encoding": "cp932"})]
    before = {name + str(said): officer.get(f"{at}/{name}", query_string=said).data for name, said in asked}
    # The report goes back and changes, the people and rules too, and the program draws otherwise.
    report = officer.get(f"{API}/activity-reports", query_string={"state": "sealed"}).json["items"][0]
    assert report["actions"] == ["return"]
    done(officer, report, "return", comment="時刻")
    with app.app_context():
        db.session.execute(update(Unit).values(name="別の名"), execution_options=SYSTEM)
        db.session.commit()
        db.session.remove()
    monkeypatch.setattr("api.edition_documents.drawn", lambda *_: pytest.fail("drawn again"))
    assert {name + str(said): officer.get(f"{at}/{name}", query_string=said).data for name, said in asked} == before


def test_a_correction_gives_a_second_edition_with_its_differences(ask, city, confirmed, sealed) -> None:
    report = confirmed("squad11a", "squad11b")
    first = sealed()
    officer, author = ask("station"), ask("squad11a")
    report = officer.get(f"{API}/activity-reports/{report['id']}").json
    report = done(officer, report, "return", comment="いなかった人がいます")
    report = author.patch(
        f"{API}/activity-reports/{report['id']}",
        json={"participants": [{"member_id": str(city.member_id("squad11a"))}]},
        headers={"If-Match": f'"{report["version"]}"'},
    ).json
    report = done(author, report, "submit")
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")
    second = sealed()
    assert (second["number"], second["previous_id"], second["yen"]) == (2, first["id"], 3_500)
    at = f"{API}/editions/{second['id']}"
    changed = officer.get(f"{at}/differences").json
    assert (changed["before"]["yen"], changed["after"]["yen"]) == (7_000, 3_500)
    (difference,) = changed["differences"]
    assert (difference["what"], difference["report_number"]) == ("changed", report["number"])
    assert [(person["name"], person["yen"]) for person in difference["people"]] == [("団員 squad11b", -3_500)]
    text = printed(officer.get(f"{at}/report.pdf").data)
    assert "-3,500" in text or "−3,500" in text or "△3,500" in text, text[:3000]
    assert table(officer.get(f"{at}/differences.csv"))
    # Whoever holds the old paper is told so.
    told = officer.get(f"{API}/verify/{first['code']}")
    assert (told.json["number"], told.json["newest_number"], told.json["newest"]) == (1, 2, False)


def test_a_squad_that_an_older_edition_lacks_is_told_no_code_of_others(ask, city, confirmed, sealed) -> None:
    confirmed("squad11a")
    first = sealed()
    made = ask("bureau").post(
        f"{API}/units",
        json={"level": "squad", "code": "K1-1-9", "name": "新しい班", "parent_id": str(city.unit_id("K1-1")),
              "on": "2026-11-20"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    second = sealed()
    assert made.json["id"] in {unit["unit_id"] for unit in second["units"]}
    paper = ask("station").get(f"{API}/editions/{second['id']}/report.pdf", query_string={"unit_id": made.json["id"]})
    text = printed(paper.data)
    assert not [unit["code"] for unit in first["units"] if unit["code"] in text]
    whole = printed(ask("station").get(f"{API}/editions/{second['id']}/report.pdf").data)
    assert first["code"] in whole


def test_a_station_seals_all_its_brigades_with_one_request(ask, city, confirmed, sealed) -> None:
    confirmed("squad11a", "squad11b")
    edition = sealed("S1")
    found = ask("station").get(f"{API}/editions", query_string={"unit_id": str(city.unit_id("S1")), "month": MONTH})
    assert sorted((one["of"]["level"], one["number"], one["yen"]) for one in found.json["items"]) == [
        ("brigade", 1, 7_000), ("station", 1, 7_000),
    ]  # fmt: skip
    whole = ask("station").get(f"{API}/editions/{edition['id']}/set.zip")
    with zipfile.ZipFile(io.BytesIO(whole.data)) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert {name.rpartition("_")[2] for name in names} >= {"report.pdf", "report.xlsx", "pay.csv"}
        assert sum(name.endswith(".pdf") for name in names) == 4, names
        pages = sum(len(pypdfium2.PdfDocument(archive.read(name))) for name in names if name.endswith(".pdf"))
    book = pypdfium2.PdfDocument(io.BytesIO(ask("station").get(f"{API}/editions/{edition['id']}/set.pdf").data))
    assert len(book) == pages
    assert [item.get_title() for item in book.get_toc(max_depth=1)] == ["A消防署", "A消防団", "第1分団", "第2分団"]


def test_leaders_see_their_part_and_no_more(ask, city, confirmed, sealed) -> None:
    confirmed("squad11a", "squad11b")
    edition = sealed()
    at = f"{API}/editions/{edition['id']}"
    company = ask("company2").get(at).json
    assert (company["unit"]["name"], company["yen"], company["left_open"]) == ("第2分団", 0, 0)
    assert {unit["name"] for unit in company["units"]} == {"第2分団", "第2分団第1班", "第2分団第2班"}
    assert edition["code"] not in str(company)
    assert "set.zip" not in company["documents"]
    for name in ("report.pdf", "pay.csv", "set.zip"):
        other = ask("company2").get(f"{at}/{name}", query_string={"unit_id": str(city.unit_id("K1"))})
        assert other.status_code == 404
    assert "squad11a" not in printed(ask("company2").get(f"{at}/report.pdf").data)
    listed = ask("company2").get(f"{API}/editions").json["items"]
    assert [(one["unit"]["name"], one["yen"]) for one in listed] == [("第2分団", 0)]
    assert ask("squad11a").get(at).status_code == 404
    assert ask("squad11a").get(f"{API}/editions").json["items"] == []


@pytest.mark.parametrize(
    ("login", "code", "month", "status", "problem"),
    [
        ("brigade", "K1", MONTH, 403, "not-closer"),
        ("squad11a", "K1", MONTH, 403, "not-closer"),
        ("bureau", "K1", MONTH, 403, "not-closer"),
        ("station", "K1-1", MONTH, 409, "not-sealed-there"),
        ("station", "K1", "2026-12", 409, "month-in-future"),
        ("station", "K1", "2026-13", 422, "invalid-fields"),
        ("station", None, MONTH, 404, "not-found"),
    ],
)
def test_who_may_not_seal_is_told_why(ask, city, login, code, month, status, problem) -> None:
    unit_id = city.unit_id(code) if code else make.new_id()
    answer = ask(login).post(f"{API}/months/{month}/seal", json={"unit_id": str(unit_id)})
    assert answer.status_code == status
    assert problem in (answer.json["code"], *answer.json.get("reasons", ()))


def test_a_code_is_verified_by_anyone_who_holds_the_paper(
    app: Flask, client: FlaskClient, ask, city, confirmed, sealed
) -> None:
    confirmed("squad11a")
    edition = sealed()
    code = edition["code"]
    told = client.get(f"{API}/verify/{code.replace('-', '').lower()}")
    assert (told.status_code, told.json["unit_name"], told.json["yen"], told.json["newest"]) == (
        200, "A消防団", 3_500, True,
    )  # fmt: skip
    page = client.get(f"/verify/{code}")
    assert page.status_code == 200
    assert "3,500 円" in page.text
    assert "最新の版" in page.text
    assert client.get(f"/verify?code={code}").headers["Location"].endswith(f"/verify/{code}")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert client.get(f"{API}/verify/{wrong}").json["code"] == "code-misread"
    person = FlaskClient(app, app.response_class)
    assert (person.get(f"/verify/{wrong}").status_code, person.get("/verify/0000-0000-0000").status_code) == (422, 404)
    english = client.get(f"/verify/{code}", headers=ENGLISH)
    assert "newest edition" in english.text
    assert "照合番号" in client.get("/verify").text


# --- What goes wrong --------------------------------------------------------------------------------------------------


def test_a_worker_that_dies_anywhere_is_followed_by_one_that_ends_the_work(
    app, ask, city, confirmed, monkeypatch
) -> None:
    confirmed("squad11a")
    asked = ask("station").post(f"{API}/months/{MONTH}/seal", json={"unit_id": str(city.unit_id("K1"))}).json
    plain, deaths = jobs.Work.renew, [1, 4, 9]

    class Killed(BaseException):
        """The process is gone."""

    def renew(work: jobs.Work, done: int = 0, total: int = 0) -> None:
        plain(work, done, total)
        if work.kind == "seal-month" and deaths and done == deaths[0]:
            deaths.pop(0)
            raise Killed

    monkeypatch.setattr(jobs.Work, "renew", renew)
    for _ in range(20):
        with suppress(Killed):
            work_once(app)
        with app.app_context(), jobs.writing(db.engine) as session:
            session.execute(update(Job).where(Job.state == "running").values(lease_until=make.NOW))
    assert not deaths
    while work_once(app):
        pass
    found = ask("station").get(f"{API}/editions", query_string={"unit_id": str(city.unit_id("K1"))}).json["items"]
    assert [(one["id"], one["number"]) for one in found] == [(asked["edition_id"], 1)]
    assert ask("station").get(f"{API}/jobs/{asked['job_id']}").json["state"] == "done"
    assert ask("station").get(f"{API}/editions/{asked['edition_id']}/set.zip").status_code == 200


def test_a_report_that_changes_while_the_month_is_sealed_is_read_again_at_once(
    app, ask, city, confirmed, monkeypatch
) -> None:
    """On PostgreSQL the store refuses the sealing whose rows another one changed first; SQLite lets one write at a time."""
    report = confirmed("squad11a")
    tries = []

    def seal(session: Session, *args: Any, **said: Any) -> Any:
        tries.append(1)
        if session.get_bind().dialect.name == "postgresql" and len(tries) == 1:
            session.execute(select(Job.id))  # what is read from now on is of this moment
            with app.test_request_context():
                done(ask("station"), report, "undo")
        return plain(session, *args, **said)

    plain = product.seal
    monkeypatch.setattr(product, "seal", seal)
    asked = ask("station").post(f"{API}/months/{MONTH}/seal", json={"unit_id": str(city.unit_id("K1"))}).json
    while work_once(app):
        pass
    on_postgresql = app.config["BRIGADE"].database_url.startswith("postgresql")
    with app.app_context(), Session(db.engine) as session:
        job = session.get_one(Job, UUID(asked["job_id"]))
        assert (job.state, job.attempt, len(tries)) == ("done", 1, 2 if on_postgresql else 1)
    edition = ask("station").get(f"{API}/editions/{asked['edition_id']}").json
    assert (edition["number"], edition["times"]) == (1, 0 if on_postgresql else 1)


def test_an_officer_who_left_meanwhile_seals_nothing(app, ask, city, confirmed) -> None:
    confirmed("squad11a")
    asked = ask("station").post(f"{API}/months/{MONTH}/seal", json={"unit_id": str(city.unit_id("K1"))}).json
    with app.app_context(), jobs.writing(db.engine) as session:
        job = session.get_one(Job, UUID(asked["job_id"]))
        job.payload = {**job.payload, "member_id": str(city.member_id("brigade"))}
    while work_once(app):
        pass
    with app.app_context(), Session(db.engine) as session:
        job = session.get_one(Job, UUID(asked["job_id"]))
        assert (job.state, job.attempt, job.message) == ("failed", 1, "refused")
    assert ask("station").get(f"{API}/editions").json["items"] == []
    # Asked for again, it goes again.
    again = ask("station").post(f"{API}/months/{MONTH}/seal", json={"unit_id": str(city.unit_id("K1"))}).json
    assert (again["job_id"], again["state"]) == (asked["job_id"], "queued")


def test_a_damaged_file_is_given_to_nobody(app, ask, city, confirmed, sealed) -> None:
    confirmed("squad11a")
    edition = sealed()
    with app.app_context(), Session(db.engine) as session:
        rows = session.query(EditionFile).execution_options(**SYSTEM).filter_by(name="pay.csv").all()
        storage().put(file_key(rows[0].file_id), b"other", replace=True)
        assert rows[0].sha256 != hashlib.sha256(b"other").hexdigest()
    answer = ask("station").get(f"{API}/editions/{edition['id']}/pay.csv")
    assert (answer.status_code, answer.json["code"]) == (503, "storage-unavailable")


def test_what_an_encoding_lacks_is_said(app, ask, city, confirmed, sealed) -> None:
    with app.app_context():
        db.session.execute(
            update(make.Member).where(make.Member.id == city.member_id("squad11a")).values(name="𠮷田 髙男"),
            execution_options=SYSTEM,
        )
        db.session.commit()
        db.session.remove()
    confirmed("squad11a")
    edition = sealed()
    answer = ask("station").get(f"{API}/editions/{edition['id']}/pay.csv", query_string={"encoding": "cp932"})
    assert answer.content_type == "text/csv; charset=Shift_JIS"
    assert called(answer) == "A消防団_2026年11月_出動報酬_第1版.csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="brigade-2026-11-v1-')
    assert "〓田 髙男" in answer.data.decode("cp932")
    assert "U+20BB7" in answer.headers["Brigade-Missing-Characters"]


def test_one_command_seals_as_well(app, city, confirmed) -> None:
    confirmed("squad11a")
    wanted = ["seal-month", "--unit", "S1", "--month", MONTH, "--by"]
    said = app.test_cli_runner().invoke(args=[*wanted, "station"])
    assert said.exit_code == 0, said.output
    assert f"{MONTH} station 1: " in said.output
    assert "3,500 yen" in said.output
    for wrong, why in (
        ([*wanted, "nobody"], "Nobody in service"),
        ([*wanted, "brigade"], "署の担当者"),
        (["seal-month", "--unit", "X9", "--month", MONTH, "--by", "station"], "no unit"),
        (["seal-month", "--unit", "S1", "--month", "10", "--by", "station"], "2026-10"),
        (["seal-month", "--unit", "K1-1", "--month", MONTH, "--by", "station"], "消防団か消防署"),
    ):
        refused = app.test_cli_runner().invoke(args=wrong)
        assert (refused.exit_code > 0, why in refused.output) == (True, True), refused.output


def test_rights_are_for_postgresql(app) -> None:
    said = app.test_cli_runner().invoke(args=["grant-rights", "nobody-of-that-name"])
    assert said.exit_code == 1
    assert "PostgreSQL" in said.output or "does not exist" in said.output
