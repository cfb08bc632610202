"""Catching up over HTTP: what an app gets, the cursor it keeps, and how few bytes that is."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.extensions import db
from brigade.demo.load import load
from tests import make
from tests.api import asking
from tests.api.answers import API, CheckedClient
from tests.api.asking import REPORTS, done, file, places
from tests.conftest import settings_for

SYNC = f"{API}/sync"
SMALL = 50 * 1024
"""Bytes on the wire that a squad member's first download may have."""


def ask_page(person: CheckedClient, cursor: str | None = None, **asked: Any) -> dict[str, Any]:
    answer = person.get(SYNC, query_string={**({"cursor": cursor} if cursor else {}), **asked})
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_the_first_page_is_what_the_lists_show(ask, city) -> None:
    made = [file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day)) for day in (1, 2)]
    page = ask_page(ask("squad11a"))
    assert (page["reset"], page["more"], page["gone"]) == (True, False, {"reports": [], "events": []})
    assert page["reports"] == ask("squad11a").get(REPORTS).json["items"]
    assert ids(page["reports"]) == [report["id"] for report in reversed(made)]
    assert ask_page(ask("squad21a"))["reports"] == []


def test_a_lost_answer_is_asked_for_again(ask, city) -> None:
    cursor = ask_page(ask("squad11"))["cursor"]
    made = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    first, again = (ask_page(ask("squad11"), cursor) for _ in range(2))
    assert {**first, "cursor": ""} == {**again, "cursor": ""}
    assert (ids(first["reports"]), first["reset"]) == ([made["id"]], False)
    assert ask_page(ask("squad11"), again["cursor"])["reports"] == []


def test_changes_come_and_what_leaves_is_named(ask, city) -> None:
    author, leader = ask("squad11a"), ask("squad11")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", submit=False))
    with_other = file(author, make.body(city, "K1-1-1", "squad11a", "squad11b", day=9))
    mine, theirs = ask_page(author)["cursor"], ask_page(ask("squad11b"))["cursor"]
    author.delete(f"{REPORTS}/{draft['id']}", headers={"If-Match": '"1"'})
    back = done(leader, with_other, "return", comment="人数")
    alone = {"participants": [{"member_id": str(city.member_id("squad11a"))}]}
    changed = author.patch(f"{REPORTS}/{back['id']}", json=alone, headers={"If-Match": f'"{back["version"]}"'}).json
    page = ask_page(author, mine)
    assert page["gone"] == {"reports": [draft["id"]], "events": []}
    assert [(row["id"], row["version"]) for row in page["reports"]] == [(changed["id"], changed["version"])]
    page = ask_page(ask("squad11b"), theirs)
    assert (page["reports"], page["gone"]["reports"]) == ([], [with_other["id"]])


def test_who_is_transferred_keeps_what_is_their_own(ask, city) -> None:
    own = file(ask("squad11"), make.body(city, "K1-1-1", "squad11", day=1))
    other = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=2))
    cursor = ask_page(ask("squad11"))["cursor"]
    moved = ask("bureau").post(
        f"{API}/members/{city.member_id('squad11')}/transfer", json={"unit_id": str(city.unit_id("K1-2-1"))}
    )
    assert moved.status_code == 201, moved.text
    page = ask_page(ask("squad11"), cursor)
    assert page["gone"]["reports"] == [other["id"]]
    assert ids(page["reports"]) == [own["id"]]


def test_pages_follow_each_other_to_the_end(ask, city) -> None:
    made = {file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day))["id"] for day in range(1, 6)}
    found, page = [], ask_page(ask("squad11a"), limit=2)
    while True:
        found += ids(page["reports"])
        assert len(page["reports"]) <= 2
        if not page["more"]:
            break
        assert page["reference"] == []
        page = ask_page(ask("squad11a"), page["cursor"], limit=2)
    assert sorted(found) == sorted(made)
    assert page["reference"]


@pytest.mark.parametrize("login", ["squad11a", "company1", "bureau"])
def test_reference_tags_are_those_of_the_addresses(ask, login) -> None:
    reference = ask_page(ask(login))["reference"]
    paths = {entry["href"].split("?")[0].removeprefix(API) for entry in reference}
    assert {"/activity-kinds", "/units", "/vehicles"} < paths
    assert any(path.endswith("/members") for path in paths)
    for entry in reference:
        answer = ask(login).get(entry["href"])
        assert (answer.status_code, answer.headers["ETag"]) == (200, entry["etag"]), entry
        known = ask(login).get(entry["href"], headers={"If-None-Match": entry["etag"]})
        assert (known.status_code, known.data) == (304, b""), entry


def test_a_leader_of_a_company_keeps_the_roster_below(ask, city) -> None:
    reference = ask_page(ask("company1"))["reference"]
    (roster,) = [entry["href"] for entry in reference if "/members" in entry["href"]]
    assert len(ask("company1").get(roster).json["items"]) == 10


def test_a_changed_roster_has_another_tag(ask, city) -> None:
    def tags() -> dict[str, str]:
        return {entry["href"]: entry["etag"] for entry in ask_page(ask("squad11a"))["reference"]}

    before = tags()
    ask("bureau").post(
        f"{API}/members/{city.member_id('squad12a')}/transfer", json={"unit_id": str(city.unit_id("K1-1-1"))}
    )
    after = tags()
    assert [href for href in before if before[href] != after[href]] == [
        href for href in before if href.split("?")[0].endswith("/members")
    ]


# --- The cursor -------------------------------------------------------------------------------------------------------


def test_a_damaged_cursor_is_refused(ask) -> None:
    person = ask("squad11a")
    cursor = ask_page(person)["cursor"]
    kid, _, rest = cursor.partition(".")
    damaged = [
        cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(0, len(cursor) - 2, 7)
    ]
    forged = base64.urlsafe_b64encode(b"\x00" * 60).decode()
    others = [
        "x",
        ".",
        kid,
        f"{kid}.",
        f".{rest}",
        f"{kid}.{forged}",
        f"{kid}.%",
        rest,
        cursor[:-4],
        cursor + "AAAA",
        "😀",
        "…",
    ]
    for wrong in damaged + others:
        answer = person.get(f"{SYNC}?cursor={quote(wrong)}")
        assert places(answer) == {"/cursor": "bad-cursor"}, wrong
    assert places(person.get(f"{SYNC}?cursor={'x' * 16_001}")) == {"/cursor": "too-long"}
    assert places(person.get(f"{SYNC}?limit=201")) == {"/limit": "out-of-range"}
    assert places(person.get(f"{SYNC}?since=1")) == {"/since": "unknown-field"}


def test_someone_elses_cursor_begins_anew(ask, city) -> None:
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    page = ask_page(ask("squad21a"), ask_page(ask("squad11a"))["cursor"])
    assert (page["reset"], page["reports"], page["gone"]["reports"]) == (True, [], [])


def test_renewed_all_begin_anew(app, ask) -> None:
    cursor = ask_page(ask("squad11a"))["cursor"]
    assert not ask_page(ask("squad11a"), cursor)["reset"]
    result = app.test_cli_runner().invoke(args=["renew-sync"])
    assert result.exit_code == 0, result.output
    assert ask_page(ask("squad11a"), cursor)["reset"]


def test_nobody_catches_up_without_signing_in(client) -> None:
    assert client.get(SYNC).status_code == 401


# --- How much it is ---------------------------------------------------------------------------------------------------


def wire_bytes(client: FlaskClient, path: str) -> tuple[int, Any]:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, answer.text
    raw = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
    return len(answer.data), json.loads(raw)


def test_a_squad_members_first_download_is_small(sqlite_template: Path, tmp_path: Path) -> None:
    """Everything an app needs, reference pages too, for a member of the demo's small organisation with a year's reports."""
    app = create_app(settings_for(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'demo.sqlite3')}", tmp_path))
    accounts = tmp_path / "accounts.json"
    with app.app_context():
        load(db.engine, "small", 1, 320, accounts, make.NOW)  # 41,000 a year for 7,868 members
    people = json.loads(accounts.read_text())["accounts"]
    member = next(account for account in people if account["post"] == "member")
    first, total = download(app, member["login"], member["password"])
    assert first["reports"]
    assert total < SMALL, f"{total:,} bytes"
    with app.app_context():
        db.engine.dispose()


def download(app: Flask, login: str, password: str) -> tuple[dict[str, Any], int]:
    """The first page, and the bytes of all pages and of every reference."""
    client = asking.signed_in(app.test_client(), login, password)
    total, first = wire_bytes(client, SYNC)
    page = first
    while page["more"]:
        size, page = wire_bytes(client, f"{SYNC}?cursor={page['cursor']}")
        total += size
    return first, total + sum(wire_bytes(client, entry["href"])[0] for entry in page["reference"])
