"""Paper on the console, as a browser without programs does it: sent, looked at field by field, made into reports."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from sqlalchemy import update

from api.extensions import db
from bench.ocr.sources import Kind
from brigade.forms.shelf import newest
from brigade.jobs import Job
from brigade.scans.taking import READ
from tests.api.answers import API
from tests.api.asking import REPORTS
from tests.api.scanning import DRILL, drill, instead, jpeg, marks, patched, pdf, scan, sheet, work
from tests.api.test_paper_chain import filled
from tests.api.test_scan_review import MONTH
from tests.api.visiting import CONSOLE, Form, Page, Visitor, visitor

SCANS = f"{CONSOLE}/scans"
UNREAD = {"day": "081108", "start": "0900"}
"""What a person types where nothing could be read: to press Enter alone is no answer there."""


def sending(person: Visitor, *files: bytes, **said: Any) -> Page:
    """The page after the form of the list has been sent with these files."""
    form = person.get(SCANS).form("/scans")
    data = {**form, **said, "file": [(io.BytesIO(one), f"紙{at}.pdf") for at, one in enumerate(files)]}
    return Page(person.client.post(SCANS, data=data, content_type="multipart/form-data", follow_redirects=True))


def asks(page: Page) -> list[Form]:
    """The forms of what is to be looked at, in their order."""
    return [form for form in page.forms if "field" in form]


def asked(page: Page) -> list[str]:
    return [form["field"][0] for form in asks(page)]


def read(app, person: Visitor, *pages: Any) -> tuple[Page, str]:
    """The page of the scan after the worker has read it, and its address."""
    address = sending(person, pdf(*pages)).answer.request.path
    work(app)
    return person.get(address), address


@pytest.fixture
def said(monkeypatch):
    return instead(monkeypatch)


# --- The way to a report ----------------------------------------------------------------------------------------------


def test_a_real_sheet_goes_from_the_form_to_the_squad_leader(app, ask, city) -> None:
    sheet = ask("squad11a").get(f"{API}/forms/roster.pdf?unit_id={city.unit_id('K1-1-1')}")
    member = visitor(app, "squad11a")
    page = sending(member, filled(sheet.data, Kind.PRINTED, 4))
    assert "送りました" in page.text
    assert "読み取っています" in page.text
    address = page.answer.request.path
    work(app)
    page = member.get(address)
    assert "確認待ち" in page.text
    page = member.get(page.link("/pages/1"))
    truth = {"place": "本町公民館", "day": "081108", "start": "0900", "end": "1130", "kind": "T-01"}
    for _ in range(4):
        if not asked(page):
            break
        name = asked(page)[0]
        assert f"/pages/1/fields/{name}" in page.answer.text  # its picture
        assert member.raw(f"{address}/pages/1/fields/{name}").mimetype == "image/jpeg"
        page = member.send(asks(page)[0], **{f"value.{name}": truth.get(name, "yes")})
    assert "この内容で報告を1件つくります" in page.text
    for words in ("訓練", "令和8年11月8日", "09:00–11:30", "本町公民館", "2人"):
        assert words in page.text, words
    assert ask("squad11").get(REPORTS).json["items"] == []
    page = member.send(page.form("/confirm"))
    assert "1件の報告をつくり、提出しました" in page.text
    (report,) = ask("squad11").get(f"{API}/inbox").json["items"]
    assert page.link(f"/reports/{report['id']}")


def test_each_enter_takes_one_field_and_the_next_has_the_focus(app, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, place="本町公民館", unsure=("day", "start")))
    page = member.get(f"{address}/pages/1")
    assert set(asked(page)) == {"place", "day", "start", "end"}  # an end without a start is not sure either
    for left in (3, 2, 1, 0):
        assert page.answer.text.count("autofocus") == 1
        form = asks(page)[0]
        page = member.send(
            form, **{f"value.{name}": said_ for name, said_ in UNREAD.items() if form["field"] == [name]}
        )
        assert len(asked(page)) == left
    assert page.answer.request.path.endswith("/check")


def test_several_fields_are_taken_at_once(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, place="本町公民館", unsure=("day", "start")))
    page = member.get(f"{address}/pages/1")
    whole = Form()
    whole.action = f"{address}/pages/1"
    for form in asks(page):
        for name, value in form.items():
            whole.setdefault(name, []).extend(value if name == "field" else value[:1])
    whole["token"], whole["version"] = whole["token"][:1], whole["version"][:1]
    page = member.send(whole, **{"value.start": "08：30", "value.day": "8.11.8"})
    assert page.answer.request.path.endswith("/check")
    shown = scan(ask("squad11a"), address.rpartition("/")[2])["pages"][0]
    found = {one["name"]: one["value"] for one in shown["fields"]}
    assert (found["start"], found["day"], shown["doubtful"]) == ("08:30", "2026-11-08", 0)


@pytest.mark.parametrize(
    ("typed", "words"), [("25時", "日時として読めません"), ("", "必ず要る項目です"), ("9:00x", "日時として読めません")]
)
def test_what_cannot_be_is_told_beside_its_field_and_stays(app, ask, city, said, typed, words) -> None:
    member = visitor(app, "squad11a")
    sheet = drill(app, city)
    for one in sheet["fields"]:
        if one["id"] == "start":  # nobody could read it
            one["digits"] = [[[1 / 12] * 12 for _ in box] for box in one["digits"]]
    _, address = read(app, member, sheet)
    page = member.get(f"{address}/pages/1")
    form = next(form for form in asks(page) if form["field"] == ["start"])
    again = member.send(form, **{"value.start": typed})
    assert again.status == 422
    assert words in again.text
    assert 'id="w-fields-start"' in again.answer.text
    assert next(form for form in asks(again) if form["field"] == ["start"])["value.start"] == [typed]
    assert "start" not in patched_names(ask, address)


def patched_names(ask, address: str) -> set[str]:
    (page,) = scan(ask("squad11a"), address.rpartition("/")[2])["pages"]
    return {one["name"] for one in page["fields"] if one["decided"]}


def test_a_sure_field_is_corrected_and_nothing_else_is_noted(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city))
    page = member.get(f"{address}/pages/1")
    form = next(form for form in page.forms if "sure" in form)
    member.send(form, **{"value.end": "1200", "value.people.3.acted": "yes"})
    (page_,) = scan(ask("squad11a"), address.rpartition("/")[2])["pages"]
    decided = {one["name"]: one["value"] for one in page_["fields"] if one["decided"]}
    assert decided == {"end": "12:00", "people.3.acted": True}


def test_what_the_sheet_lacks_is_asked_on_its_page(app, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, kind="X-01", end=""))
    page = member.get(f"{address}/pages/1")
    while asked(page):
        page = member.send(asks(page)[0])
    lacking = next(form for form in page.forms if "lack" in form)
    assert lacking["lack"] == ["1.ended_at"]
    assert member.send(lacking, **{"said.1.ended_at.day": "8-11-8", "said.1.ended_at.time": "noon"}).status == 422
    page = member.send(lacking, **{"said.1.ended_at.day": "8-11-8", "said.1.ended_at.time": "1130"})
    lacking = next(form for form in page.forms if "lack" in form)
    assert lacking["lack"] == ["1.details.activity"]
    page = member.send(lacking, **{"said.1.details.activity": "草刈り"})
    assert page.answer.request.path.endswith("/check"), page.text
    assert "09:00–11:30" in page.text


def test_what_stands_against_the_whole_is_told_and_put_right_in_its_field(app, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, people__1__acted=False, people__2__acted=False))
    page = member.get(f"{address}/pages/1")
    assert "このままでは報告にできません" in page.text
    form = next(form for form in page.forms if "sure" in form)
    page = member.send(form, **{"value.people.1.acted": "yes"})
    assert page.answer.request.path.endswith("/check"), page.text
    assert "1人" in page.text


def test_a_month_sheet_makes_several(app, ask, city, said) -> None:
    leader = visitor(app, "squad11")
    _, address = read(app, leader, sheet(app, city, "squad11", "K1-1-1", "month", of_month="2026-11", **MONTH))
    page = leader.get(f"{address}/pages/1")
    while asked(page):
        page = leader.send(asks(page)[0])
    page = page if page.answer.request.path.endswith("/check") else leader.get(page.link("/check"))
    assert "この内容で報告を2件つくります" in page.text
    assert "2件の報告をつくり、提出しました" in leader.send(page.form("/confirm")).text


def test_a_text_stays_a_picture(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, place="本町公民館"))
    form = next(form for form in asks(member.get(f"{address}/pages/1")) if form["field"] == ["place"])
    member.send(form, **{"picture.place": "1"})
    (page,) = scan(ask("squad11a"), address.rpartition("/")[2])["pages"]
    place = next(one for one in page["fields"] if one["name"] == "place")
    assert (place["decided"], place["as_picture"], place["value"]) == (True, True, "")


# --- What stands against it -------------------------------------------------------------------------------------------


def settled(app, city, member: Visitor, *pages: Any) -> Page:
    """The page before the reports of a sheet that is decided."""
    _, address = read(app, member, *(pages or (drill(app, city),)))
    page = member.get(f"{address}/pages/1")
    while asked(page):
        page = member.send(asks(page)[0])
    return page if page.answer.request.path.endswith("/check") else member.get(page.link("/check"))


def test_what_somebody_changed_meanwhile_is_told_and_nothing_is_lost(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, place="本町公民館", unsure=("day", "start")))
    form = next(form for form in asks(member.get(f"{address}/pages/1")) if form["field"] == ["start"])
    (page,) = scan(ask("squad11"), address.rpartition("/")[2])["pages"]
    patched(ask("squad11"), page, fields=[{"name": "day", "value": "2026-11-08"}])
    again = member.send(form, **{"value.start": "2000"})
    assert again.status == 409
    assert "ほかの人が変えました" in again.text
    kept = next(form for form in asks(again) if form["field"] == ["start"])
    assert kept["value.start"] == ["2000"]
    assert "day" not in asked(again)
    assert member.send(kept).status == 200


def test_the_same_sheet_needs_an_explicit_yes(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    sheet = drill(app, city)
    settled(app, city, member, sheet)
    page = settled(app, city, member, sheet, "empty-page")  # another file, the same sheet in it
    assert "同じ内容の用紙がすでにあります" in page.text
    refused = member.send(page.form("/confirm"))
    assert refused.status == 422
    assert ask("squad11").get(REPORTS).json["items"] == []
    made = member.send(refused.form("/confirm"), again="1")
    assert "1件の報告をつくり" in made.text


def test_sent_twice_the_reports_are_made_once(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    form = settled(app, city, member).form("/confirm")
    for _ in range(2):
        assert "報告ができました" in member.send(form).text
    assert len(ask("squad11").get(REPORTS).json["items"]) == 1


def test_a_page_is_set_aside_with_a_reason(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city))
    form = member.get(f"{address}/pages/1").form("/discard")
    assert member.send(form).status == 422
    page = member.send(form, reason="書き損じ")
    assert "書き損じ" in page.text
    assert scan(ask("squad11a"), address.rpartition("/")[2])["pages"][0]["state"] == "discarded"


def test_a_sheet_without_a_code_is_asked_whose_it_is(app, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, marks(newest()["roster"], DRILL))
    page = member.get(f"{address}/pages/1")
    assert "どの班の用紙ですか" in page.text
    form = next(form for form in page.forms if not form.action.endswith(("/sign-out", "/view")) and "field" not in form)
    assert member.send(form, unit_id="").status == 422
    page = member.send(form, unit_id=str(city.unit_id("K1-1-1")))
    assert "どの班の用紙ですか" not in page.text


def test_every_refusal_is_said_in_words_and_the_rest_goes_on(app, city, said) -> None:
    member = visitor(app, "squad11a")
    page, address = read(app, member, "empty-page", "not-a-form", drill(app, city), "too-blurred")
    for words in ("白紙です", "登録された様式が見つかりません", "ぼやけていて読めません", "3ページを確認する"):
        assert words in page.text, words
    form = page.form("/pages/2/form")
    form["form"] = "roster"
    again = member.send(form)
    assert "もう一度読み取ります" in again.text
    assert member.get(f"{address}/pages/1").answer.request.path == address  # nothing there to review


# --- Sending, and who may ---------------------------------------------------------------------------------------------


def test_the_list_says_how_far_each_is(app, city, said) -> None:
    member = visitor(app, "squad11a")
    assert "確認が要る紙はありません" in member.get(SCANS).text
    sending(member, pdf(drill(app, city), "empty-page"))
    assert "読み取り中" in member.get(SCANS).text
    work(app)
    assert "確認待ち 1" in member.get(SCANS).text


def test_a_reading_that_was_given_up_is_told_in_the_list_and_to_every_reader(app, city, said) -> None:
    member, leader = visitor(app, "squad11a"), visitor(app, "squad11")
    address = sending(member, pdf(drill(app, city)), unit_id=str(city.unit_id("K1-1-1"))).answer.request.path
    with app.app_context():
        db.session.execute(update(Job).where(Job.kind == READ).values(state="failed"))
        db.session.commit()
    for person in (member, leader):
        assert "読み取りが止まりました" in person.get(SCANS).text
        page = person.get(address)
        assert ("読み取りが止まりました" in page.text, "data-follow" in page.answer.text) == (True, False)
    assert "同じファイルをもう一度送ると" in member.get(address).text
    assert "送った人に、同じファイルをもう一度送るよう頼んでください" in leader.get(address).text


def test_no_file_and_a_strange_unit_are_told(app, city, said) -> None:
    member = visitor(app, "squad11a")
    page = sending(member, b"")
    assert page.status == 422
    assert "必ず要る項目です" in page.text
    page = sending(member, pdf("empty-page"), unit_id=str(city.unit_id("K1-1-2")))
    assert page.status == 422
    assert 'id="w-unit_id"' in page.answer.text


def test_the_same_again_shows_the_scan_of_before(app, city, said) -> None:
    member = visitor(app, "squad11a")
    first = sending(member, pdf("empty-page"))
    again = sending(member, pdf("empty-page"))
    assert "前に送っています" in again.text
    assert again.answer.request.path == first.answer.request.path


def test_files_without_our_token_or_of_nobody_are_not_taken(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    for person, status in ((member, 403), (Visitor(app), 303)):
        data = {"file": (io.BytesIO(jpeg()), "x.jpg")}
        assert person.client.post(SCANS, data=data, content_type="multipart/form-data").status_code == status
    assert ask("squad11a").get(f"{API}/scans").json["items"] == []


def test_others_see_neither_the_scan_nor_its_pictures(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city))
    token = member.get(f"{address}/pages/1").form("/discard")
    stranger = visitor(app, "squad12a")
    for path in (address, f"{address}/pages/1", f"{address}/pages/1/check", f"{address}/pages/1/picture",
                 f"{address}/pages/1/fields/day", f"{address}/pages/1/done"):  # fmt: skip
        assert stranger.raw(path).status_code == 404, path
        assert member.raw(path).status_code in (200, 303), path
    own = stranger.get(SCANS).form("/scans")["token"]
    for ending in ("", "/confirm", "/discard", "/form"):
        data = {**token, "token": own, "reason": "x", "form": "roster"}
        assert stranger.client.post(f"{address}/pages/1{ending}", data=data).status_code == 404, ending
    assert visitor(app, "squad11").get(f"{address}/pages/1").status == 200  # the leader of the squad
    assert scan(ask("squad11a"), address.rpartition("/")[2])["pages"][0]["state"] == "read"


def test_words_on_a_sheet_are_shown_and_never_run(app, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, place='"><script>alert(1)</script>', note="{{ 7 * 7 }}"))
    page = member.get(f"{address}/pages/1")
    assert "<script>alert" not in page.answer.text
    assert "{{ 7 * 7 }}" in page.answer.text
    assert not page.inline


def test_all_of_it_is_there_in_english(app, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city, place="x"), "empty-page")
    member.send(member.get(SCANS).form("/view"), lang="en")
    for path in (SCANS, address, f"{address}/pages/1"):
        page = member.get(path)
        assert page.status == 200
    assert "Enter if right" in page.text


@pytest.mark.parametrize("form", sorted(newest()))
def test_every_form_can_be_reviewed(app, city, said, form) -> None:
    """Each field of each type is asked for as itself; who a number is stands beside it."""
    member = visitor(app, "squad11a")
    number = str(city.people["squad11b"].number)
    written = {
        one.id: number if one.kind == "member_number" else "団員 squad11b" if one.kind == "name" else "草刈り"
        for one in newest()[form].fields
        if one.person in (1, None) and (one.type == "text" or one.kind == "member_number")
    }
    written |= {one.id: True for one in newest()[form].fields if one.person == 1 and one.type == "tick"}
    _, address = read(app, member, marks(newest()[form], written, unsure=tuple(written)))
    page = member.get(f"{address}/pages/1")
    form_ = next(one for one in page.forms if one.action == f"{address}/pages/1" and not {"field", "sure"} & set(one))
    page = member.send(form_, unit_id=str(city.unit_id("K1-1-1")))
    assert page.status == 200
    assert asked(page)
    assert "団員 squad11b" in page.answer.text
    assert len(gzip.compress(page.answer.data)) < 30_000
