"""Scans of a made-up town: rows by chance, as in ``town.py``."""

from __future__ import annotations

from typing import Any

from brigade.scans.tables import Scan, ScanCorrection, ScanFile, ScanPage, ScanTally
from tests.make import NOW

Row = dict[str, Any]


def add_scan(town: Any, bureau: Row, ours: list[Row], person: Row) -> None:
    """Some say for which unit; one page is of that one or another, one of none."""
    unit = town.chance.choice(ours) if town.maybe(50) else None
    scan = town.add(Scan, id=town.id(), bureau_id=bureau["id"], uploader_id=person["id"],
                    unit_id=unit["id"] if unit else None, form=None, digest=f"{person['number']:>064}", job_id=town.id(),
                    state="read", pages=2, created_at=NOW, finished_at=NOW)  # fmt: skip
    town.add(ScanFile, scan_id=scan["id"], position=0, file_id=town.id(), sha256="", bytes=1, pages=2, refusal=None)
    for n, of in ((1, town.chance.choice(ours)), (2, None)):
        key = {"scan_id": scan["id"], "n": n}
        empty = {"code": None, "day": None, "month": None, "event_id": None, "quality": None, "turned": None,
                 "pixels": None, "trace": None, "duplicate_scan_id": None, "duplicate_n": None, "width": None,
                 "height": None, "closed_by_id": None, "closed_at": None}  # fmt: skip
        town.add(ScanPage, **key, **empty, version=1, uploader_id=person["id"], position=0, page=n - 1,
                 state="read" if of else "refused", refusal=None if of else "not-a-form", form="roster" if of else None,
                 form_version=1, unit_id=of["id"] if of else None, marks={}, fields=[], decided={}, said={},
                 picture_id=town.id(), report_ids=[], reason="")  # fmt: skip
        town.add(ScanCorrection, id=town.id(), **key, field="day", status="unsure", before={}, after={},
                 by_id=person["id"], at=NOW)  # fmt: skip
        town.add(ScanTally, **key, field="day", bureau_id=bureau["id"], form="roster", form_version=1, read=1, written=1,
                 sure=1, sure_changed=0, doubtful_changed=0, at=NOW)  # fmt: skip
