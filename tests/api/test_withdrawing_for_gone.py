"""A report that was returned to somebody who has left the service: who takes it away, how it is told, and who may not."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.organisation.people import ERASED_NAME, Member
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, digest, done, file, places
from tests.api.visiting import CONSOLE, visitor

WHY = "同じ訓練の報告がもう一つあります"


@pytest.fixture
def returned(ask, city):
    """A drill of two members, approved by the squad leader and returned by the company's."""
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))
    up = done(ask("squad11"), report, "approve")
    return done(ask("company1"), up, "return", comment="終わりの時刻")


@pytest.fixture
def leaves(ask, city):
    """``leaves(login)``: today is that person's first day out of the service."""

    def leave(login: str) -> None:
        answer = ask("bureau").post(
            f"{API}/members/{city.member_id(login)}/leave-service", json={"on": make.NOW.date().isoformat()}
        )
        assert answer.status_code == 204, answer.json

    return leave


def report_of(person, report):
    return person.get(f"{REPORTS}/{report['id']}").json


def notices(person, kind):
    return [one for one in person.get(f"{API}/notices").json["items"] if one["kind"] == kind]


@pytest.mark.parametrize(
    ("leader", "post"),
    [("squad11", "squad_leader"), ("company1", "company_leader"), ("brigade", "brigade_leader")],
)
def test_a_leader_of_the_line_takes_it_away_with_a_reason(ask, returned, leaves, leader, post) -> None:
    assert "withdraw" not in report_of(ask(leader), returned)["actions"]
    leaves("squad11a")
    assert report_of(ask(leader), returned)["actions"] == ["correct", "withdraw"]
    gone = done(ask(leader), returned, "withdraw", comment=WHY)
    assert (gone["state"], gone["actions"], gone["author"]) == ("withdrawn", [], returned["author"])
    event = ask(leader).get(f"{REPORTS}/{gone['id']}/history").json["items"][-1]
    assert (event["action"], event["by"]["name"], event["post"]) == ("withdraw", f"団員 {leader}", post)
    assert (event["comment"], event["from_state"], event["to_state"]) == (WHY, "returned", "withdrawn")
    assert event["unit"] is not None


def test_lists_offer_it_too(ask, returned, leaves) -> None:
    def offered(login: str) -> list[str]:
        (one,) = ask(login).get(f"{REPORTS}?state=returned").json["items"]
        return one["actions"]

    leaves("squad11a")
    assert {login: offered(login) for login in ("squad11", "company1", "squad11b", "station")} == {
        "squad11": ["correct", "withdraw"], "company1": ["correct", "withdraw"], "squad11b": [], "station": [],
    }  # fmt: skip


def test_the_others_named_in_it_are_told_by_whom(ask, returned, leaves) -> None:
    leaves("squad11a")
    done(ask("squad11"), returned, "withdraw", comment=WHY)
    (notice,) = notices(ask("squad11b"), "report-withdrawn")
    assert notice["title"] == "報告が取り下げられました"
    assert "団員 squad11が、11月18日" in notice["text"]
    assert notices(ask("squad11"), "report-withdrawn") == []


def test_the_person_is_free_for_another_report_of_that_time(ask, city, returned, leaves) -> None:
    leaves("squad11a")
    again = make.body(city, "K1-1-1", "squad11b", day=18)
    assert ask("squad11b").post(REPORTS, json=again).status_code == 422
    done(ask("squad11"), returned, "withdraw", comment=WHY)
    assert ask("squad11b").post(REPORTS, json=again).status_code == 201


def test_the_same_once_more_changes_nothing(app, ask, returned, leaves) -> None:
    leaves("squad11a")
    gone = done(ask("squad11"), returned, "withdraw", comment=WHY)
    before = digest(app)
    assert done(ask("squad11"), returned, "withdraw", comment=WHY)["version"] == gone["version"]
    assert digest(app) == before


@pytest.mark.parametrize(
    ("login", "comment", "codes"),
    [
        ("squad11b", WHY, ["not-leader"]),
        ("station", WHY, ["not-leader"]),
        ("bureau", "", ["not-leader", "reason-required"]),
    ],
)
def test_nobody_else_may(app, ask, returned, leaves, login, comment, codes) -> None:
    leaves("squad11a")
    person, before = ask(login), digest(app)
    answer = act(person, returned, "withdraw", comment=comment)
    assert (answer.status_code, answer.json["reasons"]) == (403, codes)
    assert digest(app) == before


def test_never_without_a_reason(app, ask, returned, leaves) -> None:
    leaves("squad11a")
    leader, before = ask("squad11"), digest(app)
    answer = act(leader, returned, "withdraw")
    assert (answer.status_code, places(answer)) == (422, {"/comment": "reason-required"})
    assert digest(app) == before


def test_not_by_the_leader_who_alone_took_part(ask, city, leaves) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11", day=18))
    back = done(ask("company1"), report, "return", comment="時刻")
    leaves("squad11a")
    assert act(ask("squad11"), back, "withdraw", comment=WHY).json["reasons"] == ["own-report"]
    assert done(ask("company1"), back, "withdraw", comment=WHY)["state"] == "withdrawn"


def test_an_author_who_is_there_keeps_it_for_themselves(app, ask, city, returned) -> None:
    """On leave, or moved to another company: they sign in, see the report and can withdraw it."""
    absence = {"absence": "leave", "valid_from": "2026-11-01"}
    answer = ask("bureau").post(f"{API}/members/{city.member_id('squad11a')}/absences", json=absence)
    assert answer.status_code == 201, answer.json
    moved = {"unit_id": str(city.unit_id("K1-2-1")), "on": make.NOW.date().isoformat()}
    answer = ask("bureau").post(f"{API}/members/{city.member_id('squad11a')}/transfer", json=moved)
    assert answer.status_code in (200, 201), answer.json
    before = digest(app)
    for leader in ("squad11", "company1"):
        assert report_of(ask(leader), returned)["actions"] == ["correct"]
        answer = act(ask(leader), returned, "withdraw", comment=WHY)
        assert (answer.status_code, answer.json["reasons"]) == (403, ["not-author"])
    assert digest(app) == before
    gone = done(ask("squad11a"), returned, "withdraw", comment=WHY)
    assert gone["state"] == "withdrawn"
    (notice,) = notices(ask("squad11b"), "report-withdrawn")
    assert WHY not in notice["text"]


def test_what_comes_back_after_its_author_was_erased(app, ask, city, leaves) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))
    for leader in ("squad11", "company1", "brigade", "station"):
        report = done(ask(leader), report, "approve")
    leaves("squad11a")
    with app.app_context(), db.engine.begin() as connection:
        erased = update(Member).where(Member.id == city.member_id("squad11a"))
        connection.execute(erased.values(name=ERASED_NAME, kana=""))
    back = done(ask("station"), report, "return", comment="二重でした")
    assert done(ask("brigade"), back, "withdraw", comment=WHY)["state"] == "withdrawn"


# --- On the console ---------------------------------------------------------------------------------------------------


def test_the_console_says_who_is_gone_and_asks_why(app, ask, returned, leaves) -> None:
    page = visitor(app, "squad11").get(f"{CONSOLE}/reports/{returned['id']}")
    assert "直しているところ" in page.text
    assert not [link for link in page.links if link.endswith("/withdraw")]
    leaves("squad11a")
    leader = visitor(app, "squad11")
    page = leader.get(f"{CONSOLE}/reports/{returned['id']}")
    assert "団員 squad11a さん（退団しています）" in page.text
    asked = leader.get(page.link("/withdraw"))
    assert "名前のあるほかの人に知らせます" in asked.text
    form = asked.form("/withdraw")
    empty = leader.send(form, comment=" ")
    assert empty.status == 422
    assert "理由が要ります" in empty.text
    page = leader.send(empty.form("/withdraw"), comment=WHY)
    assert "取り下げました。" in page.text
    assert f"「{WHY}」" in page.text
    assert report_of(ask("squad11"), returned)["state"] == "withdrawn"


def test_an_author_who_leads_withdraws_their_own_and_who_is_in_it_is_told(app, ask, city) -> None:
    report = file(ask("squad11"), make.body(city, "K1-1-1", "squad11", "squad11b", day=18))
    author = visitor(app, "squad11")
    asked = author.get(author.get(f"{CONSOLE}/reports/{report['id']}").link("/withdraw"))
    assert "元に戻せません" in asked.text
    assert "知らせます" in asked.text
    assert "取り下げました。" in author.send(asked.form("/withdraw"), comment=WHY).text
    assert len(notices(ask("squad11b"), "report-withdrawn")) == 1
    assert notices(ask("squad11"), "report-withdrawn") == []


def test_nobody_is_told_of_a_report_in_which_the_author_is_alone(app, ask, city) -> None:
    report = file(ask("squad11"), make.body(city, "K1-1-1", "squad11", day=18))
    author = visitor(app, "squad11")
    asked = author.get(author.get(f"{CONSOLE}/reports/{report['id']}").link("/withdraw"))
    assert "元に戻せません" in asked.text
    assert "知らせます" not in asked.text


def test_an_old_form_withdraws_nothing(app, ask, returned, leaves) -> None:
    leaves("squad11a")
    leader = visitor(app, "squad11")
    form = leader.get(f"{CONSOLE}/reports/{returned['id']}/withdraw").form("/withdraw")
    done(ask("company1"), returned, "correct", ended_at="2026-11-18T12:30:00+09:00")
    assert leader.send(form, comment=WHY).status == 412
    assert report_of(ask("squad11"), returned)["state"] == "in_review"


def test_who_may_not_is_told_so_on_the_page(app, returned) -> None:
    page = visitor(app, "squad11").get(f"{CONSOLE}/reports/{returned['id']}/withdraw")
    assert "書いた人だけができます" in page.text or "書いた人に頼んでください" in page.text
