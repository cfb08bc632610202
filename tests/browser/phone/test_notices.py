"""Notices: how many are new, the list, saying yes when it makes sense, and what the phone shows by itself."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert

from api.worker import work_once
from brigade.db import new_id
from brigade.messages.notices import Notice
from brigade.messages.push import new_push_key
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.letterbox import MailBox, PushService, mail_server, push_service

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]

SYSTEM = """given => {
  let permission = "default";
  let subscription = null;
  Object.defineProperty(Notification, "permission", { get: () => permission });
  Notification.requestPermission = async () => permission = "granted";
  PushManager.prototype.getSubscription = async () => subscription;
  PushManager.prototype.subscribe = async () => subscription = { toJSON: () => given, unsubscribe: async () => { subscription = null; return true; } };
}"""
"""A phone's system that asks and says yes, and its push service; a browser without a window has neither."""

ALWAYS = {"quiet_from": "00:00", "quiet_to": "00:00", "digest_hour": 20, "language": "ja", "email": None} | {
    way: {"at_once": True, "digest": True} for way in ("mail", "push")
}
SHOWN = """() => navigator.serviceWorker.ready.then(one => one.getNotifications()).then(all => all.map(one => [one.title, one.body]))"""
UNREAD = """() => import("./store.js").then(store => store.kept("unread"))"""
TAPPED = """async () => {
  const [notice] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification: notice }));
}"""


@pytest.fixture
def service(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """A push service that the server may write to."""
    with push_service() as service:
        settings = replace(town.app.config["BRIGADE"], push_key=new_push_key(), push_hosts=service.origin)
        monkeypatch.setitem(town.app.config, "BRIGADE", settings)
        yield service


@pytest.fixture
def box(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBox]:
    """The server may send mail."""
    with mail_server() as box:
        monkeypatch.setitem(town.app.config, "BRIGADE", replace(town.app.config["BRIGADE"], mail_url=box.url))
        yield box


def deliver(phone: Phone, message: dict[str, Any]) -> None:
    """The system hands a push message to the app's service worker. It does so again where that had not started in time, as
    on a busy machine: a notice is shown once, by its number.
    """
    devtools = phone.context.new_cdp_session(phone.page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: found.extend(one["registrationId"] for one in said["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    while not found:
        phone.page.wait_for_timeout(20)
    said = {"origin": phone.address, "registrationId": found[0], "data": json.dumps(message)}
    for last in (False, False, True):
        devtools.send("ServiceWorker.deliverPushMessage", said)
        with nullcontext() if last else suppress(AssertionError):
            phone.until(f"async () => (await ({SHOWN})()).length > 0", seconds=20)
            return


def test_a_returned_report_is_told_by_the_phone_and_opens_where_it_is_put_right(
    phone: Phone, people: People, town: Town, service: PushService
) -> None:
    people.ask("squad11a", "PUT", "/me/notice-settings", ALWAYS, If_Match='"0"')
    people.event(hours_ago(3))
    phone.context.grant_permissions(["notifications"])
    phone.context.add_init_script(f"({SYSTEM})({json.dumps(service.subscription('phone'))})")
    phone.sign_in("squad11a")
    phone.keeps_itself()
    phone.tap("出ました", "link")
    phone.tap("提出する")
    phone.tap("お知らせを受け取る", "link")  # offered when the first report has arrived
    phone.tap("この電話で受け取る")
    expect(phone.page.get_by_text("この電話にお知らせが出ます。")).to_be_visible()
    [report] = people.reports_of("squad11a")
    people.returns(report, "/ended_at")
    while work_once(town.app):
        pass
    [message] = [one for one in service.phone("phone").read if one["kind"] == "report-returned"]
    deliver(phone, message)
    assert phone.page.evaluate(SHOWN) == [[message["title"], message["text"]]]
    phone.context.service_workers[0].evaluate(TAPPED)
    expect(phone.page.get_by_role("button", name="直して提出する")).to_be_visible()
    phone.open("#/telling")
    phone.tap("この電話では受け取らない")
    expect(phone.page.get_by_role("button", name="この電話で受け取る")).to_be_visible()
    assert people.ask("squad11a", "GET", "/me/notice-settings")["devices"] == []


def test_the_badge_counts_what_is_new_and_the_list_opens_it(phone: Phone, people: People) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-2"))
    people.returns(people.report("squad12a", hours_ago(50), unit_id=unit_id), "/ended_at")
    phone.sign_in("squad12a")
    phone.page.wait_for_timeout(200)
    waiting = people.ask("squad12a", "GET", "/notices/summary")["unread"]
    bell = phone.page.locator("#to-notices")
    expect(bell).to_have_accessible_name(f"新しいお知らせ {waiting}件")
    phone.tap(bell)
    expect(phone.page.get_by_text("新しい", exact=True)).to_have_count(waiting)
    phone.tap(phone.page.get_by_role("link", name="もどる"))
    expect(bell).to_have_accessible_name("お知らせ")
    assert people.ask("squad12a", "GET", "/notices/summary") == {"unread": 0}
    phone.tap(bell)
    phone.tap(phone.page.get_by_role("link").filter(has_text="差し戻されました").first)
    expect(phone.page.get_by_role("button", name="直して提出する")).to_be_visible()


def test_what_was_not_shown_stays_new(phone: Phone, people: People, town: Town) -> None:
    """Whoever has more new notices than the list holds sees the older ones the next time."""
    mine, now = town.city.member_id("squad22b"), dt.datetime.now(dt.UTC).replace(microsecond=0)
    rows = [
        {
            "id": new_id(), "member_id": mine, "kind": "device-signed-in", "data": {"device_name": f"電話{at}"},
            "at": now - dt.timedelta(minutes=at), "routed_at": now, "told_at": now, "read_at": None,
        }
        for at in range(180)
    ]  # fmt: skip
    with town.engine.begin() as connection:
        connection.execute(insert(Notice), rows)
    phone.sign_in("squad22b")
    new = people.ask("squad22b", "GET", "/notices/summary")["unread"]  # of this phone, too
    for left in (new - 100, 0):
        phone.tap(phone.page.locator("#to-notices"))
        phone.until(f"async () => (await ({UNREAD})()) === {left}")
        assert people.ask("squad22b", "GET", "/notices/summary") == {"unread": left}
        expect(phone.page.get_by_text("新しい", exact=True)).to_have_count(min(100, new - 100 * (left == 0)))
        phone.open("#/")
    expect(phone.page.locator("#to-notices")).to_have_accessible_name("お知らせ")


def test_who_said_no_is_not_asked_again(phone: Phone, people: People, service: PushService) -> None:
    phone.context.add_init_script(f"({SYSTEM})({json.dumps(service.subscription('phone'))})")
    phone.sign_in("squad22a")
    phone.tap(phone.page.locator("#to-notices"))
    phone.tap("受け取らない")
    expect(phone.page.get_by_role("link", name="ほかの活動を報告する")).to_be_visible()
    phone.tap(phone.page.locator("#to-notices"))
    expect(phone.page.get_by_role("heading", name="お知らせ")).to_be_visible()
    expect(phone.page.get_by_role("button", name="受け取らない")).to_have_count(0)
    assert people.ask("squad22a", "GET", "/me/notice-settings")["devices"] == []


def test_mail_comes_once_its_code_has_come_back_and_no_more_when_one_says_so(
    phone: Phone, town: Town, people: People, box: MailBox
) -> None:
    phone.sign_in("squad12b")
    phone.open("#/telling")
    phone.page.get_by_label("メールアドレス").fill("sato")
    phone.tap("確かめの番号を送る")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.page.get_by_label("メールアドレス").fill("sato@example.jp")
    phone.tap("確かめの番号を送る")
    expect(phone.page.get_by_text("sato@example.jp に番号を送りました。")).to_be_visible()
    while work_once(town.app):
        pass
    [code] = re.findall(r"[0-9]{6}", str(box.mails[-1].get_content()))
    phone.page.get_by_label("メールにある番号").fill("000000" if code != "000000" else "111111")
    phone.tap("このアドレスで受け取る")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.page.get_by_label("メールにある番号").fill(code)
    phone.tap("このアドレスで受け取る")
    expect(phone.page.get_by_text("sato@example.jp にも届きます。")).to_be_visible()
    assert people.ask("squad12b", "GET", "/me/notice-settings")["email"] == "sato@example.jp"
    phone.tap("メールをやめる")
    expect(phone.page.get_by_label("メールアドレス")).to_be_visible()
    assert people.ask("squad12b", "GET", "/me/notice-settings")["email"] is None


def test_where_the_server_sends_no_mail_none_is_offered(phone: Phone) -> None:
    phone.sign_in("squad12b")
    phone.open("#/telling")
    expect(phone.page.get_by_role("heading", name="お知らせの受け取り方")).to_be_visible()
    expect(phone.page.get_by_label("メールアドレス")).to_have_count(0)
