"""In the console one changes one's own password, and says how notices come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from api.extensions import db
from api.worker import work_once
from brigade.access import passwords
from brigade.access.accounts import Account
from brigade.messages.ways import NoticeSettings
from tests import letterbox, make
from tests.api.visiting import CONSOLE, Page, Visitor, visitor
from tests.letterbox import MailBox

PASSWORD, NOTICES = f"{CONSOLE}/account/password", f"{CONSOLE}/account/notices"
FRESH = "秋の朝にまといを高くかかげる人"


# --- The password -----------------------------------------------------------------------------------------------------


def change(browser: Visitor, **said: str) -> Page:
    return browser.send(browser.get(PASSWORD).form("/account/password"), **said)


def test_another_password_signs_out_everywhere_else(app, city) -> None:
    other, here = visitor(app, "squad11"), visitor(app, "squad11")
    after = change(here, old_password=make.PASSWORD, new_password=FRESH)
    assert "パスワードを変えました" in after.text
    assert after.answer.request.path == f"{CONSOLE}/account"
    assert other.get(PASSWORD).answer.request.path == f"{CONSOLE}/sign-in"
    assert Visitor(app).sign_in("squad11").answer.request.path == f"{CONSOLE}/sign-in"
    assert Visitor(app).sign_in("squad11", FRESH).answer.request.path != f"{CONSOLE}/sign-in"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"old_password": "違うパスワードです", "new_password": FRESH}, "違います"),
        ({"old_password": make.PASSWORD, "new_password": "みじかい"}, "15文字以上"),
        ({"old_password": make.PASSWORD, "new_password": ""}, "入力してください"),
        ({"old_password": "", "new_password": FRESH}, "入力してください"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(app, city, said, words) -> None:
    page = change(visitor(app, "squad11"), **said)
    assert page.status == 422
    assert words in page.text
    assert all(value not in page.answer.text for value in said.values() if value)
    assert Visitor(app).sign_in("squad11").answer.request.path != f"{CONSOLE}/sign-in"


def test_tries_are_counted(app, city) -> None:
    browser = visitor(app, "squad11")
    pages = [change(browser, old_password="違うパスワードです", new_password=FRESH) for _ in range(12)]
    assert {page.status for page in pages} == {422}
    assert "何度も試された" in pages[-1].text
    assert "何度も試された" in change(browser, old_password=make.PASSWORD, new_password=FRESH).text


def test_who_has_none_proves_first_who_they_are(app, city) -> None:
    browser = visitor(app, "squad11")
    with app.app_context():
        none = update(Account).where(Account.login == "squad11").values(password_hash=passwords.NONE)
        db.session.execute(none, execution_options=make.SYSTEM)
        db.session.commit()
    page = browser.get(PASSWORD)
    assert "パスワードはまだありません" in page.text
    form = page.form("/account/password")
    assert "old_password" not in form
    # Signed in a moment ago is proof enough.
    assert "パスワードを変えました" in browser.send(form, new_password=FRESH).text


# --- Notices ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def box(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBox]:
    with letterbox.mail_server() as made:
        monkeypatch.setitem(app.config, "BRIGADE", replace(app.config["BRIGADE"], mail_url=made.url))
        yield made


def settings_of(app: Flask, city: make.City, login: str) -> NoticeSettings | None:
    with app.app_context():
        mine = select(NoticeSettings).where(NoticeSettings.member_id == city.member_id(login))
        return db.session.scalar(mine, execution_options=make.SYSTEM)


def test_an_address_is_used_when_its_code_has_come_back(app, city, box) -> None:
    browser = visitor(app, "squad11")
    form = browser.get(NOTICES).form("/account/notices")
    assert (form["quiet_from"], form["quiet_to"], form["at_once"], form["digest"]) == (
        ["21:30"],
        ["07:00"],
        ["on"],
        ["on"],
    )
    form.pop("digest")
    page = browser.send(
        form, email="shiro@example.jp", quiet_from="2200", quiet_to="6:00", digest_hour="7", language="en"
    )
    assert "shiro@example.jp" in page.text
    assert "番号をメールで送りました" in page.text
    work_once(app)
    [code] = re.findall(r"\b[0-9]{6}\b", box.mails[-1].get_content())
    wrong = browser.send(page.form("/confirm"), code="000000" if code != "000000" else "111111")
    assert wrong.status == 422
    empty = browser.send(wrong.form("/confirm"), code="")
    assert (empty.status, "入力してください" in empty.text) == (422, True)
    done = browser.send(empty.form("/confirm"), code=code)
    assert "shiro@example.jp に届きます" in done.text
    assert not [one for one in done.forms if one.action.endswith("/confirm")]
    kept = settings_of(app, city, "squad11")
    assert kept is not None
    assert (kept.email, kept.mail_at_once, kept.mail_digest, kept.push_at_once, kept.push_digest) == (
        "shiro@example.jp", True, False, True, True,
    )  # fmt: skip
    assert (kept.quiet_from, kept.quiet_to, kept.digest_hour, kept.language) == (22 * 60, 6 * 60, 7, "en")
    gone = browser.send(done.form("/account/notices"), email="", digest_hour="7", language="ja")
    assert "お知らせの受け取り方を決めました" in gone.text
    assert "に届きます" not in gone.text


def test_the_code_is_sent_again_but_not_for_ever(app, city, box) -> None:
    browser = visitor(app, "squad11")
    page = browser.send(
        browser.get(NOTICES).form("/account/notices"), email="shiro@example.jp", digest_hour="20", language="ja"
    )
    for _ in range(4):
        page = browser.send(page.form("/account/notices/code"))
        assert (page.status, "番号をメールで送りました" in page.text) == (200, True)
    page = browser.send(page.form("/account/notices/code"))
    assert (page.status, "1日に5回まで" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"email": "これは住所です"}, "メールアドレス"),
        ({"quiet_from": "25:00"}, "時刻"),
        ({"quiet_to": ""}, "時刻"),
        ({"digest_hour": "24"}, "選"),
        ({"language": "fr"}, "選"),
    ],
)
def test_wrong_settings_change_nothing_and_stand_as_typed(app, city, box, said, words) -> None:
    browser = visitor(app, "squad11")
    form = browser.get(NOTICES).form("/account/notices")
    page = browser.send(form, **{"email": "", "digest_hour": "20", "language": "ja", **said})
    assert (page.status, words in page.text) == (422, True)
    [(name, value)] = said.items()
    if name not in ("digest_hour", "language"):
        assert page.form("/account/notices")[name] == [value]
    assert settings_of(app, city, "squad11") is None


def test_older_settings_do_not_overwrite_newer_ones(app, city, box) -> None:
    browser = visitor(app, "squad11")
    old = browser.get(NOTICES).form("/account/notices")
    browser.send(browser.get(NOTICES).form("/account/notices"), digest_hour="7", language="ja")
    assert browser.send(old, digest_hour="9", language="ja").status == 412
    kept = settings_of(app, city, "squad11")
    assert kept is not None
    assert kept.digest_hour == 7


def test_where_no_mail_is_sent_the_hours_are_still_set(app, city) -> None:
    browser = visitor(app, "squad11")
    page = browser.get(NOTICES)
    assert "メールを送る設定になっていません" in page.text
    form = page.form("/account/notices")
    assert not {"email", "at_once", "digest"} & form.keys()
    browser.send(form, quiet_from="20:00", digest_hour="7", language="ja")
    kept = settings_of(app, city, "squad11")
    assert kept is not None
    assert (kept.quiet_from, kept.mail_at_once, kept.mail_digest) == (20 * 60, True, True)
