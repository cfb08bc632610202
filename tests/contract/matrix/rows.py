"""One line of the policy, and what it says of one cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.contract.matrix.people import Person
from tests.contract.matrix.town import Thing, Town

DONE = 200
"""Any 2xx."""
Rule = Callable[[Person, Thing], bool]
Body = Callable[[Town, Person, Thing], dict[str, Any]]


def yes(me: Person, thing: Thing) -> bool:
    return True


def no(me: Person, thing: Thing) -> bool:
    return False


def nothing(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    """Who may do one operation.

    In this order: ``who`` is asked of the person alone (403); whom the thing is hidden from gets what an unknown one gets
    (``unseen``); ``state`` answers where the thing's state stands against it, whoever asks; the others get 403 unless they
    ``may``. ``send`` makes the request's body, query and headers; ``things`` names the kind of thing in the address or body.
    ``good``: the answer to who may, where it is none of 2xx although nothing is forbidden, with its reason in ``why``.
    ``for_me``: to whom something else in the request does not exist, answered by ``other``. ``verdict`` reads the status out
    of an answer that tells it inside; where no answer tells (``inside``), a change of the store does. ``idle``: what is done
    stands nowhere in the store. ``counts``: something beside it is kept, such as how often it was tried. ``never``: nobody
    here could do it, right or not. ``reads``: nothing may change by it.
    """

    operation: str
    things: str = ""
    who: Callable[[Person], bool] = lambda me: True
    sees: Rule = yes
    may: Rule = yes
    state: Callable[[Thing], int] = lambda thing: 0
    send: Body = nothing
    path: Callable[[Thing], dict[str, str]] = lambda thing: {}
    unseen: int = 404
    for_me: Rule = no
    other: int = 0
    good: int = DONE
    why: str = ""
    open: bool = False
    inside: bool = False
    idle: bool = False
    counts: bool = False
    never: bool = False
    verdict: Callable[[TestResponse], int] = lambda answer: answer.status_code

    @property
    def method(self) -> str:
        return self.operation.partition(" ")[0]

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD", "OPTIONS")

    @property
    def is_page(self) -> bool:
        """Of the console."""
        return "/console" in self.operation

    def hides(self, me: Person, thing: Thing) -> bool:
        """Whether the thing does not exist for that person."""
        return not me.out and self.who(me) and not self.sees(me, thing)

    def expected(self, me: Person, thing: Thing) -> int:
        """The status that the policy asks for; ``DONE`` for any 2xx."""
        if me.out and not self.open:
            return 401
        if not self.who(me):
            return 403
        if self.things and (thing.name == "unknown" or not self.sees(me, thing)):
            return self.unseen
        if said := self.state(thing):
            return said
        if self.for_me(me, thing):
            return self.other
        return self.good if self.may(me, thing) else 403
