"""A set of documents: the months of many units as one PDF, or many files as one ZIP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from brigade.dates import to_tokyo
from brigade.month.sheet import MonthSheet
from reports.month import names
from reports.month.document import month_pages
from reports.sheet import A4, About, described_canvas

COMPRESSED = (".pdf", ".xlsx")
"""Files that no second compression makes smaller."""

READABLE = 0o100644
UNIX = 3


def book_pdf(
    months: Iterable[MonthSheet], *, title: str, made_at: datetime, lang: str = "ja", subject: str = ""
) -> bytes:
    """The documents one after the other, each with its own page numbers and an entry in the outline over its sections.

    Only one document is held at a time, so ``months`` may make each when it is asked for. The same sheets give the same
    bytes; the file's dates are ``made_at``. ValueError for no document at all.
    """
    out = BytesIO()
    canvas = described_canvas(out, A4, About(title, subject or title, lang, made_at))
    count = 0
    for count, month in enumerate(months, 1):
        canvas.bookmarkPage(f"{count}")
        canvas.addOutlineEntry(names.unit_name(month), f"{count}", 0, closed=True)
        month_pages(month, lang).draw(canvas, name=f"{count}-", level=1)
    if not count:
        raise ValueError("a book needs a document")
    canvas.save()
    return out.getvalue()


def set_zip(files: Iterable[tuple[str, bytes]], made_at: datetime) -> bytes:
    """The files under their names, in their order; the same files give the same bytes, dated ``made_at`` (Tokyo).

    Names may hold any characters: ZIP marks them as UTF-8. ValueError for a name twice, an empty one or one that leads
    out of the folder in which it is unpacked.
    """
    out = BytesIO()
    at = to_tokyo(made_at)
    seen: set[str] = set()
    with ZipFile(out, "w") as archive:
        for name, data in files:
            _check(name, seen)
            entry = ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            entry.compress_type = ZIP_STORED if name.endswith(COMPRESSED) else ZIP_DEFLATED
            entry.create_system, entry.external_attr = UNIX, READABLE << 16
            archive.writestr(entry, data)
    return out.getvalue()


def _check(name: str, seen: set[str]) -> None:
    if name in seen or "\\" in name or not all(part.strip(". ") for part in name.split("/")):
        raise ValueError(f"not a name for a file of a set, or there already: {name!r}")
    seen.add(name)
