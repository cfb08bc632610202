"""Pages outside the API: the front page, whether the server is well, its figures, the API reference and the problems."""

from __future__ import annotations

import functools
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, render_template, request, send_from_directory
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import NotFound

from api import counted_together, what_waits
from api.problems import STATUS, answer, language
from api.readiness import is_ready
from api.web_files import served
from brigade.problems import Unavailable
from brigade.wording import text, words

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
SWAGGER = Path(flask_swagger_ui.__file__).parent / "dist"
SHARED = Path(__file__).parents[1] / "web" / "shared"
PASSED_ON = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Headers by which a proxy shows itself."""
ASSETS = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
# The bundle writes style attributes; nothing else on the page may.
REFERENCE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pages.get("/")
def front() -> str:
    """Where a newcomer lands."""
    return render_template("front.html", lang=language(), t=functools.partial(text, lang=language()))


@pages.get("/shared/<name>")
def shared(name: str) -> Response:
    """What all screens share: colours, sizes and type."""
    return served(SHARED, name)


@pages.get("/healthz")
def healthz() -> Response:
    """The process is up."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/readyz")
def readyz() -> Response:
    """This process can serve: database, tables, files; 503 else, and when it was told to stop."""
    return Response("ready\n", mimetype="text/plain") if is_ready() else answer(Unavailable())


@pages.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for this machine's collector only: a proxy must not pass it on."""
    if request.remote_addr not in ("127.0.0.1", "::1") or any(name in request.headers for name in PASSED_ON):
        raise NotFound()
    return Response(counted_together.figures() + what_waits.figures(), content_type=CONTENT_TYPE_LATEST)


@pages.get("/api/v1/docs")
def reference() -> Response:
    """The browsable reference; its program and style come from the installed package."""
    response = Response(render_template("reference.html", lang=language()))
    response.headers["Content-Security-Policy"] = REFERENCE_CSP
    return response


@pages.get("/api/v1/docs/<name>")
def reference_asset(name: str) -> Response:
    """One of the reference's own files."""
    if name not in ASSETS:
        raise NotFound()
    return send_from_directory(SWAGGER, name, max_age=86400)


@pages.get("/api/v1/problems")
def problem_list() -> str:
    """Every problem code with its page."""
    return render_template("problems.html", lang=language(), t=functools.partial(text, lang=language()), codes=codes())


@pages.get("/api/v1/problems/<code>")
def problem_page(code: str) -> str:
    """What a problem code means and what to do about it, in both languages."""
    if code not in codes():
        raise NotFound()
    return render_template(
        "problem.html", lang=language(), t=functools.partial(text, lang=language()), code=code,
        status=STATUS.get(code), words={lang: _words(code, lang) for lang in ("ja", "en")},
    )  # fmt: skip


def codes() -> list[str]:
    """Every problem code in the catalogue, in order."""
    return sorted({key.split(".")[1] for key in words("ja") if key.startswith("problem.")})


def _words(code: str, lang: str) -> tuple[str, str]:
    """Title and detail with the places for values left open."""
    return words(lang)[f"problem.{code}.title"], words(lang)[f"problem.{code}.detail"]
