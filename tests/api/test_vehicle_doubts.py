"""Two squads that claim one engine, and an odometer that jumped, as leaders and authors are told of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import insert

from api.extensions import db
from brigade.organisation.units import Vehicle
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, REPORTS, file
from tests.api.visiting import CONSOLE, visitor

A, B = "squad11a", "squad12a"


@pytest.fixture
def engine(app, city) -> str:
    """The company's pump truck."""
    id_ = uuid.uuid4()
    row = {"id": id_, "bureau_id": city.bureau_id, "unit_id": city.unit_id("K1-1"), "code": "P1", "name": "第1ポンプ車"}
    with app.app_context():
        db.session.execute(insert(Vehicle).values(**row, valid_from=make.SINCE))
        db.session.commit()
    return str(id_)


def drive(ask, city, login: str, engine: str, day: int, **details: float) -> dict[str, Any]:
    """A run of the engine; who filed it drove."""
    body = make.body(city, "K1-1-1" if login == A else "K1-1-2", login, day=day, kind="V-01", vehicle_ids=[engine])
    body["participants"][0]["role"] = "driver"
    return file(ask(login), body | {"details": details})


def told(person, report: dict[str, Any]) -> list[tuple[str, str]]:
    """What is doubtful about it, as this person reads it."""
    warnings = person.get(f"{REPORTS}/{report['id']}").json["warnings"]
    return [(one["code"], one["message"]) for one in warnings]


def test_who_approves_is_told_by_number_and_whoever_filed_it_in_general_words(ask, city, engine) -> None:
    one, other = (drive(ask, city, login, engine, 18, odometer_end_km=120) for login in (A, B))
    [(code, message)] = told(ask("company1"), one)
    assert (code, other["number"] in message) == ("vehicle-overlap", True)
    [(code, message)] = told(ask(A), one)
    assert (code, "別の報告" in message, other["number"] in message) == ("vehicle-overlap-hidden", True, False)
    assert "vehicle" not in str(one["warnings"]), "filing asks for no other reports of it"


def test_the_odometer_is_compared_where_the_report_is_read(ask, city, engine) -> None:
    last = drive(ask, city, A, engine, 16, odometer_start_km=1000, odometer_end_km=1020.5)
    made = drive(ask, city, A, engine, 18, odometer_start_km=1012, odometer_end_km=1030)
    [(code, message)] = told(ask(A), made)
    assert code == "odometer-below-last"
    for said in ("1012 km", "1020.5 km", last["number"], "計器を取り替えたとき"):
        assert said in message
    english = ask(A).get(f"{REPORTS}/{made['id']}", headers=ENGLISH).json["warnings"]
    assert "1012 km" in english[0]["message"]
    assert told(ask(A), last) == told(ask("squad11"), last) == [("odometer-above-next", told(ask(A), last)[0][1])]


def test_a_leader_reads_on_the_report_what_the_inbox_says_of_it(ask, city) -> None:
    roster = make.body(city, "K1-1-1", "squad11b", day=18)
    proxy = file(ask(A), roster)
    listed = ask("squad11").get(f"{API}/inbox").json["items"]
    in_list = next(item["warnings"] for item in listed if item["id"] == proxy["id"])
    assert in_list
    assert ask("squad11").get(f"{REPORTS}/{proxy['id']}").json["warnings"] == in_list


def test_the_console_names_the_vehicle_and_leads_to_the_other_report(app, ask, city, engine) -> None:
    one, other = (drive(ask, city, login, engine, 18, odometer_end_km=120) for login in (A, B))
    page = visitor(app, "company1").get(f"{CONSOLE}/reports/{one['id']}")
    assert "第1ポンプ車" in page.text
    assert f"同じ車両が、同じ時間に報告{other['number']}にも出ています" in page.text
    assert f"{CONSOLE}/reports/{other['id']}" in page.links
    mine = visitor(app, "squad11").get(f"{CONSOLE}/reports/{one['id']}")
    assert other["number"] not in mine.text
    assert other["id"] not in str(mine.links)


def test_what_is_doubtful_about_a_vehicle_is_not_approved_together(app, ask, city, engine) -> None:
    drive(ask, city, A, engine, 15, odometer_start_km=900, odometer_end_km=920)
    jumped = drive(ask, city, A, engine, 16, odometer_start_km=1000, odometer_end_km=1020)
    plain = file(ask(A), make.body(city, "K1-1-1", A, day=17))
    leader = visitor(app, "squad11")
    page = leader.get(f"{CONSOLE}/inbox/approve")
    assert "次の1件は、車両に確かめるところがあるため" in page.text
    items = str(page.form("/inbox/approve"))
    assert (jumped["id"] in items, plain["id"] in items) == (False, True)
    assert "間の80 kmの報告" in page.text
    marked = {
        query: {one["id"]: one["doubtful"] for one in ask("squad11").get(f"{API}/inbox{query}").json["items"]}
        for query in ("", "?vehicles=true")
    }
    assert [marked[query][jumped["id"]] for query in marked] == [False, True], (
        "an app asks for it before it approves many"
    )
    assert not any(said[plain["id"]] for said in marked.values())
