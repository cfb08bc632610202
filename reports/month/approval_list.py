"""Who stands for the month, in place of seals: posts, names, times and deputies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from brigade.dates import to_tokyo
from brigade.month.sheet import Approval, MonthSheet
from reports.dates import stamp
from reports.month.names import holder, stood_in_for
from reports.sheet import Sheet
from reports.table import NONE, Column, Row, Table, uncut
from reports.words import label, say

ON_COVER = 11
"""So many stand on the first page one by one; of more, each level's are put together there."""


def approval_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """On the first page: everyone, or where there are many, everyone of a level together."""
    if not month.approvals:
        return
    shown = month.approvals if len(month.approvals) <= ON_COVER else tuple(_together(month.approvals, lang))
    note = say("approvals_note", lang) if len(month.approvals) <= ON_COVER else say("approvals_cover_note", lang)
    sheet.section()
    _table(sheet, lang).place(sheet, say("approvals", lang), list(_rows(shown, month, lang)), note=note)


def approval_list(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Everyone, as a section of its own where the first page could not hold them."""
    if len(month.approvals) <= ON_COVER:
        return
    sheet.section()
    rows = list(_rows(month.approvals, month, lang))
    _table(sheet, lang).place(sheet, say("approvals_all", lang), rows, note=say("approvals_note", lang))


def _table(sheet: Sheet, lang: str) -> Table:
    times = say("col_times", lang)
    wide = uncut(times, 34)
    return Table(
        [
            Column(say("approval_what", lang), 56, lines=2),
            Column(say("col_unit", lang), 94, lines=2),
            Column(say("approval_who", lang), sheet.width - 286 - wide, lines=3),
            Column(times, wide, "right"),
            Column(say("approval_first", lang), 68, "right", lines=2),
            Column(say("approval_last", lang), 68, "right", lines=2),
        ],
        size=9.0,
        row_height=16,
    )


def _rows(found: Iterable[Approval], month: MonthSheet, lang: str) -> Iterator[Row]:
    year = int(month.month[:4])
    for one in found:
        once = to_tokyo(one.first_at) == to_tokyo(one.last_at)
        yield Row(
            [
                say(f"approval_{one.what}", lang),
                one.unit_name,
                _who(one, lang),
                f"{one.reports:,}" if one.reports else NONE,
                "" if once else stamp(one.first_at, year, lang),
                stamp(one.last_at, year, lang),
            ],
            bold=one.what == "seal",
        )


def _who(one: Approval, lang: str) -> str:
    who = holder(one.post, one.name, lang)
    return f"{who}\n{stood_in_for(one.deputy_for, one.level, lang)}" if one.deputy_for else who


def _together(found: Sequence[Approval], lang: str) -> Iterator[Approval]:
    """One line for each level at which several approved or declared."""
    for (what, level), group in groupby(found, key=lambda one: (one.what, one.level)):
        several = list(group)
        if len(several) == 1:
            yield several[0]
            continue
        people = len({(one.post, one.name) for one in several})
        units = len({one.unit_name for one in several})
        yield Approval(
            what, level, say("approval_units", lang, level=label("level", level, lang), count=f"{units:,}"), "",
            say("approval_people", lang, count=f"{people:,}"), None, sum(one.reports for one in several),
            min(one.first_at for one in several), max(one.last_at for one in several),
        )  # fmt: skip
