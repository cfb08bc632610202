"""Who reads an entry of the audit: whoever may see what it is about, and nobody who is kept from that elsewhere."""

from __future__ import annotations

import pytest

from api.extensions import db
from brigade.organisation.ranks import Level
from brigade.organisation.units import rebuild_tree
from tests import make
from tests.api.answers import API, body_of
from tests.api.asking import file
from tests.api.disputing import MINE, disputed, settled
from tests.api.visiting import CONSOLE, visitor

WHY = "家族の介護のため"


def entries(app, login: str) -> str:
    """What the audit shows that officer."""
    page = visitor(app, login).get(f"{CONSOLE}/office/audit")
    assert page.status == 200, page.text
    return str(page.text.partition("件")[2])


@pytest.fixture
def other_station(app, city) -> None:
    """A second station with an officer of its own, of the same bureau."""
    with app.app_context():
        session = db.session()
        make.unit(session, city, Level.STATION, "S2", "西消防署", "B")
        make.member(session, city, "station2", "S2", "station_officer", member_type="staff")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)


def test_a_station_reads_what_concerns_its_own(app, ask, city, other_station) -> None:
    member = city.member_id("squad12a")
    body = {"absence": "leave", "valid_from": "2026-11-20", "valid_to": None, "reason": WHY}
    assert ask("station").post(f"{API}/members/{member}/absences", json=body).status_code == 201
    assert ask("station").post(f"{API}/members/{member}/sign-out").status_code == 200
    assert ask("station").post(f"{API}/invitations", json={"member_ids": [str(member)]}).status_code == 201
    appointed = {
        "member_id": str(city.member_id("squad11a")),
        "unit_id": str(city.unit_id("K1-1-1")),
        "post": "squad_leader",
    }
    assert ask("bureau").post(f"{API}/posts", json={**appointed, "on": "2026-11-20"}).status_code == 201
    for login in ("station", "bureau"):
        read = entries(app, login)
        for words in (WHY, "団員 squad12a", "団員 squad11a", "役職に任命した", "端末からログアウトさせた", "招待"):
            assert words in read, (login, words)
    read = entries(app, "station2")
    for words in (WHY, "団員 squad1", "役職に任命した", "端末からログアウトさせた"):
        assert words not in read, words


def test_a_station_reads_what_is_set_for_all_and_what_its_officers_did(app, ask, city, other_station) -> None:
    for login, code in (("bureau", "B"), ("station2", "S2"), ("station", "S1")):
        path = f"{API}/units/{city.unit_id(code)}/settings"
        version = ask(login).get(path).json["version"]
        headers = {"If-Match": f'"{version}"'}
        assert ask(login).patch(path, json={"deputy_after_days": 3}, headers=headers).status_code == 200
    read = entries(app, "station2")
    assert "A市消防局" in read
    assert "西消防署" in read
    assert "A消防署" not in read


def test_a_dispute_is_between_the_member_and_the_station_of_the_report(app, ask, city, other_station) -> None:
    report = file(ask("squad11"), make.body(city, "K1-1-1", "squad11b"))
    made = disputed(ask("squad11b"), report).json
    assert settled(ask("station"), made["id"]).status_code == 200
    for login in ("station", "bureau"):
        assert "squad11b" in entries(app, login), login
    assert "squad11b" not in entries(app, "station2")
    assert "異議" not in entries(app, "station2")


def test_a_dispute_of_a_confidential_report_is_kept_from_the_bureau(app, ask, city) -> None:
    injury = {
        "injured_member_id": str(city.member_id("squad11b")), "how": "転んだ", "few_witnesses_reason": "一人だった",
    }  # fmt: skip
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11b", day=18, kind="I-01", details=injury))
    made = disputed(ask("squad11b"), report, "other").json
    taken_back = body_of(ask("squad11b").post(f"{MINE}/{made['id']}/withdraw"))
    assert taken_back["state"] == "withdrawn"
    assert "squad11b" in entries(app, "station")
    assert "squad11b" not in entries(app, "bureau")
    assert "異議" not in entries(app, "bureau")


def test_who_asks_about_their_own_data_is_the_bureaus_to_know(app, ask, city) -> None:
    body = {"id": str(make.new_id()), "kind": "correct", "words": "名前の読みが違います。"}
    asked = body_of(ask("squad11a").post(f"{API}/me/data-requests", json=body), 201)
    answer = {"answer": "直しました。"}
    assert ask("bureau").post(f"{API}/data-requests/{asked['id']}/accept", json=answer).status_code == 200
    assert "squad11a" in entries(app, "bureau")
    assert "squad11a" not in entries(app, "station")
