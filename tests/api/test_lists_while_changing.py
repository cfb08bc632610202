"""Lists that change between two of their pages: what was there all the time comes once, wherever it moved to in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.extensions import db
from brigade.jobs import writing
from tests import make
from tests.api.answers import API, CheckedClient
from tests.api.asking import REPORTS, done, file
from tests.api.test_notices import told


def leafed(person: CheckedClient, address: str, between: Callable[[], Any], limit: int = 2) -> list[str]:
    """The ids of all pages; ``between`` happens after the first one."""
    found: list[str] = []
    cursor = None
    while cursor is not None or not found:
        asked = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        page = person.get(address, query_string=asked).json
        if not found:
            assert len(page["items"]) == limit
            between()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    return found


def test_reports_that_are_filed_changed_and_thrown_away(ask, city) -> None:
    def filed(day: int, **said: Any) -> dict[str, Any]:
        return file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day, **said))

    thirteenth, twelfth, eleventh, tenth, ninth = (filed(day, submit=False) for day in (13, 12, 11, 10, 9))
    more = []

    def between() -> None:
        author = ask("squad11a")
        assert author.delete(f"{REPORTS}/{eleventh['id']}", headers={"If-Match": '"1"'}).status_code == 204
        done(author, twelfth, "submit")
        done(author, tenth, "submit")
        more.extend([filed(14), filed(10, submit=False)])

    seen = leafed(ask("squad11a"), REPORTS, between)
    assert seen[:2] == [thirteenth["id"], twelfth["id"]]
    assert sorted(seen[2:-1]) == sorted([tenth["id"], more[1]["id"]])
    assert seen[-1] == ninth["id"]


def test_the_inbox_while_it_is_worked_off(ask, city) -> None:
    waiting = [file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day)) for day in (18, 17, 16, 15, 14)]
    more = []

    def between() -> None:
        for one in (waiting[0], waiting[1], waiting[3]):
            done(ask("squad11"), one, "approve")
        more.append(file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=13)))

    seen = leafed(ask("squad11"), f"{API}/inbox", between)
    assert seen == [one["id"] for one in (*waiting[:3], waiting[4], *more)]


def test_notices_that_come_meanwhile(app, ask, city) -> None:
    for number in range(5):
        told(app, city, "device-signed-in", "squad11", device_name=f"電話{number}")
    person, notices = ask("squad11"), f"{API}/notices"
    before = [item["id"] for item in person.get(notices).json["items"]]

    def between() -> None:
        told(app, city, "device-signed-in", "squad11", device_name="電話9")
        person.post(f"{notices}/{before[3]}/read")

    assert leafed(person, notices, between) == before


def test_members_who_come_and_go(app, ask, city) -> None:
    squad, person = f"{API}/units/{city.unit_id('K1-1-1')}/members", ask("bureau")
    before = [item["id"] for item in person.get(squad).json["items"]]
    assert len(before) >= 4
    made = []

    def between() -> None:
        mine = city.mine()
        with app.app_context(), writing(db.engine) as session:
            for login, kana in (("first", "ア"), ("last", "ン")):
                person_made = make.member(session, mine, login, "K1-1-1")
                person_made.kana_sort = kana
                made.append(person_made.id)
        on = {"on": "2026-11-20"}
        assert person.post(f"{API}/members/{before[3]}/leave-service", json=on).status_code == 204

    assert leafed(person, squad, between) == [*before[:3], *before[4:], str(made[1])]
