"""What people write is shown on the phone as they wrote it, and never run (S-17)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from brigade.organisation.people import Member
from brigade.organisation.units import Unit
from tests.browser.phone.conftest import People, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
EVIL = "\"'><img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
"""Runs where a text is taken for markup. The policy of the page would stop it too, and the phone would complain."""

MARKUP = "img[src=x], [onerror], #app script"


def shown(phone: Phone, where: str, *words: str) -> None:
    """The words are read on that screen, and made nothing of."""
    phone.open(where)
    phone.page.reload()  # what is seen is of this screen, not of the one before
    for word in words:
        expect(phone.page.get_by_text(word).first).to_be_visible()
    assert phone.page.locator(MARKUP).count() == 0
    assert phone.page.title() != "taken"


def test_words_on_a_members_and_a_leaders_phone_stay_words(phone: Phone, people: People) -> None:
    city = people.town.city
    with people.town.engine.begin() as connection:
        connection.execute(update(Member).where(Member.id == city.member_id("squad11a")).values(name=f"名{EVIL[:40]}"))
        connection.execute(update(Unit).where(Unit.id == city.unit_id("K1-1-1")).values(name=f"班{EVIL[:40]}"))
    event = people.event(hours_ago(-20), f"訓練{EVIL}", place=f"庭{EVIL}")
    who = [{"member_id": str(city.member_id(login))} for login in ("squad11a", "squad11b")]
    said = {"place": f"川{EVIL}", "summary": f"放水{EVIL}", "participants": who}
    waits = people.report("squad11a", hours_ago(20), **said)
    back = people.report("squad11a", hours_ago(30), **said)
    remark = {"pointer": "/place", "reason": "times-impossible", "text": f"直す{EVIL}"}
    body = {"comment": f"なぜ{EVIL}", "remarks": [remark]}
    people.ask("squad11", "POST", f"/activity-reports/{back['id']}/return", body, If_Match=f'"{back["version"]}"')

    phone.sign_in("squad11a")
    shown(phone, "", f"訓練{EVIL}", f"なぜ{EVIL}")
    shown(phone, f"#/event/{event['id']}", f"訓練{EVIL}", f"庭{EVIL}")
    shown(phone, f"#/fix/{back['id']}", f"なぜ{EVIL}", f"直す{EVIL}")
    shown(phone, f"#/look/{waits['id']}", f"川{EVIL}", f"放水{EVIL}", f"名{EVIL[:40]}")
    shown(phone, "#/notices", "<img")
    shown(phone, f"#/record/{waits['month']}", "出動報酬")

    phone.open("#/settings")
    phone.tap("ログアウトする")
    expect(phone.page.get_by_label("ログインID")).to_be_visible()
    phone.sign_in("squad11")
    shown(phone, "#/inbox", f"名{EVIL[:40]}")
    shown(phone, f"#/look/{waits['id']}", f"川{EVIL}", f"放水{EVIL}", f"名{EVIL[:40]}")
