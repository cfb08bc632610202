"""A figure of the month over HTTP: the reports behind it, what each adds, its lines of pay with rules, its decisions."""

from __future__ import annotations

import pytest

from api import explain, months, pay, statistics
from tests.api.answers import API
from tests.api.asking import ENGLISH, REPORTS, copies, done, places
from tests.api.paying import confirm_all, filed, set_rules

MONTH = f"{API}/months/2026-11"


def figure(person, unit_id, **cell):
    return person.get(f"{MONTH}/figures", query_string={"unit_id": str(unit_id), **cell})


@pytest.fixture
def month(app, ask, city):
    """Drills and a fire of company 1, paid as in Yokohama; one report is still under way."""
    set_rules(app, city, "yokohama")
    both = ("squad11a", "squad11b")
    made = filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-11-03 09:00")
    done(ask("squad11"), made, "approve", comment="確認しました")
    filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-11-05 09:00", kind="D-01", hours=5)
    filed(ask("squad12a"), city, "K1-1-2", "squad12a", at="2026-11-06 09:00", kind="M-01")
    confirm_all(app)
    filed(ask("squad11a"), city, "K1-1-1", "squad11a", at="2026-11-07 09:00")
    return ask("company1").get(MONTH, query_string={"unit_id": str(city.unit_id("K1-1"))}).json


def test_every_cell_of_the_month_adds_up_from_what_is_listed(ask, city, month) -> None:
    company, unit_id = ask("company1"), city.unit_id("K1-1")
    names = ("times", "person_times", "minutes")
    whole = figure(company, unit_id).json
    assert {name: whole[name] for name in names} == {name: month[name] for name in names}
    assert (whole["yen"], whole["unknown"]) == (month["pay"]["yen"], month["pay"]["unknown"])
    for unit in month["units"]:
        cell = figure(company, unit["unit_id"]).json
        assert {name: cell[name] for name in (*names, "yen")} == {name: unit[name] for name in (*names, "yen")}
    for kind in month["kinds"]:
        cell = figure(company, unit_id, kind=kind["code"]).json
        assert {name: cell[name] for name in names} == {name: kind[name] for name in names}
    for member in month["members"]:
        cell = figure(company, unit_id, member_id=member["member_id"]).json
        assert {name: cell[name] for name in ("times", "minutes", "yen")} == {
            name: member[name] for name in ("times", "minutes", "yen")
        }
        assert all([part["member"]["id"] for part in one["people"]] == [member["member_id"]] for one in cell["items"])
    for category in month["categories"]:
        cell = figure(company, unit_id, category=category["code"]).json
        assert {name: cell[name] for name in ("times", "reports", "person_times")} == {
            name: category[name] for name in ("times", "reports", "person_times")
        }
    for cell in (whole, figure(company, unit_id, kind="D-01").json):
        for name in (*names, "yen", "unknown"):
            assert cell[name] == sum(one[name] for one in cell["items"])


def test_an_amount_comes_with_its_sentence_its_rules_and_the_decisions(ask, city, month) -> None:
    member = str(city.member_id("squad11a"))
    cell = figure(ask("company1"), city.unit_id("K1-1"), member_id=member, kind="T-01").json
    paid = cell["items"][0]
    [line] = paid["lines"]
    assert (line["yen"], line["rule_set"], line["minutes"]) == (3_500, "yokohama-2024", 120)
    assert line["sentence"] == "3,500 円：訓練 1回（横浜市 2024）"
    assert [(rules["code"], rules["digest"]) for rules in cell["rules"]] == [("yokohama-2024", line["digest"])]
    assert [(step["action"], step["name"], step["post"]) for step in paid["decisions"]] == [
        ("submit", "団員 squad11a", "member"), ("approve", "団員 squad11", "squad_leader"),
    ]  # fmt: skip
    assert cell["items"][1]["lines"] == []
    english = (
        ask("company1")
        .get(f"{MONTH}/figures", query_string={"unit_id": str(city.unit_id("K1-1"))}, headers=ENGLISH)
        .json
    )
    assert english["sentence"] == "The sum of 4 reports with 6 attendances."


def test_page_by_page(ask, city, month) -> None:
    company, unit_id = ask("company1"), city.unit_id("K1-1")
    whole, seen, cursor = figure(company, unit_id).json, [], None
    while True:
        page = figure(company, unit_id, limit=3, **({"cursor": cursor} if cursor else {})).json
        assert page["times"] == whole["times"]
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole["items"]
    assert places(figure(company, unit_id, cursor="elsewhere")) == {"/cursor": "bad-cursor"}


def test_page_by_page_while_reports_leave_it_or_move(ask, city) -> None:
    """The report at which a page ended is withdrawn, or turns out to have been on another day: the others follow all the same."""
    author, leader, unit_id = ask("squad11a"), ask("squad11"), city.unit_id("K1-1-1")
    made = [
        filed(author, city, "K1-1-1", "squad11a", at=f"2026-11-{day:02} 09:00") for day in (3, 4, 5, 6, 7, 8, 9, 10)
    ]
    ids = [one["id"] for one in made]

    def page(cursor=None):
        answer = figure(leader, unit_id, limit=2, **({"cursor": cursor} if cursor else {}))
        return [item["report_id"] for item in answer.json["items"]], answer.json["next_cursor"]

    first, cursor = page()
    done(author, made[1], "withdraw", comment="重複")
    second, cursor = page(cursor)
    back = done(leader, made[3], "return", comment="日にちを確かめてください")
    moved = {"started_at": "2026-11-18T09:00:00+09:00", "ended_at": "2026-11-18T11:00:00+09:00"}
    headers = {"If-Match": f'"{back["version"]}"'}
    assert author.patch(f"{REPORTS}/{ids[3]}", json=moved, headers=headers).status_code == 200
    third, cursor = page(cursor)
    done(author, made[4], "withdraw", comment="重複")  # before the place: nothing comes twice
    fourth, cursor = page(cursor)
    last, cursor = page(cursor)
    assert (first, second, third, fourth, last) == (ids[:2], ids[2:4], ids[4:6], ids[6:8], [ids[3]])
    assert cursor is None


def test_pages_of_reports_of_one_instant(app, ask, city) -> None:
    """A whole town turns out at nine: their numbers and ids tell the order."""
    author, leader, unit_id = ask("squad11a"), ask("squad11"), city.unit_id("K1-1-1")
    made = filed(author, city, "K1-1-1", "squad11a", at="2026-11-03 09:00")
    every, cursor, seen = {made["id"], *copies(app, made["id"], 6)}, None, []
    while cursor or not seen:
        found = figure(leader, unit_id, limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [item["report_id"] for item in found["items"]]
        cursor = found["next_cursor"]
    assert (len(seen), set(seen)) == (7, every)


def test_a_figure_is_the_leaders_of_the_unit(quiet) -> None:
    for login, unit, status in (
        ("squad11a", "K1-1-1", 403), ("squad11", "K1-1-1", 200), ("squad11", "K1-1", 403), ("squad11", "K1-1-2", 404),
        ("company1", "K1-2-1", 404), ("station", "K1", 200), ("station", "B", 403), ("bureau", "B", 200),
    ):  # fmt: skip
        assert figure(quiet.person(login), quiet.city.unit_id(unit)).status_code == status, (login, unit)


def test_what_is_no_cell(quiet) -> None:
    bureau, unit_id = quiet.person("bureau"), quiet.city.bureau_id
    assert places(figure(bureau, unit_id, kind="Z-99")) == {"/kind": "unknown-kind"}
    assert places(figure(bureau, unit_id, category="feast")) == {"/category": "not-an-option"}
    assert places(figure(bureau, unit_id, member_id="me")) == {"/member_id": "bad-id"}
    assert places(figure(bureau, unit_id, limit=101)) == {"/limit": "out-of-range"}
    nothing = figure(bureau, unit_id, member_id=str(quiet.city.member_id("squad11a")), kind="T-01").json
    assert (nothing["times"], nothing["yen"], nothing["items"], nothing["next_cursor"]) == (0, 0, [], None)
    assert bureau.get(f"{API}/months/2026-13/figures", query_string={"unit_id": str(unit_id)}).status_code == 422


def test_all_that_adds_up_reads_one_state() -> None:
    """Between two statements of one answer nobody's approval may come to count."""
    adding = [declared for part in (months, explain, statistics, pay) for declared, _ in part.resource.declared]
    assert len(adding) >= 7
    assert [declared.rule for declared in adding if declared.writes] == []  # what only reads, reads one state (ADR 70)
