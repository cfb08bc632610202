"""Paying many people by the same rules. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from brigade.dates import tokyo_day
from brigade.pay.rules import PayRules
from brigade.pay.turnouts import PayLine, Turnout, turnout_pay

T = TypeVar("T")


class Payer:
    """Gives what ``turnout_pay`` gives. What people did is often the very same, squad by squad: then it is worked out once."""

    def __init__(self, rules: PayRules, municipality: str) -> None:
        self.rules, self.municipality = rules, municipality
        self.roles = rules.roles(municipality)
        """Roles that earn something by themselves; all others earn alike."""
        self._paid: dict[tuple[Turnout, ...], Sequence[PayLine]] = {}

    def lines(self, turnouts: Iterable[Turnout]) -> Sequence[PayLine]:
        """The lines of one person."""
        done = tuple(turnouts)
        lines = self._paid.get(done)
        if lines is None:
            lines = self._paid[done] = tuple(turnout_pay(self.rules, self.municipality, done))
        return lines


def apart(done: Iterable[T], did: Callable[[T], Turnout]) -> Iterator[tuple[T, ...]]:
    """What one person did, in order of time, cut wherever nothing reaches from one day into the next.

    Every rule looks at one day: what pieces earn by themselves is what the whole earns.
    """
    piece: list[T] = []
    last = dt.date.min
    for one in done:
        turnout = did(one)
        if piece and tokyo_day(turnout.started_at) > last:
            yield tuple(piece)
            piece = []
        piece.append(one)
        last = max(last, tokyo_day(turnout.ended_at))
    if piece:
        yield tuple(piece)
