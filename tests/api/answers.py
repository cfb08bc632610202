"""Every answer held against the served OpenAPI document: the tests' client cannot be answered otherwise unnoticed.

A declared operation may answer only with a status, a media type and a body that its part of the document allows. An
error is a whole problem document whatever was asked, also where nothing is declared.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.problems import STATUS

API = "/api/v1"
JSON, PROBLEM = "application/json", "application/problem+json"
SCHEMAS = "#/components/schemas/"
KANA = re.compile("[ぁ-んァ-ン]")


class CheckedClient(FlaskClient):
    """A client that refuses to be answered in a way that the document does not tell. ``tokens`` after signing in."""

    tokens: dict[str, Any]

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """The answer, found to be as declared."""
        answer = super().open(*args, **{"buffered": True, **kwargs})
        check(self.application, answer)
        return answer


def body_of(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    """What an answer of that status says."""
    assert answer.status_code == status, answer.text
    body = answer.json
    assert isinstance(body, dict), answer.text
    return body


def check(app: Flask, answer: TestResponse) -> None:
    """AssertionError where the answer is not what the document declares."""
    asked = f"{answer.request.method} {answer.request.path} -> {answer.status_code}"
    assert answer.status_code < 500 or answer.status_code == 503, f"{asked}: {answer.text[:500]}"
    if answer.status_code >= 400:
        check_problem(answer, asked)
    document = served(app)
    found = operation(document, answer.request.method, answer.request.path)
    if found is None:
        return
    path, declared = found
    responses = declared["responses"]
    assert str(answer.status_code) in responses, f"{asked} is not declared (only {sorted(responses)})"
    content = responses[str(answer.status_code)].get("content", {})
    if not content:
        assert not answer.data, f"{asked}: a body where none is declared"
        return
    assert answer.mimetype in content, f"{asked}: {answer.mimetype}, declared {sorted(content)}"
    if answer.mimetype in (JSON, PROBLEM) and answer.request.method != "HEAD":
        where = (path, answer.request.method.lower(), str(answer.status_code), answer.mimetype)
        faults = [
            f"{list(fault.instance_path)}: {fault.message}" for fault in validator(where).iter_errors(_said(answer))
        ]
        assert not faults, f"{asked}: {faults[:5]}"


def _said(answer: TestResponse) -> Any:
    """The JSON of an answer, also of one that was sent small."""
    small = answer.headers.get("Content-Encoding") == "gzip"
    return json.loads(gzip.decompress(answer.data) if small else answer.data)


def check_problem(answer: TestResponse, asked: str) -> None:
    """AssertionError unless the error is a problem document with all that the contract names."""
    if answer.request.method == "HEAD":
        return
    assert answer.mimetype == PROBLEM, f"{asked}: {answer.mimetype} {answer.text[:200]}"
    body = _said(answer)
    assert body.keys() >= {"type", "title", "status", "detail", "code", "request_id", "errors"}, asked
    assert body["status"] == answer.status_code == STATUS[body["code"]], asked
    assert body["type"] == f"{API}/problems/{body['code']}", asked
    assert body["request_id"] == answer.headers["X-Request-Id"], asked
    english = answer.headers["Content-Language"] == "en"
    for sentence in (body["title"], body["detail"], *(entry["message"] for entry in body["errors"])):
        assert sentence.strip(), asked
        assert "{" not in sentence, f"{asked}: {sentence}"
        assert bool(KANA.search(sentence)) is not english, f"{asked}: {sentence}"
    for entry in body["errors"]:
        assert entry["pointer"] == "" or entry["pointer"].startswith("/"), f"{asked}: {entry}"
    assert (answer.status_code in (429, 503)) <= ("Retry-After" in answer.headers), asked


_document: dict[str, Any] = {}


def served(app: Flask) -> dict[str, Any]:
    """The document as this application serves it; asked for once."""
    if not _document:
        answer = FlaskClient(app, TestResponse).get(f"{API}/openapi.json")
        assert answer.status_code == 200
        _document.update(json.loads(answer.data))
    return _document


def operation(document: dict[str, Any], method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The path template and declaration that a request meets; None where nothing is declared."""
    for template, pattern in _patterns():
        declared = document["paths"][template]
        asked = "get" if method == "HEAD" and "head" not in declared else method.lower()
        if pattern.fullmatch(path) and asked in declared:
            return template, declared[asked]
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Path templates with fewer open places first: ``/activity-reports/validate`` before ``/{report_id}``."""
    ordered = sorted(_document["paths"], key=lambda template: template.count("{"))
    ids = re.compile(r"\{\w+_id\}")
    return [
        (template, re.compile(re.sub(r"\{\w+\}", "[^/]+", ids.sub("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
                                                                  template))))
        for template in ordered
    ]  # fmt: skip


@cache
def validator(where: tuple[str, str, str, str]) -> Any:
    """The schema of one answer, ready to validate; formats (uuid, date-time) count.

    With the named schemas it leads to and no others: all of them, for each answer there is, were 1.5 GB by the end of a run.
    """
    path, method, status, media = where
    schema = _document["paths"][path][method]["responses"][status]["content"][media]["schema"]
    needed: dict[str, Any] = {}
    _gather(schema, needed)
    return jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": needed}}, validate_formats=True)


def _gather(part: Any, needed: dict[str, Any]) -> None:
    """Add the named schemas that are referred to from there, and from those."""
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).removeprefix(SCHEMAS)
        if name and name not in needed:
            needed[name] = _document["components"]["schemas"][name]
            _gather(needed[name], needed)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _gather(inner, needed)
