"""A person decides the doubtful, and the page becomes reports that go the usual way; every correction is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.failed_jobs import failed
from brigade.forms.sheet_code import SheetCode
from brigade.forms.shelf import newest
from brigade.scans.tables import ScanPage
from ocr.pages import Busy
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, REPORTS, done, places
from tests.api.pictures import files
from tests.api.scanning import (
    SCANS,
    at,
    confirm,
    confirmed,
    decided,
    doubtful,
    drill,
    field,
    keep,
    marks,
    only_page,
    patch,
    patched,
    pdf,
    scan,
    seen,
    sent,
    sheet,
    work,
)

pytestmark = pytest.mark.usefixtures("pages")

MONTH = {
    "activities__1__day": "08", "activities__1__start": "0900", "activities__1__end": "1100", "activities__1__kind": "T-01",
    "activities__2__day": "15", "activities__2__start": "1930", "activities__2__end": "2100", "activities__2__kind": "E-01",
    "came__1__1__acted": True, "came__2__1__acted": True, "came__1__2__acted": True,
}  # fmt: skip


# --- The way to a report ----------------------------------------------------------------------------------------------


def test_two_doubtful_fields_are_decided_and_the_report_is_at_the_squad_leader(app, ask, city) -> None:
    member = ask("squad11a")
    page = only_page(app, member, drill(app, city, place="本町公民館", unsure=("day",)))
    assert set(doubtful(page)) == {"place", "day"}
    refused = confirm(member, page)
    assert (refused.status_code, refused.json["code"]) == (409, "scan-page-undecided")
    named = {entry["pointer"]: entry["code"] for entry in refused.json["errors"]}
    assert named == dict.fromkeys(("/pages/1/fields/place", "/pages/1/fields/day"), "field-undecided")

    page = patched(member, page, fields=[{"name": "day", "value": "2026-11-08"}])
    assert confirm(member, page).status_code == 409
    page = patched(member, page, fields=[{"name": "place", "value": "本町公民館"}])
    assert page["doubtful"] == len(doubtful(page)) == 0
    assert (field(page, "day")["value"], field(page, "day")["decided"]) == ("2026-11-08", True)
    page = patched(member, page, reports=[{"activity": 1, "details": {"drill_type": "pump"}}])

    made = confirmed(member, page)
    (report,) = made["reports"]
    assert (report["entry_mode"], report["state"], report["kind"], report["place"]) == (
        "ocr",
        "in_review",
        "T-01",
        "本町公民館",
    )
    assert (report["started_at"], report["ended_at"]) == ("2026-11-08T09:00:00+09:00", "2026-11-08T11:30:00+09:00")
    assert [part["number"] for part in report["participants"]] == [
        city.people[who].number for who in ("squad11", "squad11-deputy")
    ]
    assert report["awaiting"]["unit_id"] == str(city.unit_id("K1-1-1"))
    assert "read-from-paper" in {warning["code"] for warning in report["warnings"]}
    (picture,) = report["attachments"]
    assert member.get(picture["url"]).status_code == 200
    assert made["page"]["state"] == "confirmed"
    assert made["page"]["report_ids"] == [report["id"]]

    inbox = ask("squad11").get(f"{API}/inbox").json["items"]
    assert report["id"] in [item["id"] for item in inbox]
    assert ask("squad11").get(picture["url"]).status_code == 200
    done(ask("squad11"), report, "approve")


def test_confirmed_twice_the_reports_are_the_same(app, ask, city) -> None:
    member = ask("squad11a")
    page = decided(member, only_page(app, member, drill(app, city)))
    first = confirmed(member, page)
    again = confirmed(member, page)
    assert [report["id"] for report in again["reports"]] == [report["id"] for report in first["reports"]]
    assert confirmed(member, first["page"])["reports"][0]["id"] == first["reports"][0]["id"]
    assert ask("squad11").get(REPORTS).json["items"].__len__() == 1


def test_a_report_that_is_returned_and_edited_stays_read_from_paper(app, ask, city) -> None:
    member = ask("squad11a")
    (report,) = confirmed(member, decided(member, only_page(app, member, drill(app, city))))["reports"]
    back = done(ask("squad11"), report, "return", comment="時刻を確かめてください")
    changed = member.patch(
        f"{REPORTS}/{report['id']}",
        json={"ended_at": "2026-11-08T11:00:00+09:00"},
        headers={"If-Match": f'"{back["version"]}"'},
    )
    assert changed.json["entry_mode"] == "ocr"
    assert done(member, changed.json, "submit")["entry_mode"] == "ocr"


def test_drafts_where_it_is_not_to_be_submitted(app, ask, city) -> None:
    member = ask("squad11a")
    (report,) = confirmed(member, decided(member, only_page(app, member, drill(app, city))), submit=False)["reports"]
    assert (report["state"], report["number"]) == ("draft", None)


def test_a_month_sheet_becomes_several_reports(app, ask, city) -> None:
    leader = ask("squad11")
    page = only_page(app, leader, sheet(app, city, "squad11", "K1-1-1", "month", of_month="2026-11", **MONTH))
    page = patched(
        leader, page, fields=keep(page), reports=[{"activity": 1, "details": {"drill_type": "pump"}, "place": "河川敷"}]
    )
    drill_, check = confirmed(leader, page)["reports"]
    assert (drill_["kind"], drill_["started_at"], drill_["place"]) == ("T-01", "2026-11-08T09:00:00+09:00", "河川敷")
    assert (check["kind"], check["ended_at"]) == ("E-01", "2026-11-15T21:00:00+09:00")
    assert [len(report["participants"]) for report in (drill_, check)] == [2, 1]
    assert len(page["fields"]) == len(newest()["month"].fields)


def test_a_night_on_a_form_that_has_no_box_for_the_next_day_ends_on_it(app, ask, city) -> None:
    leader, said = ask("squad11"), {"activities__2__start": "2230", "activities__2__end": "0145"}
    page = only_page(app, leader, sheet(app, city, "squad11", "K1-1-1", "month", of_month="2026-11", **MONTH | said))
    assert {"activities.2.start", "activities.2.end"} & set(doubtful(page)) == set()
    page = patched(leader, page, fields=keep(page), reports=[{"activity": 1, "details": {"drill_type": "pump"}}])
    _, night = confirmed(leader, page)["reports"]
    assert (night["started_at"], night["ended_at"]) == ("2026-11-15T22:30:00+09:00", "2026-11-16T01:45:00+09:00")


def test_what_stands_against_one_report_of_a_sheet_stands_against_all(app, ask, city) -> None:
    leader = ask("squad11")
    late = {**MONTH, "activities__2__day": "30"}  # the clock stands on the 20th
    page = only_page(app, leader, sheet(app, city, "squad11", "K1-1-1", "month", of_month="2026-11", **late))
    page = patched(leader, page, fields=keep(page), reports=[{"activity": 1, "details": {"drill_type": "pump"}}])
    assert places(confirm(leader, page)) == {"/reports/2/started_at": "in-future"}
    assert leader.get(REPORTS).json["items"] == []
    assert leader.get(at(page)).json["state"] == "read"


def test_a_form_that_lacks_what_a_report_needs(app, ask, city) -> None:
    """An earlier form has no code, no times and no boxes for numbers: unit, times and kind are said, names are chosen."""
    template = newest()["old-month"]
    said = {"month": "0811", "activities.1.1.day": "08", "people.1.name": "団員 squad11a", "came.1.1.acted": True}
    leader = ask("squad11")
    page = only_page(app, leader, marks(template, said))
    assert page["unit"] is None
    assert page["registered"]
    page = patched(leader, page, unit_id=str(city.unit_id("K1-1-1")))
    assert page["unit"]["name"] == "第1分団第1班"
    missing = patched(leader, page, fields=keep(page))
    assert (
        places(confirm(leader, missing)).items()
        >= {"/reports/1/kind": "required", "/reports/1/started_at": "required"}.items()
    )
    page = patched(
        leader, missing,
        fields=[{"name": "people.1.name", "value": "団員 squad11a"}, {"name": "activities.1.1.kind", "value": "E-01"}],
        reports=[{"activity": 1, "started_at": "2026-11-08T09:00:00+09:00", "ended_at": "2026-11-08T10:00:00+09:00"}],
    )  # fmt: skip
    (report,) = confirmed(leader, page)["reports"]
    assert [part["name"] for part in report["participants"]] == ["団員 squad11a"]


def test_nobody_is_taken_from_a_name_that_is_not_on_the_roster(app, ask, city) -> None:
    member = ask("squad11a")
    page = decided(member, only_page(app, member, drill(app, city, people__5__acted=True)))
    assert places(confirm(member, page)) == {"/pages/1/fields/people.5.number": "nobody-named"}
    wrong = patched(member, page, fields=[{"name": "people.5.number", "value": "9999999"}])
    assert places(confirm(member, wrong)) == {"/pages/1/fields/people.5.number": "unknown-member"}
    other = patched(member, wrong, fields=[{"name": "people.5.number", "value": city.people["squad21a"].number}])
    assert set(places(confirm(member, other)).values()) <= {"unknown-member", "not-enrolled"}
    none = patched(member, other, fields=[{"name": "people.5.acted", "value": False}])
    assert len(confirmed(member, none)["reports"][0]["participants"]) == 2


def test_nobody_is_claimed_twice(app, ask, city) -> None:
    member = ask("squad11a")
    confirmed(member, decided(member, only_page(app, member, drill(app, city))))
    page = only_page(app, member, drill(app, city, people__3__acted=True, start="1000"))
    page = decided(member, page)
    assert "overlap" in places(confirm(member, page)).values()


# --- The same page twice, and pages that go on ------------------------------------------------------------------------


def test_a_page_seen_before_is_not_confirmed_without_saying_so(app, ask, city) -> None:
    member, leader = ask("squad11a"), ask("squad11")
    first = only_page(app, member, drill(app, city))
    second = decided(leader, only_page(app, leader, drill(app, city)))
    answer = confirm(leader, second)
    assert (answer.status_code, answer.json["code"]) == (409, "scan-page-duplicate")
    # Put aside, the first one counts no more.
    gone = member.post(at(first, "/discard"), json={"reason": "二重に読み取った"}, headers=seen(first))
    assert gone.json["state"] == "discarded"
    (report,) = confirmed(leader, second)["reports"]
    third = only_page(app, ask("squad11b"), drill(app, city))
    third = decided(ask("squad11b"), third)
    assert confirm(ask("squad11b"), third).json["code"] == "scan-page-duplicate"
    assert set(places(confirm(ask("squad11b"), third, again=True)).values()) == {"overlap-hidden"}
    assert report["state"] == "in_review"


def test_a_sheet_of_two_pages_is_confirmed_at_its_first(app, ask, city) -> None:
    one, two = (drill(app, city), sheet(app, city, "squad11a", "K1-1-1", people__3__acted=True))
    for place, page in enumerate((one, two), 1):
        code = SheetCode.read(page["code"])
        page["code"] = str(replace(code, page=place, pages=2))
    member = ask("squad11a")
    found = sent(app, member, pdf(one, two))
    first, second = found["pages"]
    assert [(page["page"], page["pages"]) for page in (first, second)] == [(1, 2), (2, 2)]
    assert confirm(member, second).json["code"] == "scan-page-continues"
    first = decided(member, first)
    left = confirm(member, first)
    if doubtful(second):
        assert {entry["pointer"].split("/")[2] for entry in left.json["errors"]} == {"2"}
        patched(member, second, fields=keep(second))
    (report,) = confirmed(member, first)["reports"]
    assert len(report["participants"]) == 3
    assert len(report["attachments"]) == 2
    assert {page["state"] for page in scan(member, found["id"])["pages"]} == {"confirmed"}


def test_a_sheet_is_not_confirmed_before_its_next_page_was_looked_at(app, ask, city, pages, later) -> None:
    one, two = drill(app, city), sheet(app, city, "squad11a", "K1-1-1", people__3__acted=True)
    for place, page in enumerate((one, two), 1):
        page["code"] = str(replace(SheetCode.read(page["code"]), page=place, pages=2))
    member = ask("squad11a")
    pages.failing[1] = Busy()
    found = sent(app, member, pdf(one, two))
    assert [page["state"] for page in found["pages"]] == ["read", "waiting"]
    first = decided(member, found["pages"][0])
    refused = confirm(member, first)
    assert (refused.status_code, refused.json["code"]) == (409, "scan-page-goes-on")
    later(minutes=5)
    work(app)
    second = scan(member, found["id"])["pages"][1]
    patched(member, second, fields=keep(second))
    assert confirm(member, first).status_code == 412  # of the second page it has seen nothing
    (report,) = confirmed(member, member.get(at(first)).json)["reports"]
    assert len(report["participants"]) == 3


def test_a_page_that_nobody_looks_at_any_more_keeps_no_other_back(app, ask, city, pages, later) -> None:
    one = drill(app, city)
    one["code"] = str(replace(SheetCode.read(one["code"]), page=1, pages=2))
    member = ask("squad11a")
    pages.failing[1] = RuntimeError()
    found = sent(app, member, pdf(one, one))
    for seconds in (31, 61, 121, 241):
        pages.failing[1] = RuntimeError()
        later(seconds=seconds)
        work(app)
    assert [page["state"] for page in scan(member, found["id"])["pages"]] == ["read", "waiting"]
    assert len(confirmed(member, decided(member, found["pages"][0]))["reports"]) == 1


def test_a_page_that_nobody_looks_at_any_more_can_be_put_aside(app, ask, city, pages, later) -> None:
    member, leader = ask("squad11a"), ask("squad11")
    page = only_page(app, member, drill(app, city))
    waits = patched(leader, page, form="roster")
    assert discarded(leader, waits).json["code"] == "scan-page-closed"  # it is looked at
    for seconds in (0, 31, 61, 121, 241):
        pages.failing[0] = RuntimeError()
        later(seconds=seconds)
        work(app)
    (waits,) = scan(leader, page["scan_id"])["pages"]
    assert waits["state"] == "waiting"
    gone = discarded(leader, waits)
    assert (gone.status_code, gone.json["state"]) == (200, "discarded")
    assert scan(member, page["scan_id"])["state"] == "read"
    with app.app_context(), Session(db.engine) as session:
        assert failed(session) == []  # nothing is left of it that an operator could do


def discarded(person: Any, page: dict[str, Any]) -> Any:
    return person.post(at(page, "/discard"), json={"reason": "読めませんでした"}, headers=seen(page))


# --- What the sheet is for --------------------------------------------------------------------------------------------


def test_a_page_is_read_anew_for_another_unit(app, ask, city) -> None:
    company = ask("company1")
    page = only_page(app, company, drill(app, city))
    page = patched(company, page, unit_id=str(city.unit_id("K1-1-2")))
    assert page["unit"]["name"] == "第1分団第2班"
    assert {f"people.{row}.number" for row in (1, 2, 3, 4)} <= set(doubtful(page))
    wrong = patch(company, page, unit_id=str(city.unit_id("K1-2-1")))
    assert places(wrong) == {"/unit_id": "not-your-unit"}
    assert places(patch(company, page, month="2026-13")) == {"/month": "bad-month"}


def test_a_page_is_looked_at_anew_as_another_form(app, ask, city) -> None:
    member = ask("squad11a")
    page = only_page(app, member, drill(app, city), form="activity")
    assert page["refusal"]["code"] == "not-a-form"
    assert places(patch(member, page, form="roster", fields=[{"name": "day", "value": None}])) == {
        "/fields": "form-alone"
    }
    assert places(patch(member, page, form="nothing")) == {"/form": "not-an-option"}
    waits = patched(member, page, form="roster")
    assert waits["state"] == "waiting"
    assert confirm(member, waits).json["code"] == "scan-page-closed"
    work(app)
    (page,) = scan(member, page["scan_id"])["pages"]
    assert (page["state"], page["form"]) == ("read", "roster")


def test_a_page_that_is_done_with_is_closed(app, ask, city) -> None:
    member = ask("squad11a")
    page = only_page(app, member, drill(app, city))
    assert places(member.post(at(page, "/discard"), json={"reason": " "}, headers=seen(page))) == {
        "/reason": "required"
    }
    gone = member.post(at(page, "/discard"), json={"reason": "メモでした"}, headers=seen(page))
    assert (gone.json["state"], gone.json["reason"]) == ("discarded", "メモでした")
    again = member.post(at(page, "/discard"), json={"reason": "メモでした"}, headers=seen(page))
    assert again.json == gone.json
    for answer in (
        patch(member, gone.json, fields=[]),
        confirm(member, gone.json),
        patch(member, gone.json, form="roster"),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "scan-page-closed")


# --- How well forms are read ------------------------------------------------------------------------------------------


def test_the_accuracy_of_each_field(app, ask, city) -> None:
    member = ask("squad11a")
    page = only_page(app, member, drill(app, city, unsure=("day",)))
    page = patched(
        member, page, fields=[*keep(page), {"name": "start", "value": "09:30"}, {"name": "day", "value": "2026-11-10"}]
    )
    confirmed(member, patched(member, page, reports=[{"activity": 1, "details": {"drill_type": "pump"}}]))
    answer = ask("station").get(f"{SCANS}/accuracy", headers=ENGLISH)
    found = {item["field"]: item for item in answer.json["items"]}
    assert found["start"].items() >= {"form": "roster", "version": 1, "label": "Start", "pages": 1, "read": 1, "written": 1,
                                      "accepted": 0, "sure_corrected": 1, "doubtful_corrected": 0, "corrected": 1}.items()  # fmt: skip
    assert found["day"].items() >= {"accepted": 0, "sure_corrected": 0, "doubtful_corrected": 1}.items()
    assert found["people.acted"].items() >= {"read": 20, "written": 2, "accepted": 20, "label": "Worked"}.items()
    assert ask("bureau").get(f"{SCANS}/accuracy?form=month").json["items"] == []
    assert ask("squad11").get(f"{SCANS}/accuracy").status_code == 403


# --- How long they are kept -------------------------------------------------------------------------------------------


def test_what_came_to_nothing_is_let_go(app, ask, city, clock) -> None:
    before = files(app)
    member = ask("squad11a")
    done_ = sent(app, member, pdf(drill(app, city), "not-a-form"))
    confirmed(member, decided(member, done_["pages"][0]))
    under_review = sent(app, member, pdf(drill(app, city, day="081115")))
    assert sorted(key.split("/")[0] for key in files(app) - before) == [
        "pictures", "scans", "scans", "sheets", "sheets", "sheets", "thumbnails",
    ]  # fmt: skip
    clock.shift(45 * 86400)
    work(app)
    with app.app_context(), Session(db.engine) as session:
        rows = session.query(ScanPage).execution_options(**make.SYSTEM).all()
        kept = {(str(row.scan_id), row.n): row.picture_id is not None for row in rows}
    assert kept == {(done_["id"], 1): True, (done_["id"], 2): False, (under_review["id"], 1): True}
