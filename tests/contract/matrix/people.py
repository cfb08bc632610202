"""Who asks: the people of two cities as plain facts, and the words in which the policy speaks of them.

``posts`` are units in which a post is held today (``docs/explain/scopes.md``), ``leads`` those where the person decides
today: its leader who is there, or the deputy of one who is away (``docs/explain/approval.md``).
"""

from __future__ import annotations

from dataclasses import dataclass

LINES = {
    "K1-1-1": ("K1-1-1", "K1-1", "K1", "S1", "B"),
    "K1-1-2": ("K1-1-2", "K1-1", "K1", "S1", "B"),
    "K1-1-3": ("K1-1-3", "K1-1", "K1", "S1", "B"),
    "K1-1": ("K1-1", "K1", "S1", "B"),
    "K1-2-1": ("K1-2-1", "K1-2", "K1", "S1", "B"),
    "K1-2-2": ("K1-2-2", "K1-2", "K1", "S1", "B"),
    "K1-2": ("K1-2", "K1", "S1", "B"),
    "K1": ("K1", "S1", "B"),
    "K3-1-1": ("K3-1-1", "K3-1", "K3", "S1", "B"),
    "K3-1": ("K3-1", "K3", "S1", "B"),
    "K3": ("K3", "S1", "B"),
    "S1": ("S1", "B"),
    "K2-1-1": ("K2-1-1", "K2-1", "K2", "S2", "B"),
    "K2-1": ("K2-1", "K2", "S2", "B"),
    "K2": ("K2", "S2", "B"),
    "S2": ("S2", "B"),
    "B": ("B",),
    "BK1-1-1": ("BK1-1-1", "BK1-1", "BK1", "BS1", "BB"),
    "BK1-1": ("BK1-1", "BK1", "BS1", "BB"),
    "BK1": ("BK1", "BS1", "BB"),
    "BS1": ("BS1", "BB"),
    "BB": ("BB",),
}
"""Each unit with all above it."""
OFFICES = ("S1", "S2", "B", "BS1", "BB")
"""Stations and bureaus."""


@dataclass(frozen=True)
class Person:
    """One who asks. ``out``: nobody, or somebody whose sign-in counts no more."""

    login: str
    home: str = ""
    posts: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    out: bool = False

    def over(self, unit: str) -> bool:
        """Holds a post in the unit or above it."""
        return bool(self.posts.intersection(LINES.get(unit, ())))

    def decides(self, unit: str) -> bool:
        """Leads the unit or one above it today; officers lead theirs."""
        return bool(self.leads.intersection(LINES.get(unit, ())))

    def belongs(self, unit: str) -> bool:
        """Is a member of the unit or of one below it."""
        return unit in LINES.get(self.home, ())

    def sees_unit(self, unit: str) -> bool:
        """Its own and the names above, those above a post, and all below a post."""
        lines = {code for mine in (self.home, *self.posts) for code in LINES.get(mine, ())}
        return unit in lines or self.over(unit)

    @property
    def kind(self) -> str:
        """What sort of person this is."""
        if self.out or not self.posts:
            return self.login if self.out else "plain"
        return "bureau" if self.is_bureau else "station" if self.is_station else "leader" if self.leads else "deputy"

    @property
    def is_bureau(self) -> bool:
        return bool(self.posts & {"B", "BB"})

    @property
    def is_station(self) -> bool:
        return bool(self.posts & {"S1", "S2", "BS1"})

    @property
    def is_officer(self) -> bool:
        return self.is_bureau or self.is_station

    def officer_over(self, unit: str) -> bool:
        """Is an officer of the unit's station or bureau."""
        return self.is_officer and self.over(unit)


def _leader(login: str, unit: str) -> Person:
    return Person(login, unit, frozenset({unit}), frozenset({unit}))


def _deputy(login: str, unit: str) -> Person:
    return Person(login, unit, frozenset({unit}))


PEOPLE = {
    person.login: person
    for person in (
        Person("nobody", out=True),
        Person("suspended", "S1", out=True),  # an officer of the station, since yesterday suspended
        Person("gone", "K1-1-1", out=True),  # left the service yesterday
        Person("squad11a", "K1-1-1"),
        Person("squad11b", "K1-1-1"),
        Person("former", "K1-1-1"),  # led squad, company, station and bureau until yesterday
        Person("future", "K1-1-1"),  # does so from tomorrow on
        Person("moved", "K3-1-1"),  # was squad leader of K1-1-1, transferred yesterday
        _leader("squad11", "K1-1-1"),
        _deputy("squad11-deputy", "K1-1-1"),
        _leader("squad12", "K1-1-2"),
        Person("squad12a", "K1-1-2"),
        _leader("company1", "K1-1"),
        _deputy("company1-deputy", "K1-1"),
        Person("squad21", "K1-2-1", frozenset({"K1-2-1"})),  # on leave
        Person("squad21-deputy", "K1-2-1", frozenset({"K1-2-1"}), frozenset({"K1-2-1"})),
        _leader("squad22", "K1-2-2"),
        _leader("risen", "K1-2-2"),  # leads the squad since today, beside the other
        _leader("company2", "K1-2"),
        _leader("brigade", "K1"),
        _deputy("brigade-deputy", "K1"),
        _leader("squad31", "K3-1-1"),
        _leader("company3", "K3-1"),
        _leader("brigade3", "K3"),
        _leader("brigade2", "K2"),
        _leader("station", "S1"),
        _leader("station2", "S2"),
        _leader("bureau", "B"),
        Person("Bsquad11a", "BK1-1-1"),
        _leader("Bsquad11", "BK1-1-1"),
        _leader("Bcompany1", "BK1-1"),
        _leader("Bbrigade", "BK1"),
        _leader("Bstation", "BS1"),
        _leader("Bbureau", "BB"),
    )
}
