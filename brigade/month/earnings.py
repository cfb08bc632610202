"""What the confirmed reports of a month earn: the turnouts of everyone in them, by the rules of each day.

Rules that look at a whole day need all of a person's turnouts of that day, also those for other units and those of a
duty that began in the month before or goes on into the next; these are read too, and only the asked month is answered.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.activities import ActivityReport, Event, Participation
from brigade.dates import month_bounds
from brigade.db import chunks
from brigade.disputes import held
from brigade.kinds import catalogue, may_take_part
from brigade.month.figures import PAYABLE
from brigade.month.rows import PaidLine, ReportRow, RulesUsed
from brigade.pay.rules import PayRules, RuleSet
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import PayLine, Turnout, on_hold, turnout_pay
from brigade.pay.words import sentence
from brigade.people import Member

AROUND = dt.timedelta(days=3)
"""As long as the longest report: what began so long before may reach into the month."""
PAYING = {"as_system": "what a person earns in a day depends on all turnouts of that day, whoever looks"}


def month_pay(
    session: Session, municipality: str, month: str, reports: Sequence[ReportRow]
) -> tuple[tuple[PaidLine, ...], tuple[RulesUsed, ...]]:
    """The lines of the confirmed reports among ``reports``, and the rule sets they were paid by.

    Nothing where no municipality is set.
    """
    asked = {report.id for report in reports if report.state in PAYABLE}
    if not municipality or not asked:
        return (), ()
    people = {uuid.UUID(part.member_id) for report in reports if report.id in asked for part in report.parts}
    return pay_of(session, municipality, (month, month), asked, people)


def pay_of(
    session: Session, municipality: str, months: tuple[str, str], asked: Collection[str], people: Collection[uuid.UUID]
) -> tuple[tuple[PaidLine, ...], tuple[RulesUsed, ...]]:
    """What the asked reports (ids), all of the first to the last month, earn these people. What is disputed is on hold."""
    done = turnouts_of(session, people, *months)
    lines: list[PaidLine] = []
    used: dict[str, RuleSet] = {}
    for member_id in sorted(done.by_member):
        for line in done.lines(member_id, pay_rules(), municipality):
            if line.report_id in asked:
                rules = used.setdefault(line.rule_set, pay_rules().named(line.rule_set)) if line.rule_set else None
                lines.append(PaidLine(member_id, line, sentence(line, rules, "ja"), sentence(line, rules, "en")))
    shown = (RulesUsed(rules.code, rules.digest, rules.label.ja, rules.label.en) for rules in used.values())
    return tuple(lines), tuple(sorted(shown, key=lambda rules: rules.code))


class Done(NamedTuple):
    """Turnouts by person, the month of each report (that in which it began), and (report, person) of what is disputed."""

    by_member: dict[str, list[Turnout]]
    month_of: dict[str, str]
    disputed: set[tuple[str, str]]

    def lines(self, member_id: str, rules: PayRules, municipality: str) -> Iterator[PayLine]:
        """What a person earns by these rules; what is disputed is on hold."""
        for line in turnout_pay(rules, municipality, self.by_member.get(member_id, ())):
            yield on_hold(line) if (line.report_id, member_id) in self.disputed else line


def turnouts_of(session: Session, people: Collection[uuid.UUID], first_month: str, last_month: str) -> Done:
    """Everything confirmed that these people did from one month to another, and just around these."""
    first, last = month_bounds(first_month)[0], month_bounds(last_month)[1]
    start = func.coalesce(Participation.started_at, ActivityReport.started_at)
    end = func.coalesce(Participation.ended_at, ActivityReport.ended_at)
    found: dict[str, list[Turnout]] = defaultdict(list)
    months: dict[str, str] = {}
    for chunk in chunks(sorted(people)):
        rows = session.execute(
            select(
                Participation.member_id, ActivityReport.id, ActivityReport.kind, start, end, Participation.role,
                Participation.acted, Member.member_type, Member.allowed_kinds, Event.planned, Event.created_at,
                ActivityReport.details, ActivityReport.started_at, ActivityReport.month,
            )
            .join(ActivityReport, ActivityReport.id == Participation.report_id)
            .join(Member, Member.id == Participation.member_id)
            .outerjoin(Event, Event.id == ActivityReport.event_id)
            .where(
                Participation.member_id.in_(chunk),
                ActivityReport.state.in_(PAYABLE),
                ActivityReport.started_at >= first - AROUND,
                ActivityReport.started_at < last + AROUND,
            ),
            execution_options=PAYING,
        )  # fmt: skip
        for (
            member_id,
            report_id,
            code,
            began,
            ended,
            role,
            acted,
            type_,
            allowed,
            planned,
            made_at,
            details,
            at,
            month,
        ) in rows:
            kind = catalogue().get(code)
            if kind is None:
                continue
            noticed = bool(details.get("plan_id")) or bool(planned and made_at is not None and made_at < at)
            months[str(report_id)] = month
            found[str(member_id)].append(
                Turnout(
                    str(report_id), code, kind.pay_class, kind.tax_class, began, ended, role, acted, noticed,
                    may_take_part(type_, allowed, kind),
                )
            )  # fmt: skip
    return Done(found, months, held(session, months))
