"""What the QR code of a sheet says: form, version, page, roster's day, month, unit, event. Pure.

``BF1/roster.1/1-2/20261120/202611/AZ…/AZ…``: some 80 letters, which fit 37 × 37 modules at level M. It names, it does
not prove: who may file for that unit is decided when the scan is confirmed.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import uuid
from dataclasses import dataclass

PREFIX = "BF1"
FORM = "[a-z][a-z0-9-]{0,19}"
"""What a form's code may look like."""

NONE = "-"
_FORM = re.compile(rf"({FORM})\.([1-9][0-9]{{0,2}})")
_PAGE = re.compile(r"([1-9][0-9]?)-([1-9][0-9]?)")
_DAY = re.compile(r"[0-9]{8}")
_MONTH = re.compile(r"([0-9]{4})(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class SheetCode:
    """Which sheet a page is. ``day`` is the one of the printed roster; ``month`` like ``2026-11``."""

    form: str
    version: int
    page: int
    pages: int
    day: dt.date | None = None
    month: str | None = None
    unit_id: uuid.UUID | None = None
    event_id: uuid.UUID | None = None

    def __str__(self) -> str:
        """As it is printed."""
        parts = (
            PREFIX, f"{self.form}.{self.version}", f"{self.page}-{self.pages}",
            f"{self.day:%Y%m%d}" if self.day else NONE, self.month.replace("-", "") if self.month else NONE,
            _short(self.unit_id), _short(self.event_id),
        )  # fmt: skip
        return "/".join(parts)

    @classmethod
    def read(cls, text: str) -> SheetCode:
        """The code as it was printed; ValueError for anything else."""
        parts = text.split("/")
        if len(parts) != 7 or parts[0] != PREFIX:
            raise ValueError(f"not a sheet of ours: {text[:100]!r}")
        form, page = _FORM.fullmatch(parts[1]), _PAGE.fullmatch(parts[2])
        if not form or not page or int(page[1]) > int(page[2]):
            raise ValueError(f"no form or page: {text[:100]!r}")
        unit_id, event_id = map(_long, parts[5:])
        return cls(
            form[1], int(form[2]), int(page[1]), int(page[2]), _day(parts[3]), _month(parts[4]), unit_id, event_id
        )


def _short(id_: uuid.UUID | None) -> str:
    return base64.urlsafe_b64encode(id_.bytes).rstrip(b"=").decode() if id_ else NONE


def _long(text: str) -> uuid.UUID | None:
    if text == NONE:
        return None
    try:
        id_ = uuid.UUID(bytes=base64.urlsafe_b64decode(f"{text}=="))
    except ValueError:
        raise ValueError(f"not an id: {text[:40]!r}") from None
    if _short(id_) != text:  # one way to write it only
        raise ValueError(f"not an id: {text[:40]!r}")
    return id_


def _day(text: str) -> dt.date | None:
    if text == NONE:
        return None
    if not _DAY.fullmatch(text):
        raise ValueError(f"not a day: {text[:40]!r}")
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _month(text: str) -> str | None:
    match = _MONTH.fullmatch(text)
    if not match and text != NONE:
        raise ValueError(f"not a month: {text[:40]!r}")
    return f"{match[1]}-{match[2]}" if match else None
