"""What changed between two editions of a month, report by report and person by person. Pure.

Always: the old total and the differences listed give the new total, in reports, attendances, minutes and yen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from brigade.activity.kinds import kind_label
from brigade.month.difference_sheet import Difference, DifferenceSheet, PersonDifference, Totals
from brigade.month.figures import below
from brigade.month.rows import MonthRows, PartRow, PersonRow, ReportRow
from brigade.month.sheet import EditionMark

__all__ = ["Difference", "PersonDifference", "Totals", "difference_sheet", "differences", "totals"]


def difference_sheet(
    before: MonthRows, after: MonthRows, mark: EditionMark, lang: str, stations: Collection[str] = ()
) -> DifferenceSheet:
    """What leads from the edition ``before``, marked ``mark``, to the rows ``after``: these may be of a unit below.

    ``stations``: those for which ``after`` answers (none: for all). What a brigade that moved did under another one is
    counted by that one's editions, and is nothing that this one takes back.
    """
    if before.unit_id != after.unit_id:
        known = any(unit.id == after.unit_id for unit in before.units)
        before = below(before, after.unit_id) if known else replace(before, reports=(), pay=())
    own = _under(before, stations) if stations else before
    return DifferenceSheet(
        mark.number, mark.sealed_at, mark.code, totals(own), totals(after), differences(own, after, lang), own != before
    )


def _under(rows: MonthRows, stations: Collection[str]) -> MonthRows:
    """The rows of what was done under these stations."""
    reports = tuple(report for report in rows.reports if any(id_ in stations for id_ in report.unit_ids))
    ids = {report.id for report in reports}
    return replace(rows, reports=reports, pay=tuple(paid for paid in rows.pay if paid.line.report_id in ids))


def joined(parts: Sequence[MonthRows], unit_id: str) -> MonthRows:
    """The rows of all the units that one took over, as that unit's own."""
    first, *others = parts
    people = {person.id: person for part in parts for person in part.people}
    return (
        replace(
            first,
            unit_id=unit_id,
            units=tuple(unit for part in parts for unit in part.units),
            people=tuple(people.values()),
            reports=tuple(report for part in parts for report in part.reports),
            pay=tuple(paid for part in parts for paid in part.pay),
        )
        if others or first.unit_id != unit_id
        else first
    )


def totals(rows: MonthRows) -> Totals:
    """The sums of the rows as they stand."""
    parts = [part for report in rows.reports for part in report.parts]
    yen = sum(paid.line.yen or 0 for paid in rows.pay)
    return Totals(len(rows.reports), len(parts), sum(part.minutes for part in parts), yen)


def differences(before: MonthRows, after: MonthRows, lang: str = "ja") -> tuple[Difference, ...]:
    """What leads from one to the other, in order of time."""
    old = {report.id: report for report in before.reports}
    new = {report.id: report for report in after.reports}
    people = {person.id: person for person in (*before.people, *after.people)}
    paid_before, paid_after = _paid(before), _paid(after)
    labels = {unit.id: unit.label for unit in (*before.units, *after.units)}
    because = _because(after, lang)
    found = []
    for id_ in sorted(old.keys() | new.keys(), key=lambda id_: ((new.get(id_) or old[id_]).started_at, id_)):
        a, b = old.get(id_), new.get(id_)
        changes = tuple(_people(id_, a, b, people, paid_before, paid_after, because))
        what = "added" if a is None else "removed" if b is None else "changed" if _differ(a, b) else "pay"
        if changes or what in ("added", "removed", "changed"):
            shown = b or old[id_]
            found.append(
                Difference(
                    id_, shown.number, shown.unit_id, shown.kind, shown.started_at, what,
                    shown.trail[-1].at if shown.trail else None, (b is not None) - (a is not None), changes,
                    labels.get(shown.unit_id, ""), kind_label(shown.kind, lang),
                )
            )  # fmt: skip
    return tuple(found)


def _differ(a: ReportRow, b: ReportRow) -> bool:
    """Whether the report says something else: its state and its way there are no content."""
    return _said(a) != _said(b)


def _said(report: ReportRow) -> tuple[object, ...]:
    return (
        report.kind, report.unit_id, report.event, report.started_at, report.ended_at, report.place,
        sorted(report.parts, key=lambda part: part.member_id),
    )  # fmt: skip


def _paid(rows: MonthRows) -> Mapping[tuple[str, str], int]:
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for one in rows.pay:
        paid[one.line.report_id, one.member_id] += one.line.yen or 0
    return paid


def _because(rows: MonthRows, lang: str) -> Mapping[tuple[str, str], str]:
    """Every line of each amount, since together they give it."""
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in rows.pay:
        said[one.line.report_id, one.member_id].append(one.ja if lang == "ja" else one.en)
    return {key: " ".join(its) for key, its in said.items()}


def _people(
    id_: str,
    a: ReportRow | None,
    b: ReportRow | None,
    people: Mapping[str, PersonRow],
    paid_before: Mapping[tuple[str, str], int],
    paid_after: Mapping[tuple[str, str], int],
    because: Mapping[tuple[str, str], str],
) -> list[PersonDifference]:
    old, new = _parts(a), _parts(b)
    found = []
    for member_id in sorted(old.keys() | new.keys(), key=lambda id_: (people[id_].kana_sort, people[id_].number)):
        before, after = old.get(member_id), new.get(member_id)
        key = (id_, member_id)
        one = PersonDifference(
            member_id=member_id,
            number=people[member_id].number,
            name=people[member_id].name,
            person_times=(after is not None) - (before is not None),
            minutes=(after.minutes if after else 0) - (before.minutes if before else 0),
            yen_before=paid_before.get(key, 0),
            yen_after=paid_after.get(key, 0),
            because=because.get(key, ""),
        )
        if one.yen or before != after:
            found.append(one)
    return found


def _parts(report: ReportRow | None) -> dict[str, PartRow]:
    return {part.member_id: part for part in report.parts} if report else {}
