"""What a kind of activity needs and no sheet says: people, lists, instants and days, given beside the sheet."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.datastructures import MultiDict

from api.console.scan_details import PEOPLE, WAYS, detail_of, lack_of, said_of
from api.extensions import db
from brigade.activity.details import check_details
from brigade.activity.kind_types import FIELD_TYPES, KindField
from brigade.activity.kinds import catalogue
from brigade.jobs import Job
from brigade.problems import FieldProblem
from brigade.scans.tables import Scan, ScanPage
from brigade.scans.taking import READ
from tests.api.asking import REPORTS
from tests.api.scanning import drill, instead, scan
from tests.api.test_console_scans import asked, asks, read
from tests.api.visiting import Form, Page, visitor
from tests.make import SYSTEM

LACKING = FieldProblem("/details/x", "required")
NOBODY = MultiDict[str, str]()
MEMBER = uuid.uuid4()


@pytest.fixture
def said(monkeypatch):
    """Pages are what their file says."""
    return instead(monkeypatch)


def lack(page: Page, key: str) -> Form:
    return next(form for form in page.forms if form.get("lack") == [key])


def test_an_injury_on_paper_names_who_was_hurt_and_who_saw_it(app, ask, city, said) -> None:
    """The kind that needs most beside its sheet: a member, a list, an instant that was typed wrong before."""
    leader = visitor(app, "squad11")
    _, address = read(app, leader, drill(app, city, "squad11", kind="", place="河川敷"))
    page = leader.get(f"{address}/pages/1")
    while asked(page):
        page = leader.send(asks(page)[0])
    page = leader.send(lack(page, "1.kind"), **{"said.1.kind": "I-01"})
    assert "団員番号を入れてください" in page.text
    hurt = lack(page, "1.details.injured_member_id")
    assert leader.send(hurt, **{"said.1.details.injured_member_id": "000000"}).status == 422
    page = leader.send(hurt, **{"said.1.details.injured_member_id": city.people["squad11a"].number})
    assert not any(form.get("lack") == ["1.details.injured_member_id"] for form in page.forms)
    # Two witnesses, or why there are fewer: both are offered.
    assert lack(page, "1.details.few_witnesses_reason")
    seen = "said.1.details.witnesses"
    page = leader.send(lack(page, "1.details.witnesses"), **{f"{seen}.0.contact": "090-0000-0000"})
    assert lack(page, "1.details.witnesses")[f"{seen}.0.contact"] == ["090-0000-0000"]  # a name is wanting still
    page = leader.send(
        lack(page, "1.details.witnesses"), **{f"{seen}.0.name": "山田 太郎", f"{seen}.2.name": "鈴木 花子"}
    )
    while page.answer.request.path.endswith("/pages/1"):
        form = next(form for form in page.forms if "lack" in form)
        page = leader.send(form, **_plainly(form["lack"][0]))
    leader.send(page.form("/confirm"))
    (item,) = ask("squad11").get(REPORTS).json["items"]
    details = ask("squad11").get(f"{REPORTS}/{item['id']}").json["details"]
    assert details["injured_member_id"] == str(city.member_id("squad11a"))
    assert details["witnesses"] == [{"name": "山田 太郎", "contact": "090-0000-0000"}, {"name": "鈴木 花子"}]


def _plainly(key: str) -> dict[str, object]:
    """Something that the detail may be."""
    one = detail_of(catalogue()["I-01"], key.rpartition(".")[2])
    assert one is not None, key
    value = str(one.options[0].value) if one.options else "転んで手をついた"
    return {f"said.{key}": value}


def test_every_detail_of_every_kind_can_be_given() -> None:
    """What the form of a detail sends back unchanged is what it was, and the kind takes it."""
    assert set(WAYS) == set(FIELD_TYPES)
    for kind in catalogue():
        for one in kind.fields:
            if detail_of(kind, one.name) is None:
                assert one.type == "uuid"
                assert not one.required
                continue
            form = MultiDict(_typed(f"said.1.details.{one.name}", one))
            value = said_of(form, f"1.details.{one.name}", one, lambda number: MEMBER)
            errors = check_details(kind, {one.name: value}, None, None, complete=False).errors
            assert errors == (), (kind.code, one.name, value)
            shown = lack_of(f"1.details.{one.name}", "", one, LACKING, value, "ja", NOBODY)
            if one.type == "items":
                first = {line.name.rpartition(".")[2]: line.value for line in shown.rows[0]}
                assert {name: text for name, text in first.items() if text} == {k: str(v) for k, v in value[0].items()}
                assert not any(line.value for line in shown.rows[1])
            if one.type == "instant":
                assert shown.at == ("08-11-08", "10:15")
            if one.type == "date":
                assert shown.value == "08-11-08"


def _typed(name: str, one: KindField) -> dict[str, Any]:
    """What a person types or picks."""
    if one.type == "items":
        return {part: said for column in one.fields for part, said in _typed(f"{name}.0.{column.name}", column).items()}
    if one.type == "instant":
        return {f"{name}.day": "8-11-8", f"{name}.time": "1015"}
    if one.type in ("choice", "choices"):
        return {name: str(one.options[-1].value)}
    lowest = str(one.min or 0)
    typed = {"boolean": "no", "date": "081108", "uuid": "123456", "integer": lowest, "decimal": lowest}
    return {name: typed.get(one.type, "言葉")}


def test_people_are_details_that_there_are() -> None:
    named = {one.name for kind in catalogue() for one in kind.fields if one.type == "uuid"}
    assert set(PEOPLE) <= named
    assert all(not name.endswith(("member_id", "officer_id")) for name in named - set(PEOPLE))


# --- A page that nobody looks at any more ---------------------------------------------------------------------------


def test_a_page_whose_reading_was_given_up_is_set_aside(app, ask, city, said) -> None:
    member = visitor(app, "squad11a")
    _, address = read(app, member, drill(app, city))
    with app.app_context():
        db.session.execute(update(Job).where(Job.kind == READ).values(state="failed"), execution_options=SYSTEM)
        db.session.execute(update(ScanPage).values(state="waiting"), execution_options=SYSTEM)
        db.session.execute(update(Scan).values(state="reading", finished_at=None), execution_options=SYSTEM)
        db.session.commit()
    page = member.send(member.get(address).form("/discard"), reason="書き損じ")
    assert "書き損じ" in page.text
    assert scan(ask("squad11a"), address.rpartition("/")[2])["pages"][0]["state"] == "discarded"
