"""The way of a report as the contract's chapter 6 tells it, in plain sets and numbers; nothing of the product in it.

People are logins, units are codes as ``tests/make.py`` gives them. ``test_machine.py`` holds the store against it.
"""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

UNITS = ("K1-1-1", "K1-1-2", "K1-2-1", "K1-2-2", "K1-1", "K1-2", "K1", "S1", "B")
CLAIMING = ("in_review", "returned", "confirmed")
ACTIONS = ("edit", "delete", "submit", "approve", "correct", "step-back", "return", "withdraw", "undo")
Outcome = tuple[Any, ...]

PEOPLE = (
    "squad11", "squad11-deputy", "squad11a", "squad11b", "company1", "company1-deputy", "brigade", "brigade-deputy",
    "station", "bureau", "squad21", "squad21a", "company2", "company2-deputy", "Zsquad11", "Zstation",
)  # fmt: skip
OURS = PEOPLE[:-2]


def above(unit: str) -> list[str]:
    """The unit and all over it, nearest first: K1-1-1, K1-1, K1, S1, B."""
    city, code = ("Z", unit[1:]) if unit[0] == "Z" else ("", unit)
    parts = code.split("-")
    line = ["-".join(parts[:size]) for size in range(len(parts), 0, -1)] if code[0] == "K" else []
    return [city + code for code in ([*line, "S1", "B"] if code != "B" else ["B"])]


@dataclass
class Kept:
    """One report as the model keeps it. ``route`` are (unit, why passed); ``at`` the unit at which it waits."""

    author: str
    unit: str
    people: list[str]
    hour: int
    place: str = "器具置場"
    state: str = "draft"
    step: int = 0
    version: int = 1
    route: list[tuple[str, str | None]] = field(default_factory=list)
    since: dt.datetime | None = None
    undo: tuple[str, int] | None = None
    corrector: str | None = None
    number: str | None = None
    approved: dict[str, Any] = field(default_factory=dict)
    done: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    saved: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.save()

    def save(self) -> None:
        """What it says from this version on."""
        self.saved[self.version] = {name: copy.copy(getattr(self, name)) for name in ("people", "hour", "place")}

    def noted(self, version: int, who: str, action: str, reason: str) -> None:
        """Who did what to that version; words with a submission are not kept."""
        self.done[version] = (who, action, "" if action == "submit" else reason)

    def repeats(self, version: int, who: str, action: str, reason: str, changes: dict[str, Any]) -> bool:
        """Whether just this was done to that version, by the same person."""
        if self.done.get(version) != (who, action, "" if action == "submit" else reason):
            return False
        base = max(saved for saved in self.saved if saved <= version)
        return action not in ("edit", "correct") or {**self.saved[base], **changes} == self.saved[version + 1]

    @property
    def asked(self) -> list[str]:
        return [unit for unit, passed in self.route if passed is None]

    @property
    def at(self) -> str | None:
        return self.asked[self.step - 1] if self.state == "in_review" else None

    @property
    def checked(self) -> Any:
        """What a level that approved had looked at."""
        return [self.unit, self.people, self.hour]

    def edited(self, who: str, version: int, changes: dict[str, Any], now: Any) -> None:
        """The same content again is no event and no version."""
        if all(getattr(self, name) == value for name, value in changes.items()):
            return
        for name, value in changes.items():
            setattr(self, name, value)
        self.moved(self.state, 0, now)
        self.noted(version, who, "edit", "")
        self.save()

    def moved(self, state: str, step: int, now: dt.datetime, *, passes: bool = False) -> None:
        """One event, and one more for each level passed over on the way."""
        self.state, self.step, self.undo = state, step, None
        self.version += 1
        if passes and state == "in_review":
            self.version += self._passed_before(step)
        self.since = now if state == "in_review" else None

    def _passed_before(self, step: int) -> int:
        places = [place for place, (_, passed) in enumerate(self.route) if passed is None]
        return places[step - 1] - (places[step - 2] + 1 if step > 1 else 0)


TABLE: dict[tuple[str, str], tuple[str, ...]] = {
    ("draft", "edit"): ("author",),
    ("draft", "delete"): ("author",),
    ("draft", "submit"): ("author",),
    ("draft", "withdraw"): ("author",),
    ("returned", "edit"): ("author",),
    ("returned", "submit"): ("author",),
    ("returned", "correct"): ("leader", "other"),
    ("returned", "withdraw"): ("author", "reasoned"),  # of one who has left the service: as below
    ("in_review", "approve"): ("holder", "other", "not corrector", "not there"),
    ("in_review", "correct"): ("holder", "other"),  # until it waits at the station
    ("in_review", "step-back"): ("holder", "not first", "reasoned"),
    ("in_review", "return"): ("holder", "reasoned"),
    ("in_review", "withdraw"): ("author", "reasoned"),  # until it waits at the station
    ("in_review", "undo"): ("undoable",),
    ("confirmed", "undo"): ("undoable",),
    ("confirmed", "return"): ("closer", "reasoned"),
}
"""What can be done in which state, and what must hold for it."""

FOR_ONE_WHO_LEFT = ("leader", "other", "reasoned")
"""What must hold for withdrawing a report that was returned to an author who is in the service no more."""


def at_station(report: Kept) -> bool:
    """Whether it waits at the last level, where the city takes it."""
    return report.state == "in_review" and report.step == len(report.asked)


def _refused(standing: dict[str, str | None], report: Kept, action: str, reason: str, left: set[str]) -> Outcome | None:
    if (report.state, action) not in TABLE or (at_station(report) and action in ("withdraw", "correct")):
        return ("wrong-state",)
    guards = TABLE[report.state, action]
    if (report.state, action) == ("returned", "withdraw") and report.author in left:
        guards = FOR_ONE_WHO_LEFT
    codes = [standing[guard] for guard in guards if standing[guard] and not (guard == "reasoned" and reason)]
    return ("refused", *codes) if codes else None


@dataclass
class Model:
    """The city as the specification sees it: who belongs where, who leads, who acts for whom, who is away."""

    home: dict[str, str]
    leaders: dict[str, list[str]]
    deputies: dict[str, list[str]]
    now: dt.datetime
    named: dict[str, list[str]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    reports: dict[uuid.UUID, Kept] = field(default_factory=dict)
    numbers: int = 0
    repass: bool = False

    # Who may decide.

    def order(self, unit: str) -> list[str]:
        """The deputies who are there, in their order."""
        everyone = dict.fromkeys([*self.deputies.get(unit, []), *self.named.get(unit, [])])
        return [who for who in everyone if who not in self.away and who not in self.leaders.get(unit, [])]

    def wait_of(self, who: str, unit: str) -> int | None:
        """Days that a report must have waited there before ``who`` may decide; None: never."""
        if who in self.away:
            return None
        leaders = self.leaders.get(unit, [])
        if who in leaders:
            return 0
        if who not in self.order(unit):
            return None
        present = any(leader not in self.away for leader in leaders)
        return 7 * (self.order(unit).index(who) + present)

    def holds(self, who: str, report: Kept) -> bool:
        if report.at is None or report.since is None:
            return False
        wait = self.wait_of(who, report.at)
        return wait is not None and report.since <= self.now - dt.timedelta(days=wait)

    def may_take_back(self, who: str, report: Kept) -> bool:
        """Whether the last that happened is one's own approval, and one still decides, at once or later, where one gave it."""
        if report.undo is None or report.undo[0] != who:
            return False
        return self.wait_of(who, report.asked[report.undo[1] - 1]) is not None

    def leads(self, who: str, unit: str) -> bool:
        """Whether one may decide at once at that unit or one above it, below the station."""
        return any(self.wait_of(who, one) == 0 for one in above(unit) if one[:1] == "K")

    def led(self, who: str) -> set[str]:
        """Units into which one may look: where one holds a post, or acts for a leader who is missing."""
        posts = {u for table in (self.leaders, self.deputies) for u, people in table.items() if who in people}
        return posts | {unit for unit in UNITS if self.wait_of(who, unit) == 0}

    def sees(self, who: str, report: Kept) -> bool:
        if report.author == who:
            return True
        return report.number is not None and (
            who in report.people
            or bool(self.led(who) & set(above(report.unit)))
            or (report.at is not None and self.wait_of(who, report.at) is not None)
            or (report.undo is not None and report.undo[0] == who)
        )

    def why_passed(self, unit: str, author: str, people: list[str]) -> str | None:
        leaders = sorted(self.leaders.get(unit, []), key=lambda who: who in self.away)[:1]
        deciders = leaders or self.order(unit)
        sole = people[0] if len(people) == 1 else None
        if unit == "S1" or set(deciders) - {author, sole}:
            return None
        return "vacant" if not deciders else "author-holds" if author in deciders else "sole-participant"

    def standing(self, who: str, report: Kept) -> dict[str, str | None]:
        """For each guard of the table the code with which it refuses this person, or None."""
        mine = report.author == who
        return {
            "author": None if mine else "not-author",
            "holder": None if self.holds(who, report) else "not-your-step",
            "other": "own-report" if mine or report.people == [who] else None,
            "not corrector": "own-correction" if at_station(report) and report.corrector == who else None,
            "not there": "took-part" if self.was_there(who, report) else None,
            "leader": None if self.leads(who, report.unit) else "not-leader",
            "closer": None if self.wait_of(who, "S1") == 0 else "not-closer",
            "not first": None if report.step > 1 else "first-step",
            "undoable": None if self.may_take_back(who, report) else "nothing-to-undo",
            "reasoned": "reason-required",
        }

    def was_there(self, who: str, report: Kept) -> bool:
        """Whether one took part in what waits for them at the station, and somebody else there had no part in it."""
        if not at_station(report) or not self.holds(who, report) or who not in report.people:
            return False
        there = {*self.leaders.get("S1", []), *self.order("S1")} - self.away
        return bool(there - {report.author, report.corrector, *report.people})

    def refusal(self, who: str, report: Kept, action: str, reason: str) -> Outcome | None:
        """Why this is refused, in the order of the table; None where it is not."""
        return _refused(self.standing(who, report), report, action, reason, self.left)

    def offered(self, who: str, report: Kept) -> set[str]:
        if who in self.left:
            return set()
        standing = self.standing(who, report)
        return {action for action in ACTIONS if _refused(standing, report, action, "…", self.left) is None}

    def inbox(self, who: str) -> set[uuid.UUID]:
        return {
            id_
            for id_, report in self.reports.items()
            if self.holds(who, report) and report.author != who and report.people != [who]
        }

    def leave_service(self, who: str) -> None:
        """Out of the service, and of every post and place in an order; or back in it, without them."""
        self.left ^= {who}
        for table in (self.leaders, self.deputies, self.named):
            for people in table.values():
                if who in people:
                    people.remove(who)

    # What a report may say.

    def wrong(
        self, who: str, report: Kept, id_: uuid.UUID, *, submit: bool, desk: str | None = None
    ) -> dict[str, set[str]]:
        """Pointer → the codes that may stand there. ``desk``: a unit for which this person speaks besides their own."""
        if not ({self.home[who], desk} | self.led(who)) & set(above(report.unit)):
            return {"/unit_id": {"not-your-unit" if report.unit in above(self.home[who]) else "unknown-unit"}}
        found: dict[str, set[str]] = {}
        for place, person in enumerate(report.people if submit else []):
            for other_id, other in self.reports.items():
                clash = other_id != id_ and other.state in CLAIMING and person in other.people
                if clash and abs(other.hour - report.hour) < 2:
                    code = "overlap" if self.sees(who, other) else "overlap-hidden"
                    found.setdefault(f"/participants/{place}/member_id", set()).add(code)
        return found

    # What happens to it.

    def begin_way(self, report: Kept) -> None:
        units = [unit for unit in above(report.unit) if unit != "B"]
        report.route = [(unit, self.why_passed(unit, report.author, report.people)) for unit in units]

    def submit(self, report: Kept) -> None:
        self.begin_way(report)
        if report.number is None:
            self.numbers += 1
            report.number = f"K1-2026-{self.numbers:05d}"
        report.corrector = None
        report.moved("in_review", 1, self.now, passes=True)
        self.pass_unchanged(report, len(report.asked))

    def pass_unchanged(self, report: Kept, until: int) -> None:
        """Where the brigade wants it so, past those who had approved just this; ``until`` is the last step to come to."""
        while self.repass and report.step < until and report.approved.get(str(report.at)) == report.checked:
            report.moved("in_review", report.step + 1, self.now, passes=True)

    def correct(self, who: str, report: Kept, version: int, changes: dict[str, Any]) -> None:
        """A leader's correction begins at the first level again; the same content again is no event."""
        step, before = report.step, copy.copy(report.checked)
        if all(getattr(report, name) == value for name, value in changes.items()):
            return
        for name, value in changes.items():
            setattr(report, name, value)
        again = report.state == "returned"
        if again:
            self.begin_way(report)
            step = len(report.asked)
        report.moved("in_review", 1, self.now, passes=again)
        report.noted(version, who, "correct", "")
        report.save()
        if report.checked != before:
            report.corrector = who
        self.pass_unchanged(report, step)

    def act(self, who: str, report: Kept, action: str) -> None:
        step, last = report.step, len(report.asked)
        if action == "submit":
            self.submit(report)
        elif action == "approve":
            report.approved[str(report.at)] = copy.copy(report.checked)
            ends = step == last
            report.moved("confirmed" if ends else "in_review", step + (not ends), self.now, passes=True)
            report.undo = (who, step)
        elif action in ("step-back", "undo"):
            report.moved("in_review", report.undo[1] if action == "undo" and report.undo else step - 1, self.now)
            report.approved.pop(str(report.at), None)
        else:
            report.moved({"return": "returned", "withdraw": "withdrawn"}[action], 0, self.now)

    def release(self) -> None:
        """The daily look at steps that nobody may decide any more."""
        for report in self.reports.values():
            while report.at and report.step < len(report.asked):
                if self.why_passed(report.at, report.author, report.people) is None:
                    break
                report.moved("in_review", report.step + 1, self.now, passes=True)


def two_cities(logins: Iterable[str], now: dt.datetime) -> Model:
    """Everyone where ``make.city`` puts them: squad11-deputy in K1-1-1, Zbrigade in ZK1; a letter at the end leads nobody."""
    model = Model({}, {}, {}, now)
    for login in logins:
        city = "Z" if login[0] == "Z" else ""
        name = login.removeprefix(city).removesuffix("-deputy")
        top = {"bureau": "B", "station": "S1", "brigade": "K1"}.get(name)
        unit = city + (top or "-".join(["K1", *(letter for letter in name if letter.isdigit())]))
        model.home[login] = unit
        if top or name[-1].isdigit():
            table = model.deputies if login.endswith("-deputy") else model.leaders
            table.setdefault(unit, []).append(login)
    return model
