"""Our answers to ASVS 5.0.0 are whole: each requirement of levels 1 and 2 once, each shortcoming with its reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explain/asvs.md").read_text(encoding="utf-8")

LEVELS = """
1.1 22 1.2 1111122223 1.3 112222222223 1.4 222 1.5 123 2.1 122 2.2 112 2.3 12223 2.4 23
3.1 3 3.2 113 3.3 12223 3.4 11222233 3.5 11122333 3.6 3 3.7 22333
4.1 12233 4.2 23333 4.3 22 4.4 1222 5.1 2 5.2 112333 5.3 113 5.4 222
6.1 122 6.2 111111112222 6.3 11223333 6.4 112233 6.5 22222333 6.6 2223 6.7 33 6.8 2222
7.1 222 7.2 1111 7.3 22 7.4 11222 7.5 223 7.6 22 8.1 1233 8.2 1123 8.3 133 8.4 23 9.1 111 9.2 1222
10.1 22 10.2 223 10.3 22223 10.4 1111122222233333 10.5 22222 10.6 22 10.7 222
11.1 2233 11.2 22233 11.3 11233 11.4 1222 11.5 23 11.6 23 11.7 33 12.1 12233 12.2 11 12.3 22223
13.1 2333 13.2 222223 13.3 2233 13.4 1222233 14.1 22 14.2 12223333 14.3 122
15.1 12233 15.2 12233 15.3 1222222 15.4 3333 16.1 2 16.2 22222 16.3 2222 16.4 222 16.5 2223
17.1 23 17.2 22223333 17.3 22
"""
"""For each section of the standard (5.0.0, May 2025) the level of its requirements, one digit each, in order."""

PICKED = {
    "1.2.10",
    "2.3.5",
    "5.2.4",
    "5.2.6",
    "6.3.8",
    "7.5.3",
    "8.3.2",
    "14.2.7",
    "14.2.8",
    "15.4.2",
    "16.3.2",
    "16.5.4",
}
"""Of level 3 those that a city's pay depends on; of 16.3.2 its second half."""

ANSWER = re.compile(r"(\d+\.\d+\.\d+)(\*?) ([○△×－])")


def levels() -> dict[str, str]:
    said = LEVELS.split()
    return {
        f"{section}.{number}": level
        for section, digits in zip(said[::2], said[1::2], strict=True)
        for number, level in enumerate(digits, 1)
    }


def answers() -> dict[str, str]:
    """Requirement → sign; AssertionError for one that is answered twice."""
    found = ANSWER.findall(PAGE)
    assert max(Counter(number for number, _, _ in found).values()) == 1
    return {number: sign for number, _, sign in found}


def test_the_list_of_the_standard_is_whole() -> None:
    """Its own counts: 345 requirements, 70 of level 1, 183 of level 2 and 92 of level 3."""
    assert Counter(levels().values()) == {"1": 70, "2": 183, "3": 92}


def test_every_requirement_is_answered_once() -> None:
    asked = {number for number, level in levels().items() if level in "12" and not number.startswith(("10.", "17."))}
    assert len(asked) == 217
    assert answers().keys() == asked | PICKED
    starred = {number for number, star, _ in ANSWER.findall(PAGE) if star}
    assert starred == PICKED


def test_every_shortcoming_has_its_reason() -> None:
    rows = re.findall(r"^\| ([\d. ]+) \| ([△×]) \| \S", PAGE, re.MULTILINE)
    reasons = {number: sign for numbers, sign in rows for number in numbers.split()}
    assert reasons == {number: sign for number, sign in answers().items() if sign in "△×"}
