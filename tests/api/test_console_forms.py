"""Every page and form of the console: what it needs, what it carries, what it refuses, what it never lets
through (S-16).
"""

from __future__ import annotations

import re

import pytest

from api.console.pages import Declared
from tests.api.asking import digest
from tests.api.visiting import CONSOLE, Page, Visitor, visitor

ID = "0199a3c0-0000-7000-8000-00000000dead"
OPEN = (
    "/sign-in", "/sign-in/code", "/sign-in/passkey", "/sign-in/passkey/options", "/view", "/static/<name>", "/<path:rest>",
)  # fmt: skip
pytestmark = pytest.mark.parametrize("quiet", ["sqlite"], indirect=True)


def rules(app) -> list[tuple[str, str, Declared]]:
    """Every address of the console as (method, address, declaration)."""
    return [
        (method, rule.rule, app.view_functions[rule.endpoint].declared)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(CONSOLE)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def address(rule: str) -> str:
    return re.sub(r"<\w+:\w+_id>", ID, rule).replace("<month>", "2026-11").replace("<name>", "report.pdf")


def forms(app) -> list[str]:
    return [address(rule) for method, rule, _ in rules(app) if method == "POST"]


def test_every_address_says_what_it_needs(quiet) -> None:
    found = rules(quiet.app)
    assert len(found) > 30
    open_ = {rule.removeprefix(CONSOLE) for _, rule, declared in found if not declared.needs.signed_in}
    assert open_ == set(OPEN)
    assert all(declared.is_form == (method == "POST") for method, _, declared in found)


def test_nobody_sees_a_page_or_does_anything(quiet) -> None:
    nobody = Visitor(quiet.app)
    token = nobody.get(f"{CONSOLE}/sign-in").form("/sign-in")["token"]
    before = digest(quiet.app)
    for method, rule, declared in rules(quiet.app):
        if declared.needs.signed_in:
            answer = nobody.client.open(
                address(rule), method=method, data={"token": token} if method == "POST" else None
            )
            assert answer.status_code == 303, rule
            assert answer.headers["Location"].startswith(f"{CONSOLE}/sign-in"), rule
    assert digest(quiet.app) == before


@pytest.mark.parametrize("forged", ["none", "empty", "other", "cross-site", "same-site", "origin", "null"])
def test_a_form_that_is_not_ours_does_nothing(quiet, forged) -> None:
    leader = visitor(quiet.app, "squad11")
    token = leader.get(f"{CONSOLE}/inbox").form("/sign-out")["token"]
    other = visitor(quiet.app, "squad11").get(f"{CONSOLE}/inbox").form("/sign-out")["token"]
    data = {"none": {}, "empty": {"token": ""}, "other": {"token": other}}.get(forged, {"token": token})
    headers = {
        "cross-site": {"Sec-Fetch-Site": "cross-site"}, "same-site": {"Sec-Fetch-Site": "same-site"},
        "origin": {"Origin": "https://evil.example"}, "null": {"Origin": "null"},
    }.get(forged, {})  # fmt: skip
    before = digest(quiet.app)
    for path in forms(quiet.app):
        answer = leader.client.post(path, data=data, headers=headers)
        assert answer.status_code == 403, path
        assert "この画面は古くなりました" in answer.text
    assert digest(quiet.app) == before


def test_reading_changes_nothing(quiet) -> None:
    leader = visitor(quiet.app, "company1")
    before = digest(quiet.app)
    for method, rule, _ in rules(quiet.app):
        if method == "GET":
            assert leader.raw(address(rule)).status_code < 500, rule
    assert digest(quiet.app) == before


@pytest.mark.parametrize("path", ["/sign-in", "/inbox", "/months", "/editions", "/help", "/nope", f"/reports/{ID}"])
def test_pages_are_kept_by_no_cache_and_load_nothing_from_elsewhere(quiet, path) -> None:
    page = visitor(quiet.app, "company1").get(CONSOLE + path)
    headers = page.answer.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert not page.inline
    loads = re.findall(r'(?:src|href|action)="([^"]*)"', page.answer.text)
    assert all(link.startswith(("/", "#")) for link in loads)


def test_what_is_not_there_and_what_is_not_ones_own_look_alike(quiet) -> None:
    leader = visitor(quiet.app, "squad11")
    for path in (
        "/nope",
        f"/reports/{ID}",
        f"/months/2026-11?unit_id={ID}",
        "/months/2026-11?unit_id=x",
        f"/editions/{ID}",
    ):
        page = leader.get(CONSOLE + path)
        assert (page.status, "見つかりません" in page.text) == (404, True), path
    assert leader.get(f"{CONSOLE}/months/2026-13").status == 422
    assert leader.client.post(f"{CONSOLE}/inbox").status_code == 405
    assert "<html" in leader.client.post(f"{CONSOLE}/inbox").text


def test_style_and_script_are_small_and_kept(quiet) -> None:
    nobody = Visitor(quiet.app)
    page = nobody.raw(f"{CONSOLE}/sign-in")
    total = 0
    for link in re.findall(r'(?:src|href)="((?:/console/static|/shared)/[^"]+)"', page.text):
        answer = nobody.raw(link, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, link
        assert "max-age" in answer.headers["Cache-Control"]
        total += len(answer.data)
    assert total < 15_000
    assert Page(page).status == 200
