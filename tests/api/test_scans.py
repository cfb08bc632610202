"""Scans over HTTP: sent once and twice, read page by page, seen by whom they concern, refused where they must be."""

from __future__ import annotations

import io
import threading
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from api import scan_reading
from api.extensions import db
from api.worker import run, work_once
from brigade.jobs import Job
from brigade.scans.tables import ScanPage
from tests import make
from tests.api.answers import API
from tests.api.asking import file, places, signed_in
from tests.api.pictures import files
from tests.api.scanning import (
    SCANS,
    at,
    doubtful,
    drill,
    field,
    fresh,
    jpeg,
    pdf,
    scan,
    send,
    sent,
    sheet,
    work,
)

pytestmark = pytest.mark.usefixtures("pages")


# --- What is read -----------------------------------------------------------------------------------------------------


def test_a_sheet_is_read_and_every_field_told(app, ask, city) -> None:
    answer = send(ask("squad11a"), pdf(drill(app, city, unsure=("day", "start"))))
    assert answer.status_code == 202
    assert answer.json["state"] == "waiting"
    job = f"{API}/jobs/{answer.json['job_id']}"
    assert ask("squad11a").get(job).json["state"] == "queued"
    work(app)
    assert ask("squad11a").get(job).json == {"state": "done", "done": 1, "total": 1, "message": "終わりました。"}
    found = scan(ask("squad11a"), answer.json["id"])
    assert (found["state"], found["pages_total"], found["counts"]) == ("read", 1, {"read": 1})
    (page,) = found["pages"]
    assert page["registered"]
    assert (page["form"], page["form_version"], page["form_title"]) == ("roster", 1, "出動者名簿（班の全員）")
    assert (page["unit"]["name"], page["day"], page["page"], page["pages"]) == ("第1分団第1班", "2026-11-08", 1, 1)
    assert (field(page, "end")["value"], field(page, "kind")["value"]) == ("11:30", "T-01")
    assert field(page, "people.1.number")["value"] == city.people["squad11"].number
    assert field(page, "people.1.acted")["value"] is True
    assert field(page, "people.3.acted")["value"] is False
    assert page["doubtful"] == len(doubtful(page)) > 0
    assert sorted(one["position"] for one in page["fields"]) == list(range(1, len(page["fields"]) + 1))
    assert (
        doubtful(page)
        == [one["name"] for one in sorted(page["fields"], key=lambda one: one["position"])][: page["doubtful"]]
    )


def test_which_fields_are_asked_for(app, ask, city) -> None:
    found = sent(app, ask("squad11a"), pdf(drill(app, city, unsure=("day", "start"))))
    (few,) = scan(ask("squad11a"), found["id"], fields="doubtful")["pages"]
    assert [one["name"] for one in few["fields"]] == doubtful(found["pages"][0])
    (none,) = scan(ask("squad11a"), found["id"], fields="none")["pages"]
    assert none["fields"] == []
    assert none["doubtful"] == few["doubtful"]
    assert places(ask("squad11a").get(f"{SCANS}/{found['id']}?fields=some")) == {"/fields": "not-an-option"}


def test_text_is_never_sure(app, ask, city) -> None:
    said = drill(app, city, place="器具置場", note="ホース3本")
    (page,) = sent(app, ask("squad11a"), pdf(said))["pages"]
    assert {"place", "note"} <= set(doubtful(page))
    assert field(page, "place")["value"] == "器具置場"


def test_pictures_of_page_and_field(app, ask, city) -> None:
    (page,) = sent(app, ask("squad11a"), pdf(drill(app, city)))["pages"]
    whole = ask("squad11a").get(page["picture_url"])
    assert Image.open(io.BytesIO(whole.data)).size == (840, 1188)
    assert whole.headers["Content-Security-Policy"].startswith("sandbox")
    one = field(page, "people.1.number")
    piece = ask("squad11a").get(one["crop_url"])
    across, down = Image.open(io.BytesIO(piece.data)).size
    assert (across, down) == pytest.approx(((one["box"][2] + 5) * 4, (one["box"][3] + 5) * 4), abs=2)
    for wrong in (at(page, "/fields/nothing"), f"{SCANS}/{page['scan_id']}/pages/2/picture", f"{SCANS}/{fresh()}"):
        assert ask("squad11a").get(wrong).status_code == 404
    for number in ("0", "-1", "one", "1.0", "99999"):
        assert ask("squad11a").get(f"{SCANS}/{page['scan_id']}/pages/{number}").status_code == 404


# --- Bad pages and files ----------------------------------------------------------------------------------------------


def test_a_bad_page_has_its_reason_and_the_others_go_on(app, ask, city) -> None:
    found = sent(app, ask("squad11a"), pdf("not-a-form", drill(app, city), "too-hard", "unknown-version"))
    assert found["counts"] == {"read": 1, "refused": 3}
    first, second, third, fourth = found["pages"]
    assert (first["state"], first["refusal"]["code"], first["registered"]) == ("refused", "not-a-form", False)
    assert "様式" in first["refusal"]["message"]
    assert ask("squad11a").get(first["picture_url"]).status_code == 200
    assert second["state"] == "read"
    assert (third["refusal"]["code"], fourth["refusal"]["code"]) == ("too-hard", "unknown-version")


def test_a_page_over_which_the_reading_stumbles_hinders_no_other(app, ask, city, monkeypatch) -> None:
    read = scan_reading.read_page

    def stumbling(template, marks, known):
        if template.code == "activity":
            raise ZeroDivisionError
        return read(template, marks, known)

    monkeypatch.setattr(scan_reading, "read_page", stumbling)
    broken = sheet(app, city, "squad11a", "K1-1-1", "activity")
    found = sent(app, ask("squad11a"), pdf(broken, drill(app, city)))
    assert [page["state"] for page in found["pages"]] == ["refused", "read"]
    assert found["pages"][0]["refusal"]["code"] == "unreadable"


def test_bad_files_are_told_and_the_others_go_on(app, ask, city) -> None:
    files = (b"GIF89a", pdf(drill(app, city)), b"%PDF-1.7 broken", b"<html>")
    found = sent(app, ask("squad11a"), *files)
    assert [file["refusal"] and file["refusal"]["code"] for file in found["files"]] == [
        "format",
        None,
        "unreadable",
        "format",
    ]
    assert (found["state"], found["counts"]) == ("read", {"read": 1})
    nothing = sent(app, ask("squad11a"), b"<html>")
    assert (nothing["state"], nothing["pages"], nothing["pages_total"]) == ("refused", [], 0)


def test_more_than_two_hundred_pages_are_not_begun(app, ask, pages) -> None:
    found = sent(app, ask("squad11a"), pdf(150), pdf(51))
    assert found["state"] == "refused"
    assert {file["refusal"]["code"] for file in found["files"]} == {"too-many-pages"}
    assert pages.calls == []
    assert sent(app, ask("squad11a"), pdf(120), pdf(80))["counts"] == {"refused": 200}


def test_another_units_sheet_is_refused_and_not_shown_to_that_unit(app, ask, city) -> None:
    other = drill(app, city, "squad21a", "K1-2-1")
    found = sent(app, ask("squad11a"), pdf(other))
    (page,) = found["pages"]
    assert (page["state"], page["refusal"]["code"], page["unit"]) == ("refused", "other-unit", None)
    assert ask("squad21").get(f"{SCANS}/{found['id']}").status_code == 404
    assert sent(app, ask("brigade"), pdf(other))["counts"] == {"read": 1}


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"form": "nothing"}, {"/form": "not-an-option"}),
        ({"unit_id": "here"}, {"/unit_id": "bad-id"}),
        ({"unit_id": fresh()}, {"/unit_id": "not-your-unit"}),
        ({"colour": "red"}, {"/colour": "unknown-field"}),
        ({"id": "1"}, {"/id": "bad-id"}),
    ],
)
def test_what_cannot_be_sent(ask, form, wrong) -> None:
    assert places(send(ask("squad11a"), pdf(1), **form)) == wrong


def test_nothing_and_too_much(app, ask, monkeypatch) -> None:
    assert places(send(ask("squad11a"), b"")) == {"/file": "required"}
    assert ask("squad11a").post(SCANS, json={"file": []}).status_code == 415
    monkeypatch.setattr("api.scans.MAX_SCAN", 1000)
    answer = send(ask("squad11a"), b"%PDF-" + bytes(1001))
    assert (answer.status_code, answer.json["code"]) == (413, "scan-too-large")
    monkeypatch.setattr("brigade.scans.taking.QUOTA", 1)
    assert send(ask("squad11b"), pdf(1)).status_code == 202
    late = send(ask("squad11b"), pdf(2))
    assert (late.status_code, late.json["code"]) == (429, "scan-quota")
    assert send(ask("squad11b"), pdf(1)).status_code == 202  # the same again is no other one


# --- The same again ---------------------------------------------------------------------------------------------------


def test_the_same_file_again_is_the_scan_of_before(app, ask, city) -> None:
    data = pdf(drill(app, city))
    first = send(ask("squad11a"), data).json
    again = send(ask("squad11a"), data).json
    assert again == {**first, "duplicate": True}
    assert not first["duplicate"]
    work(app)
    assert send(ask("squad11a"), data).json == {**again, "state": "read"}
    other = send(ask("squad11b"), data).json
    assert other["id"] != first["id"]
    assert not other["duplicate"]


def test_the_clients_own_id(ask, city) -> None:
    id_ = fresh()
    assert send(ask("squad11a"), pdf(1), id=id_).json["id"] == id_
    assert send(ask("squad11a"), pdf(1), id=id_).json["duplicate"]
    for login, data in (("squad11a", pdf(2)), ("squad11b", pdf(1))):
        answer = send(ask(login), data, id=id_)
        assert (answer.status_code, answer.json["code"]) == (409, "id-taken")


def test_a_page_that_was_seen_before_is_flagged(app, ask, city) -> None:
    one = drill(app, city)
    first = sent(app, ask("squad11a"), pdf(one))
    # The very same pixels in another file; and the same sheet scanned once more, of which one tick is read otherwise.
    second = sent(app, ask("squad11b"), pdf("empty-page", one))
    third = sent(app, ask("squad11"), pdf({**one, "quality": 0.8}))
    for found in (second, third):
        assert found["pages"][-1]["is_duplicate"]
    # squad11b may not see squad11a's page; the leader may.
    assert second["pages"][1]["duplicate_of"] is None
    assert third["pages"][0]["duplicate_of"] == {"scan_id": first["id"], "n": 1}
    assert not first["pages"][0]["is_duplicate"]
    later = sent(app, ask("squad11a"), pdf(drill(app, city, day="081109")))
    assert not later["pages"][0]["is_duplicate"]


def test_pages_of_another_bureau_are_not_there(app, client, ask, city) -> None:
    with app.app_context():
        make.city(db.session(), "Z")
    one = {**drill(app, city), "code": None}
    sent(app, ask("squad11a"), pdf(one))
    foreign = sent(app, signed_in(client, "Zsquad11a"), pdf(one))
    assert not foreign["pages"][0]["is_duplicate"]
    assert sent(app, ask("squad11b"), pdf("empty-page", one))["pages"][1]["is_duplicate"]


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_who_sees_a_scan(app, ask, city) -> None:
    found = sent(app, ask("squad11a"), pdf(drill(app, city), "not-a-form"))
    seen = {}
    for login in ("squad11a", "squad11b", "squad11", "squad12", "company1", "company2", "brigade", "station", "bureau"):
        answer = ask(login).get(f"{SCANS}/{found['id']}")
        seen[login] = [page["n"] for page in answer.json["pages"]] if answer.status_code == 200 else answer.status_code
        listed = [item["id"] for item in ask(login).get(SCANS).json["items"]]
        assert (found["id"] in listed) is (answer.status_code == 200), login
    assert seen == {
        "squad11a": [1, 2], "squad11b": 404, "squad11": [1], "squad12": 404, "company1": [1], "company2": 404,
        "brigade": [1], "station": [1], "bureau": [1],
    }  # fmt: skip
    assert ask("squad11b").get(found["pages"][0]["picture_url"]).status_code == 404
    assert ask("squad11").get(found["pages"][1]["picture_url"]).status_code == 404


def test_scans_are_listed_page_by_page_the_newest_first(app, ask, city, clock) -> None:
    ids = []
    for n in range(5):
        ids.append(send(ask("squad11a"), pdf(n + 1)).json["id"])
        clock.shift(60)
    first = ask("squad11a").get(f"{SCANS}?limit=3").json
    rest = ask("squad11a").get(f"{SCANS}?limit=3&cursor={first['next_cursor']}").json
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    work(app)
    assert ask("squad11a").get(f"{SCANS}?state=waiting").json["items"] == []
    assert len(ask("squad11a").get(f"{SCANS}?state=read").json["items"]) == 5
    assert ask("squad11a").get(f"{SCANS}?open=true").json["items"] == []
    good = sent(app, ask("squad11a"), pdf(drill(app, city)))
    assert [item["id"] for item in ask("squad11a").get(f"{SCANS}?open=true").json["items"]] == [good["id"]]


# --- The job ----------------------------------------------------------------------------------------------------------


def test_a_worker_that_was_killed_is_followed_by_another(app, ask, city, pages, clock) -> None:
    """What it had done is kept, and no page is looked at twice but the one at hand."""
    many = [sheet(app, city, "squad11a", "K1-1-1", "activity", start=f"{hour:02d}00") for hour in range(5, 17)]
    answer = send(ask("squad11a"), pdf(*many)).json
    pages.failing[7] = SystemExit()
    with pytest.raises(SystemExit):
        work_once(app)
    job = ask("squad11a").get(f"{API}/jobs/{answer['job_id']}").json
    assert (job["state"], job["done"], job["total"]) == ("running", 7, 12)
    halfway = scan(ask("squad11a"), answer["id"])
    assert halfway["counts"] == {"read": 7, "waiting": 5}
    clock.shift(200)
    work(app)
    assert scan(ask("squad11a"), answer["id"])["counts"] == {"read": 12}
    assert sorted(pages.calls) == sorted([*range(12), 7])


def test_a_hundred_mixed_pages_are_read_while_the_server_answers(app, ask, city) -> None:
    forms = ("roster", "activity", "month")
    several = [sheet(app, city, "squad11a", "K1-1-1", form, of_month="2026-11") for form in forms]
    several += ["not-a-form", "empty-page", "too-blurred", "cut-off", "unreadable", "too-hard", "unknown-version"]
    member, leader = ask("squad11a"), ask("squad11")
    answer = send(member, pdf(*several * 10)).json
    stop = threading.Event()
    working = threading.Thread(target=run, args=(app, stop))
    working.start()
    told, filed = [], 0
    try:
        while not told or told[-1]["state"] not in ("done", "failed"):
            told.append(member.get(f"{API}/jobs/{answer['job_id']}").json)
            if told[-1]["done"] > 10 * filed and filed < 5:  # others go on filing meanwhile
                filed += 1
                file(member, make.body(city, "K1-1-1", "squad11a", day=filed))
            assert leader.get(f"{API}/inbox").status_code == 200
    finally:
        stop.set()
        working.join(60)
    assert told[-1] == {"state": "done", "done": 100, "total": 100, "message": "終わりました。"}
    assert [one["done"] for one in told] == sorted(one["done"] for one in told)
    assert len({one["done"] for one in told}) > 5
    assert filed == 5
    assert scan(member, answer["id"], fields="none")["counts"] == {"read": 30, "refused": 70}


def test_a_process_that_is_busy_is_asked_again(app, ask, city, pages, clock) -> None:
    pages.failing[0] = scan_reading.Busy()
    answer = send(ask("squad11a"), pdf(drill(app, city))).json
    work(app)
    assert scan(ask("squad11a"), answer["id"])["counts"] == {"waiting": 1}
    clock.shift(60)
    work(app)
    assert scan(ask("squad11a"), answer["id"])["counts"] == {"read": 1}


def test_a_job_that_was_given_up_goes_on_when_the_scan_is_sent_again(app, ask, city) -> None:
    data = pdf(drill(app, city))
    answer = send(ask("squad11a"), data).json
    with app.app_context(), Session(db.engine) as session:
        job = session.get(Job, UUID(answer["job_id"]))
        job.state, job.attempt = "failed", 5
        session.commit()
    assert send(ask("squad11a"), data).json["job_id"] == answer["job_id"]
    work(app)
    assert scan(ask("squad11a"), answer["id"])["state"] == "read"


def test_no_file_is_left_over(app, ask, city) -> None:
    before = files(app)
    found = sent(app, ask("squad11a"), pdf(drill(app, city), "not-a-form"))
    send(ask("squad11a"), pdf(drill(app, city), "not-a-form"))
    send(ask("squad11b"), pdf(3), form="nothing")
    kept = sorted(key.split("/")[0] for key in files(app) - before)
    assert kept == ["scans", "sheets", "sheets"]
    with app.app_context(), Session(db.engine) as session:
        rows = session.query(ScanPage).execution_options(**make.SYSTEM).all()
        assert {str(row.scan_id) for row in rows} == {found["id"]}


def test_a_photo_is_a_file_too(app, ask, pages, monkeypatch) -> None:
    monkeypatch.setattr(pages, "count", lambda data: 1)
    monkeypatch.setattr(pages, "_pages", lambda data: ["not-a-form"])
    assert sent(app, ask("squad11a"), jpeg(), jpeg(colour=200))["counts"] == {"refused": 2}
