"""What is put on a sheet before it is printed: whose it is, for when, and the roster, page by page. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from brigade.dates import ERAS, month_days, to_tokyo
from brigade.forms.sheet_code import SheetCode
from brigade.forms.template import Field, Template


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the roster."""

    number: str
    name: str
    kana: str = ""
    rank: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """The event that a sheet is for."""

    id: uuid.UUID
    kind: str
    title: str
    place: str
    started_at: dt.datetime
    ended_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Filling:
    """All that is known before the sheet is written on; a blank one knows nothing. ``day`` is the roster's."""

    unit: str = ""
    unit_code: str = ""
    unit_id: uuid.UUID | None = None
    day: dt.date | None = None
    month: str | None = None
    event: Planned | None = None
    people: tuple[Person, ...] = ()

    @property
    def period(self) -> str:
        """The day of the event or the month, as it stands in the sheet's code."""
        if self.event is not None:
            return f"{to_tokyo(self.event.started_at):%Y-%m-%d}"
        return self.month or ""


@dataclass(frozen=True, slots=True)
class FilledPage:
    """One page: its code, its people by row, and what stands in the boxes of a field, one letter for each box."""

    code: SheetCode
    people: Mapping[int, Person]
    values: Mapping[str, str]


TICKED = "x"


def filled_pages(template: Template, filling: Filling) -> list[FilledPage]:
    """As many pages as the people need; at least one. Blank rows stay for who is missing."""
    room = template.people or 1
    parts: list[Sequence[Person]] = [filling.people[at : at + room] for at in range(0, len(filling.people), room)]
    parts = parts or [()]
    made = []
    for page, part in enumerate(parts, 1):
        code = SheetCode(
            template.code, template.version, page, len(parts), filling.day, filling.month, filling.unit_id,
            filling.event.id if filling.event else None,
        )  # fmt: skip
        people = {row: _shown(person, template) for row, person in enumerate(part, 1)}
        values = {field.id: value for field in template.fields if (value := _value(field, filling, people))}
        made.append(FilledPage(code, people, values))
    return made


def _in_boxes(number: str, boxes: int) -> str:
    """The number at the right end of so many boxes; empty where it has letters or more digits."""
    return number.rjust(boxes) if number.isascii() and number.isdigit() and len(number) <= boxes else ""


def _shown(person: Person, template: Template) -> Person:
    """Numbers of another form stand behind the name, so that none is missing from a sheet with boxes for them."""
    boxes = next((len(field.cells) for field in template.fields if field.kind == "member_number"), None)
    if boxes is None or _in_boxes(person.number, boxes):
        return person
    return replace(person, name=f"{person.name}（{person.number}）")


def _value(field: Field, filling: Filling, people: Mapping[int, Person]) -> str:
    """What is printed in the boxes of a field; empty where nothing is known. Only ours has boxes for digits."""
    if field.kind == "member_number":
        person = people.get(field.person or 0)
        return _in_boxes(person.number, len(field.cells)) if person else ""
    if field.type == "date" and (field.report or 1) == 1:
        return _date(field, filling)
    if field.type == "choice" and field.maps_to == "kind" and filling.event and field.report is None:
        marks = [TICKED if option.value == filling.event.kind else " " for option in field.options]
        return "".join(marks) if TICKED in marks else ""
    return ""


def _date(field: Field, filling: Filling) -> str:
    """Digits of an era date as far as they are known: of a month its year and month."""
    if len(field.cells) not in (4, 6):
        return ""
    if filling.event is not None:
        day = to_tokyo(filling.event.started_at).date()
    elif filling.month is not None:
        day = month_days(filling.month)[0]
    else:
        return ""
    first, _ = ERAS[0]  # the era that the sheet has printed before its boxes
    year = day.year - first.year + 1
    if day < first or year > 99:
        return ""
    digits = f"{year:02d}{day.month:02d}"
    if field.kind == "era_date":
        return digits + (f"{day.day:02d}" if filling.event else "  ")
    return digits if field.kind == "era_month" else ""
