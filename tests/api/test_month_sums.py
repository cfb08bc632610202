"""Random months of random towns: members, squads, companies, brigade, PDF, workbook, CSV and API all say what the raw rows
add up to, before a month is sealed and after (R-08).
"""

from __future__ import annotations

import datetime as dt
from random import Random
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.passkeys import Passkey
from brigade.access.second_factors import RecoveryCode, Totp
from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.actor import Actor, load_actor
from brigade.month.editions import Edition, EditionFile, EditionUnit
from brigade.month.reading import month_heads, month_rows
from brigade.month.status import month_status
from brigade.month.totals import Sum, month_totals
from brigade.organisation.people import Member, Post
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.units import Unit
from brigade.scopes import act_as
from tests.api import sums
from tests.api.answers import API, CheckedClient
from tests.api.asking import signed_in
from tests.api.raw_month import JST, TAKEN, Report, added, grouped, raw_month
from tests.api.sealing import sealed
from tests.db.town import NOW, Town
from tests.make import SYSTEM

FULL = settings.default is not None and settings.default.max_examples > 1000
SEEDS = range(500, 560 if FULL else 502)
MONTHS = ("2026-10", "2026-11")
SPANS = {"2026-03": (1, 31), "2026-10": (1, 31), "2026-11": (1, 19)}
"""Days of a month on which nothing of a town changes; on 20 November something may."""


@pytest.fixture
def app(own_app: Flask) -> Flask:
    own_app.test_client_class = CheckedClient
    return own_app


def lively(seed: int) -> Town:
    """A town that pays as Yokohama does, whose reports begin and end at odd moments of the days on which their units
    stood so, some of them about one event, and many of whose people came later or left earlier.
    """
    town, chance = Town(seed), Random(seed)
    for model in (EditionFile, EditionUnit, Edition, Totp, RecoveryCode, Passkey):
        town.rows.pop(model, None)
    for row in town.of(Unit):
        if row["level"] == Level.BUREAU:
            row["settings"] = {**row["settings"], "pay_rules": "yokohama"}
    times = {}
    for row in town.of(ActivityReport):
        first, last = SPANS[row["month"]] if row["started_at"].day != 20 or row["month"] == "2026-03" else (20, 20)
        year, month = map(int, row["month"].split("-"))
        day = dt.datetime(year, month, chance.randint(first, last), tzinfo=JST)
        start = day + chance.choice([dt.timedelta(), dt.timedelta(seconds=chance.randrange(86_400))])
        end = start + dt.timedelta(microseconds=chance.randint(1, 9 * 3600 * 10**6))
        events = [one["id"] for one in town.of(Event) if one["bureau_id"] == row["bureau_id"]]
        row.update(started_at=start.astimezone(dt.UTC), ended_at=end.astimezone(dt.UTC),
                   kind=chance.choice(["T-01", "T-01", "D-01", "M-01"]),
                   event_id=chance.choice([None, None, *events[:3]]))  # fmt: skip
        times[row["id"]] = (row["started_at"], row["ended_at"])
    for row in town.of(Participation):
        start, end = times[row["report_id"]]
        came, left = sorted(start + (end - start) * chance.random() for _ in range(2))
        row.update(started_at=chance.choice([None, came]), ended_at=chance.choice([None, left]))
    return town


def raw(app: Flask, month: str) -> list[Report]:
    with app.app_context(), db.engine.connect() as connection:
        return raw_month(connection, month)


def leaders(app: Flask, town: Town) -> dict[UUID, Actor]:
    """Everyone who leads something today and may sign in."""
    found = {}
    with app.app_context(), Session(db.engine) as session:
        for member_id in sorted({row["member_id"] for row in town.of(Post)}):
            actor = load_actor(session, session.get_one(Member, member_id, execution_options=SYSTEM), NOW)
            if actor is not None and actor.reach:
                found[member_id] = actor
    return found


def person(app: Flask, town: Town, member_id: UUID) -> CheckedClient:
    [account] = [row for row in town.of(Account) if row["member_id"] == member_id]
    return signed_in(app.test_client(), account["login"])


def check_totals(app: Flask, actor: Actor, unit_id: UUID, month: str, reports: list[Report]) -> None:
    """What the database adds up by itself."""
    with app.app_context(), Session(db.engine) as session:
        act_as(session, actor)
        totals = month_totals(session, actor, unit_id, month)
        quick, whole = (read(session, actor, unit_id, month) for read in (month_heads, month_rows))
        assert (quick.units, quick.said, quick.path) == (whole.units, whole.said, whole.path)
        dates, units = month_status(session, actor, whole)
        assert month_status(session, actor, quick) == (dates, units)
        high = [unit for unit in units if unit.level not in ("section", "squad")]
        assert month_status(session, actor, quick, LEVELS[:4]) == (dates, tuple(high))

    def of(inside: list[Report]) -> Sum:
        whole = added(inside)
        waiting, returned = (sum(one.state == state for one in inside) for state in ("in_review", "returned"))
        return Sum(whole.times, whole.person_times, whole.minutes, waiting, returned)

    assert totals.whole == of(reports)
    assert dict(totals.kinds) == {kind: of(inside) for kind, inside in grouped(reports, lambda r: r.kind).items()}
    for held in {id_ for report in reports for id_ in report.units}:
        if held in totals.units:
            assert totals.of(held) == of([report for report in reports if held in report.units])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_month_says_everywhere_what_the_rows_add_up_to(app: Flask, seed: int) -> None:
    town, chance = lively(seed), Random(seed)
    with app.app_context(), Session(db.engine) as session:
        town.stored(session)
    months = {month: raw(app, month) for month in MONTHS}
    who = leaders(app, town)
    asked = 0
    for member_id in chance.sample(sorted(who), 20 if FULL else 6):
        client, actor = person(app, town, member_id), who[member_id]
        units = sorted({id_ for _, id_ in actor.reach})
        below = {id_ for rows in months.values() for row in rows if row.units & set(units) for id_ in row.units}
        for unit_id in {units[0], *chance.sample(sorted(below), min(2, len(below)))}:
            for month, reports in months.items():
                answer = client.get(f"{API}/months/{month}", query_string={"unit_id": str(unit_id)})
                if answer.status_code in (403, 404):
                    continue
                # Of a unit that came from elsewhere one reads what it did since.
                inside = [report for report in reports if unit_id in report.units and report.units & set(units)]
                sums.check_month(answer.json, inside)
                sums.check_figures(client, unit_id, month, inside)
                sums.check_statistics(client, unit_id, month, inside)
                check_totals(app, actor, unit_id, month, inside)
                if chance.random() < 0.1:
                    sums.check_preview(client, unit_id, month, inside)
                asked += len(inside)
    assert asked


def officers(town: Town, who: dict[UUID, Actor]) -> list[tuple[UUID, UUID]]:
    """(officer, station): one for each station that has one."""
    found = {}
    for member_id, actor in who.items():
        for desk in actor.desks:
            if desk.level == Level.STATION and desk.waiting_before is None:
                found.setdefault(desk.unit_id, member_id)
    return [(member_id, station) for station, member_id in found.items()]


def sealed_units(app: Flask, edition_id: str) -> set[UUID]:
    """All units of an edition, also one that has gone to another station since, into which its officer no longer looks."""
    asked = select(EditionUnit.unit_id).where(EditionUnit.edition_id == UUID(edition_id))
    with app.app_context(), Session(db.engine) as session:
        return set(session.scalars(asked, execution_options=SYSTEM))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sealed_month_says_in_every_document_what_the_rows_add_up_to(app: Flask, seed: int) -> None:
    town, chance = lively(seed), Random(seed)
    with app.app_context(), Session(db.engine) as session:
        town.stored(session)
    read = 0
    for member_id, station in officers(town, leaders(app, town))[:1]:
        client = person(app, town, member_id)
        for month in MONTHS if FULL else MONTHS[seed % 2 :][:1]:
            edition = sealed(app, client, station, month)
            reports = [report for report in raw(app, month) if report.state in TAKEN and station in report.units]
            sums.check_edition(client, edition, reports)
            listed = client.get(f"{API}/editions", query_string={"unit_id": str(station), "month": month}).json["items"]
            for one in listed:
                own = client.get(f"{API}/editions/{one['id']}").json
                whole = [report for report in reports if UUID(own["of"]["id"]) in report.units]
                sums.check_edition(client, own, whole)
                sums.check_complete(sealed_units(app, own["id"]), own["of"]["level"], whole)
                units = [UUID(unit["unit_id"]) for unit in own["units"]]
                for unit_id in {units[0], *chance.sample(units, min(2, len(units)))}:
                    inside = [report for report in whole if unit_id in report.units]
                    sums.check_documents(client, own["id"], unit_id, inside)
                    read += 1
    assert read
