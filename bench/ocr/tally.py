"""Counting what was read right, field by field, and what must never have been taken for sure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from typing import Any, Self, TypeVar

from bench.ocr.paper import Picture
from bench.ocr.sheets import Sheet
from bench.ocr.writing import DOUBT, Truth
from brigade.forms.filling import TICKED
from brigade.forms.template import Field
from ocr.marks import BLANK, FieldMarks, PageMarks
from ocr.reading.readings import FieldReading, PageReading, Status, Value
from ocr.reading.reasons import Reason

EMPTY = "empty"
TYPES = {"digits": "digits", "date": "dates", "time": "times", "tick": "ticks", "choice": "choices", "text": "text"}
NAMES = "names"
BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
WRONG_KEPT = 400


def _pair() -> list[int]:
    return [0, 0]


@dataclass(slots=True)
class _Sums:
    """Counts that can be summed up and written down."""

    def add(self, other: Self) -> None:
        """Sums up."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def as_json(self) -> dict[str, int]:
        """For the file of results."""
        return asdict(self)


@dataclass(slots=True)
class Counts(_Sums):
    """Of one class of fields. ``accepted`` without a person, of these ``wrong``; ``unreadable``: no value offered."""

    fields: int = 0
    right: int = 0
    accepted: int = 0
    wrong: int = 0
    unreadable: int = 0
    cells: int = 0
    cells_right: int = 0


@dataclass(slots=True)
class Pages(_Sums):
    """Of one class of pages: how many, found as the right form, found as another one, found but read mostly wrong."""

    pages: int = 0
    found: int = 0
    other: int = 0
    astray: int = 0


Key = TypeVar("Key")
Sums = TypeVar("Sums", bound=_Sums)


def _sum_up(mine: defaultdict[Key, Sums], theirs: Mapping[Key, Sums]) -> None:
    for key, sums in theirs.items():
        mine[key].add(sums)


@dataclass(slots=True)
class Tally:
    """All counts of a run."""

    by_type: defaultdict[tuple[str, str], Counts] = field(default_factory=partial(defaultdict, Counts))
    by_condition: defaultdict[tuple[str, str], Counts] = field(default_factory=partial(defaultdict, Counts))
    by_form: defaultdict[str, Counts] = field(default_factory=partial(defaultdict, Counts))
    pages: defaultdict[str, Pages] = field(default_factory=partial(defaultdict, Pages))
    pages_of_form: defaultdict[str, Pages] = field(default_factory=partial(defaultdict, Pages))
    never_sure: Counter[tuple[str, bool]] = field(default_factory=Counter)
    calibration: defaultdict[int, list[int]] = field(default_factory=partial(defaultdict, _pair))
    foreign: defaultdict[str, Counter[str]] = field(default_factory=partial(defaultdict, Counter))
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Sums up."""
        _sum_up(self.by_type, other.by_type)
        _sum_up(self.by_condition, other.by_condition)
        _sum_up(self.by_form, other.by_form)
        _sum_up(self.pages, other.pages)
        _sum_up(self.pages_of_form, other.pages_of_form)
        for place, (count, right) in other.calibration.items():
            self.calibration[place][0] += count
            self.calibration[place][1] += right
        for kind, counted in other.foreign.items():
            self.foreign[kind] += counted
        self.never_sure += other.never_sure
        self.reasons += other.reasons
        self.wrong += other.wrong

    def page(
        self, sheet: Sheet, condition: str, picture: Picture, marks: PageMarks | None, reading: PageReading | None
    ) -> None:
        """One sheet of ours as it was read; None where it was not found."""
        form = sheet.template.code
        for pages in (self.pages[condition], self.pages_of_form[form]):
            pages.pages += 1
            pages.found += marks is not None and marks.form == form
            pages.other += marks is not None and marks.form != form
        if marks is None or reading is None or marks.form != form:
            return
        seen, right = marks.by_id, 0
        judged = 0
        for each, read in zip(sheet.template.fields, reading.fields, strict=True):
            truth = sheet.truth[each.id]
            if truth.doubtful or each.id in picture.hidden:
                self._must_be_doubted(each, read, condition, form, hidden=each.id in picture.hidden)
                continue
            counts = _counts(each, truth, read, seen[each.id], sheet)
            judged, right = judged + counts.cells, right + counts.cells_right
            self._add(each, truth, condition, form, counts)
            self._note(each, truth, read, condition, form, counts, sheet)
        if judged and right < 0.6 * judged:
            self.pages[condition].astray += 1
            self.pages_of_form[form].astray += 1

    def _must_be_doubted(self, each: Field, read: FieldReading, condition: str, form: str, *, hidden: bool) -> None:
        sure = read.status is Status.SURE and each.type != "text"
        self.never_sure["hidden" if hidden else kind_of(each), sure] += 1
        if sure and len(self.wrong) < WRONG_KEPT:
            what = "hidden" if hidden else "spoilt"
            self.wrong.append({"page": condition, "form": form, "field": each.id, "truth": what, "read": read.value})

    def _add(self, each: Field, truth: Truth, condition: str, form: str, counts: Counts) -> None:
        whose = truth.hand.value if truth.hand else EMPTY
        self.by_type[kind_of(each), whose].add(counts)
        if each.type != "text":
            self.by_condition[condition, "written" if truth.hand else EMPTY].add(counts)
            self.by_form[form].add(counts)

    def _note(
        self, each: Field, truth: Truth, read: FieldReading, condition: str, form: str, counts: Counts, sheet: Sheet
    ) -> None:
        if each.type == "text":
            return
        if truth.hand and read.value is not None:
            place = next(n for n in range(len(BINS) - 1, -1, -1) if read.confidence >= BINS[n])
            self.calibration[place][0] += 1
            self.calibration[place][1] += counts.right
        if truth.hand and not counts.accepted:
            for reason in read.reasons:
                self.reasons[kind_of(each), str(reason)] += 1
        if counts.wrong and len(self.wrong) < WRONG_KEPT:
            self.wrong.append({
                "page": condition, "form": form, "field": each.id, "truth": truth.value, "read": read.value,
                "raw": read.raw, "confidence": round(read.confidence, 5), "hand": sheet.hand.source.name,
                "mark": sheet.hand.mark,
            })  # fmt: skip

    def foreign_page(self, kind: str, sheet: Sheet | None, reading: PageReading | None) -> None:
        """One page that is no form of ours; None where it was refused. Taken for sure although it is not so: on a
        lookalike what differs from what is written on it, on any other page all.
        """
        sure = [] if reading is None else [each for each in reading.fields if each.status is Status.SURE]
        if sheet is not None:
            by_id = {each.id: each for each in sheet.template.fields}
            sure = [
                each
                for each in sure
                if each.id not in by_id or not same(by_id[each.id], sheet.truth[each.id].value, each.value)
            ]
        self.foreign[kind]["pages"] += 1
        self.foreign[kind]["refused"] += reading is None
        self.foreign[kind]["sure"] += bool(sure)


def _counts(each: Field, truth: Truth, read: FieldReading, seen: FieldMarks, sheet: Sheet) -> Counts:
    sure, right = read.status is Status.SURE, same(each, truth.value, read.value) or _is_named(each, read, sheet)
    cells = list(_cells(each, truth, seen))
    return Counts(
        1, right, sure, sure and not right, read.status is Status.UNREADABLE or (read.value is None and not right),
        len(cells), sum(cells),
    )  # fmt: skip


def kind_of(each: Field) -> str:
    """The class of field that the tables name."""
    return NAMES if each.kind == "name" else TYPES[each.type]


def same(each: Field, truth: Value, value: Value) -> bool:
    """Whether a value is the true one: figures by their amount, text without its blanks."""
    if each.type == "text":
        return _bare(truth) == _bare(value)
    if each.kind in ("odometer", "count") and isinstance(truth, str) and isinstance(value, str):
        return truth.lstrip("0") == value.lstrip("0")
    if each.type == "choice" and isinstance(value, list):
        return value == [truth]
    return truth == value


def _is_named(each: Field, read: FieldReading, sheet: Sheet) -> bool:
    """Whether the person of a row is known by their number, since a name comes from the roster; or is rightly nobody:
    of a row without marks nothing is asked.
    """
    person = sheet.people.get(each.person or 0)
    if each.kind != "name" or person is None:
        return False
    if read.value is None and Reason.ROW_WITHOUT_MARKS in read.reasons:
        marks = (one.id for one in sheet.template.fields if one.person == each.person and one.type == "tick")
        return not any(sheet.truth[id_].value for id_ in marks)
    return read.value == person.number


def _bare(value: Value) -> str:
    return "".join(value.split()) if isinstance(value, str) else ""


def _cells(each: Field, truth: Truth, seen: FieldMarks) -> Iterator[bool]:
    """Cell by cell, whether what the picture shows alone was seen right."""
    if each.type == "text":
        return
    if each.type in ("tick", "choice"):
        for letter, tick in zip(truth.letters, seen.ticks, strict=True):
            yield (max(range(3), key=tick.__getitem__) == 1) == (letter == TICKED)
        return
    for letter, digits in zip(truth.letters, seen.digits, strict=True):
        if letter != DOUBT:
            best = (max(range(len(digit)), key=digit.__getitem__) for digit in digits)
            yield "".join(str(n) if n < BLANK else "" if n == BLANK else DOUBT for n in best) == letter


def summed(counts: Iterable[Counts]) -> Counts:
    """All together."""
    total = Counts()
    for each in counts:
        total.add(each)
    return total


def shares(counts: Mapping[tuple[str, str], Counts], name: str) -> Counts:
    """Those of all hands under one name, without what is empty."""
    return summed(each for (first, whose), each in counts.items() if first == name and whose != EMPTY)
