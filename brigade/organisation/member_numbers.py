"""Member numbers: six digits that count up and a check digit that catches slips of the pen and of the key. Pure.

The check digit is Damm's: every single wrong digit and every swap of two neighbours is found. Source: H. M. Damm,
"Total anti-symmetrische Quasigruppen", dissertation, Philipps-Universität Marburg, 2004 (the table of order 10).
"""

from __future__ import annotations

DIGITS = 7
"""Length of a number, the check digit included."""

_TABLE = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def with_check_digit(serial: int) -> str:
    """The number of seven digits for a serial of 1 to 999999; ValueError for any other."""
    if not 1 <= serial < 10 ** (DIGITS - 1):
        raise ValueError(f"a serial lies between 1 and {10 ** (DIGITS - 1) - 1}: {serial}")
    digits = f"{serial:0{DIGITS - 1}d}"
    return digits + _rest(digits)


def is_valid(number: str) -> bool:
    """Whether these are seven digits whose last one fits the others."""
    return len(number) == DIGITS and number.isascii() and number.isdigit() and _rest(number) == "0"


def _rest(digits: str) -> str:
    """What is left when the digits are led through the table; with a right check digit nothing is."""
    rest = "0"
    for digit in digits:
        rest = led_through(rest, digit)
    return rest


def led_through(rest: str, digit: str) -> str:
    """What is left after one digit more; it begins with ``"0"``, and a valid number ends with it."""
    return _TABLE[int(rest)][int(digit)]
