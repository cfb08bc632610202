"""The month of one unit as a PDF: figures, approvals, kinds, units, money, members, and every report."""

from __future__ import annotations

from brigade.month.sheet import MonthSheet
from reports.dates import moment, month_name
from reports.month import names
from reports.month.approval_list import approval_list, approval_table
from reports.month.breakdown import survey_table, unit_kind_table
from reports.month.cover import cover, nothing
from reports.month.difference_list import difference_list, difference_sums
from reports.month.exceptions import exception_table, statement_table
from reports.month.matrix import matrix_table
from reports.month.money import pay_list
from reports.month.report_list import report_list
from reports.month.tables import kind_table, member_table, state_table, unit_table
from reports.sheet import About, Running, Sheet
from reports.words import say


def month_pdf(month: MonthSheet, lang: str = "ja") -> bytes:
    """The document of ``month`` in Japanese (``ja``) or English (``en``).

    The same sheet gives the same bytes: its dates are ``generated_at``. Raises MissingFont when a typeface is not
    installed.
    """
    return month_pages(month, lang).bytes(_about(month, lang))


def month_pages(month: MonthSheet, lang: str) -> Sheet:
    """The document's pages, planned and not yet drawn."""
    title, unit = names.title(month, lang), names.unit_name(month)
    sheet = Sheet(_running(month, title, unit, lang))
    cover(sheet, month, title, unit, lang)
    approval_table(sheet, month, lang)
    difference_sums(sheet, month, lang)
    if month.edition is None:
        state_table(sheet, month, lang)
    if not month.times and not month.reports:
        nothing(sheet, month, lang)
        survey_table(sheet, month, lang)
        statement_table(sheet, month, lang)
        exception_table(sheet, month, lang)
        difference_list(sheet, month, lang)
        return sheet
    kind_table(sheet, month, lang)
    unit_table(sheet, month, lang)
    unit_kind_table(sheet, month, lang, wide=False)
    survey_table(sheet, month, lang)
    statement_table(sheet, month, lang)
    difference_list(sheet, month, lang)
    exception_table(sheet, month, lang)
    unit_kind_table(sheet, month, lang, wide=True)
    member_table(sheet, month, lang)
    matrix_table(sheet, month, lang)
    pay_list(sheet, month, lang)
    approval_list(sheet, month, lang)
    report_list(sheet, month, lang)
    return sheet


def _running(month: MonthSheet, title: str, unit: str, lang: str) -> Running:
    at = moment(month.generated_at, lang)
    edition = month.edition
    if edition is None:
        foot = say("made", lang, at=at, by=month.generated_by)
    else:
        foot = say("foot_edition", lang, edition=say("edition", lang, number=edition.number), code=edition.code, at=at)
    return Running(
        head=title,
        head_right=unit,
        foot=foot,
        pages=say("pages", lang, page="{page}", pages="{pages}"),
        banner=(say("preview", lang), say("preview_note", lang)) if month.preview else None,
    )


def _about(month: MonthSheet, lang: str) -> About:
    edition = month.edition
    words = [month.month, names.unit_name(month)]
    if edition is None:
        words.append(say("preview", lang))
    else:
        words += [say("edition", lang, number=edition.number), edition.code]
    return About(
        title=f"{names.title(month, lang)} {names.unit_name(month)}",
        subject=say("subject", lang, unit=names.unit_name(month), month=month_name(month.month, lang)),
        lang=lang,
        made_at=month.generated_at,
        author=f"{edition.unit_name} {edition.sealed_by}" if edition else month.generated_by,
        keywords=", ".join(words),
    )
