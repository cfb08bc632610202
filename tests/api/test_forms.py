"""Forms over HTTP: which there are, a sheet blank or with a squad's roster; whose names one may print; the command."""

from __future__ import annotations

import datetime as dt

import pikepdf
import pypdfium2
import pytest
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.organisation.people import Membership
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, called, places
from tests.api.planning import made, plan

FORMS = f"{API}/forms"
LOGINS = ("bureau", "station", "brigade", "company1", "squad11", "squad11-deputy", "squad11a", "squad12", "squad21a")


def text_of(answer) -> str:
    """All words of the sheets, without blanks."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/pdf"
    with pypdfium2.PdfDocument(answer.data) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def squad(code: str) -> set[str]:
    return {f"squad{code}{who}" for who in ("", "-deputy", "a", "b")}


def test_everyone_sees_which_forms_there_are(ask) -> None:
    answer = ask("squad11a").get(FORMS)
    assert [item["code"] for item in answer.json["items"]] == [
        "activity", "roster", "month", "old-activity", "old-month", "old-turnout",
    ]  # fmt: skip
    assert answer.json["items"][1] == {
        "code": "roster", "version": 1, "title": "出動者名簿（班の全員）",
        "purpose": "班の全員の名前が入った名簿に、出た人の印を付ける紙です。", "own": True, "pages": 1,
        "people_per_page": 20, "activities_per_page": 1, "variables": ["unit_id", "month", "event_id"],
    }  # fmt: skip
    english = ask("squad11a").get(FORMS, headers=ENGLISH)
    assert english.json["items"][2]["title"] == "Month sheet of a squad"
    assert english.json["items"][2]["activities_per_page"] == 6


@pytest.mark.parametrize("code", ["activity", "roster", "month", "old-activity", "old-month", "old-turnout"])
def test_a_blank_sheet_names_nobody(ask, city, code) -> None:
    answer = ask("squad11a").get(f"{FORMS}/{code}.pdf")
    text = text_of(answer)
    assert not [login for login in city.people if f"団員{login}" in text]
    assert answer.headers["Content-Disposition"].startswith(f'inline; filename="{code}.pdf"; filename*=')
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("code", ["activity", "roster", "month"])
def test_a_leader_prints_the_roster_of_the_squad(ask, city, code) -> None:
    answer = ask("squad11").get(f"{FORMS}/{code}.pdf?unit_id={city.unit_id('K1-1-1')}&month=2026-11")
    text = text_of(answer)
    assert "A消防団第1分団第1班" in text
    for login in squad("11"):
        assert city.people[login].number in text
        assert city.people[login].name.replace(" ", "") in text
    assert "squad12" not in text
    assert "2026-11" in text
    assert answer.headers["Content-Disposition"].startswith(f'inline; filename="{code}-2026-11.pdf"; ')
    assert called(answer).startswith("A消防団_第1分団第1班_2026年11月_")


def test_whose_roster_one_may_print(ask, city) -> None:
    """Of units in reach and one's own; a unit that one only sees above one's own is refused, an unseen one unknown."""
    wanted = {
        "bureau": (200, 200, 200), "station": (200, 200, 200), "brigade": (200, 200, 200), "company1": (200, 404, 200),
        "squad11": (200, 404, 403), "squad11-deputy": (200, 404, 403), "squad11a": (200, 404, 403),
        "squad12": (404, 404, 403), "squad21a": (404, 200, 404),
    }  # fmt: skip
    for login in LOGINS:
        answers = [
            ask(login).get(f"{FORMS}/roster.pdf?unit_id={city.unit_id(unit)}") for unit in ("K1-1-1", "K1-2-1", "K1-1")
        ]
        assert tuple(answer.status_code for answer in answers) == wanted[login], login
        for answer, unit in zip(answers, ("squad11", "squad21", "company1"), strict=True):
            if answer.status_code == 200:
                assert f"団員{unit}" in text_of(answer)
    refused = ask("squad11a").get(f"{FORMS}/roster.pdf?unit_id={city.unit_id('K1-1')}")
    assert refused.json["reasons"] == ["not-permitted"]


def test_a_member_prints_the_own_squad_whole(ask, city) -> None:
    text = text_of(ask("squad11a").get(f"{FORMS}/old-turnout.pdf?unit_id={city.unit_id('K1-1-1')}"))
    for login in squad("11"):
        assert city.people[login].name.replace(" ", "") in text
    assert "班長" in text


def test_the_roster_is_that_of_the_day(app, ask, city) -> None:
    with app.app_context(), Session(db.engine) as session:
        moved = session.query(Membership).filter_by(member_id=city.member_id("squad11a"))
        row = moved.execution_options(**make.SYSTEM).one()
        row.valid_to = dt.date(2026, 10, 31)
        session.add(
            Membership(member_id=row.member_id, unit_id=city.unit_id("K1-1-2"), valid_from=dt.date(2026, 11, 1))
        )
        session.commit()
    asked = f"{FORMS}/month.pdf?unit_id={city.unit_id('K1-1-1')}&month="
    for month, there in (("2026-10", True), ("2026-11", False), ("2026-12", False)):
        assert ("squad11a" in text_of(ask("company1").get(asked + month))) is there, month
    assert "squad11a" in text_of(ask("company1").get(f"{FORMS}/roster.pdf?unit_id={city.unit_id('K1-1-2')}"))


def test_a_sheet_for_an_event_knows_its_day_kind_and_place(ask, city) -> None:
    event = made(ask("company1"), plan(city, "K1-1", 25))
    asked = f"{FORMS}/roster.pdf?unit_id={city.unit_id('K1-1-1')}&event_id={event['id']}"
    answer = ask("squad11a").get(asked)
    text = text_of(answer)
    assert "訓練「秋の合同訓練」予定令和8年11月25日（水）09:00〜12:00" in text
    assert "市民運動場" in text
    assert answer.headers["Content-Disposition"].startswith('inline; filename="roster-2026-11-25.pdf"; ')
    assert called(answer) == "A消防団_第1分団第1班_2026年11月25日_出動者名簿（班の全員）.pdf"
    assert "2026-11-25" in text_of(ask("squad11a").get(f"{asked}&month=2026-10"))  # an event says its day itself


def test_an_event_that_one_cannot_see_or_that_does_not_call_the_unit(ask, city) -> None:
    event = made(ask("brigade"), plan(city, "K1", unit_ids=[str(city.unit_id("K1-1-1"))]))
    asked = f"{FORMS}/roster.pdf?event_id={event['id']}"
    assert ask("squad21a").get(f"{asked}&unit_id={city.unit_id('K1-2-1')}").status_code == 404
    other = ask("brigade").get(f"{asked}&unit_id={city.unit_id('K1-2-1')}")
    assert places(other) == {"/event_id": "squad-not-called"}
    assert places(ask("brigade").get(asked)) == {"/unit_id": "required"}


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("roster.pdf?unit_id=here", {"/unit_id": "bad-id"}),
        ("roster.pdf?month=2026-13", {"/month": "bad-month"}),
        ("roster.pdf?month=", {"/month": "bad-month"}),
        ("roster.pdf?colour=red", {"/colour": "unknown-field"}),
        ("month.pdf?event_id=0199a3c0-0000-7000-8000-00000000dead", {"/event_id": "not-on-this-form"}),
        ("old-turnout.pdf?month=2026-11", {"/month": "not-on-this-form"}),
    ],
)
def test_what_a_sheet_cannot_be_asked_for(ask, path, wrong) -> None:
    assert places(ask("squad11").get(f"{FORMS}/{path}")) == wrong


@pytest.mark.parametrize("code", ["nothing", "roster.1", "..", "roster.pdf", "%E5%90%8D", "a" * 300])
def test_an_unknown_form_is_unknown(ask, code) -> None:
    assert ask("squad11").get(f"{FORMS}/{code}.pdf").status_code == 404


def test_nobody_prints_without_signing_in(client) -> None:
    assert client.get(FORMS).status_code == 401
    assert client.get(f"{FORMS}/roster.pdf").status_code == 401


def test_authors_draw_a_form_or_a_file(app, tmp_path) -> None:
    from brigade.forms.shelf import FORMS as FOLDER

    run = app.test_cli_runner()
    for named_ in ("roster", str(FOLDER / "roster.yaml")):
        out = tmp_path / "out.pdf"
        done = run.invoke(args=["form", "draw", named_, str(out)])
        assert done.exit_code == 0, done.output
        assert "roster version 1, 108 fields" in done.output
        with pikepdf.open(out) as pdf:
            assert len(pdf.pages) == 1
    for wrong, said in (("nothing", "there is no form 'nothing'"), (str(tmp_path / "none.yaml"), "No such file")):
        done = run.invoke(args=["form", "draw", wrong, str(tmp_path / "not.pdf")])
        assert (done.exit_code, said in done.output) == (1, True), done.output
    broken = tmp_path / "broken.yaml"
    broken.write_text("code: broken\n", encoding="utf-8")
    done = run.invoke(args=["form", "draw", str(broken), str(tmp_path / "not.pdf")])
    assert "broken.yaml: 'page' is missing" in done.output
    assert not (tmp_path / "not.pdf").exists()
