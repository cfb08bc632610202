"""What a squad has nothing of is said on the console: no activity, or waited for until a day; and taken back."""

from __future__ import annotations

import datetime as dt

import pytest

from brigade.dates import tokyo_day, utc_now
from tests import make
from tests.api.asking import done, file
from tests.api.planning import made, plan
from tests.api.visiting import CONSOLE, Visitor, visitor

MONTH = "2026-10"


def page_of(person: Visitor, city, unit: str, part: str = "") -> str:
    return f"{CONSOLE}/months/{MONTH}{part}?unit_id={city.unit_id(unit)}"


def test_a_squad_leader_says_that_nothing_took_place_and_takes_it_back(app, city) -> None:
    leader = visitor(app, "squad12")
    month = leader.get(page_of(leader, city, "K1-1-2"))
    assert "まだ出ていない班（1）" in month.text
    assert "この月の報告がまだありません。" in month.text
    silent = leader.get(month.link("/silent"))
    after = leader.send(silent.form("/nil"))
    for said in ("活動なしにしました。", "すべての班から届いています", "第2班 活動なし"):
        assert said in after.text, said
    assert "まだ出ていない班（" not in leader.get(page_of(leader, city, "K1-1-2")).text
    back = leader.send(after.form("/unsay"))
    assert "取り消しました。" in back.text
    assert back.form("/nil")


def test_a_leader_above_waits_for_a_squad_until_a_day_and_says_why(app, city) -> None:
    leader = visitor(app, "company1")
    silent = leader.get(page_of(leader, city, "K1-1", "/silent"))
    assert silent.text.count("この月の報告がまだありません。") == 2
    asked = leader.get(silent.link(f"squad_id={city.unit_id('K1-1-2')}"))
    until = tokyo_day(utc_now()) + dt.timedelta(days=10)
    for wrong in ({"reason": "", "until": until.isoformat()}, {"reason": "班長が入院中", "until": ""},
                  {"reason": "班長が入院中", "until": "2026-10-01"}):  # fmt: skip
        again = leader.send(asked.form("/excuse"), **wrong)
        assert again.answer.status_code == 422
        assert "入力を確かめてください" in again.text
    after = leader.send(asked.form("/excuse"), reason="班長が入院中", until=until.isoformat())
    for said in ("その日まで待ちます。", "まで待つ", "班長が入院中"):
        assert said in after.text, said
    assert after.text.count("この月の報告がまだありません。") == 1
    assert leader.send(after.form("/unsay")).text.count("この月の報告がまだありません。") == 2


def test_events_without_an_answer_are_not_put_away_by_a_word(app, ask, city) -> None:
    """A squad that reported and one that did not, each called to a drill of the month: both owe its answer."""
    day = {"started_at": "2026-10-18T09:00:00+09:00", "ended_at": "2026-10-18T11:00:00+09:00"}
    made(ask("company1"), plan(city, **day))
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", started_at="2026-10-20T09:00:00+09:00",
                                             ended_at="2026-10-20T11:00:00+09:00"))  # fmt: skip
    done(ask("squad11"), report, "approve")
    leader = visitor(app, "company1")
    silent = leader.get(page_of(leader, city, "K1-1", "/silent"))
    assert silent.text.count("返事のない行事が1件あります。") == 2
    assert silent.text.count("この月の報告がまだありません。") == 1
    assert [form for form in silent.forms if form.action.endswith("/nil")] == []
    assert silent.link("/console/events")
    with pytest.raises(StopIteration):
        silent.link(f"squad_id={city.unit_id('K1-1-1')}")


def test_a_member_and_a_neighbour_have_no_word_in_it(app, city) -> None:
    for login in ("squad12a", "squad11", "squad22"):
        there = visitor(app, login).raw(page_of(visitor(app, login), city, "K1-1-2", "/silent"))
        assert there.status_code in (403, 404), login
        excuse = page_of(visitor(app, login), city, "K1-1-2", "/excuse") + f"&squad_id={city.unit_id('K1-1-2')}"
        assert visitor(app, login).raw(excuse).status_code in (403, 404), login
