"""The words: the same keys and placeholders in both languages, and something to say for every enumeration."""

from __future__ import annotations

import re

import pytest

from brigade import wording
from brigade.activity.kinds import catalogue
from brigade.activity.workflow import Action, State
from brigade.organisation.ranks import Level, MemberType, PostName


def test_words_are_the_same_in_both_languages() -> None:
    ja, en = wording.words("ja"), wording.words("en")
    assert ja.keys() == en.keys()
    for key in ja:
        assert wording.placeholders(key, "ja") == wording.placeholders(key, "en"), key
        assert ja[key] == ja[key].strip()
        assert en[key] == en[key].strip()
        assert not re.search(r"[ぁ-んァ-ヶ]", en[key])
    problems = {key.removesuffix(".title") for key in ja if key.startswith("problem.") and key.endswith(".title")}
    assert {f"{key}.detail" for key in problems} <= ja.keys()
    assert all(ja[f"{key}.detail"].endswith("。") and not wording.placeholders(f"{key}.title") for key in problems)


def test_every_enumeration_has_words() -> None:
    keys = [f"class.{which}.{value}" for which, values in catalogue().classes.items() for value in values]
    keys += [f"state.{state}" for state in State] + [f"action.{action}" for action in Action]
    keys += [f"level.{level}" for level in Level] + [f"post.{post}" for post in PostName]
    keys += [f"member_type.{value}" for value in MemberType]
    for kind in catalogue():
        codes = [o.code for o in kind.orders] + [w.code for w in kind.warnings] + [n.code for n in kind.needs]
        keys += [f"problem.{code}.title" for code in codes]
    assert [key for key in keys if not wording.has(key)] == []


def test_missing_words_are_an_error() -> None:
    assert wording.text("problem.too-long.detail", "en", max=20).startswith("There are too many")
    for key, lang in (("no.such", "ja"), ("level.squad", "fr"), ("problem.too-long.detail", "ja")):
        with pytest.raises(KeyError):
            wording.text(key, lang)
