"""The phone without a network: written, killed, opened again, and everything there once when the network is
back (R-03).

The long run takes the number of reports from BRIGADE_FULL: 1 for 30, or a number of them.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
import signal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Playwright, expect

from brigade.db import new_id
from tests import make
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone, lasting
from tests.faults.ledger import Ledger
from tests.faults.phones import photograph
from tests.faults.proxy import PLAIN, Fault, Proxy

REPORTS = {"": 4, "0": 4, "1": 30}.get(os.environ.get("BRIGADE_FULL", "")) or int(os.environ["BRIGADE_FULL"])
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300 + 20 * REPORTS),
]
WRITE = """async ([bodies, pictures]) => {
  const { add } = await import("/phone/photos.js");
  const { enqueue } = await import("/phone/queue.js");
  const { kept } = await import("/phone/store.js");
  const took = [];
  const owner = await kept("owner");
  for (const body of bodies) {
    const began = performance.now();
    const photos = [];
    for (const picture of pictures) photos.push(await add(new Blob([Uint8Array.from(atob(picture), one => one.charCodeAt(0))]), body.id, owner));
    const ids = photos.map(photo => photo.id);
    await enqueue({ id: body.id, member_id: owner, kind: "report", made_at: Date.now(), label: body.place, day: body.started_at.slice(0, 10),
      body: { ...body, attachment_ids: ids }, photo_ids: ids, sent: false, problem: null });
    took.push(performance.now() - began);
  }
  return took;
}"""
PHOTOS = """async () => {
  const { all } = await import("/phone/store.js");
  return (await all("photos")).map(({ sha256, data }) => ({ sha256, bytes: data.byteLength, exif: new TextDecoder("latin1").decode(data).includes("Exif") }));
}"""


def bodies(people: People, login: str, number: int) -> list[dict[str, Any]]:
    """So many drills of an hour each, none at the same time as another."""
    start = hours_ago(4)
    times = [start - dt.timedelta(hours=2 * n) for n in range(number)]
    return [
        make.body(people.town.city, "K1-1-1", login)
        | {"started_at": at.isoformat(), "ended_at": (at + dt.timedelta(hours=1)).isoformat(), "place": f"器具置場{n}"}
        for n, at in enumerate(times)
    ]


def ledger_of(people: People, login: str, said: list[dict[str, Any]]) -> Ledger:
    ledger = Ledger(UUID(str(people.town.city.member_id(login))))
    for body in said:
        ledger.mean(body)
    return ledger


def kill(folder: Path) -> None:
    """The battery is taken out: every process of the browser on this folder dies at once."""
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and f"--user-data-dir={folder}".encode() in (
                process / "cmdline"
            ).read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue  # it has ended by itself


def test_written_offline_killed_and_restarted_is_sent_once_each(
    playwright: Playwright, town: Town, people: People, tmp_path: Path
) -> None:
    pictures = [base64.b64encode(photograph(Random(n), size=(800, 600))).decode() for n in range(3)]
    said = bodies(people, "squad11a", REPORTS)
    address, folder = f"http://127.0.0.1:{town.port}", tmp_path / "phone"
    phone = Phone(address, lasting(playwright, folder))
    phone.sign_in("squad11a")
    phone.keeps_itself()
    phone.context.set_offline(True)
    phone.page.evaluate(WRITE, [said, pictures])
    photos = phone.page.evaluate(PHOTOS)
    assert len(photos) == 3 * REPORTS
    assert [photo for photo in photos if photo["exif"] or photo["bytes"] > 350_000] == []
    kill(folder)

    phone = Phone(address, lasting(playwright, folder, offline=True))
    phone.open()
    expect(phone.page.get_by_role("link", name=f"送信待ち {REPORTS}件（")).to_be_visible()
    assert people.reports_of("squad11a") == []
    phone.context.set_offline(False)
    expect(phone.page.locator("#line a")).to_have_count(0, timeout=10_000 + 4_000 * REPORTS)
    assert (phone.kept("queue"), phone.kept("photos"), phone.complaints) == ([], [], [])
    phone.context.close()

    assert ledger_of(people, "squad11a", said).faults(town.engine) == {}
    arrived = sorted(picture["sha256"] for report in people.reports_of("squad11a") for picture in report["attachments"])
    assert arrived == sorted(photo["sha256"] for photo in photos)


def test_a_whole_report_is_written_without_a_network(phone: Phone, people: People, tmp_path: Path) -> None:
    (tmp_path / "hose.jpg").write_bytes(photograph(Random(9)))
    phone.sign_in("squad11b")
    phone.keeps_itself()
    phone.context.set_offline(True)
    phone.page.reload()
    phone.tap("ほかの活動を報告する", "link")
    phone.tap("資機材点検 ポンプ")
    phone.tap("きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    phone.page.locator("#photos").set_input_files(tmp_path / "hose.jpg")
    expect(phone.page.get_by_alt_text("付けた写真 1")).to_be_visible()
    phone.page.reload()  # a draft is there again with its picture
    expect(phone.page.get_by_alt_text("付けた写真 1")).to_be_visible()
    phone.tap("提出する")
    expect(phone.page.get_by_text("電波が届かないため")).to_be_visible()
    assert people.reports_of("squad11b") == []
    phone.context.set_offline(False)
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    [report] = people.reports_of("squad11b")
    assert (report["kind"], len(report["attachments"]), report["missing_attachment_ids"]) == ("E-01", 1, [])


def test_two_tabs_send_each_report_once(phone: Phone, people: People) -> None:
    said = bodies(people, "squad12a", 5)
    for body in said:
        body["unit_id"] = str(people.town.city.unit_id("K1-1-2"))
    phone.sign_in("squad12a")
    phone.keeps_itself()
    other = phone.context.new_page()
    phone.listen(other)
    sent: list[str] = []
    for page in (phone.page, other):
        page.on(
            "request",
            lambda request: sent.append(request.method) if request.url.endswith("/activity-reports") else None,
        )
    other.goto(f"{phone.address}/phone/")
    expect(other.get_by_role("navigation")).to_be_visible()
    phone.context.set_offline(True)
    phone.page.evaluate(WRITE, [said, []])
    expect(other.get_by_role("link", name="送信待ち 5件（")).to_be_visible()  # the other tab knows
    failed = len(sent)
    phone.context.set_offline(False)
    for page in (phone.page, other):
        expect(page.locator("#line a")).to_have_count(0)
    assert sent[failed:] == ["POST"] * 5
    assert ledger_of(people, "squad12a", said).faults(people.town.engine) == {}


def test_signed_out_meanwhile_keeps_what_waits(phone: Phone, people: People) -> None:
    said = bodies(people, "squad11-deputy", 2)
    phone.sign_in("squad11-deputy")
    phone.keeps_itself()
    phone.context.set_offline(True)
    phone.page.evaluate(WRITE, [said, []])
    devices = people.ask("squad11-deputy", "GET", "/auth/devices")["items"]
    for device in devices:
        if not device["current"]:
            people.ask("squad11-deputy", "DELETE", f"/auth/devices/{device['id']}")
    phone.context.set_offline(False)
    again = phone.page.get_by_role("link", name="もう一度ログインしてください。")
    expect(again).to_be_visible()
    expect(phone.page.get_by_role("link", name="送信待ち 2件（")).to_be_visible()
    again.tap()
    phone.page.get_by_label("ログインID").fill("squad11-deputy")
    phone.page.get_by_label("パスワード", exact=True).fill(make.PASSWORD)
    phone.tap("ログインする")
    expect(phone.page.locator("#line a")).to_have_count(0)
    assert ledger_of(people, "squad11-deputy", said).faults(people.town.engine) == {}


def test_a_hotels_page_is_no_answer(phone: Phone, people: People) -> None:
    said = bodies(people, "squad12b", 1)
    said[0]["unit_id"] = str(people.town.city.unit_id("K1-1-2"))
    with Proxy(people.town.port) as street:
        phone.address = f"http://127.0.0.1:{street.port}"
        phone.sign_in("squad12b")
        phone.keeps_itself()
    with Proxy(people.town.port, lambda number: Fault(portal=True), street.port) as hotel:
        phone.page.evaluate(WRITE, [said, []])
        phone.until("() => import('/phone/queue.js').then(({ standing }) => standing.why === 'offline')")
        assert [item["id"] for item in phone.kept("queue")] == [said[0]["id"]]
        assert hotel.did["portal"] >= 1
        phone.page.reload()  # and the app is not the hotel's page now
        expect(phone.page.get_by_role("link", name="送信待ち 1件（")).to_be_visible()
        hotel.mood = lambda number: PLAIN
        phone.page.evaluate("() => dispatchEvent(new Event('online'))")
        expect(phone.page.locator("#line a")).to_have_count(0)
    assert ledger_of(people, "squad12b", said).faults(people.town.engine) == {}


def test_a_clock_that_is_wrong_by_years(phone: Phone, people: People) -> None:
    phone.context.clock.set_fixed_time(dt.datetime(2014, 1, 31, 3, tzinfo=dt.UTC))
    phone.sign_in("squad12")
    phone.tap("ほかの活動を報告する", "link")
    phone.tap("訓練 ポンプ操法や放水")
    phone.tap("きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    [report] = people.reports_of("squad12")
    assert dt.datetime.fromisoformat(report["started_at"]) > hours_ago(60)


def test_what_is_refused_stays_with_its_reason_until_it_is_put_right(phone: Phone, people: People) -> None:
    taken = people.report("squad11", hours_ago(54))  # neither today nor yesterday, whatever the hour
    body = make.body(people.town.city, "K1-1-1", "squad11") | {
        "id": str(new_id()), "started_at": taken["started_at"], "ended_at": taken["ended_at"]
    }  # fmt: skip
    phone.sign_in("squad11")
    phone.page.evaluate(WRITE, [[body], []])
    phone.tap(phone.page.get_by_role("navigation").get_by_role("link", name="送信待ち"))
    expect(phone.page.get_by_role("main").get_by_text("受け付けられませんでした")).to_be_visible()
    expect(phone.page.get_by_text(f"この人は、同じ時間に報告{taken['number']}にも出ています。")).to_be_visible()
    phone.tap("直す")
    phone.tap(phone.page.get_by_role("link", name="時刻を直す"))
    phone.tap(phone.page.locator("#day-1"))
    for _ in range(3):
        phone.tap("つぎへ")
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert {report["id"] for report in people.reports_of("squad11")} == {taken["id"], body["id"]}


def test_signing_out_asks_about_what_waits(phone: Phone, people: People) -> None:
    said = bodies(people, "squad22a", 1)
    said[0]["unit_id"] = str(people.town.city.unit_id("K1-2-2"))
    phone.sign_in("squad22a")
    phone.keeps_itself()
    phone.context.set_offline(True)
    phone.page.evaluate(WRITE, [said, []])
    phone.open("#/settings")
    phone.tap("ログアウトする")
    expect(phone.page.get_by_role("heading", name="まだ送っていないものが1件あります")).to_be_visible()
    phone.tap("残してログアウトする")
    expect(phone.page.get_by_label("ログインID")).to_be_visible(timeout=10_000)
    assert phone.kept("known") == []
    phone.context.set_offline(False)
    phone.sign_in("squad22b")  # somebody else: nothing goes under a wrong name
    phone.open("#/queue")
    expect(phone.page.get_by_text("この電話には、ほかの人の")).to_be_visible()
    assert people.reports_of("squad22b") == []
    phone.open("#/settings")
    phone.tap("ログアウトする")
    expect(phone.page.get_by_label("ログインID")).to_be_visible(timeout=10_000)
    phone.sign_in("squad22a")
    expect(phone.page.locator("#line a")).to_have_count(0)
    assert ledger_of(people, "squad22a", said).faults(people.town.engine) == {}
