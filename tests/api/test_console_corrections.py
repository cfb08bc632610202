"""A leader corrects a slip on the console: few fields, told to the author, and back to approving."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.asking import REPORTS, done, file
from tests.api.visiting import CONSOLE, visitor


@pytest.fixture
def report(ask, city):
    """A drill of two members, waiting at the squad leader."""
    said = make.body(city, "K1-1-1", "squad11a", "squad11b", day=18)
    return file(ask("squad11a"), {**said, "summary": "一行目\n二行目"})


def form_of(leader, report):
    """The form as a browser would send it, lines of the summary ended as browsers end them."""
    page = leader.get(leader.get(f"{CONSOLE}/reports/{report['id']}").link("/correct"))
    form = page.form("/correct")
    form["summary"] = report["summary"].replace("\n", "\r\n")
    return form


def test_a_slip_is_corrected_and_approved(app, ask, city, report) -> None:
    leader = visitor(app, "squad11")
    form = form_of(leader, report)
    assert set(form["person"]) == {str(city.member_id(login)) for login in ("squad11a", "squad11b")}
    people = [str(city.member_id(login)) for login in ("squad11a", "squad11-deputy")]
    page = leader.send(form, end="1230", person=people, comment="終わりの書き間違いです")
    assert "直しました" in page.text
    assert "終わりの書き間違いです" in page.text
    assert "団員 squad11-deputy" in page.text
    assert page.answer.request.path == f"{CONSOLE}/reports/{report['id']}"
    after = ask("squad11a").get(f"{REPORTS}/{report['id']}").json
    assert after["ended_at"].endswith("T12:30:00+09:00")
    assert after["summary"] == report["summary"]
    assert [one["member_id"] for one in after["participants"]] == people
    leader.send(page.form("/approve"))
    assert ask("company1").get(f"{REPORTS}/{report['id']}").json["awaiting"]["level"] == "company"


def test_what_was_not_changed_is_no_change(app, ask, report) -> None:
    leader = visitor(app, "squad11")
    leader.send(form_of(leader, report))
    assert ask("squad11a").get(f"{REPORTS}/{report['id']}").json["version"] == report["version"]


def test_a_higher_leader_hears_that_it_begins_anew(app, ask, report) -> None:
    up = done(ask("squad11"), report, "approve")
    leader = visitor(app, "company1")
    page = leader.send(form_of(leader, up), start="8:30")
    assert "はじめの段階から承認し直します" in page.text
    assert ask("squad11").get(f"{REPORTS}/{report['id']}").json["awaiting"]["level"] == "squad"


def test_a_mistake_is_told_beside_its_field(app, report) -> None:
    leader = visitor(app, "squad11")
    form = form_of(leader, report)
    for changed, said in (
        ({"end": "25:00"}, "時刻"),
        ({"day": "きのう"}, "日付"),
        ({"person": []}, "参加"),
        ({"place": "あ" * 101}, "100"),
        ({"comment": "あ" * 501}, "500"),
    ):
        page = leader.send(form, **changed)
        assert page.status == 422, changed
        assert said in page.text, (changed, page.text)
        assert page.form("/correct")["version"] == form["version"]


def test_an_old_form_and_a_strange_one_change_nothing(app, ask, report) -> None:
    leader = visitor(app, "squad11")
    form = form_of(leader, report)
    done(ask("squad11"), report, "correct", place="河川敷")
    assert leader.send(form, end="12:30").status == 412
    assert leader.send(form, version="x").status == 412
    other = visitor(app, "squad21")
    assert other.get(f"{CONSOLE}/reports/{report['id']}/correct").status == 404
    assert ask("squad11a").get(f"{REPORTS}/{report['id']}").json["place"] == "河川敷"


def test_it_is_not_offered_to_who_may_not(app, report) -> None:
    for login in ("squad11a", "company1"):
        page = visitor(app, login).get(f"{CONSOLE}/reports/{report['id']}")
        assert not [link for link in page.links if link.endswith("/correct")]
