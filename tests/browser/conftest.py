"""A served application with the small city in November 2026, and Chromium to look at it with."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from werkzeug.serving import make_server

from api import create_app
from api.extensions import db
from brigade.access import passwords
from tests import make
from tests.conftest import settings_for

CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=30_000)  # several browsers and servers share the cores: five seconds were too few once
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Site:
    """The served application; ``complaints`` are what browsers said on their consoles: a policy that was broken, a
    program that failed.
    """

    app: Flask
    city: make.City
    address: str
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for a whole file: its tests look at different things."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(sqlite_template, folder / "brigade.sqlite3")
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(make.NOW, tick=True):
        patch.setattr(passwords, "HASHER", CHEAP)
        patch.setattr(make, "PASSWORD_HASH", CHEAP.hash(make.PASSWORD))
        app = create_app(settings_for(f"sqlite:///{folder / 'brigade.sqlite3'}", folder))
        with app.app_context():
            city = make.city(db.session())
            db.session.remove()
        server = make_server("localhost", 0, app, threaded=True)
        address = f"http://localhost:{server.port}"
        app.config["BRIGADE"] = replace(app.config["BRIGADE"], base_url=address)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(app, city, address)
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a whole file."""
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM) as browser:
        yield browser


Opens = Callable[..., Page]


@pytest.fixture
def browse(site: Site, chromium: Browser) -> Iterator[Opens]:
    """``browse("company1", width=360, height=740, color_scheme="dark")``: a page of that person, signed in."""
    contexts: list[BrowserContext] = []

    def opens(login: str = "", width: int = 1366, height: int = 768, **said: Any) -> Page:
        size: ViewportSize = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo", **said)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: site.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: site.complaints.append(str(error)))
        page.goto(f"{site.address}/console/sign-in")
        if login:
            page.fill("#f-login", login)
            page.fill("#f-password", make.PASSWORD)
            page.click("button.main")
            page.wait_for_url("**/console/**")
            page.wait_for_selector("footer .who")
        return page

    yield opens
    for context in contexts:
        context.close()
