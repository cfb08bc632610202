"""Approving many reports with sets of rows over a bare driver: no scopes, no workflow, no checks, no mapping.

It is told what the product must find out: that these reports wait for this person at this desk and may be approved,
where they go from there, and who is to be told. What is written is the same, the digests of the chain included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

IDS = ("author_id", "sole_member_id", "bureau_id", "station_id", "brigade_id", "company_id", "section_id", "squad_id",
       "awaiting_unit_id", "undo_by_id", "corrected_by_id")  # fmt: skip
TIMES = ("awaiting_since", "created_at", "updated_at")
OTHERS = ("number", "version", "month", "entry_mode", "state", "step", "route", "undo_step")
COLUMNS = ("id", *IDS, *TIMES, *OTHERS)
UNITS = ("bureau_id", "station_id", "brigade_id", "company_id", "section_id", "squad_id")

Change = tuple[str, str, str]
"""Bureau, report, and who could see it."""

Link = tuple[int, str, int, str, bytes, bytes, bytes]
"""Place, report, number and state after the event, and the digests of the event, the row and the link."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who approves from which desk, and what follows from it. Ids as UUIDs with hyphens; ``now`` in the chain's spelling.

    ``next_id``: where the reports wait next; None where the city has taken them, and everyone is told.
    """

    actor_id: str
    post: str
    unit_id: str
    level: str
    now: str
    chain_id: str
    next_id: str | None
    hidden: frozenset[str]


class _Store(Protocol):
    """How one kind of store is told."""

    def rows(self) -> Iterator[tuple[dict[str, Any], str, str]]:
        """Each report as the chain has it, the ids of who took part, and its kind."""

    def update(self) -> None:
        """The reports onward, with their events and notices."""

    def head(self) -> tuple[int, bytes]:
        """How long the chain is, and its last digest."""

    def insert(self, changes: list[Change], links: list[Link], place: int, digest: bytes) -> None:
        """The log, the links and the chain's new head."""


def approve(connection: Any, ids: Sequence[str], said: Decision) -> None:
    """Rows, events, log, links and notices of these reports."""
    kind_of_store = _Postgresql if isinstance(connection, psycopg.Connection) else _Sqlite
    store: _Store = kind_of_store(connection, ids, said)
    rows, changes, links = list(store.rows()), [], []
    store.update()
    place, before = store.head()
    for row, people, kind in rows:
        changes.append((row["bureau_id"], row["id"], _audience(row, people, kind in said.hidden)))
        event, after = _told(row, said)
        place, link = place + 1, {
            "chain_id": said.chain_id, "content": None, "event": _sha(event), "format": 1, "kind": "event",
            "place": place + 1, "previous": before.hex(), "report_id": row["id"], "row": _sha(after), "seq": after["version"],
            "state": after["state"], "text": None,
        }  # fmt: skip
        before = hashlib.sha256(_json(link)).digest()
        links.append(
            (
                place,
                row["id"],
                link["seq"],
                link["state"],
                bytes.fromhex(link["event"]),
                bytes.fromhex(link["row"]),
                before,
            )
        )
    store.insert(changes, links, place, before)


def _told(row: Mapping[str, Any], said: Decision) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event, and the row after it."""
    onward = said.next_id is not None
    after = {
        **row, "version": row["version"] + 1, "updated_at": said.now, "undo_by_id": said.actor_id, "undo_step": row["step"],
        "state": "in_review" if onward else "confirmed", "step": row["step"] + onward, "awaiting_unit_id": said.next_id,
        "awaiting_since": said.now if onward else None,
    }  # fmt: skip
    event = {
        "action": "approve", "actor_id": said.actor_id, "at": said.now, "basis": None, "changed": [], "for_id": None,
        "level": said.level, "post": said.post, "reason": None, "report_id": row["id"], "seq": after["version"],
        "source": row["state"], "step_from": row["step"], "step_to": after["step"], "target": after["state"],
        "unit_id": said.unit_id,
    }  # fmt: skip
    return event, after


_json_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _json(value: Any) -> bytes:
    return _json_text(value).encode()


def _sha(value: Any) -> str:
    return hashlib.sha256(_json(value)).hexdigest()


def _audience(row: Mapping[str, Any], people: str, hidden: bool) -> str:
    """Who could see it: the author, those who took part, who may take it back, the desk, the units."""
    units = UNITS[1:] if hidden else UNITS
    words = {"m" + row["author_id"], "d" + row["awaiting_unit_id"], *("r" + row[one] for one in units if row[one])}
    words.update("m" + one for one in people.split())
    words = {one.replace("-", "") for one in words}
    if undo_by := row["undo_by_id"]:
        words.update(f"u{row[one]}".replace("-", "") + "-" + undo_by.replace("-", "") for one in UNITS if row[one])
    return " ".join(sorted(words))


# --- SQLite -----------------------------------------------------------------------------------------------------------


class _Sqlite:
    def __init__(self, connection: Any, ids: Sequence[str], said: Decision) -> None:
        self.run, self.many, self.said = connection.execute, connection.executemany, said
        self.ids = json.dumps([one.replace("-", "") for one in ids])
        self.now = said.now.replace("T", " ").rstrip("Z")
        self.next_id = said.next_id and said.next_id.replace("-", "")
        self.chain, self.actor, self.unit = (
            one.replace("-", "") for one in (said.chain_id, said.actor_id, said.unit_id)
        )

    def rows(self) -> Iterator[tuple[dict[str, Any], str, str]]:
        found = self.run(
            f"""SELECT {", ".join(COLUMNS)}, (SELECT group_concat(member_id, ' ') FROM participations WHERE report_id = id), kind
            FROM activity_reports WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id""", (self.ids,),
        )  # fmt: skip
        spelled: dict[str | None, str | None] = {None: None}
        for *values, people, kind in found.fetchall():
            row = dict(zip(COLUMNS, values, strict=True))
            for name in ("id", *IDS):
                value = row[name]
                if value not in spelled:
                    spelled[value] = f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
                row[name] = spelled[value]
            for name in TIMES:
                if row[name]:
                    row[name] = row[name].replace(" ", "T") + "Z"
            row["route"] = json.loads(row["route"])
            yield row, people, kind

    def update(self) -> None:
        state = "in_review" if self.next_id else "confirmed"
        common = f"WHERE activity_reports.id IN (SELECT value FROM json_each('{self.ids}'))"
        self.run(
            f"""INSERT INTO report_events (report_id, seq, at, action, actor_id, post, unit_id, level, source, target,
                step_from, step_to, comment, remarks, changed)
            SELECT id, version + 1, ?, 'approve', ?, ?, ?, ?, state, ?, step, step + ?, '', '[]', '[]' FROM activity_reports
            {common}""",
            (self.now, self.actor, self.said.post, self.unit, self.said.level, state, bool(self.next_id)),
        )
        if not self.next_id:
            self.run(
                f"""INSERT INTO notices (id, member_id, kind, report_id, data, at, routed_at)
                SELECT lower(hex(randomblob(16))), who, 'report-confirmed', id, json_object('activity', kind, 'number',
                    number, 'started_at', replace(substr(started_at, 1, 19), ' ', 'T') || '+00:00'), ?, ?
                FROM (SELECT id, kind, number, started_at, author_id AS who FROM activity_reports {common}
                    UNION SELECT id, kind, number, r.started_at, member_id FROM activity_reports r JOIN participations p
                    ON p.report_id = r.id {common.replace("activity_reports.", "r.")}) WHERE who != ?""",
                (self.now, self.now, self.actor),
            )
        self.run(
            f"""UPDATE activity_reports SET version = version + 1, state = ?, undo_step = step, step = step + ?,
                awaiting_unit_id = ?, awaiting_since = ?, undo_by_id = ?, updated_at = ? {common}""",
            (state, bool(self.next_id), self.next_id, self.now if self.next_id else None, self.actor, self.now),
        )

    def head(self) -> tuple[int, bytes]:
        found = self.run("SELECT length, digest FROM chain_heads WHERE chain_id = ?", (self.chain,)).fetchone()
        return found[0], found[1]

    def insert(self, changes: list[Change], links: list[Link], place: int, digest: bytes) -> None:
        self.many(
            "INSERT INTO changes (txid, bureau_id, entity, entity_id, audience) VALUES (0, ?, 'report', ?, ?)",
            [(bureau.replace("-", ""), id_.replace("-", ""), told) for bureau, id_, told in changes],
        )
        self.many(
            f"""INSERT INTO chain_links (chain_id, place, kind, report_id, seq, state, event, row, digest)
            VALUES ('{self.chain}', ?, 'event', ?, ?, ?, ?, ?, ?)""",
            [(place, id_.replace("-", ""), *rest) for place, id_, *rest in links],
        )
        self.run("UPDATE chain_heads SET length = ?, digest = ? WHERE chain_id = ?", (place, digest, self.chain))


# --- PostgreSQL -------------------------------------------------------------------------------------------------------

_SPELLED = 'to_char({0}, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'


class _Postgresql:
    def __init__(self, connection: Any, ids: Sequence[str], said: Decision) -> None:
        self.run, self.said = connection.execute, said
        self.values = {
            "ids": list(ids), "now": said.now, "actor": said.actor_id, "post": said.post, "unit": said.unit_id,
            "level": said.level, "next": said.next_id, "on": int(said.next_id is not None), "chain": said.chain_id,
            "state": "in_review" if said.next_id else "confirmed",
        }  # fmt: skip

    def rows(self) -> Iterator[tuple[dict[str, Any], str, str]]:
        shown = {**{one: f"{one}::text" for one in ("id", *IDS)}, **{one: _SPELLED.format(one) for one in TIMES}}
        found = self.run(
            f"""SELECT {", ".join(shown.get(one, one) for one in COLUMNS)},
                (SELECT string_agg(member_id::text, ' ') FROM participations WHERE report_id = id), kind
            FROM activity_reports r WHERE id = ANY(%(ids)s::uuid[]) ORDER BY r.id FOR UPDATE""",
            self.values,
        )
        for *values, people, kind in found.fetchall():
            yield dict(zip(COLUMNS, values, strict=True)), people, kind

    def update(self) -> None:
        told = """, told AS (INSERT INTO notices (id, member_id, kind, report_id, data, at, routed_at)
            SELECT gen_random_uuid(), who, 'report-confirmed', id, jsonb_build_object('activity', kind, 'number', number,
                'started_at', to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS+00:00')), %(now)s, %(now)s
            FROM (SELECT id, kind, number, started_at, author_id AS who FROM moved
                UNION SELECT id, kind, number, m.started_at, member_id FROM moved m JOIN participations p ON p.report_id = m.id)
            AS everyone WHERE who != %(actor)s)"""
        self.run(
            f"""WITH moved AS (
                UPDATE activity_reports SET version = version + 1, state = %(state)s, undo_step = step, step = step + %(on)s,
                    awaiting_unit_id = %(next)s, awaiting_since = CASE WHEN %(on)s = 1 THEN %(now)s::timestamptz END,
                    undo_by_id = %(actor)s, updated_at = %(now)s
                WHERE id = ANY(%(ids)s::uuid[])
                RETURNING id, version, undo_step, step, kind, number, started_at, author_id
            ){told if self.said.next_id is None else ""}
            INSERT INTO report_events (report_id, seq, at, action, actor_id, post, unit_id, level, source, target, step_from,
                step_to, comment, remarks, changed)
            SELECT id, version, %(now)s, 'approve', %(actor)s, %(post)s, %(unit)s, %(level)s, 'in_review', %(state)s, undo_step,
                step, '', '[]', '[]' FROM moved""",
            self.values,
        )

    def head(self) -> tuple[int, bytes]:
        asked = "SELECT length, digest FROM chain_heads WHERE chain_id = %(chain)s FOR UPDATE"
        found = self.run(asked, self.values).fetchone()
        return found[0], found[1]

    def insert(self, changes: list[Change], links: list[Link], place: int, digest: bytes) -> None:
        bureaus, ids, told = map(list, zip(*changes, strict=True))
        self.run(
            """INSERT INTO changes (txid, bureau_id, entity, entity_id, audience)
            SELECT pg_current_xact_id()::text::bigint, bureau, 'report', id, told
            FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS given (bureau, id, told)""",
            (bureaus, ids, told),
        )
        self.run(
            """WITH grown AS (UPDATE chain_heads SET length = %s, digest = %s WHERE chain_id = %s)
            INSERT INTO chain_links (chain_id, kind, place, report_id, seq, state, event, row, digest)
            SELECT %s, 'event', * FROM unnest(%s::int[], %s::uuid[], %s::int[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[])""",
            (place, digest, self.said.chain_id, self.said.chain_id, *map(list, zip(*links, strict=True))),
        )
