"""A month sealed as an officer does it over the API, and what its documents say."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from uuid import UUID

import pypdfium2
from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from api.worker import work_once
from tests.api.answers import API, CheckedClient, body_of

MONTH = "2026-11"
CHAIN = ("squad11", "company1", "brigade", "station")


def sealed(app: Flask, officer: CheckedClient, unit_id: UUID, month: str = MONTH) -> dict[str, Any]:
    """The month of the unit is sealed by the worker; the new edition as answered to the officer."""
    asked = body_of(officer.post(f"{API}/months/{month}/seal", json={"unit_id": str(unit_id)}), 202)
    while work_once(app):
        pass
    job = body_of(officer.get(f"{API}/jobs/{asked['job_id']}"))
    assert (job["state"], job["done"]) == ("done", job["total"]), job
    return body_of(officer.get(f"{API}/editions/{asked['edition_id']}"))


def printed(data: bytes) -> str:
    """The text of a PDF, without its white space."""
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    try:
        return re.sub(r"\s", "", "".join(page.get_textpage().get_text_bounded() for page in document))
    finally:
        document.close()


def table(answer: TestResponse) -> list[dict[str, str]]:
    """The rows of a CSV, by the words of its head."""
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def workbook(answer: TestResponse) -> dict[str, list[dict[str, Any]]]:
    """The rows of each sheet of a workbook, by the words of its head; lengths as minutes."""
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.data))
    found = {}
    for sheet in book.worksheets[1:]:
        head, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(map(str, head), row, strict=True)) for row in rows]
    return found
