"""Sending rosters: the preview, applying it, being sent twice, and what is no roster."""

from __future__ import annotations

import io
from typing import Any

import pytest

from brigade.db import new_id
from tests.api.answers import API
from tests.api.asking import ENGLISH, digest, places
from tests.rules.test_roster_file import xlsx

IMPORTS = f"{API}/roster-imports"
HEADING = "団員番号,氏名,フリガナ,所属,階級・役職,種別,異動日\n"
GOOD = HEADING + "999001,髙橋 一郎,タカハシ イチロウ,A消防団/第1分団/第1分団第1班,班長,基本団員,令和8年11月1日\n"
BAD = GOOD + "999002,,,どこか,,,\n"


def send(person: Any, data: bytes | str, name: str = "roster.csv", **form: str) -> Any:
    content = data.encode() if isinstance(data, str) else data
    answer = person.post(IMPORTS, data={"file": (io.BytesIO(content), name), **form}, headers=ENGLISH)
    answer.request.environ["wsgi.input"].close()  # what the test client leaves open: a large form is a file
    return answer


def apply(person: Any, roster: dict[str, Any], version: int | None = None) -> Any:
    seen = roster["version"] if version is None else version
    return person.post(f"{IMPORTS}/{roster['id']}/apply", headers={"If-Match": f'"{seen}"'})


def test_a_roster_is_looked_at_and_then_applied(ask, city) -> None:
    answer = send(ask("bureau"), GOOD.encode("cp932"), "名簿/団員.csv")
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    roster = answer.json
    assert (roster["file_name"], roster["can_apply"], roster["applied_at"]) == ("団員.csv", True, None)
    assert roster["totals"] == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0, "with_problems": 0}
    [row] = roster["rows"]
    assert (row["row"], row["change"], row["problems"]) == (2, "new", [])
    assert row["values"]["name"] == "髙橋 一郎"
    assert ask("bureau").get(answer.headers["Location"]).json == roster
    done = apply(ask("bureau"), roster)
    assert (done.status_code, done.json["version"], done.json["can_apply"]) == (200, 2, False)
    members = ask("squad11").get(f"{API}/units/{city.unit_id('K1-1-1')}/members").json["items"]
    assert [member["posts"] for member in members if member["number"] == "999001"] == [["squad_leader"]]


def test_it_is_applied_once_and_in_its_newest_version(app, ask, city) -> None:
    roster = send(ask("bureau"), GOOD).json
    stale = apply(ask("bureau"), roster, 9)
    assert (stale.status_code, stale.json["current_version"]) == (412, 1)
    assert ask("bureau").post(f"{IMPORTS}/{roster['id']}/apply").status_code == 428
    apply(ask("bureau"), roster)
    before = digest(app)
    for version in (1, 2):
        again = apply(ask("bureau"), roster, version)
        assert (again.status_code, again.json["code"]) == (409, "import-already-applied")
    assert digest(app) == before


def test_problems_stand_with_their_rows_and_refuse_it(app, ask, city) -> None:
    roster = send(ask("bureau"), BAD.replace("異動日\n", "異動日,備考\n", 1)).json
    assert not roster["can_apply"]
    assert [(found["column"], found["code"]) for found in roster["problems"]] == [("備考", "column-unknown")]
    assert [found["code"] for found in roster["rows"][1]["problems"]] == [
        "row-name-missing", "row-kana-missing", "row-unit-unknown",
    ]  # fmt: skip
    assert roster["rows"][1]["problems"][2]["message"].startswith("There is no such unit")
    before = digest(app)
    refused = apply(ask("bureau"), roster)
    assert (refused.status_code, refused.json["code"]) == (409, "import-has-problems")
    assert digest(app) == before


def test_the_same_file_sent_twice_is_one_import(app, ask, city) -> None:
    id_, station = str(new_id()), ask("station")
    first = send(ask("bureau"), GOOD, id=id_)
    before = digest(app)
    again = send(ask("bureau"), GOOD, id=id_)
    assert (again.status_code, again.json, again.headers["ETag"]) == (201, first.json, '"1"')
    assert send(ask("bureau"), BAD, id=id_).status_code == 409
    assert send(ask("bureau"), GOOD, id=id_, valid_from="2026-04-01").status_code == 409
    assert send(station, GOOD, id=id_).status_code == 409
    assert digest(app) == before


def test_a_workbook_is_read_as_well(ask, city) -> None:
    book = xlsx(["number", "name", "kana", "unit_code"], [999001, "佐藤 太郎", "サトウ タロウ", "K1-1-2"])
    roster = send(ask("station"), book, "roster.xlsx", valid_from="2026-04-01").json
    assert (roster["valid_from"], roster["can_apply"]) == ("2026-04-01", True)
    assert apply(ask("station"), roster).status_code == 200


def test_who_may_send_and_see(quiet) -> None:
    with quiet.unchanged("brigade") as person:
        assert send(person, GOOD).status_code == 403
        assert person.get(f"{IMPORTS}/{new_id()}").status_code == 403
    with quiet.unchanged("station") as person:
        assert person.get(f"{IMPORTS}/{new_id()}").status_code == 404
        assert apply(person, {"id": str(new_id()), "version": 1}).status_code == 404


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "file-empty"),
        (HEADING.encode(), 422, "file-empty"),
        (bytes(range(128, 256)) * 20, 422, "file-unreadable"),
        ("番号,氏名,カナ\n1,2,3\n".encode(), 422, "column-missing"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 415, "wrong-media-type"),
        (b"x" * (8 * 1024 * 1024 + 1), 413, "too-large"),
    ],
)
def test_what_is_no_roster(quiet, data, status, code) -> None:
    with quiet.unchanged("bureau") as person:
        answer = send(person, data)
        assert answer.status_code == status
        assert code in ([entry["code"] for entry in answer.json["errors"]] or [answer.json["code"]])


def test_forms_that_are_wrong(quiet) -> None:
    with quiet.unchanged("bureau") as person:
        assert person.post(IMPORTS, json={}).status_code == 415
        assert person.post(IMPORTS, data=b"x", content_type="multipart/form-data").status_code in (400, 422)
        assert places(person.post(IMPORTS, data={"id": str(new_id())}, content_type="multipart/form-data")) == {
            "/file": "required"
        }
        assert places(send(person, GOOD, id="x", valid_from="tomorrow", more="1")).keys() == {
            "/id", "/valid_from", "/more",
        }  # fmt: skip
        assert places(send(person, GOOD, valid_from="0001-01-01")) == {"/valid_from": "bad-date"}
