"""Reading a page: from what was seen on it and what the records know to values with their doubts.

First every field by itself (``looks.py``), then each against the others (``agreement.py``, ``people.py``), and only then
whether it may stand without a person (``thresholds.py``).
"""

from __future__ import annotations

from brigade.forms.template import Template
from ocr.marks import PageMarks
from ocr.reading.agreement import check_head
from ocr.reading.draft import Sheet
from ocr.reading.known import Known
from ocr.reading.looks import heavy_boxes, seen
from ocr.reading.people import check_people
from ocr.reading.readings import PageReading
from ocr.reading.reasons import Reason
from ocr.reading.thresholds import LEAST_FRAME


def read_page(template: Template, marks: PageMarks, known: Known) -> PageReading:
    """The reading of a page that was found to be this form. ValueError where the marks are those of another one."""
    by_id = marks.by_id
    if (marks.form, marks.version) != (template.code, template.version) or by_id.keys() != {
        field.id for field in template.fields
    }:
        raise ValueError(f"marks of {marks.form} {marks.version}, not of {template.code} {template.version}")
    drafts = {field.id: seen(field, by_id[field.id], known) for field in template.fields}
    heavy_boxes(list(drafts.values()), frozenset(id_ for id_, value in known.printed.items() if value.strip()))
    if marks.quality < LEAST_FRAME:
        for draft in drafts.values():
            draft.doubts.add(Reason.FRAME_ASTRAY)
    sheet = Sheet(template, known, drafts)
    check_head(sheet)
    check_people(sheet)
    return PageReading(template.code, template.version, tuple(draft.settled() for draft in drafts.values()))
