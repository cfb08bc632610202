"""What the confirmed reports of a month earn in all, for sums that need no line for each person.

The rule is that of the lines (``earnings.py``), by the same function. Here people are counted instead: whoever did the
very same on days that nothing else of theirs touches is paid once, and counted. A test holds both to each other.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, cast, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event
from brigade.activity.kinds import catalogue, may_take_part
from brigade.activity.prior_notice import EVENT_COLUMNS, PlannedAs
from brigade.dates import month_bounds
from brigade.db import Key, id_of, key_of
from brigade.disputes import held
from brigade.month.earnings import AROUND, PAYING, is_notified, lines_of, paid_since
from brigade.month.figures import PAYABLE
from brigade.month.tallies import PART
from brigade.organisation.member_types import TypeHeld, Types, former_types
from brigade.organisation.people import Member
from brigade.pay.payer import Payer, apart
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import PayLine, Turnout, on_hold

REPORT = ActivityReport.__table__.alias("paid_report")
"""The plain table: what a person earns in a day depends on all turnouts of that day, whoever looks."""

ONE_BY_ONE = 1_000
"""Of so many people it takes as long to work out each one's lines as to go through the whole city's month."""


@dataclass(slots=True)
class Earned:
    """Whole yen by report, lines without a known amount, and the codes of the rule sets by which something was paid."""

    yen: Counter[uuid.UUID] = field(default_factory=Counter)
    unknown: int = 0
    rule_sets: set[str] = field(default_factory=set)

    def add(self, other: Earned) -> None:
        """What other reports earn."""
        self.yen.update(other.yen)
        self.unknown += other.unknown
        self.rule_sets |= other.rule_sets


class _Report(NamedTuple):
    """What all who were there have in common."""

    id: uuid.UUID
    kind: str
    started_at: dt.datetime
    ended_at: dt.datetime
    notified: bool


class _Part(NamedTuple):
    """One person's part in a report, without whose it is."""

    report: Key
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    role: str
    acted: bool
    member_type: str
    allowed_kinds: str | None
    is_held: bool = False


def earned(
    session: Session,
    bureau_id: uuid.UUID,
    municipality: str,
    month: str,
    asked: Collection[uuid.UUID],
    people: Collection[uuid.UUID] | None,
) -> Earned:
    """What the ``asked`` reports of the month earn by that municipality's rules. ``people``: everyone in them; None where
    that is the whole city. What is disputed is on hold.
    """
    if people is not None and len(people) <= ONE_BY_ONE:
        return _of_people(session, bureau_id, municipality, month, asked, people)
    found = Earned()
    since, until = month_bounds(month)[0] - AROUND, month_bounds(month)[1] + AROUND
    around = [
        REPORT.c.bureau_id == bureau_id, REPORT.c.state.in_(PAYABLE), REPORT.c.started_at >= since, REPORT.c.started_at < until,
    ]  # fmt: skip
    reports = _reports(session, around)
    payer, asked = Payer(pay_rules(), municipality), set(asked)
    types = former_types(session, bureau_id, paid_since(month))
    pieces = _pieces(reports, _by_member(session, around, reports, types), payer.roles)
    for together, many in pieces.items():
        for piece, line in _lines(payer, together):
            if piece.report_id in asked:
                line = on_hold(line) if piece.is_held else line
                found.rule_sets.add(line.rule_set)
                found.unknown += many * line.is_unknown
                found.yen[piece.report_id] += many * (line.yen or 0)
    return found


def _of_people(
    session: Session, bureau_id: uuid.UUID, municipality: str, month: str, asked: Collection[uuid.UUID],
    people: Collection[uuid.UUID],
) -> Earned:  # fmt: skip
    """The same from everyone's lines: of few people quicker than to look at all that the city did."""
    found, reports = Earned(), {str(id_): id_ for id_ in asked}
    for _, line in lines_of(session, bureau_id, municipality, (month, month), reports, people):
        found.rule_sets.add(line.rule_set)
        found.unknown += line.is_unknown
        found.yen[reports[line.report_id]] += line.yen or 0
    return found


def _reports(session: Session, around: list[ColumnElement[bool]]) -> dict[Key, _Report]:
    asked = (
        select(
            key_of(REPORT.c.id), REPORT.c.id, REPORT.c.kind, REPORT.c.started_at, REPORT.c.ended_at,
            REPORT.c.details["plan_id"].as_string(), *EVENT_COLUMNS,
        )
        .outerjoin(Event, Event.id == REPORT.c.event_id)
        .where(*around)
    )  # fmt: skip
    return {
        key: _Report(id_, kind, start, end, is_notified(plan_id, PlannedAs(*event), kind, start))
        for key, id_, kind, start, end, plan_id, *event in session.execute(asked, execution_options=PAYING)
        if catalogue().get(kind) is not None
    }


def _by_member(
    session: Session,
    around: list[ColumnElement[bool]],
    reports: Mapping[Key, _Report],
    types: Types,
) -> dict[Key, list[_Part]]:
    """Everyone's parts in all that was done around the month. ``types``: what people were before."""
    asked = (
        select(
            key_of(PART.c.member_id), key_of(PART.c.report_id), PART.c.started_at, PART.c.ended_at, PART.c.role, PART.c.acted,
            Member.member_type, cast(Member.allowed_kinds, String),
        )
        .join(REPORT, REPORT.c.id == PART.c.report_id)
        .join(Member, Member.id == PART.c.member_id)
        .where(*around)
    )  # fmt: skip
    disputed = held(session, [str(one.id) for one in reports.values()])
    in_dispute = {report for report, _ in disputed}
    found: dict[Key, list[_Part]] = defaultdict(list)
    for member, *rest in session.execute(asked, execution_options=PAYING):
        part = _Part(*rest)
        if part.report not in reports:
            continue
        report_id = str(reports[part.report].id) if in_dispute else ""
        if report_id in in_dispute and (report_id, str(id_of(member))) in disputed:
            part = part._replace(is_held=True)
        if member in types:
            part = _as_then(part, types, member, reports[part.report].started_at)
        found[member].append(part)
    return found


def _as_then(part: _Part, types: Types, member: Key, began: dt.datetime) -> _Part:
    """The part by the type that its person was of on the report's day."""
    was = types.at(member, began, TypeHeld(part.member_type, _kinds(part)))
    kinds = None if was.allowed_kinds is None else json.dumps(was.allowed_kinds)
    return part._replace(member_type=was.member_type, allowed_kinds=kinds)


def _kinds(part: _Part) -> Any:
    """What the person has agreed to; kept as text, so that parts can be counted."""
    return json.loads(part.allowed_kinds) if part.allowed_kinds else None


class _Piece(NamedTuple):
    """What somebody did in one report. ``did`` does not name the report: what is the same in ten is worked out once."""

    report_id: uuid.UUID
    did: Turnout
    is_held: bool


def _pieces(
    reports: Mapping[Key, _Report], by_member: Mapping[Key, list[_Part]], roles: Collection[str]
) -> Counter[tuple[_Piece, ...]]:
    """What people did on days that nothing else of theirs touches, in order of time, and how many did the very same."""
    piece = cache(lambda part: _piece(part, reports[part.report], roles))
    alone = Counter(parts[0] for parts in by_member.values() if len(parts) == 1)
    found: Counter[tuple[_Piece, ...]] = Counter()
    for part, many in alone.items():
        found[(piece(part),)] += many
    for parts in by_member.values():
        if len(parts) > 1:
            pieces = sorted(map(piece, parts), key=lambda one: (one.did.started_at, str(one.report_id)))
            found.update(apart(pieces, lambda one: one.did))
    return found


def _piece(part: _Part, report: _Report, roles: Collection[str]) -> _Piece:
    kind = catalogue()[report.kind]
    did = Turnout(
        "", report.kind, kind.pay_class, kind.tax_class, part.started_at or report.started_at,
        part.ended_at or report.ended_at, part.role if part.role in roles else "", part.acted, report.notified,
        may_take_part(part.member_type, _kinds(part), kind),
    )  # fmt: skip
    return _Piece(report.id, did, part.is_held)


def _lines(payer: Payer, pieces: tuple[_Piece, ...]) -> Iterator[tuple[_Piece, PayLine]]:
    """The lines of pieces that one person did; each is paid under the number of its place."""
    if len(pieces) == 1:
        return zip(repeat(pieces[0]), payer.lines((pieces[0].did,)), strict=False)
    lines = payer.lines(replace(piece.did, report_id=f"{nth:04}") for nth, piece in enumerate(pieces))
    return ((pieces[int(line.report_id)], line) for line in lines)
