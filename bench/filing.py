"""Reports of the demo's first squad, filed over HTTP, and the rows that one of them becomes.

What the product must find out (who files, the units above, the route, whom to tell) a floor is handed as these rows.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from bench.frame import Wrong
from bench.served import Client, Served
from bench.twins import plain
from brigade.dates import tokyo_day, utc_now
from brigade.db import new_id
from brigade.demo.accounts import PASSWORD

MEMBER, LEADER = "member-1-1-1", "squad-leader-1-1-1"
PEOPLE = 8
REPORTS = "/api/v1/activity-reports"
JAPAN = dt.timezone(dt.timedelta(hours=9))
OF_A_REPORT = {
    "activity_reports": "id", "participations": "report_id", "report_events": "report_id", "report_versions": "report_id",
    "report_words": "report_id", "notices": "report_id", "changes": "entity_id", "chain_links": "report_id",
    "creations": "id",
}  # fmt: skip
"""Tables that a submission adds to, and the column that names the report."""

COUNTED_BY_STORE = {"report_words": "id", "changes": "seq"}

Rows = dict[str, list[dict[str, Any]]]


def signed_in(served: Served, login: str) -> Client:
    """A client with a token."""
    with Client(served.port) as asking:
        answer = asking.post("/api/v1/auth/login", {"login": login, "password": PASSWORD})
    return Client(served.port, answer.json()["access_token"])


def squad_of(member: Client) -> str:
    """Id of the unit to which they belong."""
    return str(member.get("/api/v1/me").json()["unit"]["id"])


def bodies(address: str, unit_id: str, minutes: int = 15) -> Callable[[], bytes]:
    """The next report of this squad: 1 KB, eight people, each at ``minutes`` of its own within the last week, when the squad has
    no other. Less than fifteen are doubted, as a drill that was over at once.
    """
    postgresql = address.startswith("postgresql")
    with plain(address) as connection:
        mark, key = ("%s", unit_id) if postgresql else ("?", uuid.UUID(unit_id).hex)
        asked = f"SELECT member_id FROM memberships WHERE unit_id = {mark} AND valid_to IS NULL ORDER BY member_id"
        people = [str(uuid.UUID(str(id_))) for (id_,) in connection.execute(asked, (key,)).fetchall()][:PEOPLE]
        held = f"SELECT started_at, ended_at FROM activity_reports WHERE unit_id = {mark}"
        taken = [(_instant(begun), _instant(over)) for begun, over in connection.execute(held, (key,)).fetchall()]
    connection.close()
    began = dt.datetime.combine(tokyo_day(utc_now()) - dt.timedelta(days=6), dt.time(), JAPAN)
    length = dt.timedelta(minutes=minutes)
    times = (began + n * length for n in range(6 * 24 * 60 // minutes))
    free = (start for start in times if not any(begun < start + length and start < over for begun, over in taken))

    def following() -> bytes:
        start = next(free, None)
        if start is None:
            raise Wrong("the squad's week has no room for another report: ask for fewer rounds")
        said = {
            "id": str(new_id()), "kind": "T-01", "unit_id": unit_id, "event_id": None,
            "started_at": start.isoformat(), "ended_at": (start + length).isoformat(),
            "place": "北町三丁目 器具置場前", "summary": "ポンプ操法の訓練。放水までの動作を三回くり返した。",
            "details": {"drill_type": "pump"}, "vehicle_ids": [], "attachment_ids": [], "submit": True,
            "participants": [
                {"member_id": id_, "role": "member", "started_at": None, "ended_at": None, "acted": True, "injured": False}
                for id_ in people
            ],
        }  # fmt: skip
        return json.dumps(said, ensure_ascii=False).encode()

    return following


def _instant(kept: object) -> dt.datetime:
    """A moment as the bare driver gives it: with its zone, or as text in UTC."""
    found = dt.datetime.fromisoformat(str(kept))
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def rows_of(address: str, report_id: str) -> Rows:
    """The rows of one report, each value as the bare driver takes it in again and JSON can say it."""
    postgresql = address.startswith("postgresql")
    found: Rows = {}
    connection = plain(address)
    for table, column in OF_A_REPORT.items():
        if postgresql:
            names = connection.execute(f"SELECT * FROM {table} LIMIT 0").description
            columns = ", ".join(f'"{each.name}"::text' for each in names)
            cursor = connection.execute(f"SELECT {columns} FROM {table} WHERE {column} = %s", (report_id,))
        else:
            cursor = connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", (uuid.UUID(report_id).hex,))
        names = [each[0] for each in cursor.description]
        rows = [dict(zip(names, map(_sayable, row), strict=True)) for row in cursor.fetchall()]
        for row in rows:
            row.pop(COUNTED_BY_STORE.get(table, ""), None)
        found[table] = rows
    connection.close()
    return found


def _sayable(value: Any) -> Any:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def check_filed(address: str, ids: Iterable[str], wanted: Rows) -> None:
    """Wrong unless the store has, of every report, as many rows in each table as of the one whose rows are ``wanted``."""
    ids = list(ids)
    connection = plain(address)
    postgresql = address.startswith("postgresql")
    keys = ids if postgresql else [uuid.UUID(id_).hex for id_ in ids]
    for table, column in OF_A_REPORT.items():
        if postgresql:
            asked = f"SELECT {column}::text FROM {table} WHERE {column} = ANY(%s::uuid[])"
            named = connection.execute(asked, (keys,)).fetchall()
        else:
            asked = f"SELECT {column} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
            named = connection.execute(asked, (json.dumps(keys),)).fetchall()
        counts = Counter(id_ for (id_,) in named)
        if apart := [key for key in keys if counts[key] != len(wanted[table])]:
            raise Wrong(f"{len(apart)} of {len(keys)} reports have not {len(wanted[table])} rows in {table}")
    connection.close()


def check_twin(address: str, ids: Iterable[str], wanted: Rows) -> None:
    """The same of Django's tables: as many people as came."""
    connection, keys = plain(address), [uuid.UUID(id_) for id_ in ids]
    given: list[uuid.UUID] | str = keys
    asked = "report_id = ANY(%s)"
    if not address.startswith("postgresql"):
        given = json.dumps([key.hex for key in keys])
        asked = "report_id IN (SELECT value FROM json_each(?))"
    [(people,)] = connection.execute(
        f"SELECT count(*) FROM rest_framework_participant WHERE {asked}", (given,)
    ).fetchall()
    connection.close()
    if people != len(keys) * len(wanted["participations"]):
        raise Wrong(f"{people} people in {len(keys)} reports")
