"""Every problem code is answered with one status or stands for a field, has a page, and sentences in both languages."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from api.problems import STATUS
from brigade.wording import LANGUAGES, has, placeholders, words
from tests.api.answers import API, KANA, served
from tests.api.asking import ENGLISH

ROOT = Path(__file__).parents[2]
MAKERS = {"FieldProblem": 1, "Problem": 0, "Refused": None, "ValidationError": 0, "_Wrong": 0}
"""Calls that name codes: the argument that holds it, None for all of them."""


def catalogue() -> set[str]:
    """Every code that has words."""
    return {key.split(".")[1] for key in words("ja") if key.startswith("problem.")}


@cache
def used() -> frozenset[str]:
    """Every code that the product's sources name where they make a problem, or give back from a guard."""
    found: set[str] = set(STATUS)
    for path in (*ROOT.glob("api/**/*.py"), *ROOT.glob("brigade/**/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                place = MAKERS[node.func.id]
                said = node.args if place is None else node.args[place : place + 1]
                found |= {code for part in said for code in constants(part)}
    return frozenset(found)


def constants(node: ast.expr) -> set[str]:
    """The texts an argument may be: itself, or the branches of an if."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value.split()[0]} if node.value else set()
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    return set()


def test_every_code_that_is_answered_has_words() -> None:
    assert used() - {"/api/v1/"} <= catalogue() | {"sentence"}


def test_the_search_for_codes_finds_some() -> None:
    assert {"end-before-start", "not-found", "stale-version", "not-permitted", "too-many-items"} <= used()


def test_codes_are_spelt_alike() -> None:
    assert not [code for code in catalogue() if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_has_a_title_and_a_sentence_in_each_language(lang) -> None:
    for code in catalogue():
        for which in ("title", "detail"):
            key = f"problem.{code}.{which}"
            assert has(key), key
            assert words(lang)[key].strip(), key
            assert bool(KANA.search(words(lang)[key])) is (lang == "ja") or which == "title", key
        assert placeholders(f"problem.{code}.detail", "ja") == placeholders(f"problem.{code}.detail", "en"), code
        assert not placeholders(f"problem.{code}.title", lang), code


def test_a_code_that_stands_alone_needs_no_facts_that_may_be_missing() -> None:
    for code in STATUS:
        assert not placeholders(f"problem.{code}.detail"), code


def test_every_status_is_one_that_the_document_may_declare(quiet) -> None:
    declared = {
        int(status)
        for item in served(quiet.app)["paths"].values()
        for operation in item.values()
        for status in operation["responses"]
    }
    never_declared = {405, 500}
    assert set(STATUS.values()) - never_declared <= declared


def test_every_code_has_a_page_that_says_it_in_both_languages(quiet) -> None:
    client = quiet.app.test_client()
    listed = client.get(f"{API}/problems")
    for code in sorted(catalogue()):
        assert f'href="{API}/problems/{code}"' in listed.text
        page = client.get(f"{API}/problems/{code}")
        assert page.status_code == 200
        for lang in LANGUAGES:
            assert f'lang="{lang}"' in page.text
            title = words(lang)[f"problem.{code}.title"]
            assert title.replace('"', "&#34;").replace("'", "&#39;") in page.text, code
        if code in STATUS:
            assert str(STATUS[code]) in page.text
    assert client.get(f"{API}/problems", headers=ENGLISH).text != listed.text
