"""Safari's engine, driven as the W3C says: Debian's WebKitWebDriver on a display that nobody sees.

A client of our own, as small as what our tests ask of it: the protocol is a standard, JSON over HTTP.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 30.0
"""Seconds; other tests share the cores."""
PAUSE = 0.05
"""Seconds between two questions: the protocol has no way to be told."""

SLENDER = "* { padding: 0; margin: 0; min-width: 0; min-height: 0; border-width: 0; font-size: 1px; }"
"""The browser's own buttons would keep its window wider than a phone."""

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The standard's name for "this is an element"."""


STILL = """said[0].scrollIntoView({ block: "center" });
await document.fonts.ready;
const at = () => said[0].getBoundingClientRect().top;
for (let before = null; before !== at(); await new Promise(requestAnimationFrame)) before = at();"""
"""In the middle of the screen, and moving no more: letters that come late move what a press is aimed at."""

GONE = ("stale element reference", "element not interactable", "element click intercepted")


class NotDone(Exception):
    """The browser did not do it; the standard's name of the error stands first."""


class Gone(NotDone):
    """What was found has been drawn anew meanwhile, or something lies over it."""


@dataclass(frozen=True)
class Browser:
    """One session. What is found is found again for each step: pages are drawn anew at any time."""

    port: int
    folder: Path
    session: str = ""

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One command of the standard, and its value."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE * 3)
        try:
            said = None if method != "POST" else json.dumps(body or {})
            whole = f"/session/{self.session}{path}" if self.session else path
            connection.request(method, whole, said, {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            kind = Gone if value["error"] in GONE else NotDone
            raise kind(f"{value['error']}: {value.get('message', '')}")
        return value

    def open(self, address: str) -> None:
        """Loaded anew: of an address that differs from the last one behind its # the engine would not say when it is there."""
        self.ask("POST", "/url", {"url": "about:blank"})
        self.ask("POST", "/url", {"url": address})

    def run(self, program: str, *said: Any) -> Any:
        """What the body of a function answers in the page; it may wait."""
        whole = f"const done = arguments[arguments.length - 1]; (async (...said) => {{ {program} }})(...[...arguments].slice(0, -1)).then(done, (error) => done({{failed: String(error)}}))"
        answer = self.ask("POST", "/execute/async", {"script": whole, "args": list(said)})
        if isinstance(answer, dict) and "failed" in answer:
            raise NotDone(answer["failed"])
        return answer

    def until(self, program: str, *said: Any, seconds: float = PATIENCE) -> Any:
        """The first answer of that program that is not nothing."""
        deadline = time.monotonic() + seconds
        while not (answer := self.run(program, *said)):
            assert time.monotonic() < deadline, f"{program} {said}\n{self.text()[:2000]}"
            time.sleep(PAUSE)
        return answer

    def text(self) -> str:
        """What is to be read on the page."""
        return str(self.run("return document.body.innerText"))

    def find(self, xpath: str, seconds: float = PATIENCE) -> str:
        """The one that is shown, once it is there."""
        deadline = time.monotonic() + seconds
        while True:
            with suppress(Gone):
                for found in self.ask("POST", "/elements", {"using": "xpath", "value": xpath}):
                    if self.ask("GET", f"/element/{found[ELEMENT]}/displayed"):
                        return str(found[ELEMENT])
            assert time.monotonic() < deadline, f"no {xpath}\n{self.text()[:2000]}"
            time.sleep(PAUSE)

    def click(self, xpath: str) -> None:
        """Pressed where it stands, as by a finger, once it is in the middle of the screen and nothing lies over it."""

        def press(found: str) -> None:
            self.run(STILL, {ELEMENT: found})
            self.ask("POST", f"/element/{found}/click")

        self.reach(xpath, press)

    def follow(self, link: str, to: str) -> None:
        """Pressed until it has led there: now and then the engine loses a press on a link, without a word."""
        for _ in range(3):
            self.click(link)
            with suppress(AssertionError):
                self.find(to, PATIENCE / 3)
                return
        self.find(to)

    def type(self, xpath: str, text: str) -> None:
        """Into a field, key by key, in the place of what was there."""

        def write(found: str) -> None:
            self.ask("POST", f"/element/{found}/clear")
            self.ask("POST", f"/element/{found}/value", {"text": text})

        self.reach(xpath, write)

    def reach(self, xpath: str, touch: Callable[[str], None]) -> None:
        """Done to what is shown there, and to what is there now where it was drawn anew meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(Gone):
                return touch(self.find(xpath))
            assert time.monotonic() < deadline, f"out of reach: {xpath}"

    def give(self, selector: str, file: Path) -> None:
        """A file to a field for files, which itself need not be seen."""
        [found] = self.ask("POST", "/elements", {"using": "css selector", "value": selector})
        self.ask("POST", f"/element/{found[ELEMENT]}/value", {"text": str(file)})

    def taken(self, suffix: str) -> Path:
        """The one file that was downloaded, once it grows no more: it is there before its bytes, and nothing tells of its end."""
        deadline, before = time.monotonic() + PATIENCE, 0
        while True:
            found = [one for one in self.folder.iterdir() if one.suffix == suffix]
            size = found[0].stat().st_size if found else 0
            if size and size == before:
                return found[0]
            assert time.monotonic() < deadline, f"no {suffix}\n{self.text()[:2000]}"
            before = size
            time.sleep(PAUSE)

    def sized(self, width: int, height: int) -> None:
        """The page gets so much room, whatever stands around it."""
        self.ask("POST", "/window/rect", {"width": width, "height": height})
        self.until("return innerWidth === said[0]", width)  # the window changes before its page does
        around = height - int(self.run("return innerHeight"))
        self.ask("POST", "/window/rect", {"width": width, "height": height + around})
        self.until("return innerWidth === said[0] && innerHeight === said[1]", width, height)

    def press(self, *keys: str) -> None:
        """Keys, one after the other, to whatever has the focus."""
        steps = [{"type": way, "value": key} for key in keys for way in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]})

    def picture(self, path: Path) -> None:
        """The screen as it is seen."""
        path.write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))


def free_port() -> int:
    """One that nobody has just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def display(width: int, height: int) -> Iterator[str]:
    """A screen without a screen."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
        server.terminate()


@contextmanager
def webkit(folder: Path) -> Iterator[Browser]:
    """One browser, in Tokyo; it keeps nothing when it ends."""
    port = free_port()
    (folder / "gtk-3.0").mkdir(exist_ok=True)
    (folder / "gtk-3.0" / "gtk.css").write_text(SLENDER, encoding="utf-8")
    (folder / "user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{folder}"\n', encoding="utf-8")
    with display(1400, 1000) as shown:
        said = {**os.environ, "DISPLAY": shown, "TZ": "Asia/Tokyo", "NO_AT_BRIDGE": "1", "XDG_CONFIG_HOME": str(folder)}
        with subprocess.Popen(["WebKitWebDriver", f"--port={port}"], env=said) as driver:
            try:
                yield from _session(port, folder)
            finally:
                driver.terminate()


def _session(port: int, folder: Path) -> Iterator[Browser]:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            opened = Browser(port, folder).ask(
                "POST", "/session", {"capabilities": {"alwaysMatch": {"pageLoadStrategy": "normal"}}}
            )
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "WebKitWebDriver does not answer"
            time.sleep(PAUSE)
    browser = Browser(port, folder, opened["sessionId"])
    try:
        browser.ask("POST", "/timeouts", {"script": int(PATIENCE * 1000)})
        yield browser
    finally:
        browser.ask("DELETE", "")
