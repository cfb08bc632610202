"""Line breaking: the rules of kinsoku hold for any text, nothing is lost, nothing is too wide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.fonts import printable, width
from reports.lines import ELLIPSIS, NO_END, NO_START, balanced, break_lines, fit, fit_lines, kinsoku_allows

JAPANESE = st.text("、。」』）ゅっー「『（・あいうアイウ漢字第二分団火災出動123 abcXYZ-.,()…々　𠮷槗", max_size=80)
SIZES = st.sampled_from([8.0, 9.5, 10.0, 22.0])


def bare(text: str) -> str:
    return "".join(text.split())


@given(JAPANESE, st.floats(25, 300), SIZES, st.booleans())
def test_no_line_breaks_the_rules_unless_it_has_no_other_place_to_break(text, room, size, bold):
    lines = break_lines(text, room, size, bold=bold)
    at, clean = 0, printable(text)
    for line in lines[:-1]:
        start = clean.index(line, at)
        at = start + len(line)
        after = at + len(clean[at:]) - len(clean[at:].lstrip())
        if kinsoku_allows(clean, after):
            assert clean[after] not in NO_START
            assert line[-1] not in NO_END
        else:  # a run such as ーーーーー: no earlier permitted place on this line either
            assert not any(kinsoku_allows(clean, n) and clean[start:n].strip() for n in range(start + 1, after))


@given(JAPANESE, st.floats(25, 300), SIZES, st.booleans())
def test_lines_hold_the_whole_text_and_none_is_too_wide(text, room, size, bold):
    lines = break_lines(text, room, size, bold=bold)
    assert bare("".join(lines)) == bare(printable(text))
    assert all(width(line, size, bold) <= room + 0.01 for line in lines if len(line) > 1)


@given(st.text(max_size=60), st.floats(20, 200))
def test_any_text_can_be_broken(text, room):
    assert bare("".join(break_lines(text, room, 9))) == bare("".join(map(printable, text.split("\n"))))


def test_the_classic_cases():
    assert break_lines("消防団の活動、訓練。", 60, 10) == ["消防団の活", "動、訓練。"]
    assert break_lines("報告する「火災」の件", 50, 10) == ["報告する", "「火災」の", "件"]
    assert break_lines("ポンプ車ニュース", 60, 10) == ["ポンプ車", "ニュース"]
    assert break_lines("Pump drill 2026", 55, 10) == ["Pump drill", "2026"]
    assert break_lines("一行目\n二行目", 100, 10) == ["一行目", "二行目"]
    assert break_lines("", 100, 10) == [""]


@pytest.mark.parametrize(
    ("head", "lines"),
    [("風水害出動", ["風水害", "出動"]), ("ポンプ操法訓練", ["ポンプ", "操法", "訓練"]), ("訓練", ["訓練"])],
)
def test_heads_are_broken_into_lines_of_like_length(head, lines):
    assert balanced(head, 28, 8.5, bold=True) == lines


@given(JAPANESE, st.floats(16, 300))
def test_what_fits_is_whole_or_says_that_it_was_cut(text, room):
    shown, size = fit(text, room, 10)
    assert 8 <= size <= 10
    assert width(shown, size) <= room + 0.01
    if shown != printable(text):
        assert shown.endswith(ELLIPSIS)
        assert printable(text).startswith(shown.removesuffix(ELLIPSIS))


@given(JAPANESE, st.floats(40, 200), st.integers(1, 3))
def test_a_cell_takes_no_more_lines_than_it_may(text, room, most):
    lines, size = fit_lines(text, room, 10, most)
    assert len(lines) <= most
    assert all(width(line, size) <= room + 0.01 for line in lines)
    if not lines[-1].endswith(ELLIPSIS):
        assert bare("".join(lines)) == bare(printable(text))


def test_a_text_set_smaller_is_not_cut():
    assert fit("第二分団器具置場", 70, 10) == ("第二分団器具置場", 8.7)
    assert fit("第二分団器具置場", 50, 10) == ("第二分団器" + ELLIPSIS, 8.0)
