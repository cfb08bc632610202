"""Which pages a run looks at: so many sheets, forms and conditions in turn, and foreign pages among them. Seeded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.ocr.foreign import FOREIGN, drawn_foreign
from bench.ocr.hands import draw_hand
from bench.ocr.paper import CONDITIONS, FAINT, Picture, pictured
from bench.ocr.sheets import Sheet, draw_sheet
from bench.ocr.sources import Kind, Split
from brigade.dates import month_days, to_tokyo
from brigade.forms.shelf import newest
from brigade.forms.template import Template
from ocr.reading.known import Known
from ocr.reading.readings import Listed

FOREIGN_SHARE = 6
"""Of so many pages one is foreign."""

HANDS = (Kind.REAL, Kind.FONT, Kind.REAL, Kind.PRINTED, Kind.FONT)
"""Whose turn it is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One page of a run."""

    seed: int
    number: int
    form: str
    condition: str
    kind: Kind

    def made(self, split: Split) -> tuple[Sheet, Picture]:
        """The sheet and its picture; always the same."""
        rng = np.random.default_rng([self.seed, self.number])
        hand = draw_hand(split, rng, self.kind, faint=self.condition == FAINT)
        sheet = draw_sheet(newest()[self.form], hand, rng)
        return sheet, pictured(sheet, self.condition, rng)


@dataclass(frozen=True, slots=True)
class ForeignCase:
    """One page that is no form of ours."""

    seed: int
    number: int
    kind: str

    def made(self) -> tuple[Sheet | None, Picture]:
        """Its picture, and what is written on a lookalike; always the same."""
        sheet, pixels = drawn_foreign(self.kind, np.random.default_rng([self.seed, self.number, 1]))
        return sheet, Picture(pixels)


def cases(pages: int, seed: int, conditions: tuple[str, ...] = tuple(CONDITIONS)) -> Iterator[Case | ForeignCase]:
    """So many sheets and, among them, a foreign page after every few. Every form meets every condition in time."""
    forms = list(newest())
    for n in range(pages):
        turn = n // len(forms)
        form = forms[n % len(forms)]
        condition = conditions[(n + turn) % len(conditions)]
        yield Case(seed, n, form, condition, HANDS[(n + n // len(HANDS)) % len(HANDS)])
        if n % FOREIGN_SHARE == FOREIGN_SHARE - 1:
            nth = n // FOREIGN_SHARE
            yield ForeignCase(seed, nth, FOREIGN[nth % len(FOREIGN)])


def known_of(sheet: Sheet, template: Template, code: str | None) -> Known:
    """What the product would know when it reads the page: of a code that was read what it printed then; of any other the
    people of the unit that the sender named.
    """
    today = month_days(sheet.month)[1] + dt.timedelta(days=3)
    roster = tuple(Listed(person.number, person.name, person.kana) for person in sheet.squad.people)
    if code is None or code != str(sheet.filled.code) or sheet.filling.unit_id is None:
        return Known(today, roster)
    names = {
        field.id: sheet.filled.people[field.person].name
        for field in template.fields
        if field.maps_to == "participants.name" and field.person is not None and field.person in sheet.filled.people
    }
    event = sheet.filling.event
    return Known(
        today, roster, {**sheet.filled.values, **names}, sheet.filling.month,
        to_tokyo(event.started_at).date() if event else None,
        f"{to_tokyo(event.started_at):%H:%M}" if event else None, f"{to_tokyo(event.ended_at):%H:%M}" if event else None,
        page=sheet.filled.code.page, pages=sheet.filled.code.pages,
    )  # fmt: skip
