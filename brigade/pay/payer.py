"""Paying many people by the same rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from brigade.pay.rules import PayRules
from brigade.pay.turnouts import PayLine, Turnout, turnout_pay


class Payer:
    """Gives what ``turnout_pay`` gives. What people did is often the very same, squad by squad: then it is worked out once."""

    def __init__(self, rules: PayRules, municipality: str) -> None:
        self.rules, self.municipality = rules, municipality
        self._paid: dict[tuple[Turnout, ...], Sequence[PayLine]] = {}

    def lines(self, turnouts: Iterable[Turnout]) -> Sequence[PayLine]:
        """The lines of one person."""
        done = tuple(turnouts)
        lines = self._paid.get(done)
        if lines is None:
            lines = self._paid[done] = tuple(turnout_pay(self.rules, self.municipality, done))
        return lines
