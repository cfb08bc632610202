"""What the confirmed reports of a month earn: the turnouts of everyone in them, by the rules of each day.

Rules that look at a whole day need all of a person's turnouts of that day, also those for other units and those of a
duty that began in the month before or goes on into the next; these are read too, and only the asked month is answered.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.claims import claim_times
from brigade.activity.kinds import catalogue, may_take_part
from brigade.activity.prior_notice import EVENT_COLUMNS, PlannedAs
from brigade.activity.surroundings import PLACE
from brigade.dates import month_bounds, month_days, tokyo_day
from brigade.db import UtcTime, chunks
from brigade.disputes import held
from brigade.month.figures import PAYABLE
from brigade.month.rows import PaidLine, ReportRow, RulesUsed
from brigade.organisation.member_types import TypeHeld, Types, former_types
from brigade.organisation.people import Member
from brigade.organisation.unit_settings import Lines, on_any_day
from brigade.pay.payer import Payer
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import PayLine, Turnout, on_hold
from brigade.pay.words import sentence
from brigade.questions import Question, among

Id = TypeVar("Id", bound=Hashable)
AROUND = dt.timedelta(days=5)
"""What began so long before may reach into the month, and what begins so long after into a day that one of its duties
reaches: the longest report (72 hours), a person 12 hours beyond it at either end, and the rest of that day.
"""
FEW = 3
"""For so many people it takes about as long to go through all that they ever did as through a day of a whole city."""

PAYING = {"as_system": "what a person earns in a day depends on all turnouts of that day, whoever looks"}


def month_pay(
    session: Session, bureau_id: uuid.UUID, month: str, reports: Sequence[ReportRow], places: Mapping[str, uuid.UUID],
    settings: Lines,
) -> tuple[tuple[PaidLine, ...], tuple[RulesUsed, ...]]:  # fmt: skip
    """The lines of the confirmed reports among ``reports``, and the rule sets they were paid by. ``places``: see
    ``paid_by``, ``settings`` of these.

    Nothing where no municipality is set.
    """
    lines: list[PaidLine] = []
    used: set[str] = set()
    payable = {report.id: (places[report.id], month) for report in reports if report.state in PAYABLE}
    for municipality, asked in paid_under(settings, payable).items():
        people = {uuid.UUID(part.member_id) for report in reports if report.id in asked for part in report.parts}
        found, rules = pay_of(session, bureau_id, municipality, (month, month), asked, people)
        lines += found
        used |= {one.code for one in rules}
    return tuple(lines), rules_used(used)


def paid_by(session: Session, places: Mapping[Id, tuple[uuid.UUID, str]]) -> dict[str, set[Id]]:
    """Reports by the municipality whose rules pay them, in its order; none where no municipality is set.

    ``places``: each report's brigade, or its unit where it has none, and its month. What is set for that on the month's
    last day holds, whoever's month is added up: a station may have brigades of several municipalities.
    """
    return paid_under(on_any_day(session, {place for place, _ in places.values()}), places)


def paid_under(settings: Lines, places: Mapping[Id, tuple[uuid.UUID, str]]) -> dict[str, set[Id]]:
    """The same with the settings of these places at hand."""
    found: dict[str, set[Id]] = defaultdict(set)
    for id_, (place, month) in places.items():
        found[settings.on(place, month_days(month)[1]).pay_rules].add(id_)
    return {municipality: found[municipality] for municipality in sorted(found) if municipality}


def payers_of(session: Session, places: Mapping[Id, tuple[uuid.UUID, str]]) -> dict[Id, Payer]:
    """Who pays each of these reports, the same one for all of a municipality; see ``paid_by``."""
    found: dict[Id, Payer] = {}
    for municipality, ids in paid_by(session, places).items():
        found |= dict.fromkeys(ids, Payer(pay_rules(), municipality))
    return found


def pay_of(
    session: Session,
    bureau_id: uuid.UUID,
    municipality: str,
    months: tuple[str, str],
    asked: Collection[str],
    people: Collection[uuid.UUID],
) -> tuple[tuple[PaidLine, ...], tuple[RulesUsed, ...]]:
    """What the asked reports (ids), all of the first to the last month, earn these people. What is disputed is on hold."""
    lines: list[PaidLine] = []
    said: dict[PayLine, tuple[str, str]] = {}
    for member_id, line in lines_of(session, bureau_id, municipality, months, asked, people):
        words = said.get(line)
        if words is None:
            rules = pay_rules().named(line.rule_set) if line.rule_set else None
            words = said[line] = sentence(line, rules, "ja"), sentence(line, rules, "en")
        lines.append(PaidLine(member_id, line, *words))
    return tuple(lines), rules_used(line.rule_set for line in said)


def lines_of(
    session: Session,
    bureau_id: uuid.UUID,
    municipality: str,
    months: tuple[str, str],
    asked: Collection[str],
    people: Collection[uuid.UUID],
) -> Iterator[tuple[str, PayLine]]:
    """The same without words: (person, line), person by person."""
    done = turnouts_of(session, bureau_id, people, *months)
    payer = Payer(pay_rules(), municipality)
    for member_id in sorted(done.by_member):
        for line in done.lines(member_id, payer):
            if line.report_id in asked:
                yield member_id, line


def rules_used(codes: Iterable[str]) -> tuple[RulesUsed, ...]:
    """The rule sets with these codes, in order; the empty code of what no rules hold for is none."""
    used = (pay_rules().named(code) for code in sorted(set(codes) - {""}))
    return tuple(RulesUsed(rules.code, rules.digest, rules.label.ja, rules.label.en) for rules in used)


class Done(NamedTuple):
    """Turnouts by person, the brigade (or what stands in its place) and the month in which it began of each report,
    (report, person) of what is disputed, and of what type people were before.
    """

    by_member: dict[str, list[Turnout]]
    places: dict[str, tuple[uuid.UUID, str]]
    disputed: set[tuple[str, str]]
    types: Types

    def lines(self, member_id: str, payer: Payer) -> Iterator[PayLine]:
        """What a person earns; what is disputed is on hold."""
        for line in payer.lines(self.by_member.get(member_id, ())):
            yield on_hold(line) if (line.report_id, member_id) in self.disputed else line


def turnouts_of(
    session: Session, bureau_id: uuid.UUID, people: Collection[uuid.UUID], first_month: str, last_month: str,
    types: Types | None = None,
) -> Done:  # fmt: skip
    """Everything confirmed that these people of one bureau did from one month to another, and just around these.

    ``types``: the bureau's former ones, where they are at hand (``paid_since`` says from which day on).
    """
    since, until = month_bounds(first_month)[0] - AROUND, month_bounds(last_month)[1] + AROUND
    types = former_types(session, bureau_id, paid_since(first_month)) if types is None else types
    found: dict[str, list[Turnout]] = defaultdict(list)
    places: dict[str, tuple[uuid.UUID, str]] = {}
    for row in _rows(session, bureau_id, people, since, until):
        kind = catalogue().get(row.kind)
        if kind is None:
            continue
        event = PlannedAs(row.planned, row.planned_at, row.event_kind, row.event_started_at, row.event_ended_at)
        noticed = is_notified(row.plan_id, event, row.kind, row.at)
        report_id = str(row.report_id)
        places[report_id] = row.place, row.month
        was = types.at(row.member_id, row.at, TypeHeld(row.member_type, row.allowed_kinds))
        found[str(row.member_id)].append(
            Turnout(
                report_id, row.kind, kind.pay_class, kind.tax_class, row.began, row.ended, row.role, row.acted, noticed,
                may_take_part(*was, kind),
            )
        )  # fmt: skip
    return Done(found, places, held(session, places), types)


def paid_since(month: str) -> dt.date:
    """The first day of all that is looked at for the pay of a month."""
    return tokyo_day(month_bounds(month)[0] - AROUND)


def is_notified(plan_id: str | None, event: PlannedAs, kind: str, began: dt.datetime) -> bool:
    """Whether an activity was announced before it took place: by its notice, which was looked up when the report was sent,
    or by the event that was planned for it.
    """
    return bool(plan_id) or event.announces(kind, began)


def _rows(
    session: Session, bureau_id: uuid.UUID, people: Collection[uuid.UUID], since: dt.datetime, until: dt.datetime
) -> Iterator[_Part]:
    """Everyone of these at each confirmed report that began in the time.

    Of few people all that they ever did is gone through, by the index on people; of many it takes less to go through
    all that anyone of the city did in the time.
    """
    for chunk in chunks(sorted(people)):
        if len(chunk) > FEW * (until - since).days:
            in_city = _DONE.where(ActivityReport.bureau_id == bureau_id, _WHOEVER.in_(chunk))
            rows: Iterable[Sequence[Any]] = session.execute(
                in_city, {"since": since, "until": until}, execution_options=PAYING
            )
        else:
            rows = _BY_FEW.ask(session, people=chunk, since=since, until=until)
        yield from map(_Part._make, rows)


class _Part(NamedTuple):
    """One person at one confirmed report: from when until when, and what decides what it earns."""

    member_id: uuid.UUID
    report_id: uuid.UUID
    kind: str
    began: dt.datetime
    ended: dt.datetime
    role: str
    acted: bool
    member_type: str
    allowed_kinds: Any
    planned: bool | None
    planned_at: dt.datetime | None
    event_kind: str | None
    event_started_at: dt.datetime | None
    event_ended_at: dt.datetime | None
    plan_id: str | None
    at: dt.datetime
    month: str
    place: uuid.UUID


_DONE = (
    select(
        Participation.member_id, ActivityReport.id, ActivityReport.kind, *claim_times(), Participation.role,
        Participation.acted, Member.member_type, Member.allowed_kinds, *EVENT_COLUMNS,
        ActivityReport.details["plan_id"].as_string().label("plan_id"), ActivityReport.started_at, ActivityReport.month,
        PLACE,
    )
    .join(ActivityReport, ActivityReport.id == Participation.report_id)
    .join(Member, Member.id == Participation.member_id)
    .outerjoin(Event, Event.id == ActivityReport.event_id)
    .where(
        or_(*(ActivityReport.state == state for state in PAYABLE)),
        ActivityReport.started_at >= bindparam("since", type_=UtcTime),
        ActivityReport.started_at < bindparam("until", type_=UtcTime),
    )
)  # fmt: skip
"""SQL: a row of ``_Part`` for each person at each confirmed report that began in the time."""

_BY_FEW = Question(_DONE.where(among(Participation.member_id, "people")), PAYING)
_WHOEVER: Any = func.coalesce(Participation.member_id, Participation.member_id)
"""Who took part, said so that no store takes the index on people."""
