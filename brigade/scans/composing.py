"""The values of a sheet put together as activity reports. No store: people and vehicles come as they were looked up.

A sheet is one page or several; the first one says what and when, all of them who was there.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brigade.activity.content import Content, Person
from brigade.activity.kinds import catalogue
from brigade.dates import TOKYO
from brigade.forms.overnight import ends_next_day
from brigade.forms.template import Field, Template
from brigade.problems import FieldProblem
from brigade.scans.values import is_nothing

OF_PERSON = "participants."


@dataclass(frozen=True, slots=True)
class PageValues:
    """One page: its number in the scan, its form, and the value of every field by id, decided or read."""

    n: int
    template: Template
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the sheet does not say by itself. ``month`` and ``day`` are the sheet's; ``said`` is what a person added, by
    number of the activity; ``members`` by number and ``named`` by name, ``vehicles`` by code or name.
    """

    unit_id: uuid.UUID
    month: str | None
    day: dt.date | None
    event_id: uuid.UUID | None
    said: Mapping[str, Mapping[str, Any]]
    members: Mapping[str, uuid.UUID]
    named: Mapping[str, uuid.UUID]
    vehicles: Mapping[str, uuid.UUID]
    place: str = ""


@dataclass(slots=True)
class Composed:
    """The contents by number of the sheet's activity, and all that stands against it."""

    contents: list[tuple[int, Content]] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)


def composed(pages: Sequence[PageValues], ground: Ground) -> Composed:
    """One content for each activity of which something is written or was said."""
    made = Composed()
    people = {(page.n, row): who for page in pages for row, who in _people(page, ground, made)}
    for activity in range(1, pages[0].template.reports + 1):
        if is_used(pages, activity) or str(activity) in ground.said:
            one = _Activity(pages, activity, ground)
            content = one.content(people)
            made.problems += one.problems
            if content is not None:
                made.contents.append((activity, content))
    if not made.contents and not made.problems:
        made.problems.append(FieldProblem("/reports", "nothing-on-sheet"))
    return made


def is_used(pages: Sequence[PageValues], activity: int) -> bool:
    """Whether the sheet says anything of that activity: a sheet of one activity is one, of several each by itself."""
    if pages[0].template.reports == 1:
        return True
    return any(
        not is_nothing(page.values.get(one.id))
        for page in pages
        for one in page.template.fields
        if one.report == activity and one.maps_to != "headcount"
    )


def attended(page: PageValues, row: int, activity: int) -> bool | None:
    """Whether the person of that row took part (True), came and did no work (False), or neither (None)."""
    ticked = {
        one.means
        for one in page.template.fields
        if one.maps_to == "participants.acted" and one.person == row and one.report in (None, activity)
        if page.values.get(one.id) is True
    }
    return True if True in ticked else False if ticked else None


def _people(page: PageValues, ground: Ground, made: Composed) -> Iterator[tuple[int, uuid.UUID]]:
    """Row → member, for each row that was at some activity. The number says who it is; a name only where there is none."""
    for row in range(1, page.template.people + 1):
        if all(attended(page, row, one) is None for one in range(1, page.template.reports + 1)):
            continue
        fields = {one.maps_to: one for one in page.template.fields if one.person == row and one.report is None}
        number, name = fields.get("participants.member_id"), fields.get("participants.name")
        for by, known in ((number, ground.members), (name, ground.named)):
            value = page.values.get(by.id) if by is not None else None
            if by is not None and not is_nothing(value):
                who = known.get(str(value)) or ground.members.get(str(value))
                if who is None:
                    made.problems.append(FieldProblem(f"/pages/{page.n}/fields/{by.id}", "unknown-member"))
                else:
                    yield row, who
                break
        else:
            at = number or name
            made.problems.append(FieldProblem(f"/pages/{page.n}/fields/{at.id if at else row}", "nobody-named"))


class _Activity:
    """One activity of a sheet: what a person said of it stands before what the sheet says."""

    def __init__(self, pages: Sequence[PageValues], activity: int, ground: Ground) -> None:
        self.pages, self.activity, self.ground = pages, activity, ground
        self.said = ground.said.get(str(activity), {})
        self.problems: list[FieldProblem] = []

    def content(self, people: Mapping[tuple[int, int], uuid.UUID]) -> Content | None:
        """The content, None where it is not known what or when."""
        kind = self._plain("kind")
        start, end = self._times()
        if kind is None:
            self._missing("kind")
        if kind is None or start is None or end is None:
            return None
        return Content(
            kind=kind,
            unit_id=self.ground.unit_id,
            started_at=start,
            ended_at=end,
            event_id=self.ground.event_id,
            place=self._plain("place") or self.ground.place,
            order_by=self._plain("order_by"),
            summary=self._plain("summary") or "",
            details={**self._details(kind), **self.said.get("details", {})},
            participants=tuple(self._participants(people)),
            vehicle_ids=self._vehicles(),
        )

    def _missing(self, name: str) -> None:
        self.problems.append(FieldProblem(f"/reports/{self.activity}/{name}", "required"))

    def _fields(self, target: str) -> Iterator[Field]:
        yield from (
            one
            for one in self.pages[0].template.fields
            if one.maps_to == target and one.person is None and one.report in (None, self.activity)
        )

    def _written(self, target: str) -> Any:
        values = (self.pages[0].values.get(one.id) for one in self._fields(target))
        return next((value for value in values if not is_nothing(value)), None)

    def _plain(self, target: str) -> Any:
        return self.said[target] if target in self.said else self._written(target)

    def _times(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        day = self._day()
        start, end = (self._instant(f"{which}_at", day) for which in ("started", "ended"))
        if start and end and "ended_at" not in self.said and self._is_next_day(end - start):
            end += dt.timedelta(days=1)
        return start, end

    def _is_next_day(self, lasted: dt.timedelta) -> bool:
        """As the box for it says; where the form has none, as the times say."""
        if any(self._fields("ended_at.day")):
            return self._written("ended_at.day") is True
        return ends_next_day(lasted)

    def _instant(self, name: str, day: dt.date | None) -> dt.datetime | None:
        if name in self.said:
            return dt.datetime.fromisoformat(self.said[name])
        time = self._written(f"{name}.time")
        if time is None or day is None:
            self._missing(name)
            return None
        hours, minutes = map(int, str(time).split(":"))
        return dt.datetime.combine(day, dt.time(), TOKYO) + dt.timedelta(hours=hours, minutes=minutes)

    def _day(self) -> dt.date | None:
        """The day that is written, made whole by the month or the year that the sheet is for."""
        written = self._written("started_at.day")
        month = self._written("month") or self.ground.month
        if month is None and self.ground.day is not None:
            month = f"{self.ground.day:%Y-%m}"
        if written is None:
            return self.ground.day if self.ground.event_id else None
        parts = str(written).split("-")
        whole = [*str(month or "").split("-")[: 3 - len(parts)], *parts] if len(parts) < 3 else parts
        try:
            return dt.date(*map(int, whole))
        except (ValueError, TypeError):
            return None

    def _details(self, kind: str) -> dict[str, Any]:
        """Figures that this kind of activity has a place for."""
        known = catalogue().get(kind)
        names = {one.name: one.type for one in known.fields} if known else {}
        found = {}
        for one in self.pages[0].template.fields:
            name = one.maps_to.removeprefix("details.")
            value = self.pages[0].values.get(one.id)
            if name != one.maps_to and name in names and one.report in (None, self.activity) and not is_nothing(value):
                found[name] = int(str(value)) if names[name] in ("integer", "decimal") else value
        return found

    def _participants(self, people: Mapping[tuple[int, int], uuid.UUID]) -> Iterator[Person]:
        rows = {(one["page"], one["row"]): one for one in self.said.get("people", ())}
        for (n, row), who in people.items():
            page = next(one for one in self.pages if one.n == n)
            acted = attended(page, row, self.activity)
            if acted is None:
                continue
            own = rows.get((n, row), {})
            times = {
                name: dt.datetime.fromisoformat(own[name]) if own.get(name) else None
                for name in ("started_at", "ended_at")
            }
            yield Person(
                who, own.get("role") or self._role(page, row), **times, acted=acted,
                injured=self._ticked(page, row, "participants.injured"),
                left_early_reason=own.get("left_early_reason"),
            )  # fmt: skip

    def _of_row(self, page: PageValues, row: int, target: str) -> Iterator[Field]:
        yield from (
            one
            for one in page.template.fields
            if one.maps_to == target and one.person == row and one.report in (None, self.activity)
        )

    def _role(self, page: PageValues, row: int) -> str:
        fields = self._of_row(page, row, "participants.role")
        return next((str(one.means) for one in fields if page.values.get(one.id) is True), "member")

    def _ticked(self, page: PageValues, row: int, target: str) -> bool:
        return any(page.values.get(one.id) is True for one in self._of_row(page, row, target))

    def _vehicles(self) -> tuple[uuid.UUID, ...]:
        if "vehicle_ids" in self.said:
            return tuple(uuid.UUID(id_) for id_ in self.said["vehicle_ids"])
        found = self.ground.vehicles.get(str(self._written("vehicle_ids") or ""))
        return (found,) if found else ()
