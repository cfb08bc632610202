"""How files that are given out are called: readable for whoever saves them, with a plain name for programs that know no other.

``Content-Disposition`` carries both (RFC 6266): ``filename`` in ASCII, which stays as it is for whoever was written against
it, and ``filename*`` in UTF-8 (RFC 8187), which browsers take. Nothing here knows what is in a file.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from api.problems import language
from brigade.wording import text

MOST = 180
"""Bytes of one part, sixty kanji as a rule: a file's name may have 255 on most disks. Rare kanji take four and not three."""

_UNSAFE = frozenset('\\/:*?"<>|%')
"""What one of the usual systems does not take in a file's name; and what browsers read as the beginning of a code."""

_MARKS = ".-~_"


def named(how: str, plain: str, *parts: str) -> dict[str, str]:
    """The header: ``how`` is ``inline`` or ``attachment``, ``plain`` the ASCII name with its suffix, ``parts`` what the
    readable one is made of, in their order; empty ones are left out. ``第1分団_2026年11月_月報.pdf``.
    """
    suffix = plain.rpartition(".")[2]
    readable = "_".join(cleaned for part in parts if (cleaned := _clean(part)))
    return {
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(f'{readable}.{suffix}', safe=_MARKS)}"
    }


def when(period: str) -> str:
    """``2026年11月`` for ``2026-11``, ``2026年11月8日`` for a day; in English as it is, and nothing for nothing."""
    if language() != "ja" or not period:
        return period
    year, month, *day = (int(part) for part in period.split("-"))
    return f"{year}年{month}月" + "".join(f"{date}日" for date in day)


def what(name: str) -> str:
    """The word for a document: ``file.report``."""
    return text(f"file.{name}", language())


def edition(number: int) -> str:
    """``第2版``."""
    return text("file.edition", language(), number=number)


def _clean(part: str) -> str:
    """Without what no disk takes, blanks as one line, and nothing that turns the direction of reading or is not seen."""
    spaced = "_".join(part.split())
    kept = "".join(one for one in spaced if one not in _UNSAFE and unicodedata.category(one)[0] != "C")
    return short(kept).strip("._")


def short(part: str) -> str:
    """As much of a part as a file's name has room for, never half a character."""
    return part.encode()[:MOST].decode(errors="ignore")
