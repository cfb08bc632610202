"""A leader's evening on the console: what waits, together or one by one, sent back, taken back; and what is not theirs."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from markupsafe import escape

from api.console import inbox
from brigade.dates import era_month, month_before, month_bounds, month_of
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, done, file
from tests.api.paying import set_rules
from tests.api.pictures import sent
from tests.api.planning import made, plan
from tests.api.visiting import CONSOLE, Visitor, visitor

INBOX = f"{CONSOLE}/inbox"
PAYLOADS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "' onfocus='alert(1)")


def where(page) -> str:
    return page.answer.request.path


@pytest.fixture
def evening(app, ask, city):
    """An event with three clean reports, one clean without an event, and two to look at, all waiting at squad 1-1."""
    set_rules(app, city, "yokohama")
    event = made(
        ask("company1"),
        plan(city, day=18, started_at="2026-11-18T09:00:00+09:00", ended_at="2026-11-18T11:00:00+09:00"),
    )
    held = [
        file(ask(login), make.body(city, "K1-1-1", login, day=18, event_id=event["id"]))
        for login in ("squad11a", "squad11b", "squad11-deputy")
    ]
    held.append(file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=16)))
    held.append(file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=1)))  # late
    held.append(file(ask("squad11a"), make.body(city, "K1-1-1", "squad11b", day=15)))  # by proxy
    return held


def test_the_list_has_its_parts(app, evening) -> None:
    leader = visitor(app, "squad11")
    page = leader.get(INBOX)
    for said in (
        "要確認 2",
        "そのまま承認できる 4",
        "差戻し中 0",
        "秋の合同訓練 3件",
        "行事のない報告 1件",
        "4件をまとめて承認",
    ):
        assert said in page.text, said
    assert "6件中 0件 承認済（あなたの番6件" in page.text
    look = leader.get(f"{INBOX}?tab=look")
    assert "遅れて" in look.text or "日を過ぎて" in look.text
    assert "本人ではない人が入力しました" in look.text
    assert len([form for form in look.forms if form.action.endswith("/approve")]) == 2


def test_where_nothing_waits_the_months_to_close_are_counted(app, ask, city) -> None:
    """In the first days of a month the last one is what a leader asks after; nothing is said of a month without reports."""
    leader, now = visitor(app, "squad11"), dt.datetime.now(dt.UTC)
    this, last = month_of(now), month_before(month_of(now))
    assert f"{era_month(this)} 0件中 0件" in leader.get(INBOX).text
    begun = month_bounds(last)[0] + dt.timedelta(days=14, hours=10)
    times = {"started_at": begun.isoformat(), "ended_at": (begun + dt.timedelta(hours=2)).isoformat()}
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", **times))
    done(ask("squad11"), report, "approve")
    said = leader.get(INBOX).text
    assert f"{era_month(last)} 1件中 1件 承認済" in said
    assert era_month(this) not in said


def test_the_clean_ones_are_approved_together_and_taken_back(app, ask, evening) -> None:
    leader = visitor(app, "squad11")
    preview = leader.get(leader.get(INBOX).link("/inbox/approve"))
    for said in ("この4件を承認します", "3人", "8時間", "14,000 円", "団員 squad11a"):
        assert said in preview.text, said
    after = leader.send(preview.form("/inbox/approve"))
    assert "4件を承認しました" in after.text
    assert [ask("company1").get(f"{REPORTS}/{one['id']}").json["awaiting"]["level"] for one in evening[:4]] == [
        "company"
    ] * 4
    back = leader.send(after.form("/inbox/undo"))
    assert "4件の承認を取り消しました" in back.text
    assert "そのまま承認できる 4" in back.text


def test_one_event_alone_is_approved(app, evening) -> None:
    leader = visitor(app, "squad11")
    page = leader.get(INBOX)
    preview = leader.get(next(link for link in page.links if "group=" in link and "none" not in link))
    assert "この3件を承認します" in preview.text
    leader.send(preview.form("/inbox/approve"))
    assert "そのまま承認できる 1" in leader.get(INBOX).text


def test_what_somebody_changed_meanwhile_is_listed_and_the_rest_approved(app, ask, evening) -> None:
    leader = visitor(app, "squad11")
    preview = leader.get(f"{INBOX}/approve")
    done(ask("squad11"), evening[0], "return", comment="人が違います")
    after = leader.send(preview.form("/inbox/approve"))
    assert "3件を承認しました" in after.text
    assert "1件は承認できませんでした" in after.text
    assert "ほかの人が先に変えました" in after.text
    forged = leader.get(f"{INBOX}/done?failed=x.y&failed={evening[0]['id']}.no-such-code&at=never")
    assert forged.status == 200


def test_sent_twice_it_is_done_once(app, ask, evening) -> None:
    leader = visitor(app, "squad11")
    form = leader.get(f"{INBOX}/approve").form("/inbox/approve")
    leader.send(form)
    again = leader.send(form)
    assert again.status == 200
    assert "承認できませんでした" not in again.text
    history = ask("company1").get(f"{REPORTS}/{evening[0]['id']}/history").json["items"]
    assert [event["action"] for event in history].count("approve") == 1


def test_what_cannot_be_an_item_is_not_found(app, evening) -> None:
    leader = visitor(app, "squad11")
    form = leader.get(f"{INBOX}/approve").form("/inbox/approve")
    for item in ("x", "x:1", f"{evening[0]['id']}:x", "", ":"):
        assert leader.send(form, item=[item]).status == 404


def test_the_doubtful_ones_one_by_one(app, ask, evening) -> None:
    leader = visitor(app, "squad11")
    look = leader.get(f"{INBOX}?tab=look")
    after = leader.send(next(form for form in look.forms if form.action.endswith("/approve")))
    assert (where(after), "承認しました" in after.text) == (INBOX, True)
    assert "要確認 1" in after.text
    report = leader.get(next(link for link in after.links if "/reports/" in link and "return" not in link))
    assert "いまここ：第1分団第1班 班長" in report.text
    assert where(leader.send(report.form("/approve"))) == INBOX


def test_a_report_is_returned_with_ticks_a_phrase_and_a_word(app, ask, evening) -> None:
    leader, late = visitor(app, "squad11"), evening[4]
    path = f"{CONSOLE}/reports/{late['id']}"
    form = leader.get(f"{path}/return").form("/return")
    empty = leader.send(form)
    assert (empty.status, "理由が要ります" in empty.text) == (422, True)
    after = leader.send(form, field=["/ended_at", "/place"], reason="times-impossible", comment="22時のはずです")
    assert "差し戻しました" in after.text
    seen = ask("squad11a").get(f"{REPORTS}/{late['id']}").json
    assert seen["state"] == "returned"
    event = ask("squad11a").get(f"{REPORTS}/{late['id']}/history").json["items"][-1]
    assert event["comment"] == "22時のはずです"
    assert [(one["pointer"], one["reason"]) for one in event["remarks"]] == [
        ("/ended_at", "times-impossible"), ("/place", "times-impossible"),
    ]  # fmt: skip
    page = leader.get(path)
    assert "終わりの時刻：時刻がおかしい" in page.text
    assert "差戻し中 1" in leader.get(f"{INBOX}?tab=returned").text


def test_a_phrase_alone_is_a_reason_and_what_is_typed_stays_after_a_mistake(app, ask, evening) -> None:
    leader = visitor(app, "squad11")
    form = leader.get(f"{CONSOLE}/reports/{evening[4]['id']}/return").form("/return")
    wrong = leader.send(form, comment="あ" * 501, field=["/place"])
    assert (wrong.status, "あ" * 100 in wrong.answer.text) == (422, True)
    assert wrong.form("/return")["field"] == ["/place"]
    leader.send(form, reason="missing-entry")
    event = ask("squad11a").get(f"{REPORTS}/{evening[4]['id']}/history").json["items"][-1]
    assert (event["comment"], event["remarks"]) == ("記入もれ", [])


def test_back_one_level(app, ask, evening) -> None:
    done(ask("squad11"), evening[3], "approve")
    company = visitor(app, "company1")
    page = company.get(f"{CONSOLE}/reports/{evening[3]['id']}")
    form = company.get(page.link("/step-back")).form("/step-back")
    assert "前の段階へ戻しました" in company.send(form, comment="班長の確認がもう一度要ります").text
    assert ask("squad11").get(f"{REPORTS}/{evening[3]['id']}").json["awaiting"]["level"] == "squad"


def test_an_old_page_decides_nothing(app, ask, evening) -> None:
    leader = visitor(app, "squad11")
    page = leader.get(f"{CONSOLE}/reports/{evening[3]['id']}")
    done(ask("squad11"), evening[3], "return", comment="時刻")
    late = leader.send(page.form("/approve"))
    assert (late.status, "ほかの人が先に変えました" in late.text) == (412, True)
    for version in ("", "x", "99999999999", "-1"):
        assert leader.send(page.form("/approve"), version=version).status == 412


@pytest.mark.parametrize("login", ["squad12", "company2", "squad21a"])
def test_a_foreign_report_is_not_there(app, evening, login) -> None:
    stranger = visitor(app, login)
    token = stranger.get(f"{CONSOLE}/help").form("/sign-out")["token"]
    path = f"{CONSOLE}/reports/{evening[0]['id']}"
    for tail in ("", "/return", "/step-back"):
        assert stranger.get(path + tail).status == 404
    for tail in ("/approve", "/undo", "/return", "/step-back"):
        answer = stranger.client.post(path + tail, data={"token": token, "version": "3", "comment": "x"})
        assert answer.status_code == 404


def test_ones_own_report_offers_no_approval(app, ask, city) -> None:
    own = file(ask("squad11"), make.body(city, "K1-1-1", "squad11", day=18))
    page = visitor(app, "squad11").get(f"{CONSOLE}/reports/{own['id']}")
    assert not [form for form in page.forms if form.action.endswith("/approve")]
    assert "承認を省略" in page.text


def test_versions_stand_side_by_side(app, ask, evening) -> None:
    back = done(ask("squad11"), evening[3], "return", comment="終わりの時刻")
    changed = ask("squad11a").patch(
        f"{REPORTS}/{back['id']}",
        json={"ended_at": "2026-11-16T12:00:00+09:00"},
        headers={"If-Match": f'"{back["version"]}"'},
    )
    done(ask("squad11a"), changed.json, "submit")
    page = visitor(app, "squad11").get(f"{CONSOLE}/reports/{back['id']}")
    assert re.search(r"<del>11月16日（月） 11:00</del></td><td><ins>11月16日（月） 12:00</ins>", page.answer.text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_write_is_shown_as_they_wrote_it(app, ask, city, payload) -> None:
    body = make.body(city, "K1-1-1", "squad11a", day=18, summary=payload, place=payload[:100])
    filed = file(ask("squad11a"), body)
    leader = visitor(app, "squad11")
    for path in (f"/reports/{filed['id']}", f"/reports/{filed['id']}/return", "/inbox?tab=clean", "/inbox/approve"):
        page = leader.get(CONSOLE + path)
        assert page.status == 200
        assert payload == escape(payload) or payload not in page.answer.text
        assert not page.inline
    assert payload in leader.get(f"{CONSOLE}/reports/{filed['id']}").text
    form = leader.get(f"{CONSOLE}/reports/{filed['id']}/return").form("/return")
    leader.send(form, comment=payload)
    page = leader.get(f"{CONSOLE}/reports/{filed['id']}")
    assert (payload in page.text, page.inline) == (True, [])


def test_pictures_are_shown_to_whoever_may_read_the_report(app, ask, city) -> None:
    picture = sent(ask("squad11a"))
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, attachment_ids=[picture["id"]]))
    path = f"{CONSOLE}/pictures/{picture['id']}"
    for tail in ("", "/small"):
        seen = visitor(app, "squad11").raw(path + tail)
        assert (seen.status_code, seen.mimetype) == (200, "image/jpeg")
        assert "sandbox" in seen.headers["Content-Security-Policy"]
        assert seen.headers["Cache-Control"] == "private, no-cache"
        assert visitor(app, "squad12").raw(path + tail).status_code == 404
        assert Visitor(app).raw(path + tail).status_code == 303


def test_the_api_marks_the_same_ones(app, ask, evening) -> None:
    doubtful = {one["id"] for one in ask("squad11").get(f"{API}/inbox").json["items"] if one["doubtful"]}
    assert doubtful == {evening[4]["id"], evening[5]["id"]}


def test_what_leaves_while_a_leader_leafs_hides_no_other(app, ask, evening, monkeypatch) -> None:
    monkeypatch.setattr(inbox, "RETURNED_AT_ONCE", 2)
    for one in evening[:5]:
        done(ask("squad11"), one, "return", comment="確かめてください")
    leader = visitor(app, "squad11")
    page = leader.get(f"{INBOX}?tab=returned")
    assert "差戻し中 5" in page.text

    def shown() -> list[str]:
        return list(
            dict.fromkeys(found[1] for link in page.links if (found := re.search(r"/reports/([0-9a-f-]{36})$", link)))
        )

    seen = shown()
    first = ask("squad11a").get(f"{REPORTS}/{evening[0]['id']}").json
    done(ask("squad11a"), first, "submit")
    page = leader.get(page.link("cursor="))
    seen += shown()
    page = leader.get(page.link("cursor="))
    seen += shown()
    assert seen == [one["id"] for one in evening[:5]]
    assert not [link for link in page.links if "cursor=" in link]
