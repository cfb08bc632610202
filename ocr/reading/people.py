"""Where the rows of people agree with themselves and with the roster: who is there, whether ticks make sense, sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from ocr.reading.agreement import disagree
from ocr.reading.draft import Draft, Row, Sheet
from ocr.reading.likeness import ALIKE, is_ditto, names_another, of_listed, ranked_people
from ocr.reading.readings import Listed, Status
from ocr.reading.reasons import Reason

BEYOND_DOUBT = 0.999
"""A tick that is as sure as this is not held against a sum."""

FEW = 2
"""Up to so many doubtful ticks a sum says which of them count; among more it would agree by chance."""

NAME_TARGET, NUMBER_TARGET = "participants.name", "participants.member_id"


def check_people(sheet: Sheet) -> None:
    """All comparisons within and between the rows, then of their ticks with the sums and the activities."""
    rows = list(sheet.rows())
    listed = {person.number: person for person in sheet.known.roster}
    _dittos(rows)
    for row in rows:
        number, name = row.one(NUMBER_TARGET), row.one(NAME_TARGET)
        if number is not None:
            _number(number, name, listed, sheet)
        _ticks(row)
        _who(row, number, name, sheet)
    _no_number_twice(rows)
    _sums(sheet, rows)
    _described(sheet)
    for number, name in ((row.one(NUMBER_TARGET), row.one(NAME_TARGET)) for row in rows):
        if number is not None and name is not None:
            _follow(name, number)


def _dittos(rows: list[Row]) -> None:
    """A ditto mark takes the value of the row above, for a person to confirm; a number or name is nobody's twice."""
    for above, row in pairwise(rows):
        for draft in row.drafts:
            model = above.one(draft.field.maps_to)
            if draft.field.type == "text" and is_ditto(draft.raw) and draft.field.maps_to != NAME_TARGET:
                draft.doubts.add(Reason.DITTO)
                if model is not None and model.value is not None:
                    draft.value, draft.guesses = model.value, model.guesses


def _number(number: Draft, name: Draft | None, listed: dict[str, Listed], sheet: Sheet) -> None:
    if not isinstance(number.value, str):
        return
    person = listed.get(number.value)
    if person is None:
        if listed:
            number.doubts.add(Reason.NOT_ON_ROSTER)
        elif len(number.value) == len(number.field.cells):
            number.support(Reason.CHECK_DIGIT)
        return
    number.support(Reason.ON_ROSTER)
    if name is None or not name.raw:
        return
    if of_listed(name.raw, person) >= ALIKE:
        number.support(Reason.NAME_AGREES)
    elif names_another(name.raw, name.marks.text_confidence, person, sheet.known.roster):
        disagree([number, name], Reason.NAME_DISAGREES)


def _ticks(row: Row) -> None:
    marked = [draft for draft in row.attendance if draft.is_marked]
    for draft in marked:
        others = [
            one for one in marked if one.field.report == draft.field.report and one.field.means != draft.field.means
        ]
        if others:
            disagree([draft, *others], Reason.BOTH_TICKED)
    extra = [draft for draft in row.ticks if draft.is_marked and draft.field.maps_to != "participants.acted"]
    if extra and row.attendance and not marked:
        disagree([*extra, *row.attendance], Reason.MARK_WITHOUT_ATTENDANCE)


def _who(row: Row, number: Draft | None, name: Draft | None, sheet: Sheet) -> None:
    """A row with marks belongs to somebody; whoever cannot be read is never dropped."""
    marked = [draft for draft in row.ticks if draft.is_marked]
    idle = all(draft.believed and not draft.conflicts for draft in row.ticks) and not marked
    if number is None:
        if name is not None:
            _by_name(name, sheet, idle=idle)
        person = name
    else:
        person = number
    if person is None or not marked:
        return
    if number is not None and not number.value:
        if name is not None and name.raw:
            number.guesses = (*number.guesses, *ranked_people(name.raw, sheet.known.roster))
        _unclaimed(number, marked, Reason.NO_SUCH_PERSON)
    elif person.is_empty:
        _unclaimed(person, marked, Reason.NO_SUCH_PERSON)


def _unclaimed(owner: Draft, marked: list[Draft], reason: Reason) -> None:
    """Marks of nobody, or of no activity. Where something stands that cannot be read, or the place cannot be seen, only
    that is in question; where it is surely blank, the marks are as well.
    """
    disagree([owner, *marked] if owner.is_empty and not owner.doubts else [owner], reason)


def _by_name(name: Draft, sheet: Sheet, *, idle: bool) -> None:
    """On a sheet without numbers: the members whose names are most like the text, for a person to choose from."""
    if name.is_empty:
        return
    name.doubts.discard(Reason.FREE_TEXT)
    name.guesses = ranked_people(name.raw, sheet.known.roster)
    if idle:
        name.value, name.confidence, name.readable = None, 0.999, True
        name.doubts -= {Reason.NOTHING_FITS, Reason.DITTO}
        name.support(Reason.ROW_WITHOUT_MARKS)
        return
    name.doubts.add(Reason.NAME_ONLY)
    name.doubts.discard(Reason.NOTHING_FITS)
    name.propose()


def _follow(name: Draft, number: Draft) -> None:
    """A name beside a number stands for the number's person and is settled with it."""
    name.value, name.guesses, name.readable = number.value, number.guesses, number.readable
    name.confidence = number.confidence
    name.doubts &= {Reason.FRAME_ASTRAY}
    if number.settled().status is not Status.SURE:
        name.doubts.add(Reason.FOLLOWS_NUMBER)
    name.conflicts |= number.conflicts
    name.support(Reason.FOLLOWS_NUMBER)


def _no_number_twice(rows: Iterable[Row]) -> None:
    seen: dict[str, list[Draft]] = defaultdict(list)
    for row in rows:
        number = row.one(NUMBER_TARGET) or row.one(NAME_TARGET)
        if number is not None and isinstance(number.value, str):
            seen[number.value].append(number)
    for same in seen.values():
        if len(same) > 1:
            disagree(same, Reason.SAME_NUMBER)


def _sums(sheet: Sheet, rows: list[Row]) -> None:
    """Heads written below a column and times written behind a row are compared with the ticks. Where they differ, the
    sum and every tick that can be wrong are in conflict: where a column and a row differ, those that stand in both.
    """
    by_column: list[Draft] = []
    by_row: list[Draft] = []
    if sheet.known.pages == 1:
        for head in sheet.leading_to("headcount"):
            ticks = [one for row in rows for one in row.attendance if _of_report(one, head)]
            by_column += _compared(head, _present(ticks), ticks)
    for row in rows:
        times = row.one("participants.times")
        if times is not None:
            by_row += _compared(times, _present(row.attendance), row.attendance)
    crossing = [one for one in by_column if any(one is other for other in by_row)]
    disagree(crossing or [*by_column, *by_row], Reason.SUM_DISAGREES)


def _of_report(tick: Draft, head: Draft) -> bool:
    return head.field.report is None or tick.field.report in (None, head.field.report)


def _present(ticks: Iterable[Draft]) -> int:
    """How many are there: a person counts once, at each activity."""
    return len({(one.field.person, one.field.report) for one in ticks if one.is_marked})


def _compared(total: Draft, count: int, ticks: list[Draft]) -> list[Draft]:
    """Ticks that can be wrong when the sum is right: those in doubt if they explain it, else those that are missing or
    too many. Not those beyond doubt, and none where the sum itself is in doubt: people add up wrongly far more often
    than such a tick is read wrongly. A sum that is right if a few doubtful ticks are not what they look like agrees: they
    are looked at anyway.
    """
    if not isinstance(total.value, str):
        return []
    if int(total.value) == count:
        sure = total.believed
        total.support(Reason.SUM_AGREES)
        for one in ticks if sure else ():
            one.support(Reason.SUM_AGREES)
        return []
    off, doubtful = abs(int(total.value) - count), [one for one in ticks if not one.believed]
    suspects = [one for one in ticks if one.is_marked == (int(total.value) < count)]
    if total.believed and off <= sum(not one.believed for one in suspects) <= FEW:
        total.support(Reason.SUM_AGREES)
        return doubtful
    total.conflicts.add(Reason.SUM_DISAGREES)
    if not total.believed:
        return []
    if len(doubtful) >= off:
        return doubtful
    return [one for one in suspects if one.confidence < BEYOND_DOUBT]


def _described(sheet: Sheet) -> None:
    """People ticked for an activity need that activity; from the second page on it stands on the first."""
    if sheet.known.page > 1:
        return
    for day in sheet.leading_to("started_at.day"):
        report = day.field.report
        if report is None or not day.is_empty:
            continue
        marked = [one for one in sheet.leading_to("participants.acted", report=report) if one.is_marked]
        if marked:
            _unclaimed(day, marked, Reason.NO_SUCH_ACTIVITY)
