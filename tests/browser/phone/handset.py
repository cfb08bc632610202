"""A member's phone: Chromium of a phone's size, touched by a finger, with a network that can be pulled."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

from tests import make

CHROMIUM = shutil.which("chromium")
SCREEN = {"width": 360, "height": 740}
HANDSET: dict[str, Any] = {
    "locale": "ja-JP", "timezone_id": "Asia/Tokyo", "viewport": SCREEN, "has_touch": True, "is_mobile": True,
}  # fmt: skip
WATCH = """addEventListener("securitypolicyviolation", event => console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`))"""


@dataclass
class Phone:
    """The app on one phone. ``taps`` counts what the finger did, ``complaints`` what the console said."""

    address: str
    context: BrowserContext
    taps: int = 0
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.listen(self.page)

    def listen(self, page: Page) -> None:
        """Keep what goes wrong; that a request had no network is no fault of the app."""

        def said(message: Any) -> None:
            if message.type == "error" and "Failed to load resource" not in message.text:
                self.complaints.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: self.complaints.append(f"{error} {error.stack}"))

    def open(self, where: str = "") -> None:
        """The app, from its address."""
        self.page.goto(f"{self.address}/phone/{where}")

    def sign_in(self, login: str, password: str = make.PASSWORD) -> None:
        """Opened, signed in and fetched what there is."""
        self.open()
        self.page.get_by_label("ログインID").fill(login)
        self.page.get_by_label("パスワード", exact=True).fill(password)
        self.page.get_by_role("button", name="ログインする").tap()
        expect(self.page.get_by_role("navigation")).to_be_visible()
        self.synced()

    def synced(self) -> None:
        """Everything fetched."""
        self.until(IS_SYNCED)

    def until(self, question: str, about: Any = None, seconds: float = 30) -> None:
        """Until a question of JavaScript is answered by true; ``wait_for_function`` takes a promise itself for that."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(question, about):
            assert time.monotonic() < deadline, question
            self.page.wait_for_timeout(50)

    def keeps_itself(self) -> None:
        """The service worker has all files: the app opens without a network from now on."""
        self.until("() => navigator.serviceWorker.controller !== null")

    def tap(self, name: str | Locator, role: Any = "button") -> None:
        """One finger, once."""
        found = name if isinstance(name, Locator) else self.page.get_by_role(role, name=name)
        touched = found.element_handle()
        found.tap()
        if name == "つぎへ":  # the same button again on the next screen, which is drawn once the draft is kept
            self.until(WENT_ON, touched)
        self.taps += 1

    def kept(self, place: str) -> list[Any]:
        """What stands in one of the phone's stores, read by other means than the app's."""
        return list(self.page.evaluate(READ, place))


WENT_ON = "button => !button.isConnected || document.activeElement.role === 'alert'"
"""The screen of the button is left, or says what is missing on it."""

IS_SYNCED = """async () => {
  const { kept } = await import("/phone/store.js");
  return Boolean(await kept("synced_at"));
}"""
READ = """place => new Promise((resolve, reject) => {
  const asked = indexedDB.open("brigade-phone");
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const all = asked.result.transaction(place).objectStore(place).getAll();
    all.onsuccess = () => { asked.result.close(); resolve(all.result.map(one => JSON.parse(JSON.stringify(one)))); };
  };
})"""


def lasting(playwright: Playwright, folder: Path, **said: Any) -> BrowserContext:
    """A phone whose store outlives the browser: closed and opened again on the same folder."""
    return playwright.chromium.launch_persistent_context(str(folder), executable_path=CHROMIUM, **HANDSET, **said)
