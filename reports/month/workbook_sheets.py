"""The sheets of the month's workbook that are no files of their own: totals, members, exceptions, approvals, cover."""

from __future__ import annotations

from brigade.month.sheet import MatrixRow, MonthSheet
from reports.dates import length, moment, short_day
from reports.month import names
from reports.month.columns import columns
from reports.month.matrix import MARKS
from reports.month.money import yen
from reports.tables import Column, Kind, Table
from reports.words import label, say


def kind_sheet(sheet: MonthSheet, lang: str) -> Table:
    """One row for each kind."""
    rows = [(one.code, one.label, one.times, one.person_times, one.minutes) for one in sheet.kinds]
    return Table(
        "kinds", say("by_kind", lang), columns("kind kind_label times person_times person_minutes", lang), rows
    )


def unit_sheet(sheet: MonthSheet, lang: str) -> Table:
    """One row for each unit, which holds those below it."""
    codes = "unit level times person_times person_minutes yen waiting returned"
    labels = {one.unit_id: one.name for one in sheet.unit_kinds}
    rows = [
        (
            labels.get(one.unit_id, one.name), label("level", one.level, lang), one.times, one.person_times, one.minutes,
            one.yen, one.waiting, one.returned,
        )
        for one in sheet.units
    ]  # fmt: skip
    return Table("units", say("by_unit", lang), columns(codes, lang), rows)


def unit_kind_sheet(sheet: MonthSheet, lang: str) -> Table:
    """One row for each unit, and for each kind its reports and person-times side by side."""
    heads: list[Column] = list(columns("unit level", lang))
    for kind in sheet.kinds:
        code = kind.code.lower().replace("-", "_")
        heads += [
            Column(f"{code}_times", f"{kind.label}\n{say('col_times', lang)}", Kind.NUMBER),
            Column(f"{code}_person_times", f"{kind.label}\n{say('col_people', lang)}", Kind.NUMBER),
        ]
    rows = []
    for unit in sheet.unit_kinds:
        row: list[str | int] = [unit.name, label("level", unit.level, lang)]
        for kind in sheet.kinds:
            found = unit.by_kind.get(kind.code)
            row += [found.times, found.person_times] if found else [0, 0]
        rows.append(row)
    return Table("unit_kinds", say("unit_kinds", lang), tuple(heads), rows, frozen=1)


def member_sheet(sheet: MonthSheet, lang: str) -> Table:
    """One row for each member who took part."""
    codes = "member_number name unit times person_minutes yen"
    rows = [(one.number, one.name, one.unit_name, one.times, one.minutes, one.yen) for one in sheet.members]
    return Table("members", say("by_member", lang), columns(codes, lang), rows)


def matrix_sheet(sheet: MonthSheet, lang: str) -> Table:
    """Members by activities, in the marks of the printed one."""
    heads = [
        *columns("member_number name unit", lang),
        *(
            Column(f"activity_{number}", f"{short_day(one.day, lang)}\n{one.title or one.kind_label}", width=9)
            for number, one in enumerate(sheet.matrix.columns, 1)
        ),
    ]
    rows = [[row.number, row.name, row.unit_name, *_marks(row, len(sheet.matrix.columns))] for row in sheet.matrix.rows]
    return Table("matrix", say("matrix", lang), tuple(heads), rows, frozen=2)


def _marks(row: MatrixRow, count: int) -> list[str | None]:
    """Its cells in so many columns, nearly all of them empty."""
    marks: list[str | None] = [None] * count
    for place, mark in row.cells.items():
        marks[place] = MARKS[mark]
    return marks


def exception_sheet(sheet: MonthSheet, lang: str) -> Table:
    """What an officer should look at, and what was left open; then who need not report."""
    rows = [(one.what, label("oddity", one.what, lang), one.detail, one.report_number) for one in sheet.oddities]
    for report in sheet.left_open:
        waits = label("level", report.waits_at, lang) if report.waits_at else ""
        rows.append(("left-open", say("left_open", lang), f"{label('state', report.state, lang)} {waits}".strip(), report.number))  # fmt: skip
    for said in sheet.statements:
        detail = f"{said.unit_name} {said.reason}".strip()
        rows.append((said.saying, say(f"statement_{said.saying}", lang), detail, ""))
    return Table("exceptions", say("oddities", lang), columns("what what_label detail report_number", lang), rows)


def approval_sheet(sheet: MonthSheet, lang: str) -> Table:
    """Who stands for the month, in place of seals."""
    codes = "what what_label level unit post name deputy_for times first_at last_at"
    rows = [
        (
            one.what, say(f"approval_{one.what}", lang), label("level", one.level, lang), one.unit_name,
            label("post", one.post, lang), one.name, one.deputy_for, one.reports, one.first_at, one.last_at,
        )
        for one in sheet.approvals
    ]  # fmt: skip
    return Table("approvals", say("approvals", lang), columns(codes, lang), rows)


def properties(sheet: MonthSheet, lang: str) -> list[tuple[str, str]]:
    """What stands on the first sheet: whose month, which edition, and the totals."""
    edition = sheet.edition
    found = [
        (say("unit", lang), " › ".join(sheet.path)),
        (say("made_at", lang), moment(sheet.generated_at, lang)),
        (say("made_by", lang), sheet.generated_by),
    ]
    if edition is None:
        found.append((say("preview", lang), say("preview_note", lang)))
    else:
        found += [
            (say("edition_of", lang), say("edition", lang, number=edition.number)),
            (say("sealed_at", lang), moment(edition.sealed_at, lang)),
            (say("sealed_by", lang), names.holder(edition.post, edition.sealed_by, lang)),
            (say("sealed_unit", lang), edition.unit_name),
            (say("edition_code", lang), edition.code),
            (say("verify_at", lang), edition.verify_url),
        ]
    found += [
        (say("times", lang), f"{sheet.times:,}"),
        (say("person_times", lang), f"{sheet.person_times:,}"),
        (say("hours", lang), length(sheet.minutes, lang)),
        (say("pay", lang), yen(sheet.yen, lang)),
    ]
    if sheet.unknown:
        found.append((say("unknown", lang), say("headline_unknown", lang, count=f"{sheet.unknown:,}")))
    return found + [(say("rules", lang), rule) for rule in sheet.rules]
