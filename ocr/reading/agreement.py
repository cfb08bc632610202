"""Where the head of a sheet agrees with itself: days with months, times with times, figures with figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from operator import ge, le

from brigade.dates import month_days
from brigade.forms.overnight import ends_next_day
from ocr.reading.clocks import RECENT, minutes
from ocr.reading.draft import Draft, Sheet
from ocr.reading.reasons import Reason

LONG_MINUTES = 12 * 60
"""Longer than nearly every activity."""

USUAL_MINUTES = 6 * 60
"""Up to this two times bear each other out; a wrong hour is mostly farther off."""

NEAR_MINUTES = 60
"""How far from the plan a time may lie and still be that of the plan."""

OUT_OF_ORDER = 0.6
"""Of the days of a sheet more than this must stand in order for any to be borne out by it."""

FARTHEST_KM = 500
"""What a vehicle drives at one activity at most, and between its last figure and this one."""


def check_head(sheet: Sheet) -> None:
    """All comparisons of fields that belong to no person."""
    _months(sheet)
    for report in range(1, sheet.template.reports + 1):
        _day(sheet, report)
        _times(sheet, report)
    _days_in_order(sheet)
    _odometers(sheet)
    for draft in sheet.drafts.values():
        _as_printed(sheet, draft)


def disagree(drafts: Iterable[Draft | None], reason: Reason) -> None:
    """Both sides are in conflict, whichever is wrong."""
    for draft in drafts:
        if draft is not None:
            draft.conflicts.add(reason)


def _as_printed(sheet: Sheet, draft: Draft) -> None:
    """What was printed into boxes bears out what is read from them; anything else there is looked at by a person."""
    printed = sheet.known.printed.get(draft.field.id, "")
    if not printed.strip() or draft.field.type == "text":
        return
    if draft.field.type == "choice":
        options = [option.value for option, letter in zip(draft.field.options, printed, strict=False) if letter != " "]
        same = draft.value in options or draft.value == options
    else:
        read = draft.raw.replace("_", " ")
        same = draft.value == printed.strip() or (
            len(read) == len(printed)
            and all(one == other for one, other in zip(read, printed, strict=True) if other != " ")
        )
        if same and " " in printed.strip() + printed[-1] and draft.value is not None:
            return  # a part was printed, the rest is handwriting, for which the print does not speak
    if same:
        draft.support(Reason.AS_PRINTED)
    elif draft.believed:
        draft.conflicts.add(Reason.NOT_AS_PRINTED)


def sheet_month(sheet: Sheet) -> str | None:
    """The month of the sheet: as known before, else as written on it."""
    if sheet.known.month is not None:
        return sheet.known.month
    written = sheet.one("month")
    return written.value if written is not None and isinstance(written.value, str) else None


def _months(sheet: Sheet) -> None:
    draft = sheet.one("month")
    if draft is None or not isinstance(draft.value, str):
        return
    if sheet.known.month is not None:
        if draft.value == sheet.known.month:
            draft.support(Reason.IN_MONTH)
        else:
            draft.conflicts.add(Reason.NOT_AS_PRINTED)
    elif sheet.known.today - month_days(draft.value)[1] <= dt.timedelta(RECENT):
        draft.support(Reason.LATELY)


def _day(sheet: Sheet, report: int) -> None:
    draft, month, known = sheet.one("started_at.day", report=report), sheet_month(sheet), sheet.known
    if draft is None or not isinstance(draft.value, str):
        return
    day = _whole_day(draft, month)
    if day is None:
        if draft.field.kind == "day" and month is not None:
            disagree([draft, sheet.one("month")], Reason.OUTSIDE_MONTH)
        return
    if day > known.today:
        disagree([draft, sheet.one("month")], Reason.IN_FUTURE)
    elif month is not None and f"{day:%Y-%m}" != month:
        disagree([draft, sheet.one("month")], Reason.OUTSIDE_MONTH)
    elif month is not None and draft.field.kind != "day":
        draft.support(Reason.IN_MONTH)
    elif known.today - day <= dt.timedelta(RECENT):
        draft.support(Reason.LATELY)
    if day == known.day:
        draft.support(Reason.EVENT_DAY)


def _whole_day(draft: Draft, month: str | None) -> dt.date | None:
    """The day with its year, None where nothing says the year or the month has no such day."""
    value = str(draft.value)
    if draft.field.kind == "era_date":
        return dt.date.fromisoformat(value)
    if month is None:
        return None
    text = f"{month}-{value}" if draft.field.kind == "day" else f"{month[:4]}-{value}"
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _days_in_order(sheet: Sheet) -> None:
    """Activities are written down one after the other: days without a doubt of their own that stand in order bear each
    other out. One that stands against the order, with all that may be wrong instead of it, is borne out by none.
    """
    days = [one for one in sheet.leading_to("started_at.day") if one.field.kind == "day"]
    drafts = [one for one in days if one.value is not None and not one.doubts]
    in_order = always_in_order([str(one.value) for one in drafts])
    if sum(in_order) > max(1, OUT_OF_ORDER * len(drafts)):
        for draft, fits in zip(drafts, in_order, strict=True):
            if fits:
                draft.support(Reason.DAYS_IN_ORDER)


def always_in_order(values: Sequence[str]) -> list[bool]:
    """For each value whether it is part of every longest choice of values, from first to last, that never falls."""
    before, after = _longest(values, le), _longest(values[::-1], ge)[::-1]
    most = max(before, default=0)
    through = [one if one + other - 1 == most else 0 for one, other in zip(before, after, strict=True)]
    return [one > 0 and through.count(one) == 1 for one in through]


def _longest(values: Sequence[str], follows: Callable[[str, str], bool]) -> list[int]:
    """For each value how many can be chosen, itself the last, each of which ``follows`` the one before."""
    found: list[int] = []
    for n, value in enumerate(values):
        found.append(1 + max((found[m] for m in range(n) if follows(values[m], value)), default=0))
    return found


def _times(sheet: Sheet, report: int) -> None:
    start, end = (sheet.one(f"{which}_at.time", report=report) for which in ("started", "ended"))
    for draft, planned in ((start, sheet.known.starts), (end, sheet.known.ends)):
        if draft is not None and isinstance(draft.value, str):
            if minutes(draft.value) % 15 == 0:
                draft.support(Reason.QUARTER_HOUR)
            if planned is not None and abs(minutes(draft.value) - minutes(planned)) <= NEAR_MINUTES:
                draft.support(Reason.AS_PLANNED)
    if start is None or end is None or not isinstance(start.value, str) or not isinstance(end.value, str):
        return
    next_day = sheet.one("ended_at.day", report=report)
    lasted = minutes(end.value) - minutes(start.value)
    overnight = next_day.is_marked if next_day is not None else ends_next_day(dt.timedelta(minutes=lasted))
    lasted += 24 * 60 if overnight else 0
    if overnight and lasted > 24 * 60:
        disagree([start, end, next_day], Reason.NEXT_DAY_TOO_LONG)
    elif lasted == 0 or (lasted < 0 and next_day is not None):
        disagree([start, end, next_day], Reason.END_BEFORE_START)
    elif lasted < 0:
        disagree([start, end], Reason.OVERNIGHT)
    elif lasted > LONG_MINUTES:
        for draft in (start, end):
            draft.doubts.add(Reason.LONG)
    elif lasted <= USUAL_MINUTES:
        for draft in (start, end):
            draft.support(Reason.TIMES_IN_ORDER)


def _odometers(sheet: Sheet) -> None:
    start, end = (sheet.one(f"details.odometer_{which}_km") for which in ("start", "end"))
    if start is not None and start.value is not None and sheet.known.odometer is not None:
        _distance(sheet.known.odometer, None, start)
    if end is None or end.value is None:
        return
    if start is not None and start.value is not None:
        _distance(int(str(start.value)), start, end)
    elif sheet.known.odometer is not None:
        _distance(sheet.known.odometer, None, end)


def _distance(before: int, earlier: Draft | None, later: Draft) -> None:
    driven = int(str(later.value)) - before
    if driven < 0:
        disagree([earlier, later], Reason.ODOMETER_BACKWARDS)
        return
    for draft in (earlier, later):
        if draft is not None:
            if driven > FARTHEST_KM:
                draft.doubts.add(Reason.TOO_FAR)
            else:
                draft.support(Reason.DISTANCE_FITS)
