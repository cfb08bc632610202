"""The product's words in both languages: labels of every enumeration, title and detail of every problem code.

Flat keys in ``words/ja.json`` (the source) and ``words/en.json``, those of the console's pages in ``console.ja.json``,
of paper in ``scans.….ja.json``, and the same in English beside them; sentences may hold ``{placeholders}``. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

LANGUAGES = ("ja", "en")
WORDS = Path(__file__).parent / "words"


@cache
def words(lang: str) -> Mapping[str, str]:
    """Every key and its text in one language. KeyError for a language there is not."""
    if lang not in LANGUAGES:
        raise KeyError(f"no words in {lang!r}")
    pairs: list[tuple[str, str]] = []
    for path in (WORDS / f"{lang}.json", *sorted(WORDS.glob(f"*.{lang}.json"))):
        pairs += json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
    found = dict(pairs)
    if len(found) != len(pairs) or not all(isinstance(value, str) and value for value in found.values()):
        raise ValueError(f"the words in {lang!r}: a key twice, or a text that is empty or not a text")
    return MappingProxyType(found)


def text(key: str, lang: str, **params: Any) -> str:
    """The text of a key, its placeholders filled. KeyError for an unknown key or a placeholder without its value.

    ``text("problem.out-of-range.detail", "ja", min=0, max=60)``. Values that the text has no place for are left out.
    """
    found = words(lang)
    if key not in found:
        raise KeyError(f"no words for {key!r}")
    return found[key].format_map(params)


def has(key: str) -> bool:
    """Whether the key has words."""
    return key in words(LANGUAGES[0])


def placeholders(key: str, lang: str = "ja") -> frozenset[str]:
    """The names that ``text`` needs a value for."""
    return frozenset(name for _, name, _, _ in Formatter().parse(words(lang)[key]) if name is not None)
