"""Scans over HTTP: sent once and twice, read page by page, seen by whom they concern, refused where they must be."""

from __future__ import annotations

import pytest

from api import scan_reading
from tests.api.scanning import SaidPages, doubtful, drill, field, pdf, sent


@pytest.fixture(autouse=True)
def pages(monkeypatch) -> SaidPages:
    """Pages are what their file says."""
    said = SaidPages()
    monkeypatch.setattr(scan_reading, "PAGES", said)
    return said


def test_a_sheet_is_read_and_every_field_told(app, ask, city) -> None:
    found = sent(app, ask("squad11a"), pdf(drill(app, city)))
    assert (found["state"], found["pages_total"], found["counts"]) == ("read", 1, {"read": 1})
    (page,) = found["pages"]
    print(
        doubtful(page),
        [
            (f["name"], f["value"], f["status"], f["reasons"])
            for f in page["fields"]
            if f["value"] or f["status"] != "sure"
        ],
    )
    assert field(page, "start")["value"] == "09:00"
    assert 0
