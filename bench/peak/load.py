"""The load: who signs in, what is due when, and what came of it.

What comes, comes when its time is, whether the server keeps up or not, so that a stall is seen in everyone's waiting time.
Nothing is sent a second time.
"""

from __future__ import annotations

import datetime as dt
import queue
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bench.photos import photographed
from bench.stores import SYSTEM
from brigade.access.accounts import Account
from brigade.activity.activities import ActivityReport, Participation
from brigade.dates import TOKYO
from brigade.demo.accounts import PASSWORD
from brigade.files.attachments import Attachment
from brigade.organisation.people import Member, Membership
from tests.faults.wire import Answer, exchange, form_request, picture_form, request

QUARTER = 900.0
FILING, PICTURES, PAGES = 0.2, 2, 5
READ = ("/inbox/summary", "/activity-reports?limit=20", "/events?limit=20", "/notices?limit=20", "/me/record")
THREADS = 96
LASTED = dt.timedelta(minutes=90)


@dataclass
class Someone:
    """A member at a phone, signed in."""

    login: str
    member_id: str
    unit_id: str
    port: int
    free: Iterator[dt.datetime]
    access: str = ""
    refresh: str = ""
    until: float = 0.0
    busy: threading.Lock = field(default_factory=threading.Lock)

    def token(self) -> str:
        """The access token, renewed in time."""
        with self.busy:
            if time.monotonic() > self.until:
                asked = (
                    request("POST", "/auth/refresh", None, self.refresh)
                    if self.refresh
                    else request("POST", "/auth/login", {"login": self.login, "password": PASSWORD})
                )
                answer = exchange(self.port, asked, 60)
                if answer is None or answer.status != 200:
                    raise ConnectionError(f"{self.login} cannot sign in: {answer and answer.status}")
                said = answer.json
                self.access, self.refresh = said["access_token"], said["refresh_token"]
                self.until = time.monotonic() + said["expires_in"] / 2
            return self.access


@dataclass
class Told:
    """What happened: waiting times by kind of request in seconds, answers, and what was acknowledged."""

    waited: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[str] = field(default_factory=Counter)
    reports: dict[str, str] = field(default_factory=dict)
    pictures: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, due: float, answer: Answer | None) -> bool:
        """Whether it was a good one."""
        good = answer is not None and answer.status in (200, 201)
        with self.lock:
            self.waited[kind].append(time.monotonic() - due)
            if not good:
                self.answers[f"{kind}: {_refusal(answer)}"] += 1
        return good


def photos(count: int = 12) -> list[bytes]:
    """Pictures as the phone app makes them: 1600 pixels, some 350 KB."""
    return [photographed(seed, (200, 150), (1600, 1200), 80) for seed in range(count)]


def plan(
    people: list[Someone], members: int, times: float, seconds: float, chance: Random
) -> list[tuple[float, str, Someone]]:
    """When what is due, evenly: ``[(second, "file" or "read", who), …]``."""
    due = []
    for kind, in_quarter in (("file", members * FILING), ("read", members * PAGES)):
        count = round(in_quarter * times * seconds / QUARTER)
        due += [((n + chance.random()) * seconds / count, kind, chance.choice(people)) for n in range(count)]
    return sorted(due, key=lambda one: one[0])


def file(someone: Someone, due: float, number: int, pictures: list[bytes], told: Told) -> None:
    """Two pictures, then the report with them."""
    sent = []
    for n in range(PICTURES):
        id_, data = str(uuid.uuid4()), _made_new(pictures[(number + n) % len(pictures)], number * PICTURES + n)
        sending = form_request(picture_form(id_, data), "POST", "/attachments", someone.token())
        asked = time.monotonic()
        if told.note("picture", due if n == 0 else asked, exchange(someone.port, sending, 120)):
            sent.append(id_)
            with told.lock:
                told.pictures.add(id_)
    with someone.busy:
        start = next(someone.free, None)
    if start is None:
        raise ValueError("so far the month has too few hours for so many reports")
    body = {
        "id": str(uuid.uuid4()), "kind": "T-01", "unit_id": someone.unit_id, "event_id": None,
        "started_at": start.isoformat(), "ended_at": (start + LASTED).isoformat(),
        "place": f"器具置場 {number}", "summary": "定例の訓練をした。", "details": {"drill_type": "pump"},
        "participants": [{"member_id": someone.member_id, "role": "member", "started_at": None, "ended_at": None,
                          "acted": True, "injured": False}],
        "vehicle_ids": [], "attachment_ids": sent, "submit": True,
    }  # fmt: skip
    asked = time.monotonic()
    answer = exchange(someone.port, request("POST", "/activity-reports", body, someone.token()), 120)
    if told.note("report", asked, answer):
        with told.lock:
            told.reports[str(body["id"])] = str(body["place"])


def read(someone: Someone, due: float, number: int, told: Told) -> None:
    """One page."""
    path = READ[number % len(READ)]
    answer = exchange(someone.port, request("GET", path, None, someone.token()), 120)
    told.note("read", due, answer)


def drive(due: list[tuple[float, str, Someone]], pictures: list[bytes], told: Told) -> None:
    """All of it, each at its time."""
    tasks: queue.Queue[tuple[float, str, Someone, int] | None] = queue.Queue()

    def work() -> None:
        while (task := tasks.get()) is not None:
            at, kind, who, number = task
            try:
                file(who, at, number, pictures, told) if kind == "file" else read(who, at, number, told)
            except (OSError, KeyError, ValueError) as error:
                with told.lock:
                    told.answers[f"{kind}: {type(error).__name__}"] += 1

    threads = [threading.Thread(target=work, daemon=True) for _ in range(THREADS)]  # none outlives who interrupts
    for thread in threads:
        thread.start()
    began, tenth = time.monotonic(), max(len(due) // 10, 1)
    for number, (second, kind, who) in enumerate(due):
        time.sleep(max(0.0, began + second - time.monotonic()))
        tasks.put((began + second, kind, who, number))
        if number % tenth == 0:
            print(f"{number:,} of {len(due):,}, {tasks.qsize()} wait", file=sys.stderr)
    for _ in threads:
        tasks.put(None)
    for thread in threads:
        thread.join()


def missing(engine: Engine, told: Told) -> dict[str, int]:
    """What was acknowledged and is not there once, as it was sent."""
    with Session(engine) as session:
        rows = session.execute(select(ActivityReport.id, ActivityReport.place, func.count(Participation.member_id))
                               .join(Participation, Participation.report_id == ActivityReport.id)
                               .where(ActivityReport.place.like("器具置場 %")).group_by(ActivityReport.id),
                               execution_options=SYSTEM).all()  # fmt: skip
        kept = set(map(str, session.scalars(select(Attachment.id), execution_options=SYSTEM)))
    there = {str(id_): (place, people) for id_, place, people in rows}
    places = Counter(place for place, _ in there.values())
    return {
        "reports lost": sum(there.get(id_) != (place, 1) for id_, place in told.reports.items()),
        "reports doubled": sum(n - 1 for n in places.values()),
        "pictures lost": len(told.pictures - kept),
    }


def people_of(engine: Engine, count: int, port: int) -> list[Someone]:
    """So many members who can sign in, spread over the squads."""
    asked = (
        select(Account.login, Member.id, Membership.unit_id)
        .join(Member, Member.id == Account.member_id)
        .join(Membership, Membership.member_id == Member.id)
        .where(Account.disabled_at.is_(None), Membership.valid_to.is_(None))
        .order_by(Account.login)
    )
    now = dt.datetime.now(TOKYO)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with Session(engine) as session:
        found = session.execute(asked, execution_options=SYSTEM).all()
        chosen = found[:: max(len(found) // count, 1)][:count]
        parts = session.execute(
            select(Participation.member_id, func.coalesce(Participation.started_at, ActivityReport.started_at),
                   Participation.claims_until)
            .join(ActivityReport, ActivityReport.id == Participation.report_id)
            .where(Participation.claims_until > first), execution_options=SYSTEM
        ).all()  # fmt: skip
    taken = defaultdict(list)
    for member, start, end in parts:
        taken[member].append((start, end))
    return [Someone(login, str(id_), str(unit), port, hours(first, now, taken[id_])) for login, id_, unit in chosen]


def hours(first: dt.datetime, now: dt.datetime, taken: list[tuple[dt.datetime, dt.datetime]]) -> Iterator[dt.datetime]:
    """When this month somebody was nowhere else, every other hour: nobody is at two places at once."""
    start = first
    while start + LASTED < now:
        if all(end <= start or start + LASTED <= began for began, end in taken):
            yield start
        start += dt.timedelta(hours=2)


def _refusal(answer: Answer | None) -> str:
    if answer is None:
        return "no answer"
    if "json" not in answer.headers.get("content-type", ""):
        return str(answer.status)
    told = answer.json
    return " ".join([str(answer.status), *sorted({one["code"] for one in told.get("errors") or [told]})])


def _made_new(picture: bytes, number: int) -> bytes:
    """The same picture as other bytes: a comment behind the JPEG's first mark."""
    said = f"photo {number}".encode()
    return picture[:2] + b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said + picture[2:]
