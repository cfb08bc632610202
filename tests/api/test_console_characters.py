"""What no keyboard makes is refused by every page and every form alike, before the store is asked for it."""

from __future__ import annotations

import re
import uuid

import pytest

from tests import make
from tests.api.visiting import CONSOLE, Visitor, visitor

ASKED = (
    "/office/devices?q=",
    "/office/audit?q=",
    "/office/retention/person?q=",
    "/members?q=",
    "/reports?q=",
    "/sign-in?next=",
)


def test_nobody_signs_in_by_it(app, city) -> None:
    browser = Visitor(app)
    form = browser.get(f"{CONSOLE}/sign-in").form("/sign-in")
    page = browser.send(form, login="squad11\0", password=make.PASSWORD)
    assert page.status == 422
    assert "使えない文字" in page.text


@pytest.mark.parametrize("path", ASKED)
def test_nothing_is_looked_for_by_it(app, city, path) -> None:
    page = visitor(app, "bureau").get(f"{CONSOLE}{path}a%00b")
    assert page.status == 422
    assert "使えない文字" in page.text


def test_no_page_takes_it(app, city) -> None:
    browser = visitor(app, "bureau")
    token = browser.get(f"{CONSOLE}/help").form("/view")["token"]
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(CONSOLE)]
    assert len(rules) > 100
    for rule in rules:
        path = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), rule.rule)
        path = re.sub(r"<(?:\w+:)?\w+>", "1", path)
        if "GET" in (rule.methods or ()):
            answer = browser.client.get(f"{path}?some=a%00b")
        else:
            answer = browser.client.post(path, data={"token": token, "some": "a\0b"})
        assert answer.status_code == 422, rule.rule
