"""Pages around the API: is it well, its figures, its reference, its problems; and what every answer carries (S-33)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api import create_app
from api.readiness import NEEDED
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, REPORTS, bearing
from tests.conftest import settings_for

HOST = "http://localhost"


class Links(HTMLParser):
    """Everything that a page loads or leads to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        for name in ("src", "href", "action", "srcset", "poster", "data"):
            if said.get(name):
                (self.leads if tag == "a" else self.loads).append(said[name] or "")
        self.inline += [name for name in said if name.startswith("on") or name == "style"]
        if tag in ("script", "style") and not said.get("src"):
            self.inline.append(tag)


def test_the_process_is_up_and_the_store_is_ready(quiet) -> None:
    client = quiet.app.test_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (200, "ready\n")


@pytest.mark.parametrize(("revision", "status"), [("0001", 503), (NEEDED, 200), ("9999", 200)])
def test_ready_is_who_has_the_tables_it_needs_or_newer_ones(quiet, revision, status) -> None:
    """So a process goes on serving while the next version's tables are made (docs/operate/upgrade.md)."""
    url = make_url(quiet.app.config["SQLALCHEMY_DATABASE_URI"])
    owner = create_engine(url)
    said = text("UPDATE alembic_version SET version_num = :revision")
    with owner.begin() as connection:
        connection.execute(said, {"revision": revision})
    try:
        assert quiet.app.test_client().get("/readyz").status_code == status
    finally:
        with owner.begin() as connection:
            connection.execute(said, {"revision": NEEDED})
        owner.dispose()


def test_figures_are_for_this_machine_and_never_through_a_proxy(quiet) -> None:
    client = quiet.app.test_client()
    own = client.get("/metrics")
    assert own.status_code == 200
    assert own.mimetype == "text/plain"
    assert "python_info" in own.text
    outside = [
        {"environ_overrides": {"REMOTE_ADDR": "192.0.2.1"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=192.0.2.1"}},
        {"headers": {"X-Real-IP": "192.0.2.1"}},
        {"headers": {"Via": "1.1 proxy"}},
    ]
    for said in outside:
        assert client.get("/metrics", **said).status_code == 404, said


@pytest.mark.parametrize("path", ["/", f"{API}/docs", f"{API}/problems", f"{API}/problems/not-found"])
def test_a_page_loads_nothing_from_elsewhere_and_all_it_names_is_there(quiet, path) -> None:
    client = quiet.app.test_client()
    for headers in ({}, ENGLISH):
        page = client.get(path, headers=headers)
        assert (page.status_code, page.mimetype) == (200, "text/html")
        found = Links(page.text)
        assert not found.inline
        for link in (*found.loads, *found.leads):
            target = urljoin(HOST + path, link)
            assert target.startswith(f"{HOST}/"), link
            assert client.get(urlsplit(target).path).status_code == 200, link
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert not re.search(r"https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline", policy)
        assert re.search(f'<html lang="{"en" if headers else "ja"}"', page.text)


def test_the_reference_asks_for_the_served_document_only(quiet) -> None:
    client = quiet.app.test_client()
    scripts = [link for link in Links(client.get(f"{API}/docs").text).loads if link.endswith("reference.js")]
    assert scripts
    program = client.get(urlsplit(scripts[0]).path).text
    assert f"{API}/openapi.json" in program
    assert not re.search(r"https?://", program)


@pytest.mark.parametrize(
    "name", ["swagger-ui.js", "index.html", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/meta.py", "swagger-ui-bundle.js.map"]
)
def test_only_the_references_own_files_are_given_out(quiet, name) -> None:
    assert quiet.app.test_client().get(f"{API}/docs/{name}").status_code == 404


def test_every_answer_forbids_guessing_framing_and_keeping(quiet) -> None:
    client, person = quiet.app.test_client(), quiet.person("squad11a")
    answers = [
        client.get("/"), client.get("/healthz"), client.get("/nowhere"), client.get(f"{API}/me"), person.get(f"{API}/me"),
        person.post(REPORTS, json={}), client.get(f"{API}/openapi.json"), client.get(f"{API}/docs/swagger-ui.css"),
    ]  # fmt: skip
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
        assert "Set-Cookie" not in answer.headers
    assert person.get(f"{API}/me").headers["Cache-Control"] == "no-store"
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)


def test_no_address_at_all_is_without_them(quiet) -> None:
    """Every route: as nobody by every method, as a leader by those that read. API, console, phone app and all else."""
    nobody, leader = (
        FlaskClient(quiet.app, quiet.app.response_class) for _ in range(2)
    )  # pages for people are no problems
    bearing(leader, quiet.person("company1").tokens["access_token"])
    asked = 0
    for rule in quiet.app.url_map.iter_rules():
        where = re.sub(r"<(?:\w+:)?\w+>", str(make.new_id()), rule.rule)
        for client, methods in ((nobody, rule.methods or set()), (leader, {"GET"} & (rule.methods or set()))):
            for method in methods:
                answer = client.open(where, method=method)
                assert answer.status_code < 500, (method, where)
                assert answer.headers["X-Content-Type-Options"] == "nosniff", (method, where)
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], (method, where)
                assert answer.headers["X-Frame-Options"] == "DENY", (method, where)
                if answer.data and answer.mimetype.startswith("text/"):
                    assert "charset=" in answer.content_type, (method, where)
                assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin"), (method, where)
                asked += 1
        assert nobody.open(where, method="TRACE").status_code == 405, where
    assert asked > 600


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://brigade.example.jp", "max-age=31536000"),
        ("https://brigade.example.jp:8443", None),
        ("http://brigade.example.jp", None),
    ],
)
def test_where_there_is_https_a_browser_comes_by_it_alone(tmp_path, address, told) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path}/brigade.sqlite3", tmp_path, BASE_URL=address))
    for path in ("/", "/phone/", "/console/sign-in", f"{API}/me", f"{API}/openapi.json", "/nowhere"):
        assert app.test_client().get(path).headers.get("Strict-Transport-Security") == told, path


@pytest.mark.parametrize(
    "path",
    ["/nowhere", f"{API}/nowhere", f"{API}", f"{API}/", "/api/v2/me", f"{REPORTS}/not-an-id", f"{API}/units/1", "/.env",
     "/static/../app.py", "/static/%2e%2e/app.py", f"{API}/problems/no-such-code", f"{API}/problems/%00", "/%ff%fe",
     f"{API}/months/2026-11/report.xlsx", "/" + "a" * 8000],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_document_too(quiet, path) -> None:
    answer = quiet.person("squad11a").get(path)
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_a_refusal_gives_nothing_of_the_inside_away(quiet) -> None:
    for answer in (
        quiet.person("squad11a").post(REPORTS, data="{", content_type="application/json"),
        quiet.person("squad11a").get(f"{REPORTS}/{make.new_id()}"),
        quiet.app.test_client().get(f"{API}/me"),
    ):
        assert not re.search(
            r"Traceback|File \"|sqlalchemy|werkzeug|marshmallow|psycopg|site-packages|/app", answer.text
        )
        assert "Werkzeug" not in answer.headers.get("Server", "")
