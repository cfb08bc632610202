"""From problem codes to RFC 9457 answers: the status of each code, and one body for every error there is."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, current_app, g, json, request
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from api.log_lines import failure
from brigade.errands import begin_errand
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Refused, Unavailable, WrongState
from brigade.wording import LANGUAGES, text

STATUS = {
    "unreadable-body": 400,
    "bad-request": 400,
    "not-signed-in": 401,
    "token-expired": 401,
    "wrong-credentials": 401,
    "refresh-reused": 401,
    "second-factor-required": 401,
    "wrong-second-factor": 401,
    "passkey-refused": 401,
    "refused": 403,
    "form-expired": 403,
    "not-found": 404,
    "invitation-unknown": 404,
    "method-not-allowed": 405,
    "wrong-state": 409,
    "id-taken": 409,
    "import-already-applied": 409,
    "import-has-problems": 409,
    "month-has-open-reports": 409,
    "month-has-reports": 409,
    "month-in-future": 409,
    "month-not-over": 409,
    "not-sealed-there": 409,
    "sealing-under-way": 409,
    "code-misread": 422,
    "code-unknown": 404,
    "already-disputed": 409,
    "dispute-settled": 409,
    "event-cancelled": 409,
    "event-not-cancelled": 409,
    "event-not-started": 409,
    "event-has-reports": 409,
    "squad-has-reported": 409,
    "passkeys-unavailable": 409,
    "stale-version": 412,
    "attachment-in-use": 409,
    "upload-offset": 409,
    "upload-gone": 410,
    "tus-version": 412,
    "bad-upload-header": 400,
    "upload-checksum": 460,
    "picture-too-large": 413,
    "picture-format": 415,
    "picture-heic": 415,
    "picture-unreadable": 422,
    "picture-too-many-pixels": 422,
    "hash-mismatch": 422,
    "picture-quota": 429,
    "scan-page-closed": 409,
    "scan-page-continues": 409,
    "scan-page-duplicate": 409,
    "scan-page-goes-on": 409,
    "scan-page-undecided": 409,
    "scan-file-gone": 409,
    "scan-too-large": 413,
    "scan-quota": 429,
    "edition-forgotten": 410,
    "asked-already": 409,
    "extended-already": 409,
    "request-answered": 409,
    "held-already": 409,
    "nothing-due": 409,
    "over-cap": 409,
    "run-begun": 409,
    "run-not-due": 409,
    "run-waits": 409,
    "too-large": 413,
    "wrong-media-type": 415,
    "invalid-fields": 422,
    "version-required": 428,
    "too-many-tries": 429,
    "too-many-requests": 429,
    "too-many-codes": 429,
    "sign-in-stopped": 403,
    "internal-error": 500,
    "storage-unavailable": 503,
}
"""The codes that stand alone; a code under ``errors`` or ``reasons`` has no status of its own."""

_HTTP = {400: "bad-request", 401: "not-signed-in", 403: "refused", 404: "not-found", 405: "method-not-allowed",
         413: "too-large", 415: "wrong-media-type", 422: "invalid-fields", 429: "too-many-tries"}  # fmt: skip
MOST_ERRORS = 50
MEDIA_TYPE = "application/problem+json"
PAGES = "brigade.problem_pages"
"""Where an application keeps what shows a problem as a page, by the prefix of the addresses."""

log = logging.getLogger("brigade.problems")


def language() -> str:
    """The language of the answer: what a person chose on a page, else what the client prefers, else Japanese."""
    chosen: str | None = g.get("language")
    return chosen or request.accept_languages.best_match(LANGUAGES, default="ja")


def request_id() -> str:
    """The id of this request, in its log lines and its error body."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex
        begin_errand(g.request_id)
    return str(g.request_id)


def note_refusal(problem: Problem) -> None:
    """For the log: why this request is refused."""
    g.refused = ",".join(problem.reasons) if isinstance(problem, Refused) else problem.code


def refused() -> dict[str, str]:
    """The field of the log's line that says why; none where nothing was refused."""
    return {"code": g.refused} if "refused" in g else {}


def field_body(problem: FieldProblem, lang: str) -> dict[str, Any]:
    """One entry of ``errors`` or ``warnings``."""
    return {
        "pointer": problem.pointer.encode(errors="replace").decode(),  # a key may hold half a character
        "code": problem.code,
        "message": text(f"problem.{problem.code}.detail", lang, **problem.params),
        **({"params": dict(problem.params)} if problem.params else {}),
    }


def body_of(problem: Problem, lang: str) -> dict[str, Any]:
    """The problem document, without the request's own parts."""
    body: dict[str, Any] = {
        "type": f"/api/v1/problems/{problem.code}",
        "title": text(f"problem.{problem.code}.title", lang),
        "status": STATUS[problem.code],
        "detail": text(f"problem.{problem.code}.detail", lang, **problem.params),
        "code": problem.code,
        "errors": [],
        **problem.extra,
    }
    if isinstance(problem, Invalid):
        body["errors"] = [field_body(entry, lang) for entry in problem.problems[:MOST_ERRORS]]
        if len(problem.problems) > MOST_ERRORS:
            body["errors_left_out"] = len(problem.problems) - MOST_ERRORS
    if isinstance(problem, Refused):
        body["reasons"] = list(problem.reasons)
        body["detail"] = " ".join(text(f"problem.{code}.detail", lang) for code in problem.reasons)
    if isinstance(problem, WrongState):
        body["state"] = problem.params.get("state")
    return body


def answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem as an HTTP answer: a document for programs, and under a prefix of pages a page for people."""
    note_refusal(problem)
    pages: dict[str, Callable[[Problem], Response]] = current_app.extensions.get(PAGES, {})
    shown = next((show for prefix, show in pages.items() if request.path.startswith(prefix)), None)
    if shown is not None:
        return shown(problem)
    lang = language()
    body = {**body_of(problem, lang), "instance": request.path, "request_id": request_id()}
    response = current_app.response_class(json.dumps(body), STATUS[problem.code], mimetype=MEDIA_TYPE)
    response.headers["Content-Language"] = lang
    if STATUS[problem.code] in (429, 503):
        response.headers["Retry-After"] = str(problem.params.get("retry_after", 5))
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def refusal_of(reasons: tuple[str, ...]) -> Problem:
    """A refusal whose only reason is a missing word is a field to fill in, not a prohibition."""
    if set(reasons) == {"reason-required"}:
        return Invalid([FieldProblem("/comment", "reason-required")])
    return Refused(*reasons)


def install(app: Flask) -> None:
    """Every error of the application leaves as a problem document."""

    @app.before_request
    def begin() -> None:
        """What is logged and enqueued from now on bears the id."""
        request_id()

    @app.errorhandler(Problem)
    def on_problem(problem: Problem) -> Response:
        return answer(refusal_of(problem.reasons) if isinstance(problem, Refused) else problem)

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        code = _HTTP.get(error.code or 500)
        if code is None:
            return answer(Problem("internal-error" if (error.code or 500) >= 500 else "bad-request"))
        kept = {"Allow": ", ".join(sorted(error.valid_methods))} if getattr(error, "valid_methods", None) else None  # type: ignore[attr-defined]
        return answer(NotFound() if code == "not-found" else Problem(code), kept)

    @app.errorhandler(DBAPIError)
    def on_store(error: DBAPIError) -> Response:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            log.error("store unavailable", extra=failure(error))
            return answer(Unavailable())
        return on_anything(error)

    @app.errorhandler(Exception)
    def on_anything(error: Exception) -> Response:
        log.exception("unexpected")
        return answer(Problem("internal-error"))


def field_problems(found: Any, at: str = "") -> Iterator[FieldProblem]:
    """marshmallow's nested messages as field problems. Each message is a code, with ``name=value`` parameters."""
    if isinstance(found, dict):
        for key, value in found.items():
            where = at if key == "_schema" else f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
            yield from field_problems(value, where)
        return
    for message in found if isinstance(found, list) else [found]:
        code, *params = str(message).split()
        yield FieldProblem(at, code, dict(part.split("=", 1) for part in params))
