"""The way to the limited process for pages. What comes back of a stranger's file is believed only as far as it fits."""

from __future__ import annotations

import atexit
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brigade.forms.shelf import forms
from brigade.forms.template import Template
from ocr.kinds import MAX_PAGES, REFUSALS, PageRefused, file_kind
from ocr.limits import LIMITS, LONGEST
from ocr.marks import PageMarks, page_marks
from pictures.limited import Busy, Limited
from pictures.sandbox import is_jpeg

__all__ = ["PAGES", "Busy", "Pages", "Seen"]
MAX_ANSWER = 16 * 1024 * 1024
STARTING = 120.0
"""Seconds: OpenCV, the readers and all forms are loaded, which takes some three on a quiet machine."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that is a form: its marks, the straightened page as JPEG with its size in pixels, and a digest of the
    pixels as they were sent.
    """

    marks: PageMarks
    picture: bytes
    width: int
    height: int
    pixels: str


class Pages(Limited):
    """Counts and looks at pages, one at a time: it is the worker's, who has time."""

    def __init__(self, inside: str = "ocr.inside") -> None:
        super().__init__(inside, LIMITS, at_once=1, waiting=8, max_wait=600.0, largest=MAX_ANSWER, starting=STARTING)

    def count(self, data: bytes) -> int:
        """How many pages the file has. PageRefused for what is no such file; Busy when it could not be looked at."""
        said, _ = self._said({"count": file_kind(data)}, data)
        pages = said.get("pages")
        if type(pages) is not int or not 1 <= pages <= MAX_PAGES + 1:
            raise PageRefused("unreadable")
        return pages

    def look(self, data: bytes, page: int, form: str | None = None) -> Seen:
        """One page (from 0), sought among all forms or the versions of one. Refusals as ``count``."""
        said, picture = self._said({"look": file_kind(data), "page": page, "form": form}, data)
        try:
            template = _template(said["marks"], form)
            seen = Seen(
                page_marks(said["marks"], template), picture, int(said["width"]), int(said["height"]), said["pixels"]
            )
            whole = 0 < seen.width <= LONGEST and 0 < seen.height <= LONGEST and is_jpeg(picture)
            if not whole or not re.fullmatch("[0-9a-f]{64}", seen.pixels):
                raise ValueError(seen.pixels)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise PageRefused("unreadable") from None
        return seen

    def _said(self, asked: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        head, _, rest = self.ask(json.dumps(asked).encode() + b"\n" + data).partition(b"\n")
        if not head:
            raise PageRefused("too-hard")  # it died over the page
        try:
            said = json.loads(head)
            refused = said.get("refused")
        except (ValueError, AttributeError, RecursionError):
            raise PageRefused("unreadable") from None
        if refused is not None:
            reason = refused if refused in REFUSALS else "unreadable"
            raise PageRefused(reason, rest if is_jpeg(rest) else b"")
        return said, rest


def _template(marks: Mapping[str, Any], form: str | None) -> Template:
    """The form that the marks are said to be of, which must be among those that it was sought among."""
    found = forms()[str(marks["form"]), marks["version"]]
    if form not in (None, found.code):
        raise ValueError(found.code)
    return found


PAGES = Pages()
atexit.register(PAGES.close)
