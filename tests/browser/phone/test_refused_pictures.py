"""Pictures that are not taken: by the server, though it has their report, or on the phone, as there are too many or one is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.phone.conftest import People
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.browser.phone.test_trouble import write

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
SPOIL = """async (bytes) => {
  const store = await import("/phone/store.js");
  const [photo] = await store.all("photos");
  const data = new TextEncoder().encode("no picture ".repeat(bytes / 11)).buffer;
  await store.write(change => change.edit("photos", photo.id, kept => ({ ...kept, data, sha256: "" })));
}"""
"""The first picture is no picture any more, as with a store that a phone has lost bits of."""

SMALL, IN_PIECES = 1_100, 220_000


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Twelve small ones."""
    paths = [tmp_path / f"{n}.jpg" for n in range(12)]
    for n, path in enumerate(paths):
        Image.new("RGB", (40 + n, 30), "firebrick").save(path)
    return paths


def refused(phone: Phone, picture: Path, size: int = SMALL) -> None:
    """A report has arrived, its picture was not taken, and the member is told."""
    write(phone, picture)
    phone.page.evaluate(SPOIL, size)
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きましたが、写真を受け付けられませんでした")).to_be_visible()
    phone.tap("わけを見る", "link")
    expect(phone.page.get_by_text("JPEG、PNG、WebPの写真を選んでください。")).to_be_visible()
    phone.tap("写真をどうするか決める", "link")
    expect(phone.page.get_by_text("報告は届いています。")).to_be_visible()
    expect(phone.page.get_by_text("JPEG、PNG、WebPの写真を選んでください。")).to_be_visible()


@pytest.mark.parametrize(("login", "size"), [("squad11a", SMALL), ("squad11b", IN_PIECES)])
def test_another_picture_takes_its_place(
    phone: Phone, people: People, photos: list[Path], login: str, size: int
) -> None:
    phone.sign_in(login)
    refused(phone, photos[0], size)
    [before] = people.reports_of(login)
    assert len(before["missing_attachment_ids"]) == 1
    phone.page.get_by_label("ほかの写真を選ぶ").set_input_files(photos[1])
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    [after] = people.reports_of(login)
    assert (after["state"], after["missing_attachment_ids"]) == ("in_review", [])
    assert [one["id"] for one in after["attachments"]] == before["missing_attachment_ids"]
    assert (phone.kept("queue"), phone.kept("photos")) == ([], [])


def test_the_picture_is_left_out_and_the_report_stays(phone: Phone, people: People, photos: list[Path]) -> None:
    phone.sign_in("squad12a")
    refused(phone, photos[0])
    (unreadable := photos[0].with_suffix(".heic")).write_bytes(b"no picture")
    phone.page.get_by_label("ほかの写真を選ぶ").set_input_files(unreadable)
    expect(phone.page.get_by_role("alert")).to_contain_text("選んだ写真を読み込めませんでした。")
    phone.tap("この写真（1枚）をやめる")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    [report] = people.reports_of("squad12a")
    assert (report["state"], report["attachments"], report["missing_attachment_ids"]) == ("in_review", [], [])
    assert (phone.kept("queue"), phone.kept("photos")) == ([], [])


def test_a_corrected_report_has_the_same_way_on(phone: Phone, people: People, photos: list[Path]) -> None:
    phone.sign_in("squad12b")
    write(phone)
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    [report] = people.reports_of("squad12b")
    people.returns(report, "/attachment_ids")
    phone.open()
    phone.page.evaluate("() => import('/phone/refresh.js').then(one => one.refresh(true))")
    phone.tap(phone.page.locator(f"#returned-{report['id']}"))
    phone.page.locator("#photos").set_input_files(photos[0])
    expect(phone.page.get_by_alt_text("付けた写真 1")).to_be_visible()
    phone.page.evaluate(SPOIL, SMALL)
    phone.tap("直して提出する")
    phone.tap("わけを見る", "link")
    phone.tap("写真をどうするか決める", "link")
    phone.tap("この写真（1枚）をやめる")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    [report] = people.reports_of("squad12b")
    assert (report["state"], phone.kept("queue")) == ("in_review", [])


def test_too_many_and_what_is_none_are_told(phone: Phone, photos: list[Path], tmp_path: Path) -> None:
    phone.sign_in("squad11a")
    write(phone)
    (none := tmp_path / "none.jpg").write_bytes(b"no picture")
    add = phone.page.locator("#photos")
    add.set_input_files([photos[0], none, photos[1]])
    said = phone.page.get_by_role("alert")
    expect(said).to_contain_text("3枚のうち2枚を付けました。")
    expect(said).to_contain_text("写真を読み込めませんでした。")
    add.set_input_files(photos[2:])
    expect(phone.page.get_by_alt_text("付けた写真 10")).to_be_visible()
    expect(said).to_contain_text("10枚のうち8枚を付けました。")
    expect(said).to_contain_text("写真は10枚までです。")
    add.set_input_files(photos[:1])
    expect(said).to_contain_text("写真は10枚までです。")
    expect(phone.page.get_by_alt_text("付けた写真 11")).to_have_count(0)
    phone.tap("写真 1 をはずす")
    add.set_input_files(photos[:1])
    expect(said).to_have_count(0)
