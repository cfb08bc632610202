"""The bureau answers what people ask about their own data, on pages that need no program."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.api.answers import API
from tests.api.test_retention import leave
from tests.api.visiting import CONSOLE, visitor

REQUESTS = f"{CONSOLE}/office/requests"


@pytest.fixture
def asked(ask):
    """``squad11a`` wants to see what is kept about them."""
    return ask("squad11a").post(f"{API}/me/data-requests", json={"kind": "show", "words": "手当の計算の紙"}).json


def test_the_bureau_alone_comes_here(app, city, asked) -> None:
    for path in (REQUESTS, f"{REQUESTS}/{asked['id']}"):
        assert visitor(app, "bureau").get(path).status == 200
        assert visitor(app, "bureau").get(path).inline == []
        for login in ("station", "squad11a"):
            assert visitor(app, login).get(path).status == 403
    assert visitor(app, "bureau").get(f"{REQUESTS}/{city.bureau_id}").status == 404
    office = visitor(app, "bureau").get(f"{CONSOLE}/office")
    assert "1件が答えを待っています" in office.text
    assert REQUESTS in office.links
    assert REQUESTS not in visitor(app, "station").get(f"{CONSOLE}/office").links


def test_put_off_and_accepted_with_what_the_member_reads(app, city, ask, asked) -> None:
    bureau = visitor(app, "bureau")
    page = bureau.get(bureau.get(REQUESTS).link(asked["id"]))
    assert "手当の計算の紙" in page.text
    assert "令和8年12月20日（日） までに答える" in page.text
    wrong = bureau.send(page.form("/extend"), extension=" ")
    assert (wrong.status, "必ず要る項目です" in wrong.text) == (422, True)
    page = bureau.send(page.form("/extend"), extension="倉庫の箱を探しています。")
    assert "期限を延ばしました" in page.text
    assert "令和9年1月19日（火） までに答える" in page.text
    assert not any(form.action.endswith("/extend") for form in page.forms)
    assert bureau.send(page.form("/accept"), answer="").status == 422
    done = bureau.send(page.form("/accept"), answer="窓口で写しを渡します。")
    assert "認めました" in done.text
    assert bureau.send(page.form("/refuse"), reason="やはり").status == 409
    (mine,) = ask("squad11a").get(f"{API}/me/data-requests").json["items"]
    assert (mine["extension"], mine["answer"]) == ("倉庫の箱を探しています。", "窓口で写しを渡します。")
    assert "答えを待っている請求はありません" in bureau.get(REQUESTS).text
    log = bureau.get(f"{CONSOLE}/office/audit").text
    assert "請求に答える期限を延ばした" in log
    assert "自分の情報の請求を認めた" in log


def test_refused_with_a_reason(app, city, ask, asked) -> None:
    bureau = visitor(app, "bureau")
    form = bureau.get(f"{REQUESTS}/{asked['id']}").form("/refuse")
    assert bureau.send(form, reason="").status == 422
    assert "認めないと答えました" in bureau.send(form, reason="ほかの人の名前が出ています。").text
    assert ask("squad11a").get(f"{API}/me/data-requests").json["items"][0]["state"] == "refused"


def test_a_letter_of_someone_who_left_leads_to_the_erasure_and_back(app, city) -> None:
    leave(app, city)
    bureau, number = visitor(app, "bureau"), city.people["squad11b"].number
    form = bureau.get(REQUESTS).form("/enter")
    for wrong in ({"kind": ""}, {"number": "nobody"}, {"received_on": "2027-01-01"}, {"received_on": "いつか"}):
        said = {"number": number, "kind": "erase", "words": "", "received_on": "2026-10-01", **wrong}
        assert bureau.send(form, **said).status == 422
    serving = bureau.send(form, number=city.people["squad11a"].number, kind="erase")
    assert (serving.status, "この人は在籍しています" in serving.text) == (403, True)
    page = bureau.send(form, number=number, kind="erase", words="消してください。", received_on="2026-10-01")
    assert "請求を入れました" in page.text
    assert "期限が過ぎています（令和8年10月31日（土））" in page.text
    assert "消えるもの" in page.text
    assert "書面でも知らせてください" in page.text
    assert bureau.send(page.form("/accept"), answer="", days="9999").status == 422
    done = bureau.send(page.form("/accept"), answer="", days="40")
    assert "令和8年12月30日（水） に消えます" in done.text
    undone = bureau.send(bureau.get(f"{CONSOLE}/office/retention").form("/undo"))
    assert "取り消しました" in undone.text
    assert number in bureau.get(REQUESTS).text


def test_what_stands_against_it_is_said_instead_of_a_button(app, city, ask) -> None:
    leave(app, city, "squad11a", dt.date(2027, 3, 31))
    made = ask("squad11a").post(f"{API}/me/data-requests", json={"kind": "erase"}).json
    bureau = visitor(app, "bureau")
    assert "退団の日：令和9年3月31日" in bureau.get(f"{REQUESTS}/{made['id']}").text
    holds = bureau.get(f"{CONSOLE}/office/retention/holds").form("/place")
    bureau.send(holds, kind="member", subject=city.people["squad11a"].number, reason="訴訟")
    page = bureau.get(f"{REQUESTS}/{made['id']}")
    assert "まだ消去できません" in page.text
    assert not any(form.action.endswith("/accept") for form in page.forms)


def test_an_officer_does_not_answer_their_own(app, city, ask) -> None:
    made = ask("bureau").post(f"{API}/me/data-requests", json={"kind": "show"}).json
    page = visitor(app, "bureau").get(f"{REQUESTS}/{made['id']}")
    assert "自分が出した請求には答えられません" in page.text
    assert not any(form.action.endswith("/accept") for form in page.forms)
