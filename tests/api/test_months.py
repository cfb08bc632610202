"""The month so far: figures, the printed preview with the same figures, and who may see them."""

from __future__ import annotations

import io
import re
import uuid

import pypdfium2
import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.organisation.units import Unit
from tests import make
from tests.api.answers import API, body_of
from tests.api.asking import ENGLISH, called, done, file, places

MONTH = f"{API}/months/2026-11"


def printed(answer):
    """The text of a PDF, without its white space."""
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    document = pypdfium2.PdfDocument(io.BytesIO(answer.data))
    try:
        return re.sub(r"\s", "", "".join(page.get_textpage().get_text_bounded() for page in document))
    finally:
        document.close()


@pytest.fixture
def filed(ask, city):
    """A month of company 1: reports in every state that counts, and in two that do not."""
    people = ("squad11a", "squad11b")
    made = [file(ask("squad11a"), make.body(city, "K1-1-1", *people, day=day)) for day in (3, 8)]
    made += [file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", day=4, kind="D-01", details={}))]
    made += [file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=10))]
    made += [file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=12, submit=False))]
    gone = file(ask("squad12a"), make.body(city, "K1-1-2", "squad12a", day=13))
    done(ask("squad12a"), gone, "withdraw", comment="間違えた")
    done(ask("squad11"), made[3], "return", comment="時刻")
    for leader in ("squad11", "company1", "brigade", "station"):
        made[0] = done(ask(leader), made[0], "approve")
    return made


def month(person, unit, **said):
    return person.get(MONTH, query_string={"unit_id": str(unit)}, **said)


def test_the_figures_add_up_at_every_level(ask, city, filed) -> None:
    company = month(ask("company1"), city.unit_id("K1-1")).json
    assert (company["month"], company["unit"]["name"], company["preview"]) == ("2026-11", "第1分団", True)
    assert (company["times"], company["person_times"], company["minutes"]) == (4, 6, 6 * 120)
    assert company["states"] == {"confirmed": 1, "in_review": 2, "returned": 1, "withdrawn": 1}
    assert company["waiting_by_level"] == {"squad": 2}
    assert {(kind["code"], kind["times"], kind["minutes"]) for kind in company["kinds"]} == {
        ("D-01", 1, 120),
        ("T-01", 3, 600),
    }
    by_unit = {row["name"]: (row["times"], row["person_times"], row["minutes"]) for row in company["units"]}
    assert by_unit == {"第1分団": (4, 6, 720), "第1分団第1班": (3, 5, 600), "第1分団第2班": (1, 1, 120)}
    by_member = {row["name"]: (row["times"], row["minutes"]) for row in company["members"]}
    assert by_member == {"団員 squad11a": (2, 240), "団員 squad11b": (3, 360), "団員 squad12a": (1, 120)}
    squad = month(ask("squad11"), city.unit_id("K1-1-1")).json
    assert (squad["times"], squad["minutes"]) == by_unit["第1分団第1班"][::2]
    for login, unit in (("brigade", "K1"), ("station", "S1"), ("bureau", "B")):
        above = month(ask(login), city.unit_id(unit)).json
        assert (above["times"], above["person_times"], above["minutes"]) == (4, 6, 720)
        assert {row["name"]: (row["times"], row["minutes"]) for row in above["members"]} == by_member


def test_the_quick_totals_are_those_of_the_month(ask, city, filed) -> None:
    for login, unit in (("squad11", "K1-1-1"), ("company1", "K1-1"), ("brigade", "K1"), ("station", "S1")):
        whole = month(ask(login), city.unit_id(unit)).json
        quick = ask(login).get(f"{MONTH}/totals", query_string={"unit_id": str(city.unit_id(unit))}).json
        said = ("times", "person_times", "minutes")
        assert [quick[name] for name in said] == [whole[name] for name in said]
        states = {"waiting": "in_review", "returned": "returned"}
        assert all(quick[name] == whole["states"].get(state, 0) for name, state in states.items())
        for key, by in (("kinds", "code"), ("units", "unit_id")):
            full = {row[by]: [row[name] for name in said] for row in whole[key] if row["times"]}
            assert {row[by]: [row[name] for name in said] for row in quick[key]} == full


def test_the_quick_totals_are_for_whom_the_month_is(ask, city, filed) -> None:
    asked = {"query_string": {"unit_id": str(city.unit_id("K1-1"))}}
    for login in ("squad11a", "squad11", "company2", "company1", "bureau"):
        assert ask(login).get(f"{MONTH}/totals", **asked).status_code == ask(login).get(MONTH, **asked).status_code


def test_the_printed_preview_shows_the_same_figures(ask, city, filed) -> None:
    for login, unit in (("company1", "K1-1"), ("station", "S1")):
        told = month(ask(login), city.unit_id(unit)).json
        answer = ask(login).get(f"{MONTH}/report.pdf", query_string={"unit_id": str(city.unit_id(unit))})
        assert answer.headers["Content-Disposition"].startswith('inline; filename="brigade-2026-11-')
        assert called(answer).endswith("_2026年11月_月報（見本）.pdf")
        text = printed(answer)
        assert "令和8年11月" in text
        assert re.sub(r"\s", "", told["unit"]["name"]) in text
        for row in told["members"]:
            assert row["name"].replace(" ", "") in text
        for row in told["kinds"]:
            assert row["label"] in text
        for number in (report["number"] for report in filed if report["state"] != "draft"):
            assert number in text
        hours, minutes = divmod(told["minutes"], 60)
        assert re.search(rf"{hours}時間{minutes:02}?分|{hours}:{minutes:02}", text), told["minutes"]


def test_the_printed_preview_comes_in_english_too(ask, city, filed) -> None:
    asked = {"query_string": {"unit_id": str(city.unit_id("K1-1"))}, "headers": ENGLISH}
    assert "Drill" in printed(ask("company1").get(f"{MONTH}/report.pdf", **asked))


def test_an_empty_month_is_all_noughts_and_prints_too(ask, city) -> None:
    told = month(ask("company2"), city.unit_id("K1-2")).json
    assert (told["times"], told["person_times"], told["minutes"], told["members"], told["kinds"]) == (0, 0, 0, [], [])
    assert len(told["units"]) == 3
    asked = {"unit_id": str(city.unit_id("K1-2"))}
    assert "第2分団" in printed(ask("company2").get(f"{MONTH}/report.pdf", query_string=asked))


@pytest.mark.parametrize("name", ["1900-01", "1900-03", "2199-12"])
def test_the_first_and_the_last_month_are_like_others(ask, city, name) -> None:
    asked = {"query_string": {"unit_id": str(city.unit_id("K1-2"))}}
    told = body_of(ask("company2").get(f"{API}/months/{name}", **asked))
    assert (told["month"], told["times"]) == (name, 0)
    assert ask("company2").get(f"{API}/months/{name}/report.pdf", **asked).status_code == 200


def test_a_confidential_report_is_not_counted_for_the_bureau(ask, city) -> None:
    injury = {
        "injured_member_id": str(city.member_id("squad11a")),
        "how": "転んだ",
        "few_witnesses_reason": "一人だった",
    }
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, kind="I-01", details=injury))
    assert month(ask("station"), city.unit_id("S1")).json["times"] == 1
    assert month(ask("bureau"), city.unit_id("B")).json["times"] == 0


@pytest.mark.parametrize("tail", ["", "/report.pdf"])
def test_a_month_is_its_leaders_alone(quiet, tail) -> None:
    tried = {
        ("squad11a", "K1-1-1"): 403, ("squad11-deputy", "K1-1-1"): 200, ("squad11", "K1-1-1"): 200,
        ("squad11", "K1-1"): 403, ("squad11", "K1-1-2"): 404, ("company1", "K1-2"): 404, ("company1", "K1"): 403,
        ("company1", "K1-1-2"): 200, ("station", "B"): 403, ("bureau", "K1-2-1"): 200,
    }  # fmt: skip
    for (login, unit), status in tried.items():
        asked = {"unit_id": str(quiet.city.unit_id(unit))}
        answer = quiet.person(login).get(MONTH + tail, query_string=asked)
        assert answer.status_code == status, (login, unit)
        if status == 403:
            assert answer.json["reasons"] == ["not-permitted"]
    unknown = quiet.person("bureau").get(MONTH + tail, query_string={"unit_id": str(uuid.uuid4())})
    assert unknown.status_code == 404


@pytest.mark.parametrize("tail", ["", "/report.pdf"])
@pytest.mark.parametrize(
    "name",
    [
        "2026-13",
        "2026-00",
        "2026-1",
        "26-11",
        "2026-11-01",
        "２０２６-11",
        "2026‐11",
        "next",
        "0000-01",
        "9999-12",
        "2026-11%0A",
    ],
)
def test_what_is_no_month_is_told_so(quiet, name, tail) -> None:
    with quiet.unchanged("bureau") as bureau:
        answer = bureau.get(f"{API}/months/{name}{tail}", query_string={"unit_id": str(quiet.city.bureau_id)})
        assert places(answer) == {"/month": "bad-month"}
        assert answer.headers.get("Content-Disposition", "").isascii()


@pytest.mark.parametrize(("query", "code"), [("", "required"), ("?unit_id=", "bad-id"), ("?unit_id=K1", "bad-id")])
def test_a_month_is_some_units(quiet, query, code) -> None:
    assert places(quiet.person("bureau").get(f"{MONTH}{query}")) == {"/unit_id": code}


@pytest.fixture
def paying(app, city):
    """The city pays as Yokohama does."""
    with app.app_context():
        bureau = (
            update(Unit)
            .where(Unit.id == city.bureau_id)
            .values(settings={"second_factor_posts": [], "step_up": [], "pay_rules": "yokohama"})
        )
        db.session.execute(bureau, execution_options=make.SYSTEM)
        db.session.commit()


def test_only_what_the_station_took_is_paid_and_every_line_says_why(ask, city, paying, filed) -> None:
    pay = month(ask("company1"), city.unit_id("K1-1")).json["pay"]
    assert (pay["yen"], pay["unknown"], len(pay["lines"])) == (7000, 0, 2)
    assert pay["rules"][0].startswith("横浜市 2024 (yokohama-2024, ")
    assert {line["sentence"] for line in pay["lines"]} == {"3,500 円：訓練 1回（横浜市 2024）"}
    assert {line["report_id"] for line in pay["lines"]} == {filed[0]["id"]}
    english = month(ask("company1"), city.unit_id("K1-1"), headers=ENGLISH).json
    assert english["pay"]["lines"][0]["sentence"] == "3,500 yen: Drill, one turnout (Yokohama 2024)"
    units = {row["name"]: row["yen"] for row in english["units"]}
    assert units == {"第1分団": 7000, "第1分団第1班": 7000, "第1分団第2班": 0}
    assert sorted(member["yen"] for member in english["members"]) == [0, 3500, 3500]


def test_an_amount_that_is_not_known_is_not_paid(ask, city, paying) -> None:
    meeting = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", kind="M-01", details={}, day=9))
    for leader in ("squad11", "company1", "brigade", "station"):
        meeting = done(ask(leader), meeting, "approve")
    pay = month(ask("station"), city.unit_id("K1")).json["pay"]
    assert (pay["yen"], pay["unknown"], [line["yen"] for line in pay["lines"]]) == (0, 1, [None])
    assert pay["lines"][0]["reason"] == "unknown"


def test_without_rules_nothing_is_paid(ask, city, filed) -> None:
    assert month(ask("company1"), city.unit_id("K1-1")).json["pay"] == {
        "yen": 0,
        "unknown": 0,
        "rules": [],
        "lines": [],
    }
