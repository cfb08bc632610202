"""Names in the order a Japanese reader expects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.kana import MAX_KEY, sort_key

KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7))) + "ー"


@pytest.mark.parametrize(
    "ordered",
    [
        "アオキ イトウ ウエダ エンドウ オオタ カトウ サトウ タナカ ナカムラ ハヤシ マツモト ヤマダ ワタナベ",
        "カトウ カドウ ガトウ カトウダ カトオ キトウ",  # ガ with カ; marks only where the base is equal
        "ウ ヴ ウア ヴア エ",  # ヴ with ウ
        "ハッタ ハツタ ハッタリ ハテナ",  # small with large
        "ハ バ パ ヒ",  # plain, voiced, half-voiced
        "カー カア カアサ カイ",  # a long mark as the vowel before it
        "ジュン ジユン シュンイチ シヨウ",
        "サト サトウ",
    ],
)
def test_order(ordered: str) -> None:
    names = ordered.split()
    assert sorted(names, key=sort_key) == names
    assert sorted(set(names), key=sort_key) == names


def test_surname_before_longer_surname() -> None:
    names = ["サト ワタル", "サトウ アイ", "サトウ イチロウ", "サトナカ アイ"]
    assert sorted(set(names), key=sort_key) == names


def test_spellings_of_one_name_are_equal() -> None:
    assert len({sort_key(name) for name in ("ガトウ　ジュン", "がとう じゅん", "ｶﾞﾄｳ ｼﾞｭﾝ", " ガトウ  ジュン ")}) == 1


@given(st.text(KATAKANA + " ", max_size=120), st.text(max_size=120))
def test_any_text_has_a_key_that_fits(kana: str, anything: str) -> None:
    assert len(sort_key(kana)) <= MAX_KEY
    assert len(sort_key(anything)) <= MAX_KEY


@given(st.text(KATAKANA, min_size=1, max_size=20), st.text(KATAKANA, min_size=1, max_size=20))
def test_only_equal_kana_have_equal_keys(one: str, other: str) -> None:
    assert (sort_key(one) == sort_key(other)) == (one == other)
