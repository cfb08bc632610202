"""The deployed server with the small city on SQLite, and phones that reach it; the real clock."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy import Engine, insert

from api import create_app
from api.extensions import db
from api.processes import listening
from api.stopping import Serving
from brigade.dates import TOKYO
from brigade.db import new_id
from brigade.organisation.units import Vehicle
from tests import make
from tests.api.conftest import Rows, city_and_rows
from tests.browser.phone.handset import CHROMIUM, HANDSET, Phone
from tests.conftest import settings_for
from tests.faults.serving import store_of
from tests.faults.wire import Answer, Person

LEADERS = {"第1分団第1班": "squad11", "第1分団第2班": "squad12"}
__all__ = ["city_and_rows"]


@dataclass(frozen=True)
class Town:
    """The application, the city in its store, the store itself for a look from outside, and where it is served."""

    app: Flask
    city: make.City
    engine: Engine
    port: int


@pytest.fixture(scope="module")
def town(
    city_and_rows: tuple[make.City, Rows], sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """The small city, served by the server that is deployed, in a thread of this process."""
    folder = tmp_path_factory.mktemp("town")
    url = f"sqlite:///{shutil.copy(sqlite_template, folder / 'brigade.sqlite3')}"
    city, rows = city_and_rows
    engine = store_of(url, folder)
    with engine.begin() as connection:
        for table, its in rows:
            connection.execute(insert(table), its)
    app = create_app(settings_for(url, folder))
    shared = listening("127.0.0.1", 0)
    serving = Serving(app, 0, lambda: False, sockets=[shared], threads=8, channel_timeout=60)
    thread = threading.Thread(target=serving.run, name="town", daemon=True)
    thread.start()
    yield Town(app, city.mine(), engine, shared.getsockname()[1])
    serving.stop()
    thread.join()
    with app.app_context():
        db.engine.dispose()
    engine.dispose()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """One for a file: two at a time cannot be in one thread."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=CHROMIUM) as browser:
        yield browser


@pytest.fixture
def phone(town: Town, browser: Browser) -> Iterator[Phone]:
    """A phone fresh from the shop. At the end nothing may have gone wrong on it."""
    context = browser.new_context(**HANDSET)
    phone = Phone(f"http://127.0.0.1:{town.port}", context)
    yield phone
    context.close()
    assert phone.complaints == []


@pytest.fixture
def people(town: Town) -> People:
    return People(town)


class People:
    """Members and leaders of the city, who ask the API by other means than the app's."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._signed_in: dict[str, Person] = {}

    def person(self, login: str) -> Person:
        """Signed in."""
        if login not in self._signed_in:
            self._signed_in[login] = Person(self.town.port, login, make.PASSWORD)
        return self._signed_in[login]

    def ask(self, login: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """What a person is answered, which must not be a refusal."""
        answer: Answer = self.person(login).ask(method, path, body, **headers)
        assert answer.status < 300, answer.body.decode()
        return answer.json if answer.body else None

    def event(self, start: dt.datetime, title: str = "定例訓練", **said: Any) -> dict[str, Any]:
        """A drill of two hours for the first squad."""
        unit_id = str(self.town.city.unit_id("K1-1"))
        body = {
            "id": str(new_id()), "kind": "T-01", "unit_id": unit_id, "unit_ids": [str(self.town.city.unit_id("K1-1-1"))],
            "title": title, "started_at": start.isoformat(), "ended_at": (start + dt.timedelta(hours=2)).isoformat(),
            "place": "第1分団器具置場", "details": {"drill_type": "pump"}, **said,
        }  # fmt: skip
        return dict(self.ask("company1", "POST", "/events", body))

    def report(self, login: str, start: dt.datetime, **said: Any) -> dict[str, Any]:
        """A report of two hours, filed and submitted."""
        body = make.body(self.town.city, "K1-1-1", login) | {
            "started_at": start.isoformat(), "ended_at": (start + dt.timedelta(hours=2)).isoformat(), **said
        }  # fmt: skip
        return dict(self.ask(login, "POST", "/activity-reports", body))

    def returns(self, report: dict[str, Any], *pointers: str, comment: str = "確かめてください。") -> dict[str, Any]:
        """The squad leader sends it back."""
        remarks = [
            {"pointer": pointer, "reason": "times-impossible", "text": "片付けまで入れてください。"}
            for pointer in pointers
        ]
        said = {"comment": comment, "remarks": remarks}
        version = {"If_Match": f'"{report["version"]}"'}
        leader = report["route"][0]["unit_name"]
        return dict(self.ask(LEADERS[leader], "POST", f"/activity-reports/{report['id']}/return", said, **version))

    def approves(self, leader: str, report: dict[str, Any]) -> dict[str, Any]:
        """A leader approves it as it is."""
        version = {"If_Match": f'"{report["version"]}"'}
        return dict(self.ask(leader, "POST", f"/activity-reports/{report['id']}/approve", {}, **version))

    def leaves(self, login: str) -> None:
        """Today is that person's first day out of the service."""
        member_id, today = self.town.city.member_id(login), dt.datetime.now(TOKYO).date().isoformat()
        self.ask("bureau", "POST", f"/members/{member_id}/leave-service", {"on": today})

    def reports_of(self, login: str) -> list[dict[str, Any]]:
        """What the server has of an author's, newest activity first."""
        found: list[dict[str, Any]] = []
        more: str | None = ""
        while more is not None:
            page = self.ask(login, "GET", f"/activity-reports?author=me&limit=100{more and f'&cursor={more}'}")
            found += page["items"]
            more = page["next_cursor"]
        return found


def hours_ago(hours: float) -> dt.datetime:
    """On Tokyo's clock, in whole minutes."""
    return (dt.datetime.now(TOKYO) - dt.timedelta(hours=hours)).replace(second=0, microsecond=0)


@pytest.fixture
def truck(people: People) -> str:
    """A vehicle of the first company."""
    id_, unit_id = new_id(), people.town.city.unit_id("K1-1")
    with people.town.engine.begin() as connection:
        connection.execute(insert(Vehicle).values(id=id_, code=f"V{id_.hex[-4:]}", name=f"積載車{id_.hex[-4:]}", bureau_id=people.town.city.bureau_id, unit_id=unit_id, valid_from=dt.date(2020, 4, 1)))  # fmt: skip
    return str(id_)


def named(people: People, vehicle_id: str) -> str:
    return str(
        next(one["name"] for one in people.ask("squad11", "GET", "/vehicles")["items"] if one["id"] == vehicle_id)
    )
