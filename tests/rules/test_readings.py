"""How words and names are read: the longest word, nothing inside of another one, kana above their kanji alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.kana import hiragana
from brigade.readings import Choice, Piece, Reader, name_pieces, split, words_of
from brigade.wording import WORDS, words

WRITTEN_BY_PEOPLE = {"消防本部", "器具置場"}
"""Words that stand in names of units and of places."""


def read(text: str, choice: Choice = Choice.ALL, **names: str) -> str:
    """The text with its kana in brackets."""
    pieces = Reader(choice, names).pieces(text)
    return "".join(f"{piece.words}({piece.kana})" if piece.kana else piece.words for piece in pieces)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("分団長が承認しました", "分団長(ぶんだんちょう)が承認(しょうにん)しました"),
        ("副分団長と団長", "副分団長(ふくぶんだんちょう)と団長(だんちょう)"),
        ("第一分団の班長", "第一分団(ぶんだん)の班長(はんちょう)"),
        ("署で署長が署名する", "署(しょ)で署長(しょちょう)が署名する"),
        ("第2版から確定版へ", "第2版(はん)から確定版(かくていばん)へ"),
        ("出版と版画", "出版と版画"),
        ("差し戻す", "差(さ)し戻(もど)す"),
        ("差戻し中", "差戻(さしもど)し中"),
        ("締切までに締めて月締めへ", "締切(しめきり)までに締(し)めて月締(つきじ)めへ"),
        ("引き締めて", "引き締(し)めて"),
        ("確定済み", "確定済(かくていず)み"),
        ("届きました。休みを届けました", "届きました。休みを届(とど)けました"),
        ("出動報酬", "出動(しゅつどう)報酬(ほうしゅう)"),
        ("", ""),
        ("Brigade 2026", "Brigade 2026"),
    ],
)  # fmt: skip
def test_hard_words_have_their_kana(text: str, shown: str) -> None:
    assert read(text) == shown


def test_what_is_chosen_is_shown() -> None:
    text = "佐藤 健さんに差戻し、承認は班長"
    assert read(text, Choice.NONE, **{"佐藤 健": "サトウ ケン"}) == text
    few = "佐藤(さとう) 健(けん)さんに差戻(さしもど)し、承認は班長"
    assert read(text, Choice.FEW, **{"佐藤 健": "サトウ ケン"}) == few


@pytest.mark.parametrize(
    ("name", "kana", "shown"),
    [
        ("佐藤 健", "サトウ ケン", "佐藤(さとう) 健(けん)"),
        ("佐藤　健", "さとう ケン", "佐藤(さとう)　健(けん)"),
        ("佐藤健", "サトウケン", "佐藤健(さとうけん)"),
        ("佐藤 健", "サトウケン", "佐藤 健"),  # which part is which is not known
        ("佐藤 さくら", "サトウ サクラ", "佐藤(さとう) さくら"),
        ("マリア", "マリア", "マリア"),
        ("佐藤 健", "", "佐藤 健"),
    ],
)  # fmt: skip
def test_each_part_of_a_name_has_its_own_kana(name: str, kana: str, shown: str) -> None:
    assert read(name, Choice.FEW, **{name: kana}) == shown


def test_a_name_is_nobody_elses() -> None:
    names = {"林 一": "ハヤシ ハジメ", "林 一郎": "ハヤシ イチロウ"}
    assert read("林 一郎と林 一", Choice.FEW, **names) == "林(はやし) 一郎(いちろう)と林(はやし) 一(はじめ)"
    assert read("小林 一と林 一朗", Choice.FEW, **names) == "小林 一と林 一朗"
    assert read("団長 班長", Choice.ALL, **{"団長 班長": "ダンナガ ハンナガ"}) == "団長(だんなが) 班長(はんなが)"


def test_kana_that_fit_no_other_way_stand_above_all() -> None:
    assert split("差し戻", "さしもど") == (Piece("差", "さ"), Piece("し", ""), Piece("戻", "もど"))
    assert split("時雨", "しぐれ") == (Piece("時雨", "しぐれ"),)
    assert split("待ち", "まつ") == (Piece("待ち", "まつ"),)
    assert name_pieces("佐藤 健 三世", "サトウ ケン") == (Piece("佐藤 健 三世", ""),)


def test_every_listed_word_is_hiragana_fits_and_is_used() -> None:
    listed = words_of(Choice.ALL)
    assert words_of(Choice.FEW).items() < listed.items()
    assert words_of(Choice.NONE) == {}
    assert [kana for kana in listed.values() if not re.fullmatch("[ぁ-んー]+", kana)] == []
    assert [word for word in listed if re.search("[ぁ-ん]", word) and len(split(word, listed[word])) == 1] == []
    rules = [path.read_text(encoding="utf-8") for path in (WORDS.parent / "rules").rglob("*.yaml")]
    said = "\n".join([*words("ja").values(), *rules])
    assert [word for word in listed if word not in said and word not in WRITTEN_BY_PEOPLE] == []


@given(st.text(alphabet="分団長副班署名差戻し承認締めa <&", max_size=30))
def test_pieces_together_are_the_text(text: str) -> None:
    pieces = Reader(Choice.ALL, {"分 長": "ブン チョウ"}).pieces(text)
    assert "".join(piece.words for piece in pieces) == text


def test_hiragana_for_either_katakana() -> None:
    assert hiragana("サトウ ｹﾝｼﾞ ヴァン") == "さとう けんじ ゔぁん"
