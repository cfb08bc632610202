"""A leader's members on the console: who has joined, who has a card, and cards to print for the others."""

from __future__ import annotations

import re

import pypdfium2
from sqlalchemy import delete, select

from api.console import members
from api.extensions import db
from brigade.access.accounts import Account
from brigade.organisation.people import Member
from tests.api.visiting import CONSOLE, visitor

MEMBERS = f"{CONSOLE}/members"


def without_account(app, city, *logins: str) -> None:
    """These members never joined."""
    with app.app_context(), db.engine.begin() as connection:
        ids = [city.member_id(login) for login in logins]
        connection.execute(delete(Account).where(Account.member_id.in_(ids)))


def number_of(app, city, login: str) -> str:
    with app.app_context(), db.engine.connect() as connection:
        return str(connection.scalar(select(Member.number).where(Member.id == city.member_id(login))))


def test_cards_are_made_for_those_without_a_phone(app, city) -> None:
    without_account(app, city, "squad11a", "squad11b")
    leader = visitor(app, "squad11")
    page = leader.get(MEMBERS)
    assert "団員 squad11a" in page.text
    assert "squad12a" not in page.text
    form = page.form("/members/cards")
    assert set(form["member"]) == {str(city.member_id(login)) for login in ("squad11a", "squad11b")}
    asked = "&".join(f"member={one}" for one in form["member"])
    preview = leader.get(f"{MEMBERS}/cards?{asked}")
    assert "次の2人" in preview.text
    made = preview.form("/members/cards")
    answer = leader.client.post(made.action, data=made)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    pages = pypdfium2.PdfDocument(answer.data)
    assert [[round(side) for side in one.get_size()] for one in pages] == [[420, 595]] * 2
    again = leader.get(f"{MEMBERS}?tab=invited")
    assert "カードは" in again.text
    assert "団員 squad11b" in again.text
    assert leader.get(MEMBERS).form("/members/cards").get("member", []) == []  # they have a card in hand


def test_who_stands_above_gets_no_card_from_here(app, city) -> None:
    without_account(app, city, "squad11-deputy")
    leader = visitor(app, "squad11")
    page = leader.get(f"{MEMBERS}?tab=all")
    me, other = city.member_id("squad11"), city.member_id("squad21a")
    assert str(me) not in page.answer.text
    for one in (me, other):
        preview = leader.get(f"{MEMBERS}/cards?member={one}")
        assert not preview.text.count("人のカードを作る（PDF）")
    form = leader.get(f"{MEMBERS}/cards?member={city.member_id('squad11-deputy')}").form("/members/cards")
    for one in (me, other):
        page = leader.send(form, member=[str(one)])
        assert page.status == 422
        assert page.answer.mimetype == "text/html"
    assert leader.send(form, member=["x"]).status == 404


def test_the_lists_have_their_empty_words(app, city) -> None:
    leader = visitor(app, "squad11")
    assert "使い始めています" in leader.get(MEMBERS).text or "まだ" in leader.get(MEMBERS).text
    assert "カードを持っている人はいません" in leader.get(f"{MEMBERS}?tab=invited").text
    assert leader.get(f"{MEMBERS}?tab=nope").status == 200
    assert leader.get(f"{MEMBERS}?cursor=nope").status == 422


def test_a_company_looks_at_one_squad_or_at_a_name(app, city) -> None:
    leader = visitor(app, "company1")
    squad = city.unit_id("K1-1-1")
    everybody = leader.get(f"{MEMBERS}?tab=all")
    assert ("団員 squad11a" in everybody.text, "団員 squad12a" in everybody.text) == (True, True)
    of_one = leader.get(f"{MEMBERS}?tab=all&unit_id={squad}")
    assert ("団員 squad11a" in of_one.text, "団員 squad12a" in of_one.text) == (True, False)
    assert f'<option value="{squad}" selected>' in of_one.answer.text
    assert f"unit_id={squad}" in of_one.link("tab=joined")
    by_name = leader.get(f"{MEMBERS}?tab=all&unit_id={squad}&q=11A")
    assert ("団員 squad11a" in by_name.text, "団員 squad11b" in by_name.text) == (True, False)
    assert "q=11A" in by_name.link("tab=joined")
    assert "あてはまる人はいません" in leader.get(f"{MEMBERS}?tab=all&q=居ない").text
    by_number = leader.get(f"{MEMBERS}?tab=all&q={number_of(app, city, 'squad12a')}")
    assert ("団員 squad12a" in by_number.text, "団員 squad11a" in by_number.text) == (True, False)


def test_what_was_asked_for_holds_on_the_next_page(app, city, monkeypatch) -> None:
    monkeypatch.setattr(members, "AT_ONCE", 2)
    leader, squad = visitor(app, "company1"), city.unit_id("K1-1-1")
    seen, page = [], leader.get(f"{MEMBERS}?tab=all&unit_id={squad}&q=団員")
    while True:
        seen += re.findall(r"団員 (squad\w+(?:-deputy)?) \d", page.text)
        more = [link for link in page.links if "cursor=" in link]
        if not more:
            break
        page = leader.get(more[0])
    assert sorted(seen) == ["squad11", "squad11-deputy", "squad11a", "squad11b"]


def test_nobody_looks_beyond_their_desk(app, city) -> None:
    leader = visitor(app, "squad11")
    assert "<select" not in leader.get(MEMBERS).answer.text  # there is nothing to choose
    other, above = city.unit_id("K1-1-2"), city.unit_id("K1-1")
    assert [leader.get(f"{MEMBERS}?unit_id={one}").status for one in (other, above)] == [422, 403]
    assert leader.get(f"{MEMBERS}?unit_id=x").status == 404
    assert leader.get(f"{MEMBERS}?q=%00").status == 422
    assert "団員 squad12" not in leader.get(f"{MEMBERS}?tab=all&q=squad12").text


def test_it_belongs_to_a_desk(app, city) -> None:
    person = visitor(app, "squad11a")
    assert person.get(MEMBERS).status == 403
    assert not [link for link in person.get(f"{CONSOLE}/help").links if link.endswith("/members")]
    assert [link for link in visitor(app, "squad11").get(f"{CONSOLE}/help").links if link.endswith("/members")]
