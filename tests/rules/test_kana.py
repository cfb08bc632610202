"""The order of names as a Japanese reader expects it, after JIS X 4061."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.kana import MAX_KEY, hiragana, katakana, sort_key

IN_ORDER = [
    ["アイ", "アオ", "イ", "ウ", "カ", "サ", "タ", "ナ", "ハ", "マ", "ヤ", "ラ", "ワ", "ヲ", "ン"],
    ["サト ケン", "サトウ アイ", "サトウ ケン", "サトウダ アイ"],  # a surname ends before a longer one begins
    ["カキ", "カギ", "ガキ", "ガギ", "カク"],  # plain before voiced, where all else is equal
    ["ハハ", "ハバ", "ハパ", "バハ", "パハ", "ハヒ"],  # voiced before half-voiced
    ["アー", "アァ", "アア", "アアア"],  # a long mark is the vowel before it; before small, before large
    ["カッタ", "カツタ", "ガッタ", "カツチ"],
    ["ウイ", "ヴイ", "ウエ"],
    ["キー", "キイ", "ギイ", "キウ"],
    ["ファー", "ファア", "フアア", "ブァー", "フアイ"],
    ["カ", "ガ", "カア"],
    ["ヵ", "カ", "ヶ", "ケ"],
    ["ァ", "ア", "ィ", "イ", "ゥ", "ウ", "ェ", "エ", "ォ", "オ"],
    ["ャ", "ヤ", "ュ", "ユ", "ョ", "ヨ", "ヮ", "ワ"],
    ["ヰー", "ヰイ", "ヱー", "ヱエ", "ヲー", "ヲオ"],
]


@pytest.mark.parametrize("names", IN_ORDER, ids=lambda names: names[0])
def test_names_in_order(names: list[str]) -> None:
    for before, after in itertools.pairwise(names):
        assert sort_key(before) < sort_key(after), (before, after)


@pytest.mark.parametrize(
    "row",
    ["アカサタナハマヤラワ", "イキシチニヒミリヰ", "ウクスツヌフムユル", "エケセテネヘメレヱ", "オコソトノホモヨロヲ"],
)
def test_a_long_mark_is_the_vowel_of_its_row(row: str) -> None:
    for kana in row:
        assert sort_key(f"{kana}ー")[:2] == kana + row[0]
    assert sort_key("ンー")[:2] == "ンー", "there is no vowel before it"
    assert sort_key("ー")[0] == "ー"


def test_a_key_is_stored_and_stays_what_it_is() -> None:
    assert sort_key("ガッコー パン") == "カツコオ ハン\t5120282"
    assert sort_key("") == "\t"
    assert sort_key("\u3099ア") == "\u3099ア\t22", "a mark that stands alone is a sign like others"


def test_hiragana_and_half_width_sort_as_katakana() -> None:
    assert (
        sort_key("さとう けんじ") == sort_key("ｻﾄｳ ｹﾝｼﾞ") == sort_key("サトウ　ケンジ") == sort_key(" サトウ  ケンジ ")
    )
    assert katakana("Ｂー") == "bー"


def test_hiragana_ends_where_it_ends() -> None:
    assert hiragana("ァヶヷー・") == "ぁゖヷー・"
    assert katakana("ぁゖゝ") == "ァヶゝ"


def test_a_long_name_is_compared_to_its_end() -> None:
    long = "ア" * 99
    assert len(sort_key(long + "ア" * 50)) == MAX_KEY == 200
    assert sort_key("ア" * 98 + "カ") < sort_key("ア" * 98 + "ガ")
    assert sort_key("ア" * 98 + "ガ") != sort_key("ア" * 98 + "カ")
    assert len(sort_key(long)) == 199


@given(
    st.text("あかがはばぱっつーんアカガハバパッツーン ", max_size=8),
    st.text("あかがはばぱっつーんアカガハバパッツーン ", max_size=8),
)
def test_only_what_reads_alike_has_one_key(one: str, other: str) -> None:
    assert (sort_key(one) == sort_key(other)) == (katakana(one) == katakana(other))
