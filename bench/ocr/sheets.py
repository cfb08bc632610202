"""Filled sheets of the forms on the shelf: printed by the product, written on by a hand, with the truth of every field.

``draw_sheet`` takes a generator; the same state gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

import numpy as np
import pypdfium2
from numpy.random import Generator

from bench.ocr.deeds import SUMMARIES, Deed, Squad, draw_deed, draw_squad
from bench.ocr.entries import Entry, Page, entries
from bench.ocr.hands import Hand
from bench.ocr.ink import DPI
from bench.ocr.sources import Kind
from bench.ocr.stamps import seal
from bench.ocr.writing import DOUBT, Pixels, Truth, Writer
from brigade.dates import TOKYO, month_days
from brigade.forms.filling import FilledPage, Filling, Person, Planned, filled_pages
from brigade.forms.template import Template
from reports.forms.sheet import form_pdf

MADE_AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
MONTHS = ("2026-04", "2026-06", "2026-07", "2026-09", "2026-10", "2026-11")
EMPTY, BLANK, EVENT, DITTO, ROW_STRUCK = 0.04, 0.2, 0.3, 0.25, 0.05
"""How many sheets come back empty; are printed without names; of the rosters, how many are for an event; legacy ones
with ditto marks; and with a row struck out."""

SEALS = {
    "old-activity": ((134, 30), (154, 30), (174, 30), (189, 279)),
    "old-turnout": ((190, 281),),
    "old-month": ((247, 202),),
}
"""Where people put their seals, middle in millimetres."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One filled sheet. ``people`` are those on it by row; ``month`` is that of its activities."""

    template: Template
    pixels: Pixels
    truth: Mapping[str, Truth]
    squad: Squad
    people: Mapping[int, Person]
    filled: FilledPage
    filling: Filling
    month: str
    hand: Hand


def draw_sheet(template: Template, hand: Hand, rng: Generator) -> Sheet:
    """A sheet of the form, printed for some squad (or blank) and filled in by the hand."""
    chance = Random(int(rng.integers(1 << 62)))
    squad, month = draw_squad(chance), chance.choice(MONTHS)
    filling = _filling(template, squad, month, chance)
    pages = filled_pages(template, filling)
    nth = chance.randrange(len(pages))
    pixels = _printed(template, filling, nth)
    page = _page(template, squad, filling, pages[nth], month, chance)
    if chance.random() < EMPTY:
        truth = {key: _untouched(entry) for key, entry in entries(page, chance).items()}
    else:
        truth = _written(page, pixels, hand, chance, rng)
    for x, y in SEALS.get(template.code, ()):
        if rng.random() < 0.6:
            seal(pixels, rng, x + float(rng.normal(0, 1)), y + float(rng.normal(0, 1)), squad.people[0].name.split()[0])
    return Sheet(template, pixels, truth, squad, page.people, pages[nth], filling, month, hand)


def _filling(template: Template, squad: Squad, month: str, chance: Random) -> Filling:
    """What the product knew when it printed the sheet."""
    if chance.random() < BLANK:
        return Filling()
    first, last = month_days(month)
    event = None
    if "event_id" in template.variables and chance.random() < EVENT:
        start = dt.datetime.combine(
            first + dt.timedelta(days=chance.randrange(last.day)), dt.time(chance.choice((8, 9, 19)), chance.choice((0, 30))),
            TOKYO,
        )  # fmt: skip
        kind = chance.choice(("T-01", "E-01", "G-01"))
        event = Planned(
            uuid.UUID(int=chance.getrandbits(128), version=4), kind, chance.choice(SUMMARIES[kind]), "中央公園",
            start, start + dt.timedelta(minutes=30 * chance.randint(2, 6)),
        )  # fmt: skip
    known = month if "month" in template.variables and event is None else None
    return Filling(squad.unit, squad.code, squad.id, first, known, event, squad.people)


def _printed(template: Template, filling: Filling, page: int) -> Pixels:
    with pypdfium2.PdfDocument(form_pdf(template, filling, made_at=MADE_AT)) as document:
        return np.ascontiguousarray(document[page].render(scale=DPI / 72, rev_byteorder=True).to_numpy()[..., :3])


def _page(template: Template, squad: Squad, filling: Filling, filled: FilledPage, month: str, chance: Random) -> Page:
    """Who stands on the page and what happened."""
    people: dict[int, Person] = {}
    listed = set()
    for row, person in filled.people.items():
        people[row] = next((one for one in squad.people if one.number == person.number), person)
        listed.add(person.number)
    others = [person for person in squad.people if person.number not in listed]
    room = template.people - len(people)
    added = chance.randint(2, 10) if not people else chance.choice((0, 0, 0, 1, 2))
    for person in others[: min(room, added)]:
        people[len(people) + 1] = person
    said = {name for name in ("unit", "place") if any(f"{{{name}}}" in text.words for text in template.texts)}
    words = frozenset(
        name for name in said if (filling.unit if name == "unit" else filling.event and filling.event.place)
    )
    return Page(template, squad, people, _deeds(template, filling, month, len(people), chance), filled, words, month)


def _deeds(template: Template, filling: Filling, month: str, people: int, chance: Random) -> dict[int, Deed]:
    """The page's activities in the order of their days, by number."""
    first, last = month_days(month)
    options = [option.value for field in template.fields if field.maps_to == "kind" for option in field.options]
    kinds = [*(options or SUMMARIES), "T-01", "E-01", "T-01"]
    if filling.event is not None:
        event = filling.event
        deed = draw_deed(chance, event.started_at.date(), people, [event.kind])
        same = chance.random() < 0.8
        start, end = (event.started_at, event.ended_at) if same else (deed.start, deed.end)
        return {1: Deed(
            event.kind, start.replace(tzinfo=None), end.replace(tzinfo=None), event.place, deed.summary, deed.vehicle,
            deed.odometer, deed.came, deed.idle, deed.operators, deed.injured, deed.late,
        )}  # fmt: skip
    count = 1 if template.reports == 1 else chance.randint(1, template.reports)
    days = sorted(chance.choices(range(last.day), k=count))
    deeds = {n: draw_deed(chance, first + dt.timedelta(days=day), people, kinds) for n, day in enumerate(days, 1)}
    if any(field.maps_to == "participants.acted" and field.means is not True for field in template.fields):
        return deeds
    # where there is no box for those who came and did no work, whoever came is marked
    return {n: replace(deed, came=deed.came | deed.idle, idle=frozenset()) for n, deed in deeds.items()}


def _untouched(entry: Entry) -> Truth:
    """A field as it came out of the printer."""
    if not any(entry.printed):
        return Truth(False if isinstance(entry.value, bool) else None, ("",) * len(entry.letters), None)
    complete = entry.printed == entry.letters
    return Truth(entry.value if complete else None, entry.printed, Kind.PRINTED)


def _written(page: Page, pixels: Pixels, hand: Hand, chance: Random, rng: Generator) -> dict[str, Truth]:
    """Writes everything and says what stands there now."""
    template, writer = page.template, Writer(pixels, hand, rng)
    said = entries(page, chance)
    said = {key: _left_out(template, key, entry, chance) for key, entry in said.items()}
    said |= _miscounted(template, said, chance)
    same = _same_as_before(template, said) if not template.own and chance.random() < DITTO else frozenset()
    truth = {field.id: writer.write(field, said[field.id], ditto=field.id in same) for field in template.fields}
    if chance.random() < ROW_STRUCK and page.people:
        row = chance.randint(1, len(page.people))
        struck = [field for field in template.fields if field.person == row]
        writer.strike_row(struck)
        for field in struck:
            old = truth[field.id]
            truth[field.id] = Truth(old.value, tuple(DOUBT for _ in old.letters), old.hand or hand.kind, doubtful=True)
    return truth


def _left_out(template: Template, key: str, entry: Entry, chance: Random) -> Entry:
    """Some things are not written at all: people leave out what they think is known or needless."""
    rate = {"odometer_start": 0.4, "odometer_end": 0.4, "vehicle": 0.4, "note": 0.3, "author": 0.3, "place": 0.1, "unit": 0.1,
            "headcount": 0.1, "start": 0.02, "end": 0.05, "kind": 0.04}.get(key, 0)  # fmt: skip
    if any(entry.printed) or chance.random() >= rate:
        return entry
    return Entry(None, ("",) * len(entry.letters), entry.printed)


def _miscounted(template: Template, said: dict[str, Entry], chance: Random) -> dict[str, Entry]:
    """One sum in twenty is wrong, as people do."""
    wrong = {}
    for field in template.fields:
        entry = said[field.id]
        if (
            field.maps_to in ("headcount", "participants.times")
            and isinstance(entry.value, str)
            and chance.random() < 0.05
        ):
            value = str(max(0, int(entry.value) + chance.choice((-1, 1))))
            if len(value) == len(entry.value):
                digits = iter(value) if len(entry.letters) > 1 else iter((value,))
                letters = tuple(next(digits) if letter else "" for letter in entry.letters)
                wrong[field.id] = Entry(value, letters, entry.printed)
    return wrong


def _same_as_before(template: Template, said: dict[str, Entry]) -> frozenset[str]:
    """Fields of a table that say what the one above (of a list) or to the left (of heads) says: for ditto marks."""
    columns = [field for field in template.fields if field.kind == "kind"] if template.reports > 1 else []
    rows = [field for field in template.fields if field.maps_to in ("participants.note", "participants.acted")]
    if template.reports > 1 or template.code != "old-turnout":
        rows = []
    by_way = [columns, *([field for field in rows if field.id.endswith(end)] for end in (".note", ".acted"))]
    return frozenset(
        field.id
        for line in by_way
        for before, field in pairwise(line)
        if said[field.id].value and said[field.id].value == said[before.id].value and not any(said[field.id].printed)
    )
