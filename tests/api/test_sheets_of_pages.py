"""A sheet that goes on over several pages is confirmed as one thing: who confirms it has seen all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from brigade.forms.sheet_code import SheetCode
from tests.api.scanning import (
    SCANS,
    at,
    confirm,
    confirmed,
    decided,
    drill,
    keep,
    patch,
    patched,
    pdf,
    scan,
    seen,
    sent,
    sheet,
    work,
)
from tests.api.visiting import CONSOLE, visitor

pytestmark = pytest.mark.usefixtures("pages")


def two_pages(app: Any, city: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Marks of a drill at which two of the first page and one of the second were."""
    one, two = drill(app, city), sheet(app, city, "squad11a", "K1-1-1", people__3__acted=True)
    for place, page in enumerate((one, two), 1):
        page["code"] = str(replace(SheetCode.read(page["code"]), page=place, pages=2))
    return one, two


def settled(person: Any, found: dict[str, Any]) -> list[dict[str, Any]]:
    """Both pages with nothing left to decide, as they stand then."""
    first, second = found["pages"]
    patched(person, second, fields=keep(second))
    decided(person, person.get(at(first)).json)
    return scan(person, found["id"])["pages"]


def test_what_another_says_of_the_second_page_is_not_confirmed_unseen(app, ask, city) -> None:
    member, leader = ask("squad11a"), ask("squad11")
    first, second = settled(member, sent(app, member, pdf(*two_pages(app, city))))
    changed = patched(leader, second, fields=[{"name": "people.3.acted", "value": False}])
    assert changed["version"] == second["version"] + 1
    refused = confirm(member, first)
    now = member.get(at(first))
    assert (refused.status_code, refused.json["current_version"]) == (412, now.json["version"])
    assert now.headers["ETag"] == f'"{now.json["version"]}"'
    (report,) = confirmed(member, now.json)["reports"]
    assert len(report["participants"]) == 2


def test_a_second_page_that_was_put_aside_or_sought_anew_is_seen_first(app, ask, city) -> None:
    member, leader = ask("squad11a"), ask("squad11")
    first, second = settled(member, sent(app, member, pdf(*two_pages(app, city))))
    again = patched(leader, second, form="roster")
    assert confirm(member, first).status_code == 412
    work(app)
    assert confirm(member, first).status_code == 412
    second = member.get(at(second)).json
    assert second["version"] > again["version"]
    first = member.get(at(first)).json
    gone = leader.post(at(second, "/discard"), json={"reason": "重ねて読み取った"}, headers=seen(second))
    assert gone.json["state"] == "discarded"
    assert confirm(member, first).status_code == 412
    (report,) = confirmed(member, member.get(at(first)).json)["reports"]
    assert len(report["participants"]) == 2


def test_the_console_shows_a_changed_sheet_again(app, ask, city) -> None:
    member = ask("squad11a")
    first, second = settled(member, sent(app, member, pdf(*two_pages(app, city))))
    person, where = visitor(app, "squad11"), f"{CONSOLE}/scans/{first['scan_id']}/pages/1"
    page = person.get(f"{where}/check")
    assert "団員 squad11a" in page.text
    patched(member, second, fields=[{"name": "people.3.acted", "value": False}])
    again = person.send(page.form("/confirm"))
    assert (again.status, "団員 squad11a" in again.text) == (409, False)
    assert person.send(again.form("/confirm")).status == 200
    assert member.get(at(first)).json["state"] == "confirmed"


def test_a_version_that_was_shown_once_is_not_shown_again(app, ask, city) -> None:
    member = ask("squad11a")
    first, _ = settled(member, sent(app, member, pdf(*two_pages(app, city))))
    shown = [first["version"], patched(member, first, form="roster")["version"]]
    work(app)
    shown.append(member.get(at(first)).json["version"])
    assert shown == sorted(set(shown))
    assert patch(member, first, form="roster").status_code == 412


def test_a_page_alone_has_its_own_version(app, ask, city) -> None:
    member = ask("squad11a")
    one, two = sent(app, member, pdf(drill(app, city), drill(app, city, day="081115")))["pages"]
    patched(member, two, fields=keep(two))
    assert member.get(f"{SCANS}/{one['scan_id']}").json["pages"][0]["version"] == one["version"]
    assert len(confirmed(member, decided(member, one))["reports"]) == 1
