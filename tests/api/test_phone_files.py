"""The phone app's files over HTTP: what may run, what is kept how long, where a card leads."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from flask import Flask

from api import create_app, phone
from tests.conftest import settings_for


@pytest.fixture
def app(sqlite: str, tmp_path) -> Flask:
    return create_app(settings_for(sqlite, tmp_path))


def test_every_file_has_the_policy_and_is_asked_for_anew(app) -> None:
    client = app.test_client()
    for name, file in phone.files().items():
        answer = client.get(f"/phone/{name}")
        assert (answer.status_code, answer.data) == (200, file.body), name
        assert answer.headers["Content-Security-Policy"] == phone.CSP
        assert "unsafe" not in phone.CSP
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        again = client.get(f"/phone/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_the_worker_names_every_file_with_its_hash(app) -> None:
    client = app.test_client()
    line, _, program = client.get("/phone/sw.js").text.partition("\n")
    shell = json.loads(line.removeprefix("self.SHELL = ").removesuffix(";"))
    assert "addEventListener" in program
    named = shell["files"] | shell["later"]
    assert len(named) == len(shell["files"]) + len(shell["later"]) == len(phone.files()) - 1  # all but itself
    for path, digest in named.items():
        whole = base64.b64encode(hashlib.sha256(client.get(path).data).digest()).decode()
        assert len(digest) == 16  # 96 bits: enough against a file of another day
        assert whole.startswith(digest)


def test_no_text_goes_over_lines_for_what_stands_before_a_line_is_left_out() -> None:
    for path in sorted((phone.WEB / "phone").rglob("*.js")):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            code = line.partition(" // ")[0]
            assert code.lstrip().startswith(("//", "*", "/*")) or code.count("`") % 2 == 0, (path, n)
        for said in re.findall(r"^.*[;{] // ", path.read_text(), re.MULTILINE):
            assert said.count('"') % 2 == 0, f"in {path} a text would be cut short: {said}"
    assert b"\n " not in phone.files()["frame.js"].body
    assert b" // " not in phone.files()["frame.js"].body
    assert b"@type" not in phone.files()["frame.js"].body


@pytest.mark.parametrize(
    "name", ["nothing.js", "../shared/tokens.css", "%2e%2e/shared/tokens.css", "words", "index.html"]
)
def test_nothing_else_is_served(app, name) -> None:
    assert app.test_client().get(f"/phone/{name}").status_code == 404


def test_addresses_lead_to_the_app(app) -> None:
    client = app.test_client()
    assert client.get("/phone").headers["Location"].endswith("/phone/")
    assert client.get("/join").headers["Location"] == "/phone/join"  # without a fragment: the browser keeps the card's
    assert client.get("/phone/join").data == client.get("/phone/").data


def test_what_is_installed_is_there(app) -> None:
    client = app.test_client()
    manifest = json.loads(client.get("/phone/manifest.webmanifest").data)
    assert manifest["scope"] == manifest["start_url"] == phone.HOME
    assert [client.get(icon["src"]).status_code for icon in manifest["icons"]] == [200] * len(manifest["icons"])
