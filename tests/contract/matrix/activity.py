"""The policy of filing, approving many, events, months, editions and paper: ``docs/howto/plan-drills.md``,
``close-a-month.md``, ``print-forms.md``, ``scan-paper-forms.md``, ``docs/explain/expected-activities.md``, ``paper.md``,
``pictures.md``, ``statistics.md`` and ``scopes.md``.
"""

from __future__ import annotations

import io
from typing import Any

from werkzeug.test import TestResponse

from tests import make
from tests.contract.matrix.organisation import asks, its_id, officer, over, says, seen, sees_unit
from tests.contract.matrix.people import LINES, Person
from tests.contract.matrix.reports import guards, reads
from tests.contract.matrix.rows import Row
from tests.contract.matrix.seeds import TUS
from tests.contract.matrix.town import TO_COME, UNKNOWN, Thing, Town
from tests.pictures.samples import photograph

WAS = {"moved": "K1-1-1"}
"""Where somebody belonged before today."""


# --- Reports ----------------------------------------------------------------------------------------------------------


SOMEBODY = {
    "K1-1-1": "squad11b", "K1-1-2": "squad12b", "K1-1": "company1-deputy", "K1-2-2": "squad22b", "K1": "brigade-deputy",
    "K3-1-1": "squad31a", "S1": "station", "K2-1-1": "squad41a", "S2": "station2", "BK1-1-1": "Bsquad11b",
}  # fmt: skip


def own_report(town: Town, me: Person, unit: Thing) -> dict[str, Any]:
    """A report of the unit with one of its people."""
    who = SOMEBODY.get(unit.unit, "squad11b")
    city = town.other if who.startswith("B") else town.city
    body = make.body(city, "BK1" if city is town.other else "K1", who, day=19, hour=3)
    return {"json": {**body, "unit_id": unit.id}}


def files_for(me: Person, unit: Thing) -> bool:
    """Members for their own unit, today's and that of the day, holders of posts also for those below."""
    return unit.unit in (me.home, WAS.get(me.login)) or me.over(unit.unit)


def knows_unit(me: Person, unit: Thing) -> bool:
    return me.sees_unit(unit.unit) or files_for(me, unit)


def many(action: str) -> Any:
    """The row of one report in a list; what the list says of it is the answer."""

    def may(me: Person, report: Thing) -> bool:
        return all(guard(me, report) for guard in guards(report, action) or ())

    def of_the_one(answer: TestResponse) -> int:
        if answer.status_code != 200:
            return answer.status_code
        (one,) = answer.json["results"]  # type: ignore[index]  # an answer without JSON fails here
        return 200 if one["ok"] else int(one["problem"]["status"]) if "problem" in one else int(one["status"])

    return Row(
        f"POST /inbox/{action}", "reports", sees=reads, may=may, verdict=of_the_one,
        state=lambda report: 409 if guards(report, action) is None else 0,
        send=lambda town, me, report: {"json": {"items": [{"id": report.id, "version": report.version}]}},
    )  # fmt: skip


REPORTS = [
    *(Row(f"POST /activity-reports{rest}", "units", sees=knows_unit, for_me=lambda me, unit: not files_for(me, unit), other=422,
          unseen=422, send=own_report, state=lambda unit: 422 if unit.unit in ("B", "BB") else 0, idle=bool(rest))
      for rest in ("", "/validate")),
    Row("GET /activity-reports"),
    Row("GET /inbox"), Row("GET /inbox/summary"), Row("GET /inbox/undoable"), Row("GET /inbox/returned"),
    many("approve"), many("undo"),
    Row("GET /sync"),
]  # fmt: skip

# --- Events -----------------------------------------------------------------------------------------------------------


def then(me: Person, event: Thing) -> str:
    """The unit to which somebody belongs on the event's day."""
    return me.home if event.state == TO_COME else WAS.get(me.login, me.home)


def called(me: Person, event: Thing) -> bool:
    """A member, on the event's day, of the unit that is called or of one below it."""
    return event.unit in LINES.get(then(me, event), ())


def sees_event(me: Person, event: Thing) -> bool:
    """Who made it, whom it calls, and who holds a post in what it calls, or above."""
    lines = {code for mine in (me.home, then(me, event), *me.posts) for code in LINES.get(mine, ())}
    return me.login == event.by or event.unit in lines or me.over(event.unit)


def plans(me: Person, event: Thing) -> bool:
    """Leaders, deputies and officers of the unit or of one above it."""
    return me.over(event.unit)


def answers_for(me: Person, event: Thing) -> bool:
    """Who leads the squad or a unit over it, or acts for them."""
    return me.decides(event.at)


def squad_unseen(me: Person, event: Thing) -> bool:
    """The squad is none of theirs on the event's day."""
    return not (me.over(event.at) or then(me, event) == event.at)


AN_EVENT = {"kind": "T-01", "title": "夜警", "planned": True, "place": "", "started_at": "2026-11-26T20:00:00+09:00",
            "ended_at": "2026-11-26T21:00:00+09:00"}  # fmt: skip
EVENT = "/events/{event_id}"
EVENTS = [
    Row("POST /events", "units", sees=sees_unit, may=over, unseen=422, send=says(**AN_EVENT, unit_id=its_id)),
    Row("GET /events"),
    Row(f"GET {EVENT}", "events", sees=sees_event),
    Row(f"PATCH {EVENT}", "events", sees=sees_event, may=plans, send=seen(1, note="雨天中止")),
    Row(f"POST {EVENT}/cancel", "events", sees=sees_event, may=plans, send=seen(1, reason="雨")),
    Row(f"POST {EVENT}/reopen", "cancelled events", sees=sees_event, may=plans, send=seen(2)),
    Row(f"POST {EVENT}/took-part", "events", sees=sees_event, may=called, send=says()),
    Row(f"GET {EVENT}/answers", "events", sees=sees_event),
    Row(f"POST {EVENT}/nobody-came", "events", sees=sees_event, may=answers_for, for_me=squad_unseen, other=422,
        send=says(unit_id=lambda town, event: event.more.get("unit_id", UNKNOWN))),
    Row(f"DELETE {EVENT}/nobody-came/{{unit_id}}", "answered events", sees=sees_event, may=answers_for,
        for_me=squad_unseen, other=404),
    Row("GET /expected", send=asks(**{"from": "2026-11-01T00:00:00+09:00", "to": "2026-11-30T00:00:00+09:00"})),
]  # fmt: skip

# --- Months -----------------------------------------------------------------------------------------------------------


def its_leader(me: Person, unit: Thing) -> bool:
    """The own leader of a company, of a brigade, of a station; a squad answers by its reports."""
    return unit.unit in me.leads and unit.unit.count("-") < 2 and unit.unit not in ("B", "BB")


def decides_for(me: Person, unit: Thing) -> bool:
    return me.decides(unit.unit)


def closes(me: Person, unit: Thing) -> bool:
    """An officer of the station seals the months of its brigades and its own."""
    return me.is_station and me.over(unit.unit)


SEALED = ("S1", "S2", "BS1", "K1", "K2", "K3", "BK1")


def months(month: str) -> Any:
    return lambda thing: {"month": month}


def takes_back(word: str, month: str, may: Any) -> Row:
    return Row(f"DELETE /months/{{month}}/{word}", f"{word} units", sees=sees_unit, may=may, path=months(month),
               send=asks(unit_id=its_id))  # fmt: skip


OF_A_UNIT = {"sees": sees_unit, "may": over, "send": asks(unit_id=its_id)}
MONTHS = [
    Row("GET /months/{month}", "units", **OF_A_UNIT),
    Row("GET /months/{month}/totals", "units", **OF_A_UNIT),
    Row("GET /months/{month}/report.pdf", "units", **OF_A_UNIT),
    Row("GET /months/{month}/figures", "units", **OF_A_UNIT),
    Row("GET /statistics", "units", sees=sees_unit, may=over, send=asks(unit_id=its_id, year="2026")),
    Row("GET /annual-pay", "units", sees=sees_unit, may=over, send=asks(unit_id=its_id, year="2026")),
    Row("POST /pay/what-if", "units", officer, sees_unit, over,
        send=says(unit_id=its_id, rule_set="yokohama-2024", **{"from": "2026-09", "to": "2026-09"}), idle=True),
    Row("GET /pay/rule-sets"),
    Row("POST /months/{month}/nil", "units", sees=sees_unit, may=decides_for, path=months("2026-09"),
        send=says(unit_id=its_id)),
    Row("POST /months/{month}/excuse", "units", sees=sees_unit, may=decides_for, path=months("2026-09"),
        send=says(unit_id=its_id, reason="病気", until="2026-12-20")),
    Row("POST /months/{month}/complete", "units", sees=sees_unit, may=its_leader, path=months("2026-09"),
        send=says(unit_id=its_id)),
    Row("POST /months/{month}/seal", "units", sees=sees_unit, may=closes, send=says(unit_id=its_id),
        state=lambda unit: 0 if unit.unit in SEALED else 409),
    takes_back("nil", "2026-08", decides_for),
    takes_back("excuse", "2026-07", decides_for),
    takes_back("complete", "2026-08", its_leader),
]  # fmt: skip

# --- Editions ---------------------------------------------------------------------------------------------------------


def sees_edition(me: Person, edition: Thing) -> bool:
    """Who holds a post in one of its units, or above."""
    return me.over(edition.unit) or any(edition.unit in LINES[post] for post in me.posts)


def sees_job(me: Person, job: Thing) -> bool:
    return me.login == job.by


def of_the_whole(town: Town, me: Person, edition: Thing) -> dict[str, Any]:
    """The edition's own unit is named: without it everyone gets the part that they may look into."""
    return {"query_string": {"unit_id": town.id(edition.unit)}}


def first_one(edition: Thing) -> int:
    """A first edition differs from nothing."""
    return 404


DOCUMENTS = (
    "report.pdf",
    "report.xlsx",
    "report.csv",
    "participations.csv",
    "pay.csv",
    "statistics.csv",
    "set.pdf",
    "set.zip",
)
EDITION = "/editions/{edition_id}"
EDITIONS = [
    Row("GET /editions"),
    Row(f"GET {EDITION}", "editions", sees=sees_edition),
    Row(f"GET {EDITION}/differences", "editions", sees=over, state=first_one, send=of_the_whole),
    Row(f"GET {EDITION}/figures", "editions", sees=over, send=of_the_whole),
    *(Row(f"GET {EDITION}/{name}", "editions", sees=over, send=of_the_whole) for name in DOCUMENTS),
    Row(f"GET {EDITION}/differences.csv", "editions", sees=over, state=first_one, send=of_the_whole),
    Row("GET /jobs/{job_id}", "jobs", sees=sees_job),
    Row("GET /verify/{code}", path=lambda thing: {"code": "AAAABBBBCCCC"}, open=True, good=422, why="no such code"),
]  # fmt: skip

# --- Pictures and paper -----------------------------------------------------------------------------------------------


def sees_picture(me: Person, picture: Thing) -> bool:
    """Who sent it, and who reads a report that names it."""
    return me.login == picture.by or (bool(picture.unit) and reads(me, picture))


def sent_it(me: Person, thing: Thing) -> bool:
    return me.login == thing.by


def a_picture(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
    return {"data": {"id": "0199a3c0-0000-7000-8000-00000000f070", "file": (io.BytesIO(photograph()), "写真.jpg")}}


def piece(town: Town, me: Person, thing: Thing) -> dict[str, Any]:
    return {
        "headers": {**TUS, "Upload-Offset": "0"},
        "data": b"1234",
        "content_type": "application/offset+octet-stream",
    }


def tus(**headers: str) -> Any:
    return lambda town, me, thing: {
        "headers": {**TUS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    }


def sees_page(me: Person, page: Thing) -> bool:
    """Who sent it, and who leads or stands over the unit of the sheet."""
    return me.login == page.by or me.over(page.unit)


def prints(me: Person, unit: Thing) -> bool:
    """One's own squad, and the units below a post."""
    return me.home == unit.unit or me.over(unit.unit)


def decided(**said: Any) -> Any:
    """A body for the version of the page that was seen."""
    return lambda town, me, page: {"json": said, "headers": {"If-Match": f'"{page.version}"'}}


UPLOAD, PAGE = "/uploads/{upload_id}", "/scans/{scan_id}/pages/{n}"
PAPER = [
    Row("POST /attachments", send=a_picture),
    Row("GET /attachments/{attachment_id}", "pictures", sees=sees_picture),
    Row("GET /attachments/{attachment_id}/thumbnail", "pictures", sees=sees_picture),
    Row("DELETE /attachments/{attachment_id}", "loose pictures", sees=sees_picture, may=sent_it, for_me=lambda me, picture: sent_it(me, picture) and bool(picture.state), other=409),
    Row("OPTIONS /uploads", open=True),
    Row("POST /uploads", send=tus(Upload_Length="50", Upload_Metadata="id MDE5OWEzYzAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDBmMDcx")),
    Row(f"HEAD {UPLOAD}", "uploads", sees=sent_it, send=tus()),
    Row(f"PATCH {UPLOAD}", "uploads", sees=sent_it, send=piece),
    Row(f"DELETE {UPLOAD}", "uploads", sees=sent_it, send=tus()),
    Row("GET /forms"),
    Row("GET /forms/{code}.pdf", "units", sees=sees_unit, may=prints, path=lambda thing: {"code": "roster"},
        send=asks(unit_id=its_id, month="2026-11")),
    Row("POST /scans", send=lambda town, me, thing: {"data": {"file": (io.BytesIO(b"%PDF-said [1]"), "紙.pdf")}}),
    Row("GET /scans"),
    Row("GET /scans/{scan_id}", "pages", sees=sees_page),
    Row(f"GET {PAGE}", "pages", sees=sees_page),
    Row(f"GET {PAGE}/picture", "pages", sees=sees_page),
    Row(f"GET {PAGE}/fields/{{name}}", "pages", sees=sees_page),
    Row(f"PATCH {PAGE}", "pages", sees=sees_page, send=decided(fields=[{"name": "place", "value": "本町"}])),
    Row(f"POST {PAGE}/confirm", "pages", sees=sees_page, send=decided()),
    Row(f"POST {PAGE}/discard", "pages", sees=sees_page, send=decided(reason="メモ")),
    Row("GET /scans/accuracy", who=officer),
]  # fmt: skip
ROWS = [*REPORTS, *EVENTS, *MONTHS, *EDITIONS, *PAPER]
