"""How like a text that an engine read is to a word that is known. A text names nobody: it confirms or contradicts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from brigade.activity.kinds import catalogue
from ocr.reading.readings import Alternative, Listed

CONFIDENT, ALIKE, UNLIKE = 0.8, 0.6, 0.4
"""From this confidence of its own on a text may contradict; from this likeness on it confirms, below that it differs."""

SHARPNESS = 12.0
"""How much likelier the more alike of two names is, as a power."""

DITTO = frozenset(
    {"〃", "”", "“", '"', "''", "´´", "〃〃", "ノノ", "々", "同上", "11", "II", "〟", "〝", "ゞ", "\u2033"}
)
_NOISE = re.compile(r"[\s・.,，。、_\-‐―ー|｜（）()「」]+")


def plain(text: str) -> str:
    """The text without spaces, points and strokes, in one width."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text))


def is_ditto(text: str) -> bool:
    """Whether it is one of the marks that mean: as in the row above."""
    bare = "".join(text.split())
    return bare in DITTO or unicodedata.normalize("NFKC", bare) in DITTO


def likeness(text: str, word: str) -> float:
    """0 for nothing in common to 1 for the same."""
    one, other = plain(text), plain(word)
    if not one or not other:
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def of_listed(text: str, person: Listed) -> float:
    """How like the text is to a person's name or its kana."""
    return max(likeness(text, person.name), likeness(text, person.kana))


def ranked_people(text: str, roster: Sequence[Listed]) -> tuple[Alternative, ...]:
    """The numbers of those whose names are most like the text, with their shares; nobody where none is at all like it."""
    return _ranked([(person.number, of_listed(text, person)) for person in roster])


def ranked_kinds(text: str) -> tuple[Alternative, ...]:
    """The activity kinds whose Japanese names are most like the text."""
    return _ranked([(kind.code, likeness(text, kind.label.ja)) for kind in catalogue()])


def _ranked(found: Sequence[tuple[str, float]]) -> tuple[Alternative, ...]:
    scores = {value: share**SHARPNESS for value, share in found if share > 0.2}
    total = sum(scores.values()) + UNLIKE**SHARPNESS
    best = sorted(scores, key=lambda value: (-scores[value], value))[:5]
    return tuple(Alternative(value, scores[value] / total) for value in best)


def names_another(text: str, confidence: float, person: Listed, roster: Sequence[Listed]) -> bool:
    """Whether the text is confidently somebody else's name: exactly one of another's, and unlike the person's own."""
    if confidence < CONFIDENT or of_listed(text, person) > UNLIKE:
        return False
    return any(plain(text) == plain(other.name) for other in roster if other.number != person.number)
