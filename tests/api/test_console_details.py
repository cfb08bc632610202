"""A kind's own fields are told in words, also what was answered with no."""

from __future__ import annotations

import pytest

from api.console.details import details_in_words


@pytest.mark.parametrize(
    ("lang", "started", "said"),
    [
        ("ja", True, ("ポンプが始動した", "はい")),
        ("ja", False, ("ポンプが始動した", "いいえ")),
        ("en", False, ("Pump started", "No")),
    ],
)
def test_yes_and_no_are_words(lang: str, started: bool, said: tuple[str, str]) -> None:
    assert said in details_in_words("E-01", {"pump_started": started}, lang)


def test_what_was_left_empty_is_not_told() -> None:
    assert details_in_words("E-01", {"pump_started": None}, "ja") == []
