"""The figures of a run as tables: printed, and written into the page of the handbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.ocr.evaluate import Run
from bench.ocr.naive import Naive
from bench.ocr.sources import Kind
from bench.ocr.tally import BINS, EMPTY, Counts, Pages, Tally, summed

BEGIN, END = "<!-- figures: written by make ocr-eval -->", "<!-- end of the figures -->"
HANDS = (*(kind.value for kind in Kind), EMPTY)
ORDER = ("digits", "dates", "times", "ticks", "choices", "names", "text")


def tables(run: Run) -> str:
    """All of it in Markdown."""
    tally = run.tally
    parts = [
        _said(run),
        "### Finding the form\n\n" + _pages(tally),
        "### Foreign pages\n\n" + _foreign(tally),
        "### Fields, by type and hand\n\nOf pages that were found, without fields that were cut off, covered, struck out or "
        "written over.\n\n" + _fields(tally),
        "### Fields that carry something, by condition\n\n" + _conditions(tally),
        "### Fields, by form\n\n" + _table(
            ("form", *_HEAD), ((form, *_numbers(counts)) for form, counts in tally.by_form.items())
        ),
        "### What must never be sure\n\n" + _never(tally),
        "### Is a probability what it says?\n\n" + _calibration(tally),
        "### Tesseract over the whole page\n\n" + _naive(run.naive),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def write(run: Run, path: Path) -> None:
    """Puts the tables between the two marks of the page. ValueError where it has none."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN) if text.count(BEGIN) == 1 else ("", "")
    if END not in rest:
        raise ValueError(f"{path} does not say where the figures go")
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{tables(run)}\n{END}{after}", encoding="utf-8")


_HEAD = ("fields", "right", "accepted", "accepted and wrong", "unreadable", "cells", "cells right")


def _said(run: Run) -> str:
    """What was done, in one paragraph."""
    pages = sum(each.pages for each in run.tally.pages.values())
    foreign = sum(kind["pages"] for kind in run.tally.foreign.values())
    look = run.look_cpu / max(1, run.looked)
    whole = look + run.read_cpu / max(1, run.read) + run.text_cpu / max(1, run.texts)
    wrong = summed(counts for (name, whose), counts in run.tally.by_type.items() if whose != EMPTY and name != "text")
    return (
        f"{pages} filled sheets and {foreign} foreign pages, seed {run.seed}; hands of the *{run.split}* split, which no "
        f"reader was trained with. {run.machine}.\n\n"
        f"- **{60 / max(1e-9, look + run.read_cpu / max(1, run.read)):.0f} pages a minute and core** without text "
        f"({look:.2f} CPU s to find, straighten and look, {run.read_cpu / max(1, run.read):.2f} to decode), "
        f"**{whole:.2f} CPU s a page** with text ({run.texts} pages, one at a time).\n"
        f"- Of {wrong.accepted} fields with something in them that were accepted without a person, {wrong.wrong} are wrong."
    )


def _pages(tally: Tally) -> str:
    rows = [*_page_rows(tally.pages.items()), *_page_rows(tally.pages_of_form.items())]
    total = Pages()
    for each in tally.pages.values():
        for name in Pages.__slots__:
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return _table(
        ("pages", "count", "found", "taken for another form", "found but mostly misread"),
        [*rows, *_page_rows([("**all**", total)])],
    )


def _page_rows(pages: Iterable[tuple[str, Pages]]) -> list[tuple[str, ...]]:
    return [(name, str(p.pages), _share(p.found, p.pages), str(p.other), str(p.astray)) for name, p in pages]


def _foreign(tally: Tally) -> str:
    return _table(
        ("page", "count", "refused", "with a wrong field taken for sure"),
        (
            (kind, str(n["pages"]), _share(n["refused"], n["pages"]), str(n["sure"]))
            for kind, n in tally.foreign.items()
        ),
    )


def _fields(tally: Tally) -> str:
    rows = []
    for name in ORDER:
        for whose in HANDS:
            counts = tally.by_type.get((name, whose))
            if counts is not None:
                rows.append((f"{name}, {whose}", *_numbers(counts)))
    for whose in HANDS:
        found = (
            counts for (name, hand), counts in tally.by_type.items() if hand == whose and name not in ("names", "text")
        )
        rows.append((f"**all but names and text, {whose}**", *_numbers(summed(found))))
    return _table(("field", *_HEAD), rows)


def _conditions(tally: Tally) -> str:
    return _table(
        ("condition", *_HEAD),
        ((name, *_numbers(counts)) for (name, what), counts in tally.by_condition.items() if what != EMPTY),
    )


def _never(tally: Tally) -> str:
    kinds = sorted({name for name, _ in tally.never_sure})
    return _table(
        ("field", "count", "taken for sure"),
        (
            (
                "cut off or covered" if name == "hidden" else f"{name}: struck out, written over, spoilt",
                str(tally.never_sure[name, True] + tally.never_sure[name, False]), str(tally.never_sure[name, True]),
            )
            for name in kinds
        ),
    )  # fmt: skip


def _calibration(tally: Tally) -> str:
    rows = []
    for place in sorted(tally.calibration):
        count, right = tally.calibration[place]
        above = f"{100 * BINS[place]:g} %" + ("" if place == len(BINS) - 1 else f" to {100 * BINS[place + 1]:g} %")
        rows.append((above, str(count), _share(right, count)))
    sure = [tally.calibration[place] for place in tally.calibration if BINS[place] >= 0.99]
    rows.append(
        ("**99 % and more**", str(sum(n for n, _ in sure)), _share(sum(r for _, r in sure), sum(n for n, _ in sure)))
    )
    return _table(("said", "fields", "right"), rows)


def _naive(naive: Naive) -> str:
    rows = [
        (f"{name}, {whose}", str(count), _share(naive.right[name, whose], count))
        for (name, whose), count in sorted(naive.fields.items())
    ]
    if not rows:
        return "Not run."
    return (
        f"On {naive.pages} of the same pictures, {naive.cpu / naive.pages:.1f} CPU s each; its words were taken for the field in "
        "whose place they stand.\n\n" + _table(("field", "fields", "right"), rows)
    )  # fmt: skip


def _numbers(counts: Counts) -> tuple[str, ...]:
    return (
        str(counts.fields), _share(counts.right, counts.fields), _share(counts.accepted, counts.fields),
        f"{counts.wrong} ({_share(counts.wrong, counts.accepted)})", _share(counts.unreadable, counts.fields),
        str(counts.cells), _share(counts.cells_right, counts.cells),
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    """Per cent with as many digits as say something."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    return f"{percent:.2f} %" if 0 < percent < 1 or 99 < percent < 100 else f"{percent:.1f} %"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
