"""Drafts made of paper: thrown away, left behind, not to be seen by others. The paper never stays with nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from brigade.dates import TOKYO
from tests.api.answers import API, body_of
from tests.api.asking import REPORTS, signed_in
from tests.api.scanning import (
    SCANS,
    at,
    confirm,
    confirmed,
    decided,
    drill,
    keep,
    only_page,
    patched,
    sheet,
    work,
)
from tests.api.test_scan_review import MONTH
from tests.api.visiting import CONSOLE, visitor

pytestmark = pytest.mark.usefixtures("pages")

ERASURES = f"{API}/retention/erasures"


def drafted(app: Any, ask: Any, city: Any, login: str = "squad11b") -> dict[str, Any]:
    """What confirming the page of that member as a draft answered."""
    person = ask(login)
    return confirmed(person, decided(person, only_page(app, person, drill(app, city, login))), submit=False)


def thrown_away(person: Any, report: dict[str, Any]) -> None:
    answer = person.delete(f"{REPORTS}/{report['id']}", headers={"If-Match": f'"{report["version"]}"'})
    assert answer.status_code == 204, answer.text


def leaves(ask: Any, city: Any, login: str) -> str:
    member_id, today = str(city.member_id(login)), dt.datetime.now(TOKYO).date().isoformat()
    assert ask("bureau").post(f"{API}/members/{member_id}/leave-service", json={"on": today}).status_code == 204
    return member_id


def test_others_who_confirm_again_are_not_shown_the_draft(app, ask, city) -> None:
    made, leader = drafted(app, ask, city), ask("squad11")
    page = leader.get(at(made["page"])).json
    again = confirmed(leader, page)
    assert (again["page"]["state"], again["reports"]) == ("confirmed", [])
    shown = visitor(app, "squad11").get(f"{CONSOLE}/scans/{page['scan_id']}/pages/1/done")
    assert shown.status == 200


def test_paper_of_a_draft_that_was_thrown_away_is_decided_again(app, ask, city) -> None:
    made, member, leader = drafted(app, ask, city), ask("squad11b"), ask("squad11")
    thrown_away(member, made["reports"][0])
    page = leader.get(at(made["page"])).json
    assert (page["state"], page["report_ids"]) == ("read", [])
    assert page["version"] > made["page"]["version"]
    (report,) = confirmed(leader, page)["reports"]
    assert (report["state"], report["id"] != made["reports"][0]["id"]) == ("in_review", True)
    assert [part["number"] for part in report["participants"]] == [
        part["number"] for part in made["reports"][0]["participants"]
    ]
    assert leader.get(report["attachments"][0]["url"]).status_code == 200
    counted = ask("station").get(f"{SCANS}/accuracy").json["items"]
    assert {item["pages"] for item in counted} == {1}


def test_a_sheet_of_which_one_report_is_left_stays_closed(app, ask, city) -> None:
    leader = ask("squad11")
    page = only_page(app, leader, sheet(app, city, "squad11", "K1-1-1", "month", of_month="2026-11", **MONTH))
    page = patched(leader, page, fields=keep(page), reports=[{"activity": 1, "details": {"drill_type": "pump"}}])
    made = confirmed(leader, page, submit=False)
    one, other = made["reports"]
    thrown_away(leader, one)
    page = leader.get(at(page)).json
    assert (page["state"], page["report_ids"]) == ("confirmed", [other["id"]])
    assert [report["id"] for report in confirmed(leader, page)["reports"]] == [other["id"]]
    thrown_away(leader, other)
    assert leader.get(at(page)).json["state"] == "read"


def test_paper_of_an_author_who_left_is_decided_by_others(app, client, ask, city, clock) -> None:
    made, leader, bureau = drafted(app, ask, city), ask("squad11"), ask("bureau")
    said = {"member_id": leaves(ask, city, "squad11b"), "reason": "本人の請求"}
    refused = bureau.post(ERASURES, json=said)
    assert (refused.status_code, refused.json["reasons"]) == (403, ["undecided-pages"])
    work(app)
    assert leader.get(at(made["page"])).json["state"] == "confirmed"
    clock.shift(86400)
    work(app)
    leader, bureau = signed_in(client, "squad11"), signed_in(client, "bureau")
    page = leader.get(at(made["page"])).json
    assert page["state"] == "read"
    assert page["scan_id"] in [one["id"] for one in leader.get(f"{SCANS}?open=true").json["items"]]
    refused = bureau.post(ERASURES, json=said)
    assert (refused.status_code, refused.json["reasons"]) == (403, ["undecided-pages"])
    (report,) = confirmed(leader, page)["reports"]
    assert report["state"] == "in_review"


def test_a_page_that_was_given_back_is_confirmed_once(app, ask, city) -> None:
    made, member = drafted(app, ask, city), ask("squad11b")
    thrown_away(member, made["reports"][0])
    assert confirm(member, made["page"]).status_code == 412
    page = member.get(at(made["page"])).json
    first, again = confirmed(member, page), confirmed(member, page)
    assert [one["id"] for one in first["reports"]] == [one["id"] for one in again["reports"]]
    assert body_of(member.get(REPORTS))["items"].__len__() == 1
