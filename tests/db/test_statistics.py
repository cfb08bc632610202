"""A year's statistics and the year so far: against a slow count over raw rows that chance made, through a merger."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.kinds import catalogue
from brigade.activity.route import Stop
from brigade.dates import TOKYO, month_of, to_tokyo
from brigade.month.figures import COUNTED
from brigade.month.reading import month_rows
from brigade.month.tallies import Tally
from brigade.organisation import tree
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit
from brigade.problems import NotFound, Refused
from brigade.statistics import Statistics, statistics
from tests import make
from tests.make import NOW, SYSTEM, City

Row = dict[str, Any]
MERGED_ON = dt.date(2026, 8, 1)
LINES = {
    "K1-1-1": "B S1 K1 K1-1 K1-1-1", "K1-1-2": "B S1 K1 K1-1 K1-1-2", "K1-2-1": "B S1 K1 K1-2 K1-2-1",
    "K1-2-2": "B S1 K1 K1-2 K1-2-2", "K1-2-9": "B S1 K1 K1-2 K1-2-9", "K1-2": "B S1 K1 K1-2", "K1": "B S1 K1",
}  # fmt: skip
STATES = ("draft", "in_review", "returned", "confirmed", "confirmed", "sealed", "withdrawn")
EDGES = [
    dt.datetime(2025, 12, 31, 23, 59, tzinfo=TOKYO), dt.datetime(2026, 1, 1, 0, 0, tzinfo=TOKYO),
    dt.datetime(2026, 3, 31, 23, 59, tzinfo=TOKYO), dt.datetime(2026, 4, 1, 0, 0, tzinfo=TOKYO),
    dt.datetime(2026, 12, 31, 23, 0, tzinfo=TOKYO), dt.datetime(2027, 1, 1, 0, 30, tzinfo=TOKYO),
    dt.datetime(2027, 3, 31, 23, 0, tzinfo=TOKYO), dt.datetime(2027, 4, 1, 0, 0, tzinfo=TOKYO),
]  # fmt: skip


@pytest.fixture
def merged(session: Session, city: City) -> City:
    """The small city, in which two squads become one in August 2026."""
    who = make.bound(session, city, "bureau")
    ids = [city.unit_id("K1-2-1"), city.unit_id("K1-2-2")]
    city.units["K1-2-9"] = tree.merge_units(session, who, ids, "K1-2-9", "合同班", MERGED_ON)
    session.commit()
    return city


@pytest.fixture
def rows(session: Session, merged: City) -> list[Row]:
    """Reports of three years in every state, alone and at shared events; each with its people's minutes."""
    chance, city = Random(7), merged
    events = [uuid.UUID(int=nth + 1) for nth in range(12)]
    whole = {
        "version": 1, "bureau_id": city.bureau_id, "unit_id": city.bureau_id, "kind": "D-01", "title": "火災", "planned": False,
        "started_at": NOW, "ended_at": NOW + dt.timedelta(hours=1), "place": "", "created_by_id": city.member_id("bureau"),
        "created_at": NOW,
    }  # fmt: skip
    session.execute(insert(Event), [{**whole, "id": id_} for id_ in events])
    made = []
    for nth in range(160):
        start = (
            EDGES[nth]
            if nth < len(EDGES)
            else dt.datetime(2025, 1, 1, tzinfo=TOKYO) + dt.timedelta(minutes=chance.randrange(3 * 365 * 24 * 60))
        )
        made.append(_report(city, chance, nth, start, chance.choice([None, None, *events])))
    _store(session, made)
    return made


def _report(city: City, chance: Random, nth: int, start: dt.datetime, event_id: uuid.UUID | None) -> Row:
    state, end = chance.choice(STATES), start + dt.timedelta(minutes=chance.randint(1, 3000))
    ended = ("K1-2-1", "K1-2-2") if start.date() >= MERGED_ON else ("K1-2-9",)
    code = chance.choice([code for code in LINES if code not in ended])
    line = {city.units[name].level: city.unit_id(name) for name in LINES[code].split()}
    people = chance.sample([m for login, m in city.people.items() if login[-1] in "ab"], chance.randint(0, 4))
    parts = []
    for member in people:
        own = chance.random() < 0.3
        first = start + dt.timedelta(seconds=chance.randint(0, 30)) if own else start
        parts.append(
            (member.id, first if own else None, end if own else None, int((end - first).total_seconds()) // 60)
        )
    return {
        "id": uuid.UUID(int=nth + 1000), "number": None if state == "draft" else f"K1-{nth}", "kind": chance.choice(KINDS),
        "unit_id": city.unit_id(code), "event_id": event_id, "started_at": start, "ended_at": end, "state": state,
        "lines": line, "parts": parts, "author": city.member_id("station"),
    }  # fmt: skip


KINDS = ("D-01", "D-02", "D-04", "T-01", "T-02", "M-01", "S-01", "N-01", "I-01")


def _store(session: Session, made: Iterable[Row]) -> None:
    reports, parts = [], []
    for row in made:
        reviewed = row["state"] == "in_review"
        reports.append({
            **{name: row[name] for name in ("id", "number", "kind", "unit_id", "event_id", "started_at", "ended_at", "state")},
            **{f"{level}_id": row["lines"].get(level) for level in Level}, "version": 1, "month": month_of(row["started_at"]),
            "place": "", "summary": "", "details": {}, "author_id": row["author"], "entry_mode": "roster",
            "step": 0 if row["state"] in ("draft", "returned", "withdrawn") else 1, "route": [Stop(row["unit_id"], "", Level.SQUAD).stored()],
            "awaiting_unit_id": row["unit_id"] if reviewed else None, "awaiting_since": NOW if reviewed else None,
            "created_at": NOW, "updated_at": NOW,
        })  # fmt: skip
        parts += [
            {"report_id": row["id"], "member_id": id_, "position": place, "role": "member", "started_at": start,
             "ended_at": end, "acted": place % 2 == 0, "injured": False}
            for place, (id_, start, end, _) in enumerate(row["parts"])
        ]  # fmt: skip
    # A sealed report takes nobody in any more: it is sealed when all are there.
    sealed = [row["id"] for row in reports if row["state"] == "sealed"]
    session.execute(
        insert(ActivityReport), [{**row, "state": "confirmed"} if row["id"] in sealed else row for row in reports]
    )
    session.execute(insert(Participation), parts)
    session.execute(update(ActivityReport).where(ActivityReport.id.in_(sealed)).values(state="sealed"),
                    execution_options={**SYSTEM, "synchronize_session": False})  # fmt: skip
    session.commit()


# --- The slow count ---------------------------------------------------------------------------------------------------


def counts(rows: Iterable[Row], which: Callable[[Row], bool]) -> Tally:
    """The numbers of the counted rows that fulfil it."""
    found = [row for row in rows if row["state"] in COUNTED and which(row)]
    parts = [part for row in found for part in row["parts"]]
    return Tally(
        len({row["event_id"] or row["id"] for row in found}), len(found), len(parts), sum(part[3] for part in parts)
    )


def category(row: Row) -> str:
    return catalogue().get(row["kind"]).statistics_class  # type: ignore[union-attr]


def under(row: Row, *units: uuid.UUID) -> bool:
    return bool(set(row["lines"].values()) & set(units))


def begun(row: Row) -> tuple[int, int]:
    start = to_tokyo(row["started_at"])
    return start.year, start.month


def in_fiscal(row: Row, year: int) -> bool:
    return (year, 4) <= begun(row) <= (year + 1, 3)


ASKED = [("brigade", "K1", 2026), ("brigade", "K1", 2025), ("company2", "K1-2", 2026), ("squad21", "K1-2-9", 2026),
         ("squad11", "K1-1-1", 2026), ("station", "S1", 2026), ("brigade", "K1-2-9", 2026)]  # fmt: skip


def heirs(city: City, code: str) -> list[uuid.UUID]:
    """The unit, with the two that it took over."""
    return [city.unit_id(one) for one in ([code, "K1-2-1", "K1-2-2"] if code == "K1-2-9" else [code])]


@pytest.mark.parametrize(("login", "code", "year"), ASKED)
def test_a_year_is_what_the_rows_say(session: Session, merged: City, rows: list[Row], login, code, year) -> None:
    found = statistics(session, make.bound(session, merged, login), merged.unit_id(code), year)
    ours = [row for row in rows if under(row, *heirs(merged, code))]
    assert [one.code for one in found.categories] == [c for c in catalogue().classes["statistics"] if c != "none"]
    for one in found.categories:
        mine = [row for row in ours if category(row) == one.code]
        assert one.calendar == counts(mine, lambda row: begun(row)[0] == year), one.code
        assert one.fiscal == counts(mine, lambda row: in_fiscal(row, year)), one.code
        for month, tally in enumerate(one.months, 1):
            assert tally == counts(mine, lambda row, month=month: begun(row) == (year, month)), (one.code, month)


@pytest.mark.parametrize(("login", "code", "year"), ASKED)
def test_each_unit_below_by_kind(session: Session, merged: City, rows: list[Row], login, code, year) -> None:
    found = statistics(session, make.bound(session, merged, login), merged.unit_id(code), year)
    codes = {unit.id: name for name, unit in merged.units.items()}
    for one in found.units:
        name, own = codes[one.unit.id], one.unit.id == merged.unit_id(code)
        for kind in KINDS:
            expected = counts(
                rows,
                lambda row, kind=kind, name=name, own=own: (
                    row["kind"] == kind
                    and begun(row)[0] == year
                    and (row["unit_id"] in heirs(merged, name) if own else under(row, *heirs(merged, name)))
                ),
            )
            assert one.kinds.get(kind, Tally()) == expected, (name, kind)
    kinds = [tally for one in found.units for tally in one.kinds.values()]
    ours = counts(rows, lambda row: under(row, *heirs(merged, code)) and begun(row)[0] == year)
    assert sum(tally.reports for tally in kinds) == ours.reports
    assert sum(tally.minutes for tally in kinds) == ours.minutes


def names(found: Statistics) -> list[str]:
    return [one.unit.code for one in found.units]


def test_the_units_below_are_those_of_the_year(session: Session, merged: City, rows: list[Row]) -> None:
    who = make.bound(session, merged, "company2")
    assert names(statistics(session, who, merged.unit_id("K1-2"), 2026))[:1] == ["K1-2-9"]
    assert names(statistics(session, who, merged.unit_id("K1-2"), 2025))[:2] == ["K1-2-1", "K1-2-2"]


def test_a_unit_that_came_back_by_way_of_another_company_counts_once(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1")
    who, squad = make.bound(session, city, "bureau"), city.unit_id("K1-1-1")
    for name, company, day in (("甲", "K1-2", dt.date(2026, 11, 20)), ("乙", "K1-1", dt.date(2026, 11, 21))):
        squad = tree.rename_unit(session, who, squad, name, day).id
        tree.move_unit(session, who, squad, city.unit_id(company), day)
    for code in ("K1-1", "K1"):
        found = statistics(session, make.bound(session, city, "brigade"), city.unit_id(code), 2026)
        assert sum(tally.reports for unit in found.units for tally in unit.kinds.values()) == 1, code


@pytest.mark.parametrize("month", ["2026-01", "2026-03", "2026-04", "2026-08", "2026-11"])
@pytest.mark.parametrize(("login", "code"), [("station", "S1"), ("brigade", "K1"), ("squad21", "K1-2-9")])
def test_the_year_so_far_beside_a_month(session: Session, merged: City, rows: list[Row], login, code, month) -> None:
    found = month_rows(session, make.bound(session, merged, login), merged.unit_id(code), month)
    year, number = int(month[:4]), int(month[5:])
    fiscal = year if number >= 4 else year - 1
    codes = {str(unit.id): name for name, unit in merged.units.items()}
    assert {(one.unit_id, one.statistics_class) for one in found.years} <= {
        (unit.id, code) for unit in found.units for code in catalogue().classes["statistics"]
    }
    told = {(one.unit_id, one.statistics_class): one for one in found.years}
    for unit in found.units:
        ours = [row for row in rows if under(row, *heirs(merged, codes[unit.id])) and begun(row) <= (year, number)]
        for kind in catalogue().classes["statistics"][:-1]:
            mine = [row for row in ours if category(row) == kind]
            calendar = counts(mine, lambda row: begun(row) >= (year, 1))
            by_fiscal = counts(mine, lambda row: begun(row) >= (fiscal, 4))
            one = told.get((unit.id, kind))
            numbers = (0,) * 6 if one is None else (
                one.calendar_times, one.calendar_reports, one.calendar_person_times,
                one.fiscal_times, one.fiscal_reports, one.fiscal_person_times,
            )  # fmt: skip
            assert numbers == (
                calendar.times, calendar.reports, calendar.person_times,
                by_fiscal.times, by_fiscal.reports, by_fiscal.person_times,
            ), (unit.name, kind)  # fmt: skip


def test_a_setting_counts_each_report(session: Session, merged: City, rows: list[Row]) -> None:
    bureau = session.get_one(Unit, merged.bureau_id, execution_options=SYSTEM)
    bureau.settings = {**bureau.settings, "incidents_once": False}
    session.commit()
    who = make.bound(session, merged, "brigade")
    found = statistics(session, who, merged.unit_id("K1"), 2026)
    assert not found.incidents_once
    assert all(one.calendar.times == one.calendar.reports for one in found.categories)
    assert not month_rows(session, who, merged.unit_id("K1"), "2026-11").incidents_once


def test_what_one_may_not_read_is_not_counted(session: Session, merged: City, rows: list[Row]) -> None:
    """The bureau does not see injuries, here as elsewhere."""
    kinds = {}
    for login in ("station", "bureau"):
        found = statistics(session, make.bound(session, merged, login), merged.unit_id("K1"), 2026)
        kinds[login] = {kind for one in found.units for kind in one.kinds}
    assert kinds["station"] - kinds["bureau"] == {"I-01"}


def test_only_for_units_in_ones_reach(session: Session, merged: City) -> None:
    for login, code, refusal in (
        ("squad11a", "K1-1-1", Refused), ("squad11", "K1-1", Refused), ("squad11", "K1-1-2", NotFound),
        ("company1", "K1-2", NotFound), ("station", "B", Refused),
    ):  # fmt: skip
        who = make.bound(session, merged, login)
        with pytest.raises(refusal):
            statistics(session, who, merged.unit_id(code), 2026)


def test_as_many_statements_however_many_rows(session: Session, merged: City) -> None:
    def cost() -> int:
        said: list[str] = []
        connection = session.connection()
        listen = (connection, "before_cursor_execute", lambda *_: said.append("one"))
        who = make.bound(session, merged, "station")
        event.listen(*listen)
        statistics(session, who, merged.unit_id("S1"), 2026)
        event.remove(*listen)
        return len(said)

    before = cost()
    days = [NOW - dt.timedelta(days=nth) for nth in range(40)]
    _store(session, [_report(merged, Random(nth), nth + 5000, day, None) for nth, day in enumerate(days)])
    assert cost() == before <= 9
