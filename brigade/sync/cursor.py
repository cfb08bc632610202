"""What a device hands back to go on where it stood: a place in the log, and how far a catching up has come."""

from __future__ import annotations

import datetime as dt
import json
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

from brigade.actor import Actor, DeskHeld
from brigade.sync.audience import words_for
from brigade.sync.changes import Mark

FORMAT = 1
TAIL = 10
"""Hexadecimal digits of an event's id by which a cursor remembers that a device has it."""


@dataclass(frozen=True, slots=True)
class View:
    """By what a person sees reports beside their own: units with their level, and desks with the days to wait there."""

    reach: tuple[tuple[str, uuid.UUID], ...] = ()
    desks: tuple[tuple[uuid.UUID, int], ...] = ()

    @classmethod
    def of(cls, actor: Actor) -> View:
        """The person's view today."""
        waits = [(desk.unit_id, (actor.now - (desk.waiting_before or actor.now)).days) for desk in actor.desks]
        return cls(tuple(sorted(actor.reach)), tuple(sorted(waits)))

    def words(self, member_id: uuid.UUID) -> list[str]:
        """The same as words of an audience."""
        return words_for(member_id, [id_ for _, id_ in self.reach], [id_ for id_, _ in self.desks])

    def seen_by(self, actor: Actor) -> Actor:
        """The same person with this view, for the rules of ``scopes.py``."""
        desks = tuple(DeskHeld(id_, "", "") for id_, _ in self.desks)
        return Actor(actor.member_id, actor.bureau_id, actor.member_type, actor.now, reach=self.reach, desks=desks)


@dataclass(frozen=True, slots=True)
class Round:
    """A catching up of several pages, up to one ``mark``: the parts still to come, and the last key of the first one."""

    mark: Mark
    view: View
    at: dt.datetime
    parts: tuple[str, ...]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a device has: all up to ``mark`` as ``view`` showed it ``at`` that instant, and these ``events``."""

    epoch: str
    member_id: uuid.UUID
    at: dt.datetime
    mark: Mark
    view: View
    events: frozenset[str] = frozenset()
    round: Round | None = None

    def packed(self) -> bytes:
        """As bytes; ids shorten well because they are hexadecimal."""
        round_ = self.round
        plain = [
            FORMAT, self.epoch, self.member_id.hex, int(self.at.timestamp()), _mark(self.mark), _view(self.view),
            "".join(sorted(self.events)),
            round_ and [_mark(round_.mark), _view(round_.view), int(round_.at.timestamp()), round_.parts, round_.after],
        ]  # fmt: skip
        return zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 9)

    @classmethod
    def unpacked(cls, packed: bytes) -> Cursor | None:
        """What was packed; None when another version of this program packed it."""
        plain = json.loads(zlib.decompress(packed))
        if plain[0] != FORMAT:
            return None
        _, epoch, member, at, mark, view, events, going = plain
        round_ = None
        if going:
            round_ = Round(
                _read_mark(going[0]), _read_view(going[1]), _instant(going[2]), tuple(going[3]), tuple(going[4])
            )
        held = frozenset(events[start : start + TAIL] for start in range(0, len(events), TAIL))
        return cls(epoch, uuid.UUID(member), _instant(at), _read_mark(mark), _read_view(view), held, round_)


def _mark(mark: Mark) -> list[Any]:
    return [mark.next, [mark.next - txid for txid in mark.open]]


def _read_mark(plain: list[Any]) -> Mark:
    return Mark(plain[0], tuple(plain[0] - back for back in plain[1]))


def _view(view: View) -> list[Any]:
    return [[[level, id_.hex] for level, id_ in view.reach], [[id_.hex, wait] for id_, wait in view.desks]]


def _read_view(plain: list[Any]) -> View:
    reach, desks = plain
    return View(
        tuple((level, uuid.UUID(id_)) for level, id_ in reach), tuple((uuid.UUID(id_), wait) for id_, wait in desks)
    )


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
