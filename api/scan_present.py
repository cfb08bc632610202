"""Scans as answered. Names of units and people are looked up once for all pages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.present import Names, instant
from api.problems import language
from brigade.forms.shelf import forms
from brigade.forms.template import Field, Template
from brigade.scans.reviewing import review_order, template_of, undecided, values_of, versions_of
from brigade.scans.sheets import stored_sheet
from brigade.scans.tables import Scan, ScanFile, ScanPage
from brigade.viewings import Kept, viewed_in
from brigade.wording import has, text

URL = "/api/v1/scans"


def scans(session: Session, rows: Sequence[Scan]) -> list[dict[str, Any]]:
    """Scans without their pages."""
    names = Names(session, {row.uploader_id for row in rows}, {row.unit_id for row in rows})
    counts = _counts(session, [row.id for row in rows])
    return [_scan(row, names, counts.get(row.id, {})) for row in rows]


def _counts(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    found: dict[uuid.UUID, dict[str, int]] = {}
    asked = select(ScanPage.scan_id, ScanPage.state, func.count()).where(ScanPage.scan_id.in_(ids))
    for scan_id, state, count in session.execute(asked.group_by(ScanPage.scan_id, ScanPage.state)):
        found.setdefault(scan_id, {})[state] = count
    return found


def _scan(row: Scan, names: Names, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "job_id": str(row.job_id),
        "state": row.state,
        "form": row.form,
        "unit": names.unit(row.unit_id),
        "uploader": names.member(row.uploader_id),
        "pages_total": row.pages,
        "counts": dict(counts),
        "created_at": instant(row.created_at),
        "files": [_file(file) for file in row.files],
    }


def _file(file: ScanFile) -> dict[str, Any]:
    return {
        "position": file.position,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "pages": file.pages,
        "refusal": _coded("scan_refusal", file.refusal) if file.refusal else None,
    }


def _coded(group: str, code: str) -> dict[str, str]:
    """The code with its words."""
    key = f"{group}.{code}"
    return {"code": code, "message": text(key, language()) if has(key) else code}


def pages(session: Session, rows: Sequence[ScanPage], which: str = "all") -> list[dict[str, Any]]:
    """Pages with ``all`` of their fields, the ``doubtful`` ones that wait, or ``none``."""
    names = Names(session, (), {row.unit_id for row in rows})
    seen = _visible(session, rows)
    versions = versions_of(session, rows)
    for row in rows:
        viewed_in(session, Kept("page", row.scan_id, row.n))
    return [_page(row, names, which, seen, versions[row.scan_id, row.n]) for row in rows]


def _visible(session: Session, rows: Sequence[ScanPage]) -> set[tuple[uuid.UUID, int]]:
    """Those of the pages seen before that the asker may see."""
    ids = {row.duplicate_scan_id for row in rows if row.duplicate_scan_id}
    if not ids:
        return set()
    found = session.execute(select(ScanPage.scan_id, ScanPage.n).where(ScanPage.scan_id.in_(ids)))
    return {(scan_id, n) for scan_id, n in found}


def _page(row: ScanPage, names: Names, which: str, seen: set[tuple[uuid.UUID, int]], version: int) -> dict[str, Any]:
    registered = bool(row.form and row.form_version)
    template = template_of(row) if registered else None
    sheet = stored_sheet(row) if registered else None
    left = undecided(row)
    before = (row.duplicate_scan_id, row.duplicate_n)
    shown = {"all": None, "doubtful": set(left), "none": set()}[which]
    return {
        "scan_id": str(row.scan_id),
        "n": row.n,
        "version": version,
        "state": row.state,
        "refusal": _coded("scan_refusal", row.refusal) if row.refusal else None,
        "registered": registered,
        "form": row.form,
        "form_version": row.form_version,
        "form_title": template.label.of(language()) if template else None,
        "quality": row.quality,
        "turned": row.turned,
        "unit": names.unit(row.unit_id),
        "day": row.day.isoformat() if row.day else None,
        "month": row.month,
        "event_id": str(row.event_id) if row.event_id else None,
        "page": sheet.page if sheet else 1,
        "pages": sheet.pages if sheet else 1,
        "is_duplicate": row.duplicate_scan_id is not None,
        "duplicate_of": {"scan_id": str(before[0]), "n": before[1]} if before in seen else None,
        "doubtful": len(left),
        "fields": _fields(row, template, shown) if template else [],
        "reports": row.said,
        "report_ids": row.report_ids,
        "reason": row.reason,
        "picture_url": f"{URL}/{row.scan_id}/pages/{row.n}/picture" if row.picture_id else None,
    }


def _fields(row: ScanPage, template: Template, shown: set[str] | None) -> list[dict[str, Any]]:
    now = values_of(row)
    known = {field.id: field for field in template.fields}
    ordered = sorted(row.fields, key=review_order)
    places = {field["id"]: place for place, field in enumerate(ordered, 1)}
    return [
        _field(row, known[field["id"]], field, now[field["id"]], places[field["id"]])
        for field in row.fields
        if field["id"] in known and (shown is None or field["id"] in shown)
    ]


def _field(row: ScanPage, field: Field, read: Mapping[str, Any], value: Any, position: int) -> dict[str, Any]:
    decided = row.decided.get(field.id)
    return {
        "name": field.id,
        "label": field.label.of(language()),
        "type": field.type,
        "options": [option.value for option in field.options],
        "activity": field.report,
        "row": field.person,
        "value": value,
        "read_value": read["value"],
        "raw": read["raw"],
        "confidence": read["confidence"],
        "status": read["status"],
        "reasons": [_coded("reading.reason", code) for code in read["reasons"]],
        "alternatives": read["alternatives"],
        "decided": decided is not None,
        "as_picture": bool(decided and decided.get("as_picture")),
        "box": read["box"],
        "position": position,
        "crop_url": f"{URL}/{row.scan_id}/pages/{row.n}/fields/{field.id}",
    }


def field_label(form: str, version: int, name: str) -> str:
    """The label of a field by its name without row and column; the name where that version is gone."""
    template = forms().get((form, version))
    if template is None:
        return name
    block, _, own = name.rpartition(".")
    fields = [field for one in template.blocks if one.id == block for field in one.fields] if block else template.single
    return next((field.label.of(language()) for field in fields if field.id == (own or name)), name)
