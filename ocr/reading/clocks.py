"""Fields that are a day, a month or a time of day, decoded as one thing: only what the calendar and the clock have."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import prod

from brigade.dates import ERAS, month_days
from brigade.forms.template import Field
from ocr.reading.decode import (
    Box,
    Guesses,
    all_boxes,
    blank_weight,
    empty_forms,
    guesses,
    is_surely_blank,
    part_forms,
    part_layouts,
    part_weights,
    parts_of,
    printed_weight,
    unfit_weight,
)
from ocr.reading.known import Known

EMPTY, UNFIT = 0.3, 0.002
"""Before looking: the field was left free; something stands there that is no day or time."""

RECENT = 62
"""Days within which nearly every sheet comes in: two months."""

PRINTED = 0.97

NIGHT = 0.3
"""How often something begins or ends in an hour after midnight, beside one of the day."""

Parts = tuple[int, ...]
Chances = Mapping[Parts, tuple[str, float]]


def day_or_month(field: Field, cells: Sequence[Sequence[Box]], known: Known) -> Guesses:
    """The likeliest day or month that the calendar has and that does not lie in the future."""
    return _decoded(field, cells, _days_of(field.kind, known.today, known.month, known.day), known)


@lru_cache(maxsize=64)
def _days_of(kind: str, today: dt.date, month: str | None, day: dt.date | None) -> Chances:
    """Every value of the kind by its parts, and how likely it is before looking."""
    ways = {"era_date": _era_dates, "era_month": _era_months, "month_day": _month_days, "day": _days}
    return {parts: (value, chance) for parts, value, chance in ways[kind](Known(today, month=month, day=day))}


def time_of_day(field: Field, cells: Sequence[Sequence[Box]], known: Known) -> Guesses:
    """The likeliest time from 00:00 to 24:00; full and quarter hours are what people write."""
    near = known.starts if field.maps_to.endswith("started_at.time") else known.ends
    return _decoded(field, cells, _times_of(near), known)


@lru_cache(maxsize=64)
def _times_of(planned: str | None) -> Chances:
    chances = {}
    for parts, chance in _TIMES.items():
        if planned is not None:
            apart = abs(60 * parts[0] + parts[1] - minutes(planned))
            chance *= 0.3 + (20 if apart == 0 else 5 if apart <= 60 else 0)
        chances[parts] = (f"{parts[0]:02d}:{parts[1]:02d}", chance)
    return chances


def minutes(time: str) -> int:
    """Minutes since midnight of ``"19:30"``."""
    hour, minute = time.split(":")
    return 60 * int(hour) + int(minute)


def _decoded(field: Field, cells: Sequence[Sequence[Box]], chances: Chances, known: Known) -> Guesses:
    boxes = all_boxes(cells)
    weights: dict[str | None, float] = defaultdict(float, {None: EMPTY * blank_weight(boxes)})
    total = sum(chance for _, chance in chances.values()) or 1.0
    count = parts_of(field)
    numbers = [{parts[n] for parts in chances} for n in range(count)]
    for outside, layout in [] if is_surely_blank(boxes) else part_layouts(cells, count):
        scores = [part_weights(part, numbers[n]) for n, part in enumerate(layout)]
        for parts, (value, chance) in chances.items():
            score = prod(scores[n][part] for n, part in enumerate(parts))
            if score:
                weights[value] += (1 - EMPTY) * outside * chance / total * score
    printed = known.printed.get(field.id, "")
    if printed.strip():
        for possible in weights:
            weights[possible] *= 1 - PRINTED
        whole = {"".join(f"{part:02d}" for part in parts): name for parts, (name, _) in chances.items()}
        weights[whole.get(printed)] += PRINTED * printed_weight(cells, printed)
    parts_by_value = {name: parts for parts, (name, _) in chances.items()}

    def forms(value: str | None) -> list[str]:
        return empty_forms(cells, printed) if value is None else _forms(parts_by_value[value])

    return guesses(weights, unfit_weight(boxes, UNFIT), cells, forms)


def _forms(parts: Parts) -> list[str]:
    """How the parts may stand beside each other, with or without a stroke between two of them."""
    pieces = [part_forms(part) for part in parts]
    return [between.join(one) for one in product(*pieces) for between in ("", "?")]


def _likely(day: dt.date, known: Known) -> float:
    """How likely a sheet is of that day, unscaled: the event's, within its month, lately, long ago."""
    chance = 1.0 if known.today - day <= dt.timedelta(RECENT) else 0.02
    if known.month is not None:
        chance *= 30.0 if f"{day:%Y-%m}" == known.month else 0.5
    if known.day is not None:
        chance *= 300.0 if day == known.day else 0.5
    return chance


def _era_dates(known: Known) -> Iterable[tuple[Parts, str, float]]:
    first = _era_start(known)
    for ago in range((known.today - first).days + 1):
        day = known.today - dt.timedelta(ago)
        yield (day.year - first.year + 1, day.month, day.day), day.isoformat(), _likely(day, known)


def _era_months(known: Known) -> Iterable[tuple[Parts, str, float]]:
    first = _era_start(known)
    for number in range(first.year * 12 + first.month - 1, known.today.year * 12 + known.today.month):
        year, month = number // 12, number % 12 + 1
        name = f"{year:04d}-{month:02d}"
        if known.month is not None:
            chance = 30.0 if name == known.month else 0.5
        else:
            chance = 1.0 if (known.today.year - year) * 12 + known.today.month - month <= 2 else 0.02
        yield (year - first.year + 1, month), name, chance


def _month_days(known: Known) -> Iterable[tuple[Parts, str, float]]:
    for ago in range(366):
        day = known.today - dt.timedelta(ago)
        yield (day.month, day.day), f"{day:%m-%d}", _likely(day, known)


def _days(known: Known) -> Iterable[tuple[Parts, str, float]]:
    last = month_days(known.month)[1].day if known.month else 31
    for day in range(1, 32):
        chance = 1.0 if day <= last else 0.02
        if known.day is not None:
            chance *= 10.0 if day == known.day.day else 0.5
        yield (day,), f"{day:02d}", chance


def _era_start(known: Known) -> dt.date:
    """The first day of the era whose name the sheets have printed on them."""
    return next((first for first, _ in ERAS if first <= known.today), ERAS[-1][0])


def _times() -> dict[Parts, float]:
    chances: dict[Parts, float] = {}
    for hour in range(24):
        for minute in range(60):
            share = 0.75 / 4 if minute % 15 == 0 else 0.17 / 8 if minute % 5 == 0 else 0.08 / 48
            chances[hour, minute] = share / 24 * (1.0 if hour >= 5 else NIGHT)
    chances[24, 0] = 0.002
    return chances


_TIMES = _times()
