"""Which files may hold pages, told by their first bytes; a name or a media type that somebody wrote says nothing."""

from __future__ import annotations

from pictures.kinds import PictureRefused, kind_of

MAX_FILE = 96 * 1024 * 1024
MAX_PAGES = 200
"""Of one batch."""

REFUSALS = (
    "format", "heic", "encrypted", "unreadable", "no-pages", "too-many-pages", "too-many-pixels", "too-hard",
    "empty-page", "not-a-form", "unknown-version", "code-differs", "cut-off", "too-blurred",
)  # fmt: skip
"""Why a file or a page of it is not looked at any further: as ``pictures.kinds``, and protected by a password, without
pages, with too many, or so made that time or memory did not suffice; and what ``ocr.looking.registration`` refuses.
"""


class PageRefused(Exception):
    """A file or page will not be read; ``reason`` is one of ``REFUSALS``, ``picture`` the page as JPEG where there is one."""

    def __init__(self, reason: str, picture: bytes = b"") -> None:
        super().__init__(reason)
        self.reason, self.picture = reason, picture


def file_kind(data: bytes) -> str:
    """``PDF``, or Pillow's name of the format. PageRefused for what is none of ours."""
    if data.startswith(b"%PDF-"):
        return "PDF"
    if data.startswith((b"II*\0", b"MM\0*")):
        return "TIFF"
    try:
        kind = kind_of(data[:32])
    except PictureRefused as refusal:
        raise PageRefused(refusal.reason) from None
    if kind == "WEBP":
        raise PageRefused("format")
    return kind
