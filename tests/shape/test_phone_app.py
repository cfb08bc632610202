"""The phone app's sources: words in both languages and none left over, short files, nothing that the policy forbids."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

import pytest

from tests.shape.test_house import FILE_LINES, ROOT, circles

PHONE = ROOT / "web/phone"
SOURCES = {str(path.relative_to(PHONE)): path.read_text(encoding="utf-8") for path in sorted(PHONE.rglob("*.js"))}
FILES = ("words", "after/words", "keys/words", "leader/words", "record/words", "seldom/words")
"""Where words stand: those of the app, and those that come with its parts."""

WORDS = {
    lang: {
        key: words
        for folder in FILES
        for key, words in json.loads((PHONE / folder / f"{lang}.json").read_text(encoding="utf-8")).items()
    }
    for lang in ("ja", "en")
}
ASKED = re.compile(
    r'\b(?:t|rich|named|say|action|way|row|sum|passwordField)\(\s*(?:h\([^)]*\), )?"([a-z]+(?:\.[\w]+)*)"'
)
SAID = re.compile(r'"([a-z]+(?:\.\w+)*)"')
MADE = {
    "nav.", "weekday.", "month.", "post.", "settings.size.", "help.", "time.", "fact.", "back.field.", "dispute.kind.", "requests.kind.",
}  # fmt: skip
"""What keys that are put together begin with."""

PLACES = re.compile(r"\{(\w+)\}")


IMPORTED = re.compile(r'\b(?:from |import |import\()"(\.[^"]+)"')


def test_no_programs_import_each_other_in_a_circle() -> None:
    """Types alone, which only the checker imports, do not count; what comes later does."""
    leads_to = {
        name: {
            posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
            for line in text.splitlines()
            if not line.lstrip().startswith(("/**", "*"))
            for other in IMPORTED.findall(re.sub(r"/\*\*.*?\*/", "", line))
        }
        for name, text in SOURCES.items()
    }
    assert sum(map(len, leads_to.values())) > 300
    assert circles(leads_to) == []


def test_both_languages_say_the_same() -> None:
    assert list(WORDS["ja"]) == list(WORDS["en"])
    differing = [
        key for key, text in WORDS["ja"].items() if not _places(WORDS["en"][key]) <= _places(text) | {"monthName"}
    ]
    assert differing == []
    assert [key for lang in WORDS.values() for key, text in lang.items() if not text.strip()] == []


def _places(text: str) -> set[str]:
    return set(PLACES.findall(text))


@pytest.mark.parametrize("part", ["after/", "keys/", "leader/", "record/", "seldom/"])
def test_the_words_of_a_part_are_asked_for_there_alone(part: str) -> None:
    its = json.loads((PHONE / part / "words/ja.json").read_text(encoding="utf-8"))
    said = {key for name, text in SOURCES.items() if not name.startswith(part) for key in ASKED.findall(text)}
    assert sorted(said & its.keys()) == []
    assert len(WORDS["ja"]) == sum(
        len(json.loads((PHONE / folder / "ja.json").read_text(encoding="utf-8"))) for folder in FILES
    )


def test_every_key_that_is_asked_for_is_there() -> None:
    asked = {key for text in SOURCES.values() for key in ASKED.findall(text)}
    assert len(asked) > 80  # the reading above still finds them
    assert sorted(asked - WORDS["ja"].keys()) == []


def test_no_key_is_left_over() -> None:
    said = {key for text in SOURCES.values() for key in SAID.findall(text)}
    unused = [key for key in WORDS["ja"] if key not in said and not key.startswith(tuple(MADE))]
    assert unused == []


def test_the_policy_is_kept() -> None:
    page = (PHONE / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|localStorage|https?://(?!www\.w3\.org/)"
    assert [f"{name}: {found}" for name, text in SOURCES.items() for found in re.findall(forbidden, text)] == []


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_files_are_short_checked_and_say_what_they_are(name: str) -> None:
    lines = SOURCES[name].splitlines()
    assert len(lines) <= FILE_LINES - 100
    assert name == "sw.js" or lines[0] == "// @ts-check"
    assert lines[1 if name != "sw.js" else 0].startswith("// ")


def test_every_module_is_used() -> None:
    imported = {
        str((PHONE / name).parent.joinpath(target).resolve().relative_to(PHONE))
        for name, text in SOURCES.items()
        for target in re.findall(r'(?:from |import\()"(\.[^"]+)"', text)
    }
    assert sorted(SOURCES.keys() - imported - {"app.js", "sw.js"}) == []
    assert [path for path in imported if not Path(PHONE / path).exists()] == []
