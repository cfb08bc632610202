"""One answer after the other held against the raw rows (``raw_month.py``): months, statistics, figures, editions, files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from tests.api.answers import API, CheckedClient, body_of
from tests.api.raw_month import CATEGORY, COUNTED, LEVELS, Report, Sums, added, events, grouped
from tests.api.sealing import printed, table, workbook

THREE = ("times", "person_times", "minutes")
FIVE = (*THREE, "yen", "unknown")


def said(answer: Mapping[str, Any], names: Sequence[str] = FIVE) -> tuple[int, ...]:
    """These figures of an answer."""
    return tuple(answer[name] for name in names)


def wanted(sums: Sums, names: Sequence[str] = FIVE) -> tuple[int, ...]:
    """The same of what was added up by hand."""
    return tuple(getattr(sums, name) for name in names)


def check_month(body: Mapping[str, Any], reports: Sequence[Report]) -> None:
    """``GET /months/{month}`` of one unit, whose reports these are."""
    whole = added(reports)
    assert said(body, THREE) == wanted(whole, THREE)
    assert (body["pay"]["yen"], body["pay"]["unknown"]) == (whole.yen, whole.unknown)
    assert sum(line["yen"] or 0 for line in body["pay"]["lines"]) == whole.yen
    states = grouped(reports, lambda report: report.state)
    assert {state: n for state, n in body["states"].items() if state in COUNTED} == {
        s: len(r) for s, r in states.items()
    }
    kinds = grouped(reports, lambda report: report.kind)
    assert {one["code"]: said(one, THREE) for one in body["kinds"]} == {
        code: wanted(added(of_kind), THREE) for code, of_kind in kinds.items()
    }
    check_units(body["units"], reports, FIVE[:4])
    check_complete({UUID(unit["unit_id"]) for unit in body["units"]}, body["unit"]["level"], reports)
    for unit in body["units"]:
        inside = [report for report in reports if UUID(unit["unit_id"]) in report.units]
        assert (unit["waiting"], unit["returned"]) == tuple(
            sum(report.state == state for report in inside) for state in ("in_review", "returned")
        )
    check_members(body["members"], reports)
    classes = grouped(reports, lambda report: CATEGORY[report.kind])
    assert {one["code"]: said(one, ("times", "reports", "person_times")) for one in body["categories"]} == {
        code: (events(of), len(of), added(of).person_times) for code, of in classes.items()
    }


def check_units(units: Sequence[Mapping[str, Any]], reports: Sequence[Report], names: Sequence[str]) -> None:
    """Each unit with all below it."""
    assert len({unit["unit_id"] for unit in units}) == len(units)
    for unit in units:
        inside = [report for report in reports if UUID(str(unit["unit_id"])) in report.units]
        assert said(unit, names) == wanted(added(inside), names), unit


def check_complete(listed: Collection[UUID], level: str, reports: Sequence[Report]) -> None:
    """Every report stands under a unit of each level of its line, from below ``level``: so those of a level add up."""
    for lower in LEVELS[LEVELS.index(level) + 1 :]:
        missing = {report.line[lower] for report in reports if lower in report.line} - set(listed)
        assert not missing, f"reports of a {lower} that is not listed"


def check_members(members: Sequence[Mapping[str, Any]], reports: Sequence[Report]) -> None:
    """Each member's times, minutes and yen."""
    people = {part.member_id for report in reports for part in report.parts}
    assert {UUID(one["member_id"]) for one in members} == people
    for one in members:
        sums = added(reports, UUID(one["member_id"]))
        assert (one["times"], one["minutes"], one["yen"]) == (sums.times, sums.minutes, sums.yen)
    assert sum(one["yen"] for one in members) == added(reports).yen


def check_figures(person: CheckedClient, unit_id: UUID, month: str, reports: Sequence[Report]) -> None:
    """``GET /months/{month}/figures``: the unit, a kind, a person and a category, each with the reports behind it."""
    cells: list[tuple[dict[str, str], Sequence[Report], UUID | None]] = [({}, reports, None)]
    for kind, of_kind in grouped(reports, lambda report: report.kind).items():
        cells.append(({"kind": kind}, of_kind, None))
        cells.append(({"category": CATEGORY[kind]}, [r for r in reports if CATEGORY[r.kind] == CATEGORY[kind]], None))
    people = sorted({part.member_id for report in reports for part in report.parts})
    cells += [
        ({"member_id": str(id_)}, [r for r in reports if any(p.member_id == id_ for p in r.parts)], id_)
        for id_ in people[:2]
    ]
    for cell, inside, member_id in cells:
        asked = {"unit_id": str(unit_id), **cell}
        body = body_of(person.get(f"{API}/months/{month}/figures", query_string=asked))
        sums = added(inside, member_id)
        assert said(body, FIVE[1:]) == wanted(sums, FIVE[1:]), cell
        assert body["reports"] == sums.times
        assert body["times"] == (events(inside) if "category" in cell else sums.times)
        items = body["items"]
        assert len(items) == min(100, sums.times)
        if len(items) == sums.times:
            assert {UUID(item["report_id"]) for item in items} == {report.id for report in inside}
            assert sum(item["yen"] for item in items) == sums.yen


def check_statistics(person: CheckedClient, unit_id: UUID, month: str, reports: Sequence[Report]) -> None:
    """``GET /statistics``: what the month adds to its year."""
    answer = person.get(f"{API}/statistics", query_string={"unit_id": str(unit_id), "year": month[:4]})
    if answer.status_code == 403:  # by today it stands under other leaders
        return
    for category in body_of(answer)["categories"]:
        inside = [report for report in reports if CATEGORY[report.kind] == category["code"]]
        [told] = [one for one in category["months"] if one["month"] == month]
        sums = added(inside)
        assert said(told, ("times", "reports", *THREE[1:])) == (
            events(inside), sums.times, sums.person_times, sums.minutes,
        )  # fmt: skip


def check_preview(person: CheckedClient, unit_id: UUID, month: str, reports: Sequence[Report]) -> None:
    """The month as PDF."""
    answer = person.get(f"{API}/months/{month}/report.pdf", query_string={"unit_id": str(unit_id)})
    assert answer.status_code == 200, answer.text
    check_text(printed(answer.data), reports)


def check_text(words: str, reports: Sequence[Report]) -> None:
    """The sums, the sum by kinds and every report's number stand in the text of a document."""
    sums = added(reports)
    assert f"{sums.times:,}件" in words or not sums.times
    assert f"{sums.person_times:,}人" in words or not sums.times
    if sums.times:
        assert f"合計{sums.times:,}{sums.person_times:,}{clock(sums.minutes)}" in words
    if any(report.state in ("confirmed", "sealed") and report.parts for report in reports):
        assert f"{sums.yen:,}円" in words
    for report in reports:
        assert report.number in words


def clock(minutes: int) -> str:
    """As it is printed in a column."""
    return f"{minutes // 60:,}:{minutes % 60:02d}"


def check_edition(person: CheckedClient, edition: Mapping[str, Any], reports: Sequence[Report]) -> None:
    """An edition's sums and units, and what its codes say of them."""
    assert said(edition) == wanted(added(reports))
    check_units(edition["units"], reports, FIVE)
    for unit in edition["units"]:
        told = body_of(person.get(f"{API}/verify/{unit['code']}"))
        assert said(told, (*THREE, "yen")) == said(unit, (*THREE, "yen"))
        assert (told["number"], told["unit_name"]) == (edition["number"], unit["name"])


def check_documents(person: CheckedClient, edition_id: str, unit_id: UUID, reports: Sequence[Report]) -> None:
    """PDF, workbook and tables of one unit of an edition."""
    sums, asked = added(reports), {"query_string": {"unit_id": str(unit_id)}}
    at = f"{API}/editions/{edition_id}"
    pdf = person.get(f"{at}/report.pdf", **asked)
    assert pdf.status_code == 200, pdf.text
    check_text(printed(pdf.data), reports)
    rows = table(person.get(f"{at}/report.csv", **asked))
    assert sorted(row["報告の番号"] for row in rows) == sorted(report.number for report in reports)
    assert sum(int(row["人数"]) for row in rows) == sums.person_times
    assert sum(int(row["延べ時間（分）"]) for row in rows) == sums.minutes
    assert sum(int(row["金額"] or 0) for row in rows) == sums.yen
    assert sum(int(row["金額が未定の行"]) for row in rows) == sums.unknown
    parts = table(person.get(f"{at}/participations.csv", **asked))
    assert (len(parts), sum(int(row["時間（分）"]) for row in parts)) == (sums.person_times, sums.minutes)
    pay = table(person.get(f"{at}/pay.csv", **asked))
    assert sum(int(row["金額"] or 0) for row in pay) == sums.yen
    survey = [row for row in table(person.get(f"{at}/statistics.csv", **asked)) if row["段階"]]
    check_workbook(workbook(person.get(f"{at}/report.xlsx", **asked)), sums, reports, len(survey))


def check_workbook(
    book: Mapping[str, Sequence[Mapping[str, Any]]], sums: Sums, reports: Sequence[Report], survey: int
) -> None:
    """Its sheets by kind, member, unit, line of pay and report all give the same."""
    kinds, members, units = book["種別ごとの集計"], book["団員ごとの集計"], book["組織ごとの集計"]
    assert sum(row["件数"] for row in kinds) == sums.times == len(book["活動報告の一覧と承認の記録"])
    assert sum(row["延べ人員"] for row in kinds) == sums.person_times == sum(row["件数"] for row in members)
    assert length(kinds, "延べ時間") == sums.minutes == length(members, "延べ時間")
    assert sum(row["金額"] for row in members) == sums.yen
    assert (units[0]["件数"], units[0]["延べ人員"], units[0]["金額"]) == (sums.times, sums.person_times, sums.yen)
    assert length(units[:1], "延べ時間") == sums.minutes


def length(rows: Sequence[Mapping[str, Any]], column: str) -> int:
    """The minutes of a column of lengths."""
    return sum(minutes(row[column]) for row in rows)


def minutes(value: Any) -> int:
    """A cell of a length, which a reader sees as a time of day or as a span."""
    if isinstance(value, dt.time):
        return value.hour * 60 + value.minute + round(value.second / 60)
    if isinstance(value, dt.timedelta):
        return round(value.total_seconds() / 60)
    return round(float(value) * 1440)
