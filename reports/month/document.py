"""The month of one unit as a PDF: figures, kinds, units, members, and every report with its approvals."""

from __future__ import annotations

from brigade.month.sheet import MonthSheet
from reports.dates import moment, month_name
from reports.month.cover import cover, nothing
from reports.month.matrix import matrix_table
from reports.month.money import category_table, oddity_table, pay_list
from reports.month.report_list import report_list
from reports.month.tables import kind_table, member_table, state_table, unit_table
from reports.sheet import Running, Sheet
from reports.words import say


def month_pdf(month: MonthSheet, lang: str = "ja") -> bytes:
    """The document of ``month`` in Japanese (``ja``) or English (``en``).

    The same sheet gives the same bytes: its dates are ``generated_at``. Raises MissingFont when a typeface is not
    installed.
    """
    title = say("title", lang, month=month_name(month.month, lang))
    sheet = Sheet(
        Running(
            head=title,
            head_right=month.unit_name,
            foot=say("made", lang, at=moment(month.generated_at, lang), by=month.generated_by),
            pages=say("pages", lang, page="{page}", pages="{pages}"),
            banner=(say("preview", lang), say("preview_note", lang)) if month.preview else None,
        )
    )
    cover(sheet, month, title, lang)
    if not month.times and not month.reports:
        nothing(sheet, lang)
        state_table(sheet, month, lang)
    else:
        state_table(sheet, month, lang)
        kind_table(sheet, month, lang)
        unit_table(sheet, month, lang)
        category_table(sheet, month, lang)
        oddity_table(sheet, month, lang)
        member_table(sheet, month, lang)
        matrix_table(sheet, month, lang)
        pay_list(sheet, month, lang)
        report_list(sheet, month, lang)
    subject = say("subject", lang, unit=month.unit_name, month=month_name(month.month, lang))
    return sheet.bytes(title=f"{title} {month.unit_name}", subject=subject, lang=lang, made_at=month.generated_at)
