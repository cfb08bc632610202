"""Looking at the console as a browser without a program does: pages, their forms, and what they say."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import make

CONSOLE = "/console"


class Form(dict[str, Any]):
    """The fields of a form as they stand, and where it is sent."""

    action = ""


class Page(HTMLParser):
    """What stands on a page: its forms, its links and its text without furigana and places to break."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.answer, self.status = answer, answer.status_code
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self._text: list[str] = []
        self._in_kana = False
        self.feed(answer.text)
        self.text = re.sub(r"\s+", " ", unescape("".join(self._text))).replace("\u200b", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.inline += [name for name in said if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in said):
            self.inline.append(tag)
        if tag == "form":
            self.forms.append(Form())
            self.forms[-1].action = said["action"]
        if tag in ("input", "button") and said.get("name") and self.forms:
            ticked = said.get("type") not in ("checkbox", "radio", "submit") or "checked" in said
            if ticked and tag == "input":
                self.forms[-1].setdefault(said["name"], []).append(said.get("value", ""))
        if tag == "a":
            self.links.append(said.get("href", ""))
        self._in_kana = tag == "rt"

    def handle_endtag(self, tag: str) -> None:
        self._in_kana = False

    def handle_data(self, data: str) -> None:
        if not self._in_kana:
            self._text.append(data)

    def form(self, ending: str) -> Form:
        """The first form that is sent to an address with that ending."""
        return next(form for form in self.forms if form.action.endswith(ending))

    def link(self, part: str) -> str:
        """The first link with that part."""
        return next(link for link in self.links if part in link)


class Visitor:
    """A browser of one person."""

    def __init__(self, app: Flask, **environ: Any) -> None:
        self.client = FlaskClient(app, TestResponse)
        self.environ = environ

    def get(self, path: str, **said: Any) -> Page:
        """The page at the end of all redirects."""
        return Page(self.client.get(path, follow_redirects=True, **self.environ, **said))

    def raw(self, path: str, **said: Any) -> TestResponse:
        """The answer as it is."""
        return self.client.get(path, **self.environ, **said)

    def send(self, form: Form, follow: bool = True, **changed: Any) -> Page:
        """The page after the form, some fields filled in otherwise."""
        data = {**form, **changed}
        return Page(self.client.post(form.action, data=data, follow_redirects=follow, **self.environ))

    def sign_in(self, login: str, password: str = make.PASSWORD, next_: str = "") -> Page:
        """The page after signing in, or the form again."""
        page = self.get(f"{CONSOLE}/sign-in?next={next_}")
        return self.send(page.form("/sign-in"), login=login, password=password)


def visitor(app: Flask, login: str, **environ: Any) -> Visitor:
    """A browser in which that person is signed in."""
    found = Visitor(app, **environ)
    page = found.sign_in(login)
    assert page.status == 200, page.text
    assert page.answer.request.path != f"{CONSOLE}/sign-in", page.text
    return found
