"""The deployed server with the small city, and Safari's engine to look at it with; the real clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import make
from tests.browser.phone.conftest import People, Town, city_and_rows, people, town
from tests.browser.webkit.driver import Browser, webkit

__all__ = ["People", "Town", "city_and_rows", "people", "town"]
QUIET = """const [store, frame] = [await import("/phone/store.js"), await import("/phone/frame.js")];
if (!(await store.kept("synced_at")) || (await navigator.locks.query()).held.length) return false;
await frame.redraw();
return true;"""
PLAIN = """const page = document.body.cloneNode(true);
for (const one of page.querySelectorAll("rt")) one.remove();
return page.textContent.includes(said[0]);"""


@pytest.fixture
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Fresh from the shop for each test."""
    with webkit(tmp_path_factory.mktemp("webkit")) as browser:
        yield browser


class Handset:
    """The app on an iPhone, as far as this engine is one."""

    def __init__(self, browser: Browser, port: int) -> None:
        self.browser, self.address = browser, f"http://127.0.0.1:{port}"
        browser.sized(360, 740)

    def open(self, where: str = "") -> None:
        """The app, loaded anew."""
        self.browser.open(f"{self.address}/phone/{where}")

    def sign_in(self, login: str) -> None:
        """Opened, in Japanese, signed in and fetched what there is; all files are kept from now on."""
        self.open()
        self.keeps_itself()
        self.browser.run("await (await import('/phone/settings.js')).change({ lang: 'ja' })")
        self.open()
        self.browser.type("//input[@id='login']", login)
        self.browser.type("//input[@id='password']", make.PASSWORD)
        self.tap("ログインする")
        self.browser.find("//nav")
        self.quiet()

    def quiet(self) -> None:
        """The news is there and drawn: a screen that is drawn anew under the finger takes no tap."""
        self.browser.until(QUIET)

    def keeps_itself(self) -> None:
        """The service worker has all files: the app opens without a server from now on."""
        self.browser.until("return navigator.serviceWorker.controller !== null")

    def tap(self, name: str) -> None:
        """What is pressed and whose name begins so."""
        self.browser.click(pressed(name))

    def onward(self) -> None:
        """To the next question, which is drawn once the draft is kept."""
        before = self.browser.run("return document.title")
        self.tap("つぎへ")
        self.browser.until("return document.title !== said[0]", before)

    def sees(self, words: str) -> None:
        """They stand on the screen, readings left out."""
        self.browser.until(PLAIN, words)

    def kept(self, place: str) -> Any:
        """What stands in one of the phone's stores."""
        return self.browser.run(
            "return JSON.parse(JSON.stringify(await (await import('/phone/store.js')).all(said[0])))", place
        )

    def sideways(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return int(
            self.browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )


def pressed(name: str) -> str:
    """A link or a button by the beginning of its name."""
    return (
        "//*[self::a or self::button or self::summary or self::label]"
        f"[starts-with(@aria-label, '{name}') or starts-with(normalize-space(.), '{name}')]"
    )
