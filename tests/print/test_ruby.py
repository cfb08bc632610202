"""Kana above words: cut out of the text, kept with their word, lost nowhere when lines break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.forms.ruby import Piece, lines, pieces, plain
from reports.lines import break_lines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("印を付けます", [("印を付けます", "")]),
        ("｜班長《はんちょう》に出す", [("班長", "はんちょう"), ("に出す", "")]),
        ("月の｜票《ひょう》", [("月の", ""), ("票", "ひょう")]),
        ("｜火《ひ》｜災《さい》", [("火", "ひ"), ("災", "さい")]),
        ("《かっこ》だけ", [("《かっこ》だけ", "")]),
    ],
)
def test_words_and_their_kana(text, found) -> None:
    assert pieces(text) == [Piece(*piece) for piece in found]
    assert plain(text) == "".join(words for words, _ in found)


parts = st.lists(
    st.sampled_from(["出た人は、", "｜班長《はんちょう》", "に出す。", "No 7 ", "｜待機《たいき》", "（書く）"]),
    max_size=12,
)


@given(parts, st.integers(40, 300))
def test_lines_break_as_without_kana(text, room) -> None:
    said = "".join(text)
    made = list(lines(said, room, 12, False))
    assert ["".join(piece.words for piece in line) for line in made] == break_lines(plain(said), room, 12)
    kana = [piece.kana for line in made for piece in line if piece.kana]
    assert kana == [piece.kana for piece in pieces(said) if piece.kana]
