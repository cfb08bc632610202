"""Random sealed months and what may happen to them afterwards: reports corrected, rates and rules changed, people moved,
units renamed and merged, posts gone, another program that draws, plain SQL. What was sealed says the same for ever, to the
byte; and the next edition is what it was and what is listed as different, unit by unit (R-07).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.activity.activities import ActivityReport
from brigade.actor import load_actor
from brigade.month.editions import Edition, _unpacked
from brigade.organisation import posts, tree
from brigade.organisation.people import Member, Post
from brigade.pay import payer
from brigade.scopes import act_as
from tests import make
from tests.api.answers import API, CheckedClient
from tests.api.asking import act, done, file, signed_in
from tests.api.paying import set_rules
from tests.api.raw_month import TAKEN, raw_month
from tests.api.sealing import CHAIN, MONTH, sealed
from tests.api.sums import check_units
from tests.make import SYSTEM, City

FULL = settings.default is not None and settings.default.max_examples > 1000
MONTHS = 250 if FULL else 5  # on each store
FILES = ("report.pdf", "report.xlsx", "report.csv", "participations.csv", "pay.csv", "statistics.csv")
FOUR = ("times", "person_times", "minutes", "yen")
RULES = ("yokohama", "national", "hioki", "gojo")


@pytest.fixture
def app(own_app: Flask) -> Flask:
    own_app.test_client_class = CheckedClient
    return own_app


class House:
    """A small city whose month is made, sealed, attacked and sealed again."""

    def __init__(self, app: Flask, city: City, seed: int) -> None:
        self.app, self.city, self.chance = app, city, Random(seed)
        self.people: dict[str, FlaskClient] = {}
        self.gone: set[str] = set()
        self.on = self.chance.choice([dt.date(2026, 11, 20), dt.date(2026, 12, 1)])  # within the month, or after it
        self.nth = 0

    def ask(self, login: str) -> Any:
        if login not in self.people:
            self.people[login] = signed_in(self.app.test_client(), login)
        return self.people[login]

    def confirmed(self) -> None:
        """A report of some squad that the station has taken."""
        company, squad = self.chance.choice(["11", "12", "21", "22"])
        mine, code = f"squad{company}{squad}", f"K1-{company}-{squad}"
        who = self.chance.sample([f"{mine}a", f"{mine}b", f"{mine}-deputy"], self.chance.randint(1, 3))
        self.nth += 1
        kind = self.chance.choice(["T-01", "D-01", "M-01"])
        said: dict[str, Any] = {"kind": kind} if kind == "T-01" else {"kind": kind, "details": {}}
        day, hour = 1 + self.nth % 19, 6 + 3 * (self.nth // 19)
        report = file(
            self.ask(who[0] if who[0][-1] in "ab" else f"{mine}a"),
            make.body(self.city, code, *who, day=day, hour=hour, **said),
        )
        assert self.approved(report, mine, f"company{company}")["state"] == "confirmed"

    def approved(self, report: dict[str, Any], *lower: str) -> dict[str, Any]:
        """Up to the station; where a unit is no more, its step may have been passed already."""
        for leader in (*lower, *CHAIN[2:]):
            answer = act(self.ask(leader), report, "approve")
            assert answer.status_code in (200, 403), answer.text
            report = dict(answer.json) if answer.status_code == 200 else report
        return report

    def open_reports(self) -> int:
        """How many are under way."""
        with self.app.app_context(), Session(db.engine) as session:
            rows = session.execute(select(ActivityReport.state), execution_options=SYSTEM).scalars()
            return sum(state in ("in_review", "returned") for state in rows)

    def acted(self, login: str, do: Callable[[Session, Any], Any]) -> None:
        """An action of the organisation's, done as that person does it."""
        with self.app.app_context(), Session(db.engine) as session:
            session.connection(execution_options={"writing": True})
            person = session.get_one(Member, self.city.member_id(login), execution_options=SYSTEM)
            actor = load_actor(session, person, make.NOW)
            assert actor is not None
            act_as(session, actor)
            do(session, actor)
            session.commit()

    def everything(self, edition: dict[str, Any]) -> dict[str, Any]:
        """All that is given out of an edition: the answer, every file of some units, and what its codes say."""
        officer, at = self.ask("station"), f"{API}/editions/{edition['id']}"
        found: dict[str, Any] = {"edition": officer.get(at).json}
        for unit in edition["units"]:
            told = officer.get(f"{API}/verify/{unit['code']}").json
            found[unit["code"]] = {name: told[name] for name in (*FOUR, "number", "unit_name", "sealed_at")}
        for name, where in [*((name, 0) for name in edition["documents"]), *((name, 2) for name in FILES)]:
            said = {"unit_id": edition["units"][where]["unit_id"]}
            answer = officer.get(f"{at}/{name}", query_string={} if name.startswith("set") else said)
            assert answer.status_code == 200, answer.text
            found[f"{name} {where}"] = answer.data
        return found

    # Attacks.

    def correct(self) -> None:
        """A sealed report goes back, changes, and is taken again, or stays where it is."""
        officer = self.ask("station")
        items = officer.get(f"{API}/activity-reports", query_string={"state": "sealed"}).json["items"]
        if not items:
            return
        report = done(officer, self.chance.choice(items), "return", comment="確かめてください")
        report = officer.get(f"{API}/activity-reports/{report['id']}").json
        author = next(login for login, one in self.city.people.items() if str(one.id) == report["author"]["id"])
        if self.chance.random() < 0.2:
            return
        people = report["participants"]
        end = dt.datetime.fromisoformat(report["ended_at"]) + dt.timedelta(minutes=self.chance.randint(-60, 40))
        change = {"ended_at": end.isoformat()}
        if len(people) > 1 and self.chance.random() < 0.6:
            change["participants"] = [{"member_id": one["member_id"]} for one in people[:-1]]
        path = f"{API}/activity-reports/{report['id']}"
        answer = self.ask(author).patch(path, json=change, headers={"If-Match": f'"{report["version"]}"'})
        assert answer.status_code == 200, answer.text
        again = done(self.ask(author), answer.json, "submit")
        if self.chance.random() < 0.7:
            self.approved(again, author[:7], f"company{author[5]}")

    def other_rules(self) -> None:
        set_rules(self.app, self.city, self.chance.choice(RULES))

    def renamed(self) -> None:
        code = self.chance.choice(["K1-1", "K1-2-1"])
        if code not in self.gone:
            self.gone.add(code)
            self.acted(
                "bureau",
                lambda session, actor: tree.rename_unit(
                    session, actor, self.city.unit_id(code), f"新しい名の{code}", self.on
                ),
            )

    def merged(self) -> None:
        if "K1-1-2" not in self.gone:
            self.gone.add("K1-1-2")
            units, parent = [self.city.unit_id(code) for code in ("K1-1-2", "K1-2-2")], self.city.unit_id("S1")
            self.acted(
                "bureau",
                lambda session, actor: tree.merge_units(
                    session, actor, units, "K1-9-9", "合わせた班", self.on, parent_id=parent
                ),
            )

    def moved(self) -> None:
        """Between units that stay."""
        who, to = "squad11b", self.chance.choice(["K1", "K1-1-1"])
        self.acted(
            "bureau",
            lambda session, actor: posts.transfer_member(
                session, actor, self.city.member_id(who), self.city.unit_id(to), dt.date(2026, 11, 20)
            ),
        )

    def other_words(self) -> None:
        """Names of people and units as rows, and posts that are no more."""
        with self.app.app_context(), db.engine.begin() as connection:
            connection.execute(update(Member.__table__).values(name="別の名", kana_sort="ベツ"))
            connection.execute(delete(Post.__table__).where(Post.post == "deputy_squad_leader"))

    def plain_sql(self) -> None:
        """The store itself refuses."""
        for attack in (
            "UPDATE editions SET yen = yen + 1", "DELETE FROM edition_units", "UPDATE edition_units SET code = 'x'",
            "UPDATE edition_units SET minutes = 0", "DELETE FROM editions",
        ):  # fmt: skip
            with (
                pytest.raises(DBAPIError, match=r"never change|denied"),
                self.app.app_context(),
                db.engine.begin() as store,
            ):
                store.execute(text(attack))

    ATTACKS = (correct, correct, other_rules, renamed, merged, moved, other_words)


def check_differences(house: House, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Old and listed are new: of the whole, and of each unit that both editions have."""
    officer = house.ask("station")
    before = {unit["unit_id"]: unit for unit in old["units"]}
    for unit in new["units"]:
        found = officer.get(f"{API}/editions/{new['id']}/differences", query_string={"unit_id": unit["unit_id"]}).json
        listed = found["differences"]
        people = [person for one in listed for person in one["people"]]
        change = {
            "times": sum(one["times"] for one in listed),
            **{name: sum(person[name] for person in people) for name in FOUR[1:]},
        }
        assert found["after"] == {name: unit[name] for name in FOUR}
        if unit["unit_id"] in before:
            assert found["before"] == {name: before[unit["unit_id"]][name] for name in FOUR}
        for name in FOUR:
            assert found["before"][name] + change[name] == found["after"][name], (unit["name"], name)
        assert all(person["yen_after"] - person["yen_before"] == person["yen"] for person in people)


@pytest.mark.parametrize("seed", range(MONTHS))
def test_what_was_sealed_stays_and_what_changed_is_listed(
    app: Flask, city: City, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rules(app, city, "yokohama")
    house = House(app, city, seed)
    for _ in range(house.chance.randint(2, 6)):
        house.confirmed()
    top = city.unit_id(house.chance.choice(["K1", "S1"]))
    editions = [sealed(app, house.ask("station"), top)]
    kept = {editions[0]["id"]: house.everything(editions[0])}
    for _ in range(house.chance.randint(1, 2)):
        with monkeypatch.context() as patch:
            for _ in range(house.chance.randint(2, 5)):
                house.chance.choice(House.ATTACKS)(house)
            house.plain_sql()
            draws_otherwise(patch)
            for edition in editions:
                assert house.everything(edition) == kept[edition["id"]]
        if house.chance.random() < 0.5:
            pays_otherwise(monkeypatch)
        house.confirmed()
        editions.append(sealed(app, house.ask("station"), top))
        kept[editions[-1]["id"]] = house.everything(editions[-1])
        check_differences(house, *editions[-2:])
        check_against_rows(house, editions[-1], top)
    assert [edition["number"] for edition in editions] == list(range(1, len(editions) + 1))
    for edition in editions:
        assert house.everything(edition) == kept[edition["id"]]
    check_numbers(app)


def draws_otherwise(patch: pytest.MonkeyPatch) -> None:
    """The next version of the program, whose documents look different, and that remembers nothing."""
    _unpacked.cache_clear()
    for name in ("document.month_pdf", "exports.month_csv", "exports.month_workbook", "book.book_pdf", "book.set_zip"):
        patch.setattr(f"reports.month.{name}", lambda *_, **__: pytest.fail("drawn again"))


def pays_otherwise(patch: pytest.MonkeyPatch) -> None:
    """Every amount is another one from now on."""
    plain = payer.turnout_pay

    def more(*said: Any) -> list[Any]:
        return [replace(line, yen=line.yen + 100) if line.yen else line for line in plain(*said)]

    patch.setattr(payer, "turnout_pay", more)


def check_against_rows(house: House, edition: dict[str, Any], top: UUID) -> None:
    """What is sealed now is what the rows add up to, whatever is paid."""
    with house.app.app_context(), db.engine.connect() as connection:
        reports = [row for row in raw_month(connection, MONTH) if row.state in TAKEN and top in row.units]
    check_units(edition["units"], reports, FOUR[:3])
    assert edition["left_open"] == house.open_reports()


def check_numbers(app: Flask) -> None:
    """Of each unit's editions: 1, 2, 3 …"""
    with app.app_context(), Session(db.engine) as session:
        rows = session.execute(select(Edition.unit_id, Edition.number), execution_options=SYSTEM).all()
    by_unit: dict[UUID, list[int]] = {}
    for unit_id, number in rows:
        by_unit.setdefault(unit_id, []).append(number)
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in by_unit.values())
