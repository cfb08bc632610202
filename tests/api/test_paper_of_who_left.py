"""Paper that is still reviewed when its sender is to be erased: what others did stands on it, and it does not go with them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from api.extensions import db
from brigade.dates import TOKYO
from brigade.forms.sheet_code import SheetCode
from brigade.jobs import HOUSEKEEPING, enqueue, writing
from brigade.organisation.people import Member, Membership
from tests.api.answers import API, body_of
from tests.api.scanning import (
    DAY,
    SCANS,
    at,
    confirmed,
    decided,
    drill,
    only_page,
    patched,
    pdf,
    scan,
    seen,
    send,
    work,
)
from tests.make import SYSTEM

pytestmark = pytest.mark.usefixtures("pages")

ERASURES = f"{API}/retention/erasures"


def leaves(ask: Any, city: Any, login: str) -> dict[str, str]:
    """Today is their first day out of the service; what a request to erase them says."""
    member_id, today = str(city.member_id(login)), dt.datetime.now(TOKYO).date().isoformat()
    assert ask("bureau").post(f"{API}/members/{member_id}/leave-service", json={"on": today}).status_code == 204
    return {"member_id": member_id, "reason": "本人の請求"}


@pytest.mark.parametrize("becomes", ["a report", "none"])
def test_who_sent_it_is_erased_once_it_is_decided(app, ask, city, becomes) -> None:
    leader, bureau = ask("squad11"), ask("bureau")
    page = only_page(app, ask("squad11b"), drill(app, city, "squad11b"))
    said = leaves(ask, city, "squad11b")
    refused = bureau.post(ERASURES, json=said)
    assert (refused.status_code, refused.json["reasons"]) == (403, ["undecided-pages"])
    if becomes == "none":
        body_of(leader.post(at(page, "/discard"), json={"reason": "試し書き"}, headers=seen(page)), 200)
    else:
        confirmed(leader, decided(leader, page))
    assert body_of(bureau.post(ERASURES, json=said), 201)["state"] == "waiting"


# --- Paper that nobody has read when its sender leaves ---------------------------------------------------------------


def without_code(app: Any, city: Any, login: str) -> dict[str, Any]:
    """A sheet that says of no unit that it is that one's."""
    return {**drill(app, city, login), "code": None}


def the_page(person: Any, scan_id: str) -> dict[str, Any]:
    (page,) = scan(person, scan_id)["pages"]
    return dict(page)


@pytest.mark.parametrize("coded", [True, False], ids=["of-a-unit", "of-none"])
def test_who_leads_the_unit_decides_on_what_was_unread_when_its_sender_left(app, ask, city, coded) -> None:
    """Of none: it is as of the unit to which the sender belonged."""
    leader, bureau = ask("squad11"), ask("bureau")
    sheet = drill(app, city, "squad11b") if coded else without_code(app, city, "squad11b")
    scan_id = body_of(send(ask("squad11b"), pdf(sheet)), 202)["id"]
    said = leaves(ask, city, "squad11b")
    work(app)
    page = the_page(leader, scan_id)
    assert page["state"] == "read"
    assert bureau.post(ERASURES, json=said).json["reasons"] == ["undecided-pages"]
    confirmed(leader, decided(leader, dated(leader, page)))
    assert body_of(bureau.post(ERASURES, json=said), 201)["state"] == "waiting"


def dated(leader: Any, page: dict[str, Any]) -> dict[str, Any]:
    """The day, where no code says it."""
    return page if page["day"] else patched(leader, page, day=DAY.isoformat())


def test_a_sheet_of_another_bureau_is_not_read_for_who_left(app, ask, city) -> None:
    sheet = drill(app, city, "squad11b")
    elsewhere = SheetCode.read(sheet["code"])
    sheet["code"] = str(replace(elsewhere, unit_id=uuid.uuid4()))
    scan_id = body_of(send(ask("squad11b"), pdf(sheet), unit_id=city.unit_id("K1-1-1")), 202)["id"]
    leaves(ask, city, "squad11b")
    work(app)
    assert not [one for one in scan(ask("squad11"), scan_id)["pages"] if one["state"] == "read"]


def test_a_page_of_no_unit_is_its_senders_last_units_once_they_have_left(app, ask, city) -> None:
    """By the next day's housekeeping; before, nobody could see it."""
    leader = ask("squad11")
    page = only_page(app, ask("squad11b"), without_code(app, city, "squad11b"))
    assert (page["state"], page["unit"]) == ("read", None)
    work(app)
    keep_house_again(app)
    assert leader.get(f"{SCANS}/{page['scan_id']}").status_code == 404
    leaves(ask, city, "squad11b")
    keep_house_again(app)
    left = the_page(leader, page["scan_id"])
    assert left["unit"]["id"] == str(city.unit_id("K1-1-1"))
    assert left["version"] > page["version"]
    confirmed(leader, decided(leader, dated(leader, left)))
    keep_house_again(app)
    assert the_page(leader, page["scan_id"])["state"] == "confirmed"


def keep_house_again(app: Any) -> None:
    with app.app_context(), writing(db.engine) as session:
        enqueue(session, HOUSEKEEPING, {}, dt.datetime.now(dt.UTC))
    work(app)


@pytest.mark.parametrize("how", ["renamed", "ended"])
def test_a_page_of_no_unit_is_handed_over_where_the_last_unit_is_no_more(app, ask, city, how) -> None:
    page = only_page(app, ask("squad11b"), without_code(app, city, "squad11b"))
    work(app)
    leaves(ask, city, "squad11b")
    today, squad = dt.datetime.now(TOKYO).date().isoformat(), city.unit_id("K1-1-1")
    if how == "renamed":
        said = {"name": "新しい班", "on": today}
        body_of(ask("bureau").post(f"{API}/units/{squad}/rename", json=said), 201)
    else:
        with app.app_context(), writing(db.engine) as session:
            for row in session.scalars(select(Membership).where(Membership.unit_id == squad), execution_options=SYSTEM):
                row.valid_to = row.valid_to or dt.datetime.now(TOKYO).date() - dt.timedelta(days=1)
        answer = ask("bureau").post(f"{API}/units/{squad}/end", json={"on": today})
        assert answer.status_code < 300, answer.text
    keep_house_again(app)
    left = the_page(ask("squad11" if how == "renamed" else "company1"), page["scan_id"])
    assert left["version"] > page["version"]


@pytest.mark.parametrize("was_read", [True, False], ids=["read", "not-read-yet"])
def test_paper_of_one_who_left_on_the_day_they_joined_is_for_the_bureau(app, ask, city, was_read) -> None:
    """They never belonged to a unit for a day: no unit was the last one."""
    today = dt.datetime.now(TOKYO).date()
    with app.app_context(), writing(db.engine) as session:
        asked = select(Membership).where(Membership.member_id == city.member_id("squad11b"))
        for row in session.scalars(asked, execution_options=SYSTEM):
            row.valid_from = today
    person = ask("squad11b")
    scan_id = body_of(send(person, pdf(without_code(app, city, "squad11b"))), 202)["id"]
    if was_read:
        work(app)
        assert the_page(person, scan_id)["unit"] is None
    said = leaves(ask, city, "squad11b")
    bureau = ask("bureau")
    if not was_read:
        assert bureau.post(ERASURES, json=said).json["reasons"] == ["undecided-pages"]
    work(app)
    keep_house_again(app)
    page = the_page(bureau, scan_id)
    assert (page["state"], page["unit"]["id"]) == ("read", str(city.bureau_id))
    refused = bureau.post(ERASURES, json=said)
    assert (refused.status_code, refused.json.get("reasons")) == (403, ["undecided-pages"]), refused.text
    patched(bureau, page, unit_id=str(city.unit_id("K1-1-1")))
    leader = ask("squad11")
    confirmed(leader, decided(leader, dated(leader, the_page(leader, scan_id))))
    assert body_of(bureau.post(ERASURES, json={**said, "days": 0}), 201)["state"] == "waiting"
    work(app)
    with app.app_context(), writing(db.engine) as session:
        member = session.get_one(Member, city.member_id("squad11b"), execution_options=SYSTEM)
        assert member.is_erased
