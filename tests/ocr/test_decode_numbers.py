"""Member numbers, counts and odometers decoded as a whole."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.organisation.member_numbers import is_valid, with_check_digit
from ocr.marks import BLANK, OTHER, Digit, FieldMarks
from ocr.reading.decode import boxes_of, likeliest_digits
from ocr.reading.numbers import likeliest_valid, member_number, plain_number, valid_weight
from tests.ocr.pages import ROSTER, odds

NUMBERS = [person.number for person in ROSTER]
shares = st.lists(st.floats(0.001, 1), min_size=OTHER + 1, max_size=OTHER + 1).map(
    lambda found: tuple(share / sum(found) for share in found)
)


def cells(*digits: Digit) -> tuple[tuple[tuple[float, ...], ...], ...]:
    return boxes_of(FieldMarks("x", tuple((digit,) for digit in digits), ink=(0.05,) * len(digits)))


def said(letters: str) -> tuple[tuple[tuple[float, ...], ...], ...]:
    return cells(*(odds(letter) for letter in letters))


@given(st.lists(shares, min_size=1, max_size=4))
def test_the_best_valid_numbers_are_those_that_trying_all_finds(digits: list[Digit]) -> None:
    boxes = [cell[0] for cell in cells(*digits)]
    tried = []
    for number in product(range(10), repeat=len(boxes)):
        text = "".join(map(str, number))
        if any(number) and _fits(text):
            tried.append((prod(box[digit] for box, digit in zip(boxes, number, strict=True)), text))
    tried.sort(reverse=True)
    assert valid_weight(boxes) == pytest.approx(sum(weight for weight, _ in tried))
    found = likeliest_valid(boxes, 5)
    assert [weight for weight, _ in found] == pytest.approx([weight for weight, _ in tried[:5]])
    assert all(_fits(number) for _, number in found)


def _fits(number: str) -> bool:
    return is_valid(number.rjust(7, "0"))  # noughts in front lead back to nought


@given(st.lists(shares, min_size=1, max_size=3), st.integers(1, 8))
def test_the_best_digits_are_those_that_trying_all_finds(digits: list[Digit], most: int) -> None:
    boxes = [cell[0] for cell in cells(*digits)]
    tried = sorted(
        (prod(box[digit] for box, digit in zip(boxes, number, strict=True)) for number in product(range(10), repeat=len(boxes))),
        reverse=True,
    )  # fmt: skip
    assert [weight for weight, _ in likeliest_digits(boxes, most)] == pytest.approx(tried[:most])


def test_a_number_of_the_roster_is_read_although_two_boxes_are_weak() -> None:
    number = NUMBERS[3]
    digits = [odds(letter) for letter in number]
    digits[4], digits[6] = odds(number[4], 0.3, "8"), odds(number[6], 0.2, "0")
    best = member_number(cells(*digits), NUMBERS, None).best[0]
    assert (best.value, best.probability > 0.99) == (number, True)


@pytest.mark.parametrize("place", range(7))
def test_a_digit_written_over_another_is_no_valid_number(place: int) -> None:
    number = with_check_digit(123456)
    wrong = number[:place] + str((int(number[place]) + 3) % 10) + number[place + 1 :]
    found = member_number(said(wrong), NUMBERS, None)
    assert found.best[0].value != wrong
    assert found.best[0].probability < 0.95


def test_a_strangers_valid_number_is_read() -> None:
    number = with_check_digit(999)
    assert member_number(said(number), NUMBERS, None).best[0].value == number


def test_noughts_alone_are_nobodys_number() -> None:
    assert all(guess.value != "0000000" for guess in member_number(said("0000000"), (), None).best)


def test_what_was_printed_wins_over_a_smudge() -> None:
    number = NUMBERS[0]
    digits = [odds(letter) for letter in number]
    digits[1] = digits[2] = odds("8", 0.6, number[1])
    assert member_number(cells(*digits), NUMBERS, number).best[0].value == number


def test_numbers_of_another_length_stand_right_hand() -> None:
    assert member_number(said("____123"), ["123", "99"], None).best[0].value == "123"


def test_blanks_inside_a_number_are_no_number() -> None:
    number = NUMBERS[0]
    found = member_number(said(number[:3] + "_" + number[4:]), NUMBERS, None)
    assert (found.best[0].value, found.weakest < 0.005) == (number, True)


@pytest.mark.parametrize(
    ("letters", "value"),
    [("_8", "8"), ("08", "8"), ("8_", "8"), ("12", "12"), ("__", None), ("00", "0"), ("_0", "0"), ("__4711", "4711"),
     ("047110", "47110"), ("4711__", "4711")],
)  # fmt: skip
def test_counts_lose_their_blanks_and_noughts(letters: str, value: str | None) -> None:
    best = plain_number(said(letters)).best[0]
    assert (best.value, best.probability > 0.97) == (value, True)


@pytest.mark.parametrize("letters", ["4_71", "?1", "?_"])
def test_what_is_no_number_is_none(letters: str) -> None:
    found = plain_number(said(letters))
    assert found.best[0].probability < 0.5 or found.weakest < 0.005


@given(st.lists(shares, min_size=7, max_size=7), st.integers(0, 6), st.floats(0, 1), st.integers(0, OTHER))
def test_less_probability_makes_no_number_surer(digits: list[Digit], place: int, part: float, elsewhere: int) -> None:
    number = NUMBERS[2]
    digit = int(number[place])
    if elsewhere == digit:
        return
    before = _probability(digits, number)
    moved = list(digits[place])
    moved[elsewhere] += moved[digit] * part
    moved[digit] *= 1 - part
    after = _probability([*digits[:place], tuple(moved), *digits[place + 1 :]], number)
    assert after <= before + 1e-9


def _probability(digits: list[Digit], number: str) -> float:
    found = member_number(cells(*digits), NUMBERS, None)
    return next((guess.probability for guess in found.best if guess.value == number), 0.0)


@given(st.lists(shares, min_size=7, max_size=7))
def test_probabilities_add_up_to_no_more_than_one(digits: list[Digit]) -> None:
    found = member_number(cells(*digits), NUMBERS, NUMBERS[0])
    assert 0 <= found.unfit <= 1
    assert sum(guess.probability for guess in found.best) + found.unfit <= 1 + 1e-9


def test_a_blank_row_is_empty() -> None:
    best = member_number(said("_______"), NUMBERS, None).best[0]
    assert (best.value, best.probability > 0.999) == (None, True)
    assert BLANK == 10
