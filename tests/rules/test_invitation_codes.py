"""The code of an invitation as it is made, typed and stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.access.invitation_codes import DIGITS, digest, new_code, shown, typed

KEY = "a key that stands in no database " * 2
DIGIT = st.sampled_from("0123456789")
CODE = st.text(DIGIT, min_size=DIGITS, max_size=DIGITS)
BETWEEN = st.text(st.sampled_from(" 　\t-‐‑–—―−ー－ｰ～〜.・"), max_size=2)
FULL = {ord(str(n)): chr(ord("０") + n) for n in range(10)}


@given(
    CODE,
    st.lists(BETWEEN, min_size=DIGITS + 1, max_size=DIGITS + 1),
    st.lists(st.booleans(), min_size=DIGITS, max_size=DIGITS),
)
def test_blanks_dashes_and_full_width_digits_are_all_the_same(code, between, wide) -> None:
    written = "".join(
        gap + (digit.translate(FULL) if is_wide else digit)
        for gap, digit, is_wide in zip(between, code, wide, strict=False)
    )
    assert typed(written + between[-1]) == code
    assert typed(shown(code)) == code
    assert [len(group) for group in shown(code).split("-")] == [4, 4, 4]


@given(st.text(max_size=80))
def test_whatever_is_typed_gives_twelve_digits_or_nothing(text) -> None:
    found = typed(text)
    assert found is None or (len(found) == DIGITS and found.isascii() and found.isdigit())


@given(CODE, st.integers(0, DIGITS - 1), st.text(min_size=1, max_size=3))
def test_a_digit_more_or_less_or_another_sign_is_no_code(code, place, sign) -> None:
    assert typed(code[:place] + code[place + 1 :]) is None
    assert typed(code + "0") is None
    changed = typed(code[:place] + sign + code[place + 1 :])
    assert changed is None or changed[:place] + changed[place + 1 :] == code[:place] + code[place + 1 :]


@pytest.mark.parametrize(
    "text", ["", "-" * 12, "١٢٣٤٥٦٧٨٩٠١٢", "①②③④⑤⑥⑦⑧⑨⑩①②", "1234-5678-901²", "0" * 61, "1" * 100_000, "\ud800" * 12]
)
def test_other_digits_are_none(text) -> None:
    assert typed(text) is None


def test_codes_are_made_of_all_digits_and_differ() -> None:
    codes = [new_code() for _ in range(2000)]
    assert len(set(codes)) == 2000
    for place in range(DIGITS):
        assert {code[place] for code in codes} == set("0123456789")


def test_a_digest_needs_the_key() -> None:
    code = "000000000001"
    assert digest(code, KEY) == digest(code, KEY)
    assert digest(code, KEY) != digest(code, KEY + "x")
    assert digest(code, KEY) != digest("000000000002", KEY)
    assert len(digest(code, KEY)) == 64
