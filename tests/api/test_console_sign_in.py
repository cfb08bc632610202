"""Signing in to the console: the cookie, how long it lasts, the code, proving again, and where one is led."""

from __future__ import annotations

import re

import pyotp
import pytest

from api import create_app
from api.extensions import db
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, signed_in
from tests.api.test_second_factors import enrolled, settings
from tests.api.visiting import CONSOLE, Visitor, visitor
from tests.conftest import settings_for

SIGN_IN, INBOX = f"{CONSOLE}/sign-in", f"{CONSOLE}/inbox"


def where(page) -> str:
    return page.answer.request.path


def test_nobody_is_led_to_sign_in_and_then_where_they_wanted(app, city) -> None:
    browser = Visitor(app)
    asked = browser.get(f"{CONSOLE}/months")
    assert where(asked) == SIGN_IN
    page = browser.send(asked.form("/sign-in"), login="company1", password=make.PASSWORD)
    assert where(page).startswith(f"{CONSOLE}/months/2026-")
    assert "団員 company1 さん" in page.text


@pytest.mark.parametrize(("login", "place"), [("squad11", INBOX), ("station", INBOX), ("squad11a", f"{CONSOLE}/")])
def test_each_is_led_to_their_work(app, city, login, place) -> None:
    page = Visitor(app).sign_in(login)
    assert where(page) == place
    if login == "squad11a":
        assert "この画面でできることはありません" in page.text


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "https://evil.example/", "/console\\evil", "/api/v1/me"])
def test_the_way_on_never_leads_elsewhere(app, city, elsewhere) -> None:
    browser = Visitor(app)
    form = browser.get(SIGN_IN).form("/sign-in")
    page = browser.send(form, follow=False, login="squad11", password=make.PASSWORD, next=elsewhere)
    assert page.answer.headers["Location"] == f"{CONSOLE}/"


def test_a_wrong_login_and_a_wrong_password_are_told_alike(app, city) -> None:
    told = set()
    for login, password in (("squad11", "wrong"), ("nobody", "wrong"), ("x" * 65, "wrong")):
        page = Visitor(app).sign_in(login, password)
        assert (page.status, where(page)) == (422, SIGN_IN)
        told.add(page.text)
    assert len(told) == 1
    assert "ログイン名かパスワードが違います" in told.pop()
    empty = Visitor(app).sign_in("", "")
    assert empty.status == 422
    assert empty.answer.text.count('aria-invalid="true"') == 2


def test_too_many_tries_are_stopped_but_a_known_browser_goes_on(app, city) -> None:
    known = visitor(app, "squad11")
    known.send(known.get(INBOX).form("/sign-out"))
    for _ in range(10):
        Visitor(app).sign_in("squad11", "wrong")
    assert "試された" in Visitor(app).sign_in("squad11").text
    assert where(known.sign_in("squad11")) == INBOX


def test_the_cookie_is_for_this_host_alone_and_no_program_reads_it(app, city, tmp_path) -> None:
    form = Visitor(app).get(SIGN_IN)
    [plain] = form.answer.headers.getlist("Set-Cookie")
    assert plain.startswith("brigade=")
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(plain.split("; "))
    assert "Domain" not in plain
    secure = create_app(
        settings_for("sqlite:///" + str(tmp_path / "x.sqlite3"), tmp_path, BASE_URL="https://shobo.example")
    )
    try:
        [cookie] = Visitor(secure, base_url="https://shobo.example").get(SIGN_IN).answer.headers.getlist("Set-Cookie")
    finally:
        with secure.app_context():
            db.engine.dispose()
    assert cookie.startswith("__Host-brigade=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))


def test_the_cookie_opens_no_api_and_a_token_no_page(client, app, city) -> None:
    browser = visitor(app, "squad11")
    assert browser.raw(f"{API}/me").status_code == 401
    token = signed_in(client, "squad11").tokens["access_token"]
    stranger = bearing(Visitor(app).client, token)
    assert stranger.get(INBOX).headers["Location"].startswith(SIGN_IN)


@pytest.mark.parametrize(
    ("login", "minutes", "is_in"), [("squad11", 59, True), ("squad11", 61, False), ("squad11a", 9000, True)]
)
def test_who_decides_is_out_after_an_hour_of_nothing(app, city, later, login, minutes, is_in) -> None:
    browser = visitor(app, login)
    later(minutes=minutes)
    page = browser.get(f"{CONSOLE}/help")
    assert (where(page) == f"{CONSOLE}/help") is is_in
    if not is_in:
        assert "もう一度ログイン" in page.text


def test_who_decides_is_out_after_twelve_hours_however_busy(app, city, later) -> None:
    browser = visitor(app, "squad11")
    for _ in range(15):
        assert where(browser.get(f"{CONSOLE}/help")) == f"{CONSOLE}/help"
        later(minutes=48)
    assert where(browser.get(f"{CONSOLE}/help")) == SIGN_IN


def test_signing_out_counts_at_once_also_for_a_copied_cookie(app, city) -> None:
    browser = visitor(app, "squad11")
    copied = browser.client.get_cookie("brigade").value
    page = browser.send(browser.get(INBOX).form("/sign-out"))
    assert (where(page), "ログアウトしました" in page.text) == (SIGN_IN, True)
    thief = Visitor(app)
    thief.client.set_cookie("brigade", copied)
    assert where(thief.get(INBOX)) == SIGN_IN


def test_a_browser_can_be_put_out_from_the_phone(client, app, city) -> None:
    browser, phone = visitor(app, "squad11"), signed_in(client, "squad11")
    other = next(one for one in phone.get(f"{API}/auth/devices").json["items"] if not one["current"])
    assert phone.delete(f"{API}/auth/devices/{other['id']}").status_code == 204
    assert where(browser.get(INBOX)) == SIGN_IN


def test_a_changed_cookie_is_no_cookie(app, city) -> None:
    browser = visitor(app, "squad11")
    value = browser.client.get_cookie("brigade").value
    browser.client.set_cookie("brigade", value[:-2] + ("AA" if not value.endswith("AA") else "BB"))
    assert where(browser.get(INBOX)) == SIGN_IN


def test_a_second_factor_is_asked_for_on_a_page_of_its_own(client, app, city, later) -> None:
    totp, codes = enrolled(signed_in(client, "squad11"))
    later(seconds=31)
    browser = Visitor(app)
    page = browser.sign_in("squad11")
    assert where(page) == f"{SIGN_IN}/code"
    assert where(browser.get(INBOX)) == SIGN_IN  # half is not in
    page = browser.get(f"{SIGN_IN}/code")
    wrong = browser.send(page.form("/code"), otp="000000")
    assert (wrong.status, "番号が違う" in wrong.text) == (422, True)
    assert where(browser.send(page.form("/code"), otp=totp.now())) == INBOX
    again = Visitor(app)
    assert where(again.send(again.sign_in("squad11").form("/code"), otp=codes[0])) == INBOX


def test_half_a_sign_in_does_not_wait_for_ever(client, app, city, later) -> None:
    totp, _ = enrolled(signed_in(client, "squad11"))
    browser = Visitor(app)
    page = browser.sign_in("squad11")
    later(minutes=6)
    assert where(browser.send(page.form("/code"), otp=totp.now())) == SIGN_IN


def test_what_weighs_is_proven_again(client, app, city, later) -> None:
    settings(app, city, second_factor_posts=[], step_up=["bulk-approval"])
    browser = visitor(app, "squad11")
    assert where(browser.get(f"{INBOX}/approve")) == f"{INBOX}/approve"  # fresh from signing in
    later(minutes=16)
    asked = browser.get(f"{INBOX}/approve")
    assert where(asked) == f"{CONSOLE}/prove"
    assert browser.send(asked.form("/prove"), secret="wrong").status == 422
    assert browser.send(asked.form("/prove"), secret="").status == 422
    assert where(browser.send(asked.form("/prove"), secret=make.PASSWORD)) == f"{INBOX}/approve"


def test_a_post_that_needs_a_second_factor_is_led_to_set_it_up(app, city, later) -> None:
    settings(app, city, second_factor_posts=["station_officer"])
    browser = Visitor(app)
    page = browser.sign_in("station")
    assert (where(page), "先に設定してください" in page.text) == (f"{CONSOLE}/account", True)
    page = browser.send(page.form("/account/app"))
    secret = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", page.answer.text)[1].split())
    assert page.answer.text.count("<rect") > 100
    for wrong, told in (("000000", "番号が違う"), ("", "入力")):
        again = browser.send(page.form("/confirm"), code=wrong)
        assert (again.status, told in again.text) == (422, True), again.text
    codes = browser.send(page.form("/confirm"), code=pyotp.TOTP(secret).now())
    assert len(set(re.findall(r"<li><code>([^<]+)</code>", codes.answer.text))) == 10
    assert where(browser.get(f"{CONSOLE}/")) == INBOX
    assert "設定済み" in browser.get(f"{CONSOLE}/account").text
    later(seconds=31)
    again = Visitor(app)
    assert where(again.send(again.sign_in("station").form("/code"), otp=pyotp.TOTP(secret).now())) == INBOX


def test_a_second_factor_is_taken_away_and_recovery_codes_are_made_anew(client, app, city, later) -> None:
    totp, codes = enrolled(signed_in(client, "squad11"))
    later(seconds=31)
    browser = Visitor(app)
    browser.send(browser.sign_in("squad11").form("/code"), otp=totp.now())
    fresh = browser.send(browser.get(f"{CONSOLE}/account").form("/account/codes"))
    made = re.findall(r"<li><code>([^<]+)</code>", fresh.answer.text)
    assert len(made) == 10
    assert not set(made) & set(codes)
    assert "外しました" in browser.send(browser.get(f"{CONSOLE}/account").form("/remove")).text
    assert where(Visitor(app).sign_in("squad11")) == INBOX
    assert where(browser.get(f"{CONSOLE}/account/app")) == f"{CONSOLE}/account"


def test_language_and_size_are_kept_by_the_browser(app, city) -> None:
    browser = visitor(app, "squad11")
    form = browser.get(INBOX).form("/view")
    page = browser.send(form, lang="en")
    assert (where(page), "Reports to approve" in page.text) == (INBOX, True)
    page = browser.send(page.form("/view"), size="150")
    assert '<html lang="en" class="size-150">' in page.answer.text
    assert '<html lang="en" class="size-150">' in browser.send(page.form("/view"), lang="xx", size="9").answer.text


def test_single_keys_are_switched_off_for_a_browser(app, city) -> None:
    browser = visitor(app, "squad11")
    browser.send(browser.get(INBOX).form("/view"), size="125")
    assert "keys.js" in browser.get(INBOX).answer.text
    switch = browser.get(f"{CONSOLE}/help").form("/view")
    page = browser.send(switch, keys="off")
    assert where(page) == f"{CONSOLE}/help"
    assert "いま止めてあります" in page.text
    inbox = browser.get(INBOX).answer.text
    assert "keys.js" not in inbox
    assert 'class="size-125"' in inbox
    assert "いま使えます" in browser.send(switch, keys="on").text
