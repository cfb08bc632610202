"""What waits at one unit, by bare Flask: three hand-written statements and JSON; no token, no scope, nothing worked out."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

REPORT = """SELECT r.id, r.number, r.version, r.kind, r.unit_id, u.name, r.event_id, r.started_at, r.ended_at, r.month, r.place,
    r.latitude, r.longitude, r.order_by, r.summary, r.details, r.author_id, a.number, a.name, r.entry_mode, r.state, r.route,
    r.awaiting_since, r.created_at, r.updated_at
    FROM activity_reports r JOIN units u ON u.id = r.unit_id JOIN members a ON a.id = r.author_id
    WHERE r.state = 'in_review' AND r.awaiting_unit_id = {mark} ORDER BY r.awaiting_since, r.id LIMIT {mark}"""
REPORT_NAMES = (
    "id", "number", "version", "kind", "unit_id", "unit", "event_id", "started_at", "ended_at", "month", "place", "latitude",
    "longitude", "order_by", "summary", "details", "author_id", "author_number", "author_name", "entry_mode", "state",
    "route", "awaiting_since", "created_at", "updated_at",
)  # fmt: skip
PEOPLE = """SELECT p.report_id, p.member_id, m.number, m.name, p.role, p.started_at, p.ended_at, p.acted, p.injured,
    p.left_early_reason FROM participations p JOIN members m ON m.id = p.member_id
    WHERE p.report_id {among} ORDER BY p.report_id, p.position"""
PEOPLE_NAMES = (
    "member_id",
    "number",
    "name",
    "role",
    "started_at",
    "ended_at",
    "acted",
    "injured",
    "left_early_reason",
)
BADGE = """SELECT count(*), min(awaiting_since) FROM activity_reports
    WHERE state = 'in_review' AND awaiting_unit_id = {mark}"""
MINE = """SELECT state, count(*) FROM activity_reports WHERE author_id = {mark} AND state IN ('returned', 'draft')
    GROUP BY state"""
VEHICLES = "SELECT report_id, vehicle_id FROM report_vehicles WHERE report_id {among}"

Run = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]


def app(address: str, unit_id: str, member_id: str) -> Flask:
    """The application for what waits at this unit for this person, ids as the store writes them."""
    made = Flask(__name__)
    postgresql = address.startswith("postgresql")
    run = _postgresql(address) if postgresql else _sqlite(address)
    mark = "%s" if postgresql else "?"

    def among(ids: list[Any]) -> tuple[str, tuple[Any, ...]]:
        return ("= ANY(%s)", (ids,)) if postgresql else (f"IN ({', '.join('?' * len(ids))})", tuple(ids))

    @made.get("/api/v1/inbox")
    def inbox() -> Response:
        rows = run(REPORT.format(mark=mark), (unit_id, int(request.args["limit"])))
        items = [dict(zip(REPORT_NAMES, row, strict=True), participants=[], vehicle_ids=[]) for row in rows]
        by_id = {item["id"]: item for item in items}
        which, ids = among(list(by_id))
        for report_id, *row in run(PEOPLE.format(among=which), ids):
            by_id[report_id]["participants"].append(dict(zip(PEOPLE_NAMES, row, strict=True)))
        for report_id, vehicle_id in run(VEHICLES.format(among=which), ids):
            by_id[report_id]["vehicle_ids"].append(vehicle_id)
        return _answer({"items": items, "next_cursor": None})

    @made.get("/api/v1/inbox/summary")
    def badge() -> Response:
        [(waiting, oldest)] = run(BADGE.format(mark=mark), (unit_id,))
        mine: dict[str, int] = dict(run(MINE.format(mark=mark), (member_id,)))
        said = {"returned_to_me": mine.get("returned", 0), "my_drafts": mine.get("draft", 0)}
        return _answer({"waiting": waiting, "oldest_waiting_since": oldest, **said})

    return made


def _answer(body: Any) -> Response:
    return Response(json.dumps(body, ensure_ascii=False, default=str), mimetype="application/json")


def _sqlite(address: str) -> Run:
    held = threading.local()

    def run(statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        connection = getattr(held, "connection", None)
        if connection is None:
            connection = held.connection = sqlite3.connect(address.removeprefix("sqlite:///"), timeout=60)
        return list(connection.execute(statement, values).fetchall())

    return run


def _postgresql(address: str) -> Run:
    pool = ConnectionPool(address, min_size=8, max_size=8, open=True, kwargs={"autocommit": True})

    def run(statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with pool.connection() as connection:
            return list(connection.execute(statement, values).fetchall())

    return run
