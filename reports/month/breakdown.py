"""The month cut two ways: units by kinds, and the categories of the ministry's survey with their years."""

from __future__ import annotations

from brigade.dates import fiscal_year, month_days
from brigade.month.sheet import KindTotal, MonthSheet, SurveyTotal
from reports.sheet import Sheet
from reports.table import NONE, Column, Row, Table, cuts_words, uncut
from reports.words import say

UNIT, EACH, SUM = 118.0, 40.0, 54.0
UPRIGHT_KINDS = 8  # more than that, and the table is one for a page that lies on its side


def unit_kind_table(sheet: Sheet, month: MonthSheet, lang: str, *, wide: bool) -> None:
    """Reports above and person-times below, for each unit and kind; as many kinds on a page as find room. Nothing where
    the table is not of the asked width.
    """
    kinds = month.kinds
    if len(month.unit_kinds) < 2 or len(kinds) < 2 or wide != (len(kinds) > UPRIGHT_KINDS):
        return
    sheet.section(landscape=wide)
    room = int((sheet.width - UNIT - SUM) / EACH)
    for start in range(0, len(kinds), room):
        if start:
            sheet.section(landscape=wide)
        shown = kinds[start : start + room]
        spare = sheet.width - UNIT - SUM - EACH * len(shown)
        each = EACH + min(spare / (len(shown) + 2), 18.0)
        turned = any(cuts_words(kind.label, each) for kind in shown)
        table = Table(
            [
                Column(say("col_unit", lang), sheet.width - SUM - each * len(shown), lines=2),
                *(Column(kind.label, each, "center" if turned else "right", upward=turned) for kind in shown),
                Column(say("total", lang), SUM, "right"),
            ],
            size=9.0,
            row_height=17,
        )
        rows = [
            Row(
                [
                    unit.name,
                    *(_pair(unit.by_kind.get(kind.code)) for kind in shown),
                    f"{sum(one.times for one in unit.by_kind.values()):,}\n"
                    f"{sum(one.person_times for one in unit.by_kind.values()):,}",
                ],
                bold=unit.depth == 0,
                indent=8.0 * min(unit.depth, 4),
            )
            for unit in month.unit_kinds
        ]
        table.place(sheet, say("unit_kinds", lang), rows, note=say("unit_kinds_note", lang))


def _pair(total: KindTotal | None) -> str:
    return f"{total.times:,}\n{total.person_times:,}" if total else NONE


def survey_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """The categories of the ministry's survey in the month, and beside it since January and since April."""
    own = [one for one in month.survey if one.unit_id == month.unit_id]
    if not own:
        return
    years = any(one.calendar_times is not None for one in own)
    each = 56.0
    columns = [
        ("category_times", 50.0), ("category_reports", 50.0), ("col_people", 56.0),
        *((("category_times", each), ("col_people", each)) * 2 if years else ()),
    ]  # fmt: skip
    heads = [say(key, lang) for key, _ in columns]
    if years:
        heads = [f"{head}\n{words}" for head, words in zip(_spans(month, lang), heads, strict=True)]
    wides = [uncut(head, least) for head, (_, least) in zip(heads, columns, strict=True)]
    table = Table(
        [
            Column(say("category", lang), sheet.width - sum(wides), lines=2),
            *(Column(head, wide, "right") for head, wide in zip(heads, wides, strict=True)),
        ],
        size=9.5,
        row_height=18,
    )
    rows = [Row([one.label, *(_count(number) for number in _numbers(one, years))]) for one in own]
    sheet.section()
    table.place(sheet, say("categories", lang), rows, note=say("categories_note", lang))


def _spans(month: MonthSheet, lang: str) -> list[str]:
    last = month_days(month.month)[1]
    this = say("this_month", lang)
    calendar = say("since_january", lang, year=last.year)
    fiscal = say("since_april", lang, year=fiscal_year(last))
    return [this, this, this, calendar, calendar, fiscal, fiscal]


def _numbers(one: SurveyTotal, years: bool) -> list[int | None]:
    month: list[int | None] = [one.times, one.reports, one.person_times]
    year = [one.calendar_times, one.calendar_person_times, one.fiscal_times, one.fiscal_person_times]
    return [*month, *year] if years else month


def _count(number: int | None) -> str:
    return f"{number:,}" if number else NONE
