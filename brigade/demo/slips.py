"""What is wrong with a report at first: the faulty content, and what the leader who finds it writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from brigade.activity.content import Content
from brigade.demo.summaries import WORST


@dataclass(frozen=True, slots=True)
class Slip:
    """``spoil`` makes the fault; ``pointer``, ``reason`` and ``text`` are the remark on it."""

    pointer: str
    reason: str
    text: str
    comment: str
    spoil: Callable[[Content], Content]

    def remarks(self) -> list[dict[str, Any]]:
        """As they stand in the history."""
        return [{"pointer": self.pointer, "reason": self.reason, "text": self.text}]


def _too_short(content: Content) -> Content:
    return replace(content, ended_at=content.ended_at - dt.timedelta(minutes=15))


def _someone_missing(content: Content) -> Content:
    return replace(content, participants=content.participants[:-1])


def _no_words(content: Content) -> Content:
    return replace(content, summary=WORST)


def _no_vehicle(content: Content) -> Content:
    return replace(content, vehicle_ids=())


TIMES = Slip(
    "/ended_at", "times-impossible", "終了の時刻を確かめてください。", "時刻の確認をお願いします。", _too_short
)
PEOPLE = Slip(
    "/participants", "missing-entry", "参加した人が一人抜けています。", "参加者を確かめてください。", _someone_missing
)
WORDS = Slip("/summary", "missing-entry", "内容をもう少し書いてください。", "", _no_words)
VEHICLE = Slip("/vehicle_ids", "vehicle-mismatch", "使った車両を入れてください。", "", _no_vehicle)


def draw_slip(rng: Random, content: Content) -> Slip:
    """A fault that this content can have and still be stored."""
    possible = [WORDS]
    own_times = any(person.started_at or person.ended_at for person in content.participants)
    instants = any(name.endswith("_at") for name in content.details)
    if content.ended_at - content.started_at >= dt.timedelta(minutes=90) and not own_times and not instants:
        possible.append(TIMES)
    if len(content.participants) > 2:
        possible.append(PEOPLE)
    if content.vehicle_ids and content.kind != "V-01":
        possible.append(VEHICLE)
    return rng.choice(possible)
