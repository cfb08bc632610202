"""What everyone in a life asked for and was told: the side of the story that the store is held against."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.faults.wire import Answer


@dataclass
class Act:
    """Something asked of a report at a version: ``status`` is the whole answer's, None as long as there was none.

    ``batch`` is common to what was asked for in one request; ``ok`` is what was said of this one.
    """

    who: str
    report_id: str
    version: int
    action: str
    batch: str
    said: str = ""
    status: int | None = None
    ok: bool = False


@dataclass
class Memory:
    """``sent``: each report by its id, as its author sent it, with the author. ``told``: the whole answer to it.

    ``answers``: how many answers of any kind there have been. ``arrived``: how much of a picture in pieces was answered for.
    """

    sent: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    told: dict[str, Answer] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    arrived: dict[str, int] = field(default_factory=dict)
    seals: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    answers: int = 0

    def filed(self, id_: str, answer: Answer) -> None:
        """The same request must never be answered in two ways."""
        first = self.told.setdefault(id_, answer)
        if (first.status, first.body) != (answer.status, answer.body):
            self.complaints.append("answered in two ways")

    def asked(self, who: str, action: str, seen: list[tuple[str, int]], said: str = "") -> list[Act]:
        """About to be sent, in one request."""
        batch = uuid.uuid4().hex
        made = [Act(who, id_, version, action, batch, said) for id_, version in seen]
        self.acts += made
        return made

    def answered(self, acts: list[Act], answer: Answer) -> None:
        """The answer to such a request, for one or for each of many."""
        for act in acts:
            act.status, act.ok = answer.status, answer.status == 200
        if "results" in (answer.json if answer.status == 200 else ()):
            for act, result in zip(acts, answer.json["results"], strict=True):
                act.ok = result["ok"]
                act.status = 200 if act.ok else result["problem"]["status"]
