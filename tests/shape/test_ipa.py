"""Our answers to IPA's checklist are whole: each of its numbers once, each that is not simply done with its reason."""

from __future__ import annotations

import re

from tests.shape.test_house import ROOT

PAGE = (ROOT / "docs/explain/ipa.md").read_text(encoding="utf-8")

LISTED = {
    1: "ia ib ii iii iv", 2: "i ii", 3: "ia ib ii iii", 4: "i ii iii iva ivb v vi",
    5: "i ii iii iv v vi vii viii ix x", 6: "ia ib ic ii", 7: "ia ib ii", 8: "ia ib ii iii", 9: "ia ib ii",
    10: "ia ib ii", 11: "i ii",
}  # fmt: skip
"""The checklist at the end of the guide's 7th edition: for each class its items, a letter for each way that is enough."""

ITEM = r"(\d+)-\(([ivx]+)\)(?:-([abc]))?"
RULES = range(1, 21)
"""The twenty rules for those who run a site."""


def numbers(text: str) -> list[str]:
    return [f"{class_}-{item}{way}" for class_, item, way in re.findall(ITEM, text)]


def answers() -> list[tuple[str, str]]:
    """Each number that is answered, and how."""
    cells = [line.split("|")[2] for line in PAGE.splitlines() if re.match(r"\| \d+ \S+ \| \d+-", line)]
    said = [answer.split(" ") for cell in cells for answer in cell.strip().split(" · ")]
    return [(number, how) for number, how in said]


def test_every_item_is_answered_once() -> None:
    asked = [f"{class_}-{item}" for class_, items in LISTED.items() for item in items.split()]
    assert len(asked) == 47
    assert [only for number, _ in answers() for only in numbers(number)] == asked
    assert {how for _, how in answers()} == {"済", "代", "無", "未"}


def test_whatever_is_not_simply_done_has_its_reason() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([代未]) \| \S", PAGE, re.MULTILINE)
    assert {(number, how) for said, how in rows for number in said.split()} == {
        (number, how) for number, how in answers() if how in "代未"
    }


def test_every_rule_for_those_who_run_it_is_somebodys() -> None:
    rows = re.findall(r"^\| ([\d ]+) \| (?:ソフト|市|両方|この頁)[。、 ]", PAGE, re.MULTILINE)
    assert sorted(int(number) for said in rows for number in said.split()) == list(RULES)


def test_the_tests_it_names_are_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", PAGE)
    assert named
    for name in named:
        assert (ROOT / name).is_file(), name
