"""The check digit finds what people get wrong when they copy a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.organisation.member_numbers import DIGITS, is_valid, with_check_digit

serials = st.integers(1, 999_999)


def test_known_value() -> None:
    assert with_check_digit(572) == "0005724"  # the usual example: 572 and 4


@given(serials)
def test_made_numbers_are_valid(serial: int) -> None:
    number = with_check_digit(serial)
    assert len(number) == DIGITS
    assert is_valid(number)
    assert int(number[:-1]) == serial


@given(serials, st.integers(0, DIGITS - 1), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_found(serial: int, place: int, digit: str) -> None:
    number = with_check_digit(serial)
    wrong = number[:place] + digit + number[place + 1 :]
    assert is_valid(wrong) == (wrong == number)


@given(serials, st.integers(0, DIGITS - 2))
def test_swapped_neighbours_are_found(serial: int, place: int) -> None:
    number = with_check_digit(serial)
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_valid(wrong) == (wrong == number)


@pytest.mark.parametrize("number", ["", "000572", "00057240", "000572x", "０００５７２４", " 005724", "+005724"])
def test_what_is_no_number(number: str) -> None:
    assert not is_valid(number)


@pytest.mark.parametrize("serial", [0, -1, 1_000_000])
def test_serials_that_do_not_fit(serial: int) -> None:
    with pytest.raises(ValueError):
        with_check_digit(serial)
