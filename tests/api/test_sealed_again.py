"""A duty that reaches into a month that is sealed already changes what that one pays: whoever seals it is told so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from api.extensions import db
from api.worker import work_once
from brigade.messages.notice_words import again
from brigade.organisation import tree
from brigade.organisation.people import Membership
from brigade.organisation.ranks import Level
from brigade.organisation.units import rebuild_tree
from tests import make
from tests.api import sealing
from tests.api.answers import API, CheckedClient, body_of
from tests.api.asking import ENGLISH, done
from tests.api.paying import filed, set_rules
from tests.api.sealing import CHAIN
from tests.api.visiting import CONSOLE, visitor

AGAIN = "A消防団の11月分"


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


@pytest.fixture
def fire(app: Flask, ask: Callable[[str], CheckedClient], city: make.City) -> Callable[..., dict[str, Any]]:
    """``fire("squad11a", at="2026-11-01 10:00", hours=6)``: the station has taken it. Nakatsugawa pays 8,000 for a day from
    four hours on, and cuts a duty at midnight.
    """
    set_rules(app, city, "nakatsugawa")

    def of(login: str, at: str, hours: float) -> dict[str, Any]:
        report = filed(ask("squad11a"), city, "K1-1-1", login, at=at, hours=hours, kind="D-01")
        return approved(ask, report)

    return of


def approved(ask: Callable[[str], CheckedClient], report: dict[str, Any]) -> dict[str, Any]:
    for leader in CHAIN:
        report = done(ask(leader), report, "approve")
    return report


def told(person: CheckedClient, month: str, **asked: Any) -> str:
    """What the notice of the newest sealing of that month (``10月分``) says."""
    items = person.get(f"{API}/notices", **asked).json["items"]
    return next(
        item["text"] for item in items if item["kind"] == "month-sealed" and month in item["text"].split("。")[0]
    )


def test_a_late_night_over_the_months_end_asks_for_the_next_month_again(app, ask, city, fire) -> None:
    fire("squad11a", "2026-11-01 10:00", 6)
    november = sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-11")
    assert november["yen"] == 8_000
    assert "もう一度" not in told(ask("station"), "11月分")
    fire("squad11a", "2026-10-31 20:00", 9)
    october = sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-10")
    assert october["yen"] == 16_000, "31 October and 1 November"
    words = told(ask("station"), "10月分")
    assert AGAIN in words
    assert "もう一度" in words
    assert "November" in told(ask("station"), "October", headers=ENGLISH)
    second = sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-11")
    assert (second["number"], second["yen"]) == (2, 0)
    assert "  " not in told(ask("station"), "November", headers=ENGLISH)
    changed = body_of(ask("station").get(f"{API}/editions/{second['id']}/differences"))
    assert [one["yen"] for line in changed["differences"] for one in line["people"]] == [-8_000]
    assert "もう一度" not in told(ask("station"), "11月分"), "both months pay what they say"


def test_what_no_longer_reaches_over_asks_for_it_too(app, ask, city, fire) -> None:
    night = fire("squad11a", "2026-10-31 20:00", 9)
    fire("squad11a", "2026-11-01 10:00", 6)
    for month, yen in (("2026-10", 16_000), ("2026-11", 0)):
        assert sealing.sealed(app, ask("station"), city.unit_id("S1"), month)["yen"] == yen
        assert "もう一度" not in told(ask("station"), f"{month[5:]}月分")
    night = body_of(ask("station").get(f"{API}/activity-reports/{night['id']}"))
    done(ask("station"), night, "return", comment="いませんでした")
    assert sealing.sealed(app, ask("station"), city.unit_id("S1"), "2026-10")["yen"] == 0
    assert AGAIN in told(ask("station"), "10月分")


def test_days_that_touch_nothing_ask_for_nothing(app, ask, city, fire) -> None:
    fire("squad11a", "2026-11-02 10:00", 6)
    fire("squad11b", "2026-11-01 10:00", 6)
    sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-11")
    fire("squad11a", "2026-10-31 20:00", 9)
    sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-10")
    assert "もう一度" not in told(ask("station"), "10月分")


def test_one_day_in_two_brigades_asks_for_the_other_one_again(app, ask, city, fire) -> None:
    with app.app_context():
        session = db.session()
        make.unit(session, city, Level.BRIGADE, "K2", "B消防団", "S1")
        make.unit(session, city, Level.SQUAD, "K2-1", "B班", "K2")
        session.add(
            Membership(
                member_id=city.member_id("squad11a"), unit_id=city.unit_id("K2-1"), valid_from=make.SINCE
            )
        )  # fmt: skip
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
    fire("squad11a", "2026-11-08 14:00", 6)
    assert sealing.sealed(app, ask("station"), city.unit_id("K1"))["yen"] == 8_000
    other = filed(ask("squad11a"), city, "K2-1", "squad11a", at="2026-11-08 02:00", hours=6, kind="D-01")
    done(ask("station"), other, "approve")
    assert sealing.sealed(app, ask("station"), city.unit_id("K2"))["yen"] == 8_000, "one day's, now of the earlier duty"
    assert f"すでに確定した{AGAIN}の金額が" in told(ask("station"), "B消防団の11月分")


@pytest.fixture
def second(app: Flask, city: make.City) -> None:
    """Station S2 with its officer ``station2`` and a brigade K2, of which squad11a is a member too."""
    with app.app_context():
        session = db.session()
        make.unit(session, city, Level.STATION, "S2", "B消防署", "B")
        make.unit(session, city, Level.BRIGADE, "K2", "B消防団", "S2")
        make.unit(session, city, Level.SQUAD, "K2-1", "B班", "K2")
        make.member(session, city, "station2", "S2", "station_officer", member_type="staff")
        both = Membership(
            member_id=city.member_id("squad11a"), unit_id=city.unit_id("K2-1"), valid_from=make.SINCE
        )  # fmt: skip
        session.add(both)
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)


def to_seal_again(person: CheckedClient, **asked: Any) -> list[str]:
    """What the notices say that ask a station for a month of theirs again, the newest first."""
    items = person.get(f"{API}/notices", **asked).json["items"]
    return [item["text"] for item in items if item["kind"] == "month-to-seal-again"]


def of_the_morning(ask: Callable[[str], CheckedClient], city: make.City) -> None:
    """A duty for the other brigade, taken by its station, to which the day of a later one now belongs."""
    report = filed(ask("squad11a"), city, "K2-1", "squad11a", at="2026-11-08 02:00", hours=6, kind="D-01")
    done(ask("station2"), report, "approve")


def test_another_station_is_told_of_the_month_that_it_sealed(app, ask, city, fire, second) -> None:
    fire("squad11a", "2026-11-08 14:00", 6)
    sealing.sealed(app, ask("station"), city.unit_id("K1"))
    of_the_morning(ask, city)
    sealing.sealed(app, ask("station2"), city.unit_id("K2"))
    assert f"すでに確定した{AGAIN}の金額が" in told(ask("station2"), "B消防団の11月分")
    [words] = to_seal_again(ask("station"))
    assert f"すでに確定した{AGAIN}の金額が" in words
    assert "もう一度確定してください" in words
    assert "B消防" not in words, "whose month it was is no matter of theirs"
    assert "November of A消防団" in to_seal_again(ask("station"), headers=ENGLISH)[0]
    assert to_seal_again(ask("station2")) == [], "they know it by the notice of their own month"
    assert to_seal_again(ask("brigade")) == []
    sealing.sealed(app, ask("station"), city.unit_id("K1"))
    assert len(to_seal_again(ask("station"))) == 1
    assert to_seal_again(ask("station2")) == [], "both months pay what they say"


def test_the_station_that_a_brigade_left_is_told_of_the_days_it_sealed(app, ask, city, fire, second) -> None:
    fire("squad11a", "2026-11-08 14:00", 6)
    with app.app_context(), Session(db.engine) as session:
        bureau = make.bound(session, city, "bureau")
        tree.move_unit(session, bureau, city.unit_id("K1"), city.unit_id("S2"), dt.date(2026, 11, 15))
        session.commit()
    assert sealing.sealed(app, ask("station"), city.unit_id("S1"))["yen"] == 8_000
    after = filed(ask("squad11b"), city, "K1-1-1", "squad11b", at="2026-11-17 10:00", hours=6, kind="D-01")
    for leader in (*CHAIN[:-1], "station2"):
        after = done(ask(leader), after, "approve")
    of_the_morning(ask, city)
    sealing.sealed(app, ask("station2"), city.unit_id("S2"))
    [words] = to_seal_again(ask("station"))
    assert "A消防署の11月分の金額が" in words
    assert "A消防署の11月分" in told(ask("station2"), "B消防署の11月分")
    assert sealing.sealed(app, ask("station"), city.unit_id("S1"))["yen"] == 0


def test_the_station_that_took_the_one_over_that_sealed_it_is_told(app, ask, city, fire, second) -> None:
    fire("squad11a", "2026-10-08 14:00", 6)
    sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-10")
    with app.app_context(), Session(db.engine) as session:
        make.unit(session, city, Level.STATION, "S3", "C消防署", "B")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
        bureau = make.bound(session, city, "bureau")
        ids = [city.unit_id("S1"), city.unit_id("S3")]
        tree.merge_units(session, bureau, ids, "S9", "合同消防署", dt.date(2026, 11, 5))
        session.commit()
    report = filed(ask("squad11a"), city, "K2-1", "squad11a", at="2026-10-08 02:00", hours=6, kind="D-01")
    done(ask("station2"), report, "approve")
    sealing.sealed(app, ask("station2"), city.unit_id("K2"), "2026-10")
    [words] = to_seal_again(ask("station"))
    assert "すでに確定したA消防団の10月分の金額が" in words
    again = sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-10")
    assert (again["number"], again["yen"]) == (2, 0)


def test_of_a_brigade_that_took_others_over_its_station_is_told(app, ask, city, fire, second) -> None:
    fire("squad11a", "2026-10-08 14:00", 6)
    with app.app_context(), Session(db.engine) as session:
        make.unit(session, city, Level.BRIGADE, "K3", "C消防団", "S1")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
        bureau = make.bound(session, city, "bureau")
        ids = [city.unit_id("K1"), city.unit_id("K3")]
        city.units["K9"] = tree.merge_units(session, bureau, ids, "K9", "合同消防団", dt.date(2026, 11, 5))
        make.kept(session, None)
    assert sealing.sealed(app, ask("station"), city.unit_id("K9"), "2026-10")["yen"] == 8_000
    report = filed(ask("squad11a"), city, "K2-1", "squad11a", at="2026-10-08 02:00", hours=6, kind="D-01")
    done(ask("station2"), report, "approve")
    sealing.sealed(app, ask("station2"), city.unit_id("K2"), "2026-10")
    [words] = to_seal_again(ask("station"))
    assert "すでに確定した合同消防団の10月分の金額が" in words


def test_the_console_and_the_command_say_so_too(app, ask, city, fire) -> None:
    fire("squad11a", "2026-11-01 10:00", 6)
    sealing.sealed(app, ask("station"), city.unit_id("K1"), "2026-11")
    fire("squad11a", "2026-10-31 20:00", 9)
    officer = visitor(app, "station")
    waits = officer.send(officer.get(f"{CONSOLE}/months/2026-10/seal?unit_id={city.unit_id('K1')}").form("/seal"))
    while work_once(app):
        pass
    edition = officer.get(waits.answer.request.path)
    assert f"確定しました。帳票ができました。すでに確定した{AGAIN}の金額が" in edition.text
    wanted = ["seal-month", "--unit", "K1", "--month", "2026-10", "--by", "station"]
    assert AGAIN in app.test_cli_runner().invoke(args=wanted).output


def test_many_months_are_counted() -> None:
    months = [(f"第{n}分団", "2026-11") for n in range(1, 6)]
    assert again(months, "ja", 3).startswith(
        "すでに確定した第1分団の11月分、第2分団の11月分、第3分団の11月分、ほか2件の金額が"
    )
    assert again(months[:3], "en", 3).count("November of") == 3
    assert again([], "ja") == ""
