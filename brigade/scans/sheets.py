"""Which sheet a page is: whose, for which day or month, and what was printed on it; who may bring it in.

A code only names. A sheet is taken from whoever may have printed it: a member of the unit, or who leads or stands over it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import Event
from brigade.actor import Actor
from brigade.dates import month_days
from brigade.form_sheets import filling_on
from brigade.forms.filling import FilledPage, Filling, filled_pages
from brigade.forms.sheet_code import SheetCode
from brigade.forms.template import Template
from brigade.problems import NotFound, Refused
from brigade.scans.tables import ScanPage


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a sheet before it is read; ``page`` of ``pages``."""

    form: str
    version: int
    page: int = 1
    pages: int = 1
    unit_id: uuid.UUID | None = None
    day: dt.date | None = None
    month: str | None = None
    event_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on the sheet by the records: whom it is for, and this page's boxes and people by row."""

    sheet: Sheet
    filling: Filling
    page: FilledPage

    def values(self, template: Template) -> dict[str, str]:
        """What is printed in boxes and on lines of text, by the field's id."""
        people, event = self.page.people, self.filling.event
        words = {"unit_id": ("{unit}", self.filling.unit), "place": ("{place}", event.place if event else "")}
        printed = {
            target: said
            for target, (mark, said) in words.items()
            if said and any(mark in text.words for text in template.texts)
        }
        found = dict(self.page.values)
        for field in template.fields:
            if field.maps_to in printed:
                found[field.id] = printed[field.maps_to]
            elif field.maps_to == "participants.name" and field.person and field.person in people:
                found[field.id] = people[field.person].name
        return found


class NotThisSheet(Exception):
    """The page cannot be taken for the sheet that it says it is; ``reason`` is the code of the page's refusal."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def sheet_of(template: Template, code: str | None, unit_id: uuid.UUID | None = None) -> Sheet:
    """The sheet by its code; of one without a code what the sender said. NotThisSheet for the code of another form."""
    if code is None:
        return Sheet(template.code, template.version, unit_id=unit_id)
    try:
        said = SheetCode.read(code)
    except ValueError:
        return Sheet(template.code, template.version, unit_id=unit_id)  # somebody else's code, stuck on
    if said.form != template.code:
        raise NotThisSheet("code-differs")
    if said.version != template.version:
        raise NotThisSheet("unknown-version")
    return Sheet(
        said.form, said.version, said.page, said.pages, said.unit_id or unit_id, said.day, said.month, said.event_id
    )


def printed(session: Session, actor: Actor, template: Template, sheet: Sheet) -> Printed:
    """The sheet with what was printed on it. NotThisSheet (``other-unit``) where the actor may not bring it in."""
    if sheet.unit_id is None:
        blank = Filling(month=sheet.month)
        return Printed(sheet, blank, filled_pages(template, blank)[0])
    event = _event(session, sheet.event_id)
    day = sheet.day or (event.day if event else _day(actor.today, sheet.month))
    try:
        filling = filling_on(session, actor, sheet.unit_id, day, month=sheet.month, event=event)
    except (NotFound, Refused):
        raise NotThisSheet("other-unit") from None
    if filling is None:  # the event calls others by now: the sheet is read all the same
        sheet = replace(sheet, event_id=None)
        return printed(session, actor, template, replace(sheet, day=day))
    pages = filled_pages(template, filling)
    sheet = replace(sheet, day=day, event_id=event.id if event else None)
    return Printed(sheet, filling, pages[min(sheet.page, len(pages)) - 1])


def _event(session: Session, event_id: uuid.UUID | None) -> Event | None:
    return session.scalar(select(Event).where(Event.id == event_id)) if event_id else None


def _day(today: dt.date, month: str | None) -> dt.date:
    if month is None:
        return today
    first, last = month_days(month)
    return min(max(today, first), last)


def stored_sheet(page: ScanPage) -> Sheet:
    """The sheet as the page's row has it, which may have been said by a person."""
    assert page.form is not None
    assert page.form_version is not None
    here = Sheet(page.form, page.form_version, 1, 1, page.unit_id, page.day, page.month, page.event_id)
    try:
        said = SheetCode.read(page.code or "")
    except ValueError:
        return here
    return replace(here, page=said.page, pages=said.pages)
