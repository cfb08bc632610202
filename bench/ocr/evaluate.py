"""One run: pages are made, looked at and read by the product as it would, and counted. Several processes share them."""

from __future__ import annotations

import datetime as dt
import platform
import resource
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import cv2

from bench import machine
from bench.ocr.naive import Naive
from bench.ocr.paper import Picture
from bench.ocr.plan import Case, ForeignCase, cases, known_of
from bench.ocr.sources import Split
from bench.ocr.tally import Tally
from brigade.forms.shelf import forms
from ocr.engine import EngineProcess
from ocr.looking.blanks import shelf
from ocr.looking.look import Seen, get_ready, look
from ocr.marks import PageMarks
from ocr.reading.known import Known
from ocr.reading.read import read_page
from ocr.reading.readings import PageReading
from ocr.texts import texts_of

TEXT_EVERY, TIMED_EVERY, NAIVE_EVERY = 8, 7, 12
"""Of so many pages one is read with text, one is timed, and one is read by Tesseract alone. Text changes nothing of the
figures but its own. Seven shares no factor with the number of forms and conditions: all of them are timed.
"""

TODAY = dt.date(2026, 12, 1)


@dataclass(slots=True)
class Run:
    """All that a run has found. Seconds of CPU, and of how many pages they are: those that were timed by themselves."""

    seed: int
    split: str
    machine: str = ""
    tally: Tally = field(default_factory=Tally)
    naive: Naive = field(default_factory=Naive)
    looked: int = 0
    look_cpu: float = 0.0
    read: int = 0
    read_cpu: float = 0.0
    texts: int = 0
    text_cpu: float = 0.0

    def add(self, other: Run) -> None:
        """Sums up."""
        self.tally.add(other.tally)
        self.naive.add(other.naive)
        for name in ("looked", "look_cpu", "read", "read_cpu", "texts", "text_cpu"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        tally = self.tally
        return {
            "seed": self.seed,
            "hands": self.split,
            "cpu_s_per_page": {
                "look": round(self.look_cpu / max(1, self.looked), 4),
                "read": round(self.read_cpu / max(1, self.read), 4),
                "text": round(self.text_cpu / max(1, self.texts), 4),
                "tesseract_alone": round(self.naive.cpu / max(1, self.naive.pages), 4),
            },
            "pages": {name: counts.as_json() for name, counts in tally.pages.items()},
            "pages_of_form": {name: counts.as_json() for name, counts in tally.pages_of_form.items()},
            "fields": {" | ".join(key): counts.as_json() for key, counts in sorted(tally.by_type.items())},
            "conditions": {" | ".join(key): counts.as_json() for key, counts in tally.by_condition.items()},
            "forms": {name: counts.as_json() for name, counts in tally.by_form.items()},
            "foreign": {name: dict(counts) for name, counts in tally.foreign.items()},
            "never_sure": {
                f"{name} | {'sure' if sure else 'doubted'}": n for (name, sure), n in tally.never_sure.items()
            },
            "calibration": {str(place): pair for place, pair in sorted(tally.calibration.items())},
            "tesseract_alone": {
                " | ".join(key): {"fields": count, "right": self.naive.right[key]}
                for key, count in sorted(self.naive.fields.items())
            },
        }


def evaluated(pages: int, seed: int, split: Split, jobs: int, conditions: tuple[str, ...], *, text: bool = True) -> Run:
    """Looks at so many sheets and some foreign pages, and tells how far it is."""
    run = Run(seed, split.value, _machine())
    todo = list(cases(pages, seed, conditions))
    parts = [(case, split, text) for case in todo]
    with ProcessPoolExecutor(jobs, initializer=_alone) as pool:
        for n, part in enumerate(pool.map(_judged, parts, chunksize=2), 1):
            run.add(part)
            _progress(n, len(todo), run)
    print(file=sys.stderr)
    _alone()
    for case in todo:
        if isinstance(case, Case) and case.number % TIMED_EVERY == 0:
            run.add(_timed(case, split, text))
    return run


def _alone() -> None:
    """One thread each; what the product's process works out once, before its first page, is done before the clock runs."""
    cv2.setNumThreads(1)
    get_ready(shelf())


def _progress(done: int, of: int, run: Run) -> None:
    wrong = sum(counts.wrong for (name, _), counts in run.tally.by_type.items() if name != "text")
    print(f"\r{done} of {of} pages, {wrong} fields wrongly accepted", end="", file=sys.stderr, flush=True)


def _judged(part: tuple[Case | ForeignCase, Split, bool]) -> Run:
    """One page, made and counted."""
    case, split, text = part
    run = Run(case.seed, split.value)
    if isinstance(case, ForeignCase):
        written, picture = case.made()
        seen = _seen(picture)
        run.tally.foreign_page(case.kind, written, _read_foreign(seen.marks) if seen else None)
        return run
    sheet, picture = case.made(split)
    seen = _seen(picture)
    marks, reading = seen.marks if seen else None, None
    if seen and marks and marks.form == sheet.template.code:
        if text and case.number % TEXT_EVERY == 0:
            marks = texts_of(sheet.template, marks, seen.picture, EngineProcess())
        reading = read_page(sheet.template, marks, known_of(sheet, sheet.template, marks.code))
    run.tally.page(sheet, case.condition, picture, marks, reading)
    if text and case.number % NAIVE_EVERY == 0:
        run.naive.look(sheet, picture)
    return run


def _timed(case: Case, split: Split, text: bool) -> Run:
    """What a page costs with nothing beside it: pages that are read at the same time wait for each other's memory."""
    run = Run(case.seed, split.value)
    sheet, picture = case.made(split)
    before = _cpu()
    seen = _seen(picture)
    run.looked, run.look_cpu = 1, _cpu() - before
    if not seen or seen.marks.form != sheet.template.code:
        return run
    marks = seen.marks
    if text:
        before = _cpu()
        marks = texts_of(sheet.template, marks, seen.picture, EngineProcess())
        run.texts, run.text_cpu = 1, _cpu() - before
    before = _cpu()
    read_page(sheet.template, marks, known_of(sheet, sheet.template, marks.code))
    run.read, run.read_cpu = 1, _cpu() - before
    return run


def _seen(picture: Picture) -> Seen | None:
    """What the product sees on a picture; None where it refuses it."""
    seen = look(picture.pixels, shelf())
    return seen if isinstance(seen, Seen) else None


def _read_foreign(marks: PageMarks) -> PageReading:
    """A foreign page that was found, read by someone who knows nothing."""
    return read_page(forms()[marks.form, marks.version], marks, Known(TODAY))


def _cpu() -> float:
    """Seconds of CPU of this process and of the children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _machine() -> str:
    about = machine.described()
    return f"{about['cores']} cores, {about['system']} {about['processor']}, Python {platform.python_version()}"


def worst(run: Run, count: int = 12) -> Iterable[tuple[str, int]]:
    """Why most fields went to a person."""
    reasons = Counter({f"{name}: {reason}": n for (name, reason), n in run.tally.reasons.items()})
    return reasons.most_common(count)
