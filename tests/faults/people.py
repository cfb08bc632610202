"""The people of a life: members who file, leaders who decide, an officer who seals; each patient, some less so.

Whatever got no whole answer, or was told to come again, is sent again as it was, as the contract says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from PIL import Image

from brigade.dates import TOKYO
from brigade.db import new_id
from tests import make
from tests.faults.memory import Memory
from tests.faults.wire import Answer, exchange, form_request, picture_form, request

MONTH = "2025-01"
AGAIN = (429, 502, 503, 504)


@dataclass
class Person:
    """One of them, at work from ``start`` until ``over``; what is begun then is ended. ``patience`` is the chance to try
    once more, ``pause`` how many seconds pass at most between two things they do. ``talk`` is how bytes come to be answered.
    """

    login: str
    city: make.City
    port: int
    memory: Memory
    chance: Random
    over: threading.Event
    patience: float = 0.97
    pause: float = 0.1
    token: str = ""
    tries: int = 0
    talk: Callable[[int, bytes], Answer | None] = exchange

    def start(self) -> threading.Thread:
        """Begin to live."""
        thread = threading.Thread(target=self._live, name=self.login, daemon=True)
        thread.start()
        return thread

    def persist(self) -> None:
        """From now on to ask until there is an answer, and to leave others the time for theirs."""
        self.patience, self.pause = 1.0, 1.0

    def _live(self) -> None:
        try:
            while not self.over.is_set():
                self.chance.choice(self.habits())()
                self.over.wait(self.chance.uniform(0, self.pause))
        except Exception as error:
            self.memory.complaints.append(f"{self.login} is at a loss: {error!r}")

    def habits(self) -> list[Callable[[], object]]:
        """What they do, the more often the oftener it stands here."""
        return []

    def ask(self, method: str, path: str, body: Any = None, *, raw: bytes = b"", **headers: str) -> Answer | None:
        """The answer, tried until there is one; None for who gives up."""
        while True:
            if not self.token and not self._sign_in():
                return None
            data = (
                request(method, path, body, self.token, **headers)
                if not raw
                else form_request(raw, method, path, self.token)
            )
            answer = self._exchange(data)
            self.tries += 1
            if answer is not None and answer.status == 401:
                self.token = ""
            elif answer is not None and answer.status not in AGAIN:
                self._look(method, path, answer)
                self.memory.answers += 1
                return answer
            if not self._goes_on():
                return None

    def _exchange(self, data: bytes) -> Answer | None:
        """A page of somebody else's, as a captive portal shows it, is no answer."""
        answer = self.talk(self.port, data)
        return None if answer is None or "html" in answer.headers.get("content-type", "") else answer

    def _sign_in(self) -> bool:
        said = {"login": self.login, "password": make.PASSWORD}
        while True:
            answer = self._exchange(request("POST", "/auth/login", said))
            if answer is not None and answer.status == 200:
                self.token = answer.json["access_token"]
                return True
            if answer is not None and answer.status not in AGAIN:
                self._look("POST", "/auth/login", answer)
                self.memory.complaints.append(f"sign-in answered {answer.status}")
                return False
            if self.over.wait(0.05):
                return False

    def _goes_on(self) -> bool:
        time.sleep(self.chance.uniform(0.02, 0.08))
        return self.chance.random() < self.patience

    def _look(self, method: str, path: str, answer: Answer) -> None:
        if answer.status >= 500:
            self.memory.complaints.append(f"{method} {path.split('/')[1]} answered {answer.status}")

    def act(self, action: str, report: dict[str, Any], body: dict[str, Any], method: str = "POST") -> Answer | None:
        """One step with a report as it was seen."""
        path = f"/activity-reports/{report['id']}" + (f"/{action}" if method == "POST" else "")
        said = body.get("comment") or body.get("place") or ""
        acts = self.memory.asked(self.login, action, [(report["id"], report["version"])], said)
        answer = self.ask(method, path, body, If_Match=f'"{report["version"]}"')
        if answer is not None:
            self.memory.answered(acts, answer)
        return answer


@dataclass
class Member(Person):
    """Files reports, with pictures or as drafts; mends what comes back; now and then thinks better of it."""

    squad: str = ""
    filed: int = 0

    def habits(self) -> list[Callable[[], object]]:
        """See ``Person``."""
        return [self.file] * 6 + [self.file_with_picture, self.file_in_steps, self.mend, self.mend, self.withdraw]

    def _report(self, **said: Any) -> dict[str, Any]:
        self.filed += 1
        start = dt.datetime(2025, 1, 1, tzinfo=TOKYO) + dt.timedelta(minutes=5 * self.filed)
        body = make.body(self.city, self.squad, self.login)
        body |= {"started_at": start.isoformat(), "ended_at": (start + dt.timedelta(minutes=5)).isoformat()}
        body |= {
            "place": f"{self.login} の {self.filed} 回目",
            "summary": "訓練をした。" * self.chance.randrange(60),
            **said,
        }
        self.memory.sent[body["id"]] = (self.login, body)
        return body

    def file(self, **said: Any) -> dict[str, Any] | None:
        """A new report; as it was answered."""
        body = self._report(**said)
        answer = self.ask("POST", "/activity-reports", body)
        if answer is None:
            return None
        self.memory.filed(body["id"], answer)
        if self.chance.random() < 0.2:  # a phone that was killed before it could note the answer
            again = self.ask("POST", "/activity-reports", body)
            if again is not None:
                self.memory.filed(body["id"], again)
        return answer.json if answer.status == 201 else None

    def file_with_picture(self) -> None:
        """The picture first."""
        id_, data = str(new_id()), picture(self.chance)
        self.memory.pictures[id_] = hashlib.sha256(data).hexdigest()
        answer = self.ask("POST", "/attachments", raw=picture_form(id_, data))
        if answer is not None and answer.status == 201:
            self.memory.kept.add(id_)
            self.file(attachment_ids=[id_])

    def file_in_steps(self) -> None:
        """A draft, changed and submitted."""
        draft = self.file(submit=False)
        edited = draft and self.act("edit", draft, {"place": f"{draft['place']}・訂正"}, "PATCH")
        if edited and edited.status == 200:
            self.act("submit", edited.json, {})

    def mend(self) -> None:
        """What came back is put right and submitted again."""
        found = self.ask("GET", "/activity-reports?state=returned&limit=5")
        for report in found.json["items"] if found and found.status == 200 else ():
            if report["id"] in self.memory.sent and self.memory.sent[report["id"]][0] == self.login:
                edited = self.act(
                    "edit", report, {"place": f"{report['place'][:60]}・直し{report['version']}"}, "PATCH"
                )
                if edited and edited.status == 200:
                    self.act("submit", edited.json, {})

    def withdraw(self) -> None:
        """A report that should not have been."""
        report = self.file()
        if report is not None:
            self.act("withdraw", report, {"comment": "二重に書いた"})


@dataclass
class Leader(Person):
    """Decides on what waits: many at once, one by one, back with a word; and takes an approval back."""

    def habits(self) -> list[Callable[[], object]]:
        """See ``Person``."""
        return [self.approve_many, self.approve_many, self.approve, self.approve, self.send_back, self.undo]

    def _waiting(self) -> list[dict[str, Any]]:
        found = self.ask("GET", "/inbox?limit=20")
        return found.json["items"] if found and found.status == 200 else []

    def approve_many(self) -> None:
        """All that waits."""
        seen = [(report["id"], report["version"]) for report in self._waiting()]
        if seen:
            acts = self.memory.asked(self.login, "approve", seen)
            answer = self.ask("POST", "/inbox/approve", {"items": [{"id": i, "version": v} for i, v in seen]})
            if answer is not None:
                self.memory.answered(acts, answer)

    def approve(self) -> Answer | None:
        """One of them."""
        waiting = self._waiting()
        return self.act("approve", self.chance.choice(waiting), {}) if waiting else None

    def send_back(self) -> None:
        """To the author, or one level down."""
        waiting = self._waiting()
        if waiting:
            report = self.chance.choice(waiting)
            action = self.chance.choice(["return", "return", "step-back"])
            self.act(action, report, {"comment": f"時刻を確かめてください({self.tries})"})

    def undo(self) -> None:
        """An approval, taken back at once."""
        answer = self.approve()
        if answer is not None and answer.status == 200:
            self.act("undo", answer.json, {})


@dataclass
class Officer(Leader):
    """A leader at the station who also seals the month, ``most`` times."""

    most: int = 1
    sealed: int = 0
    units: list[str] = field(default_factory=lambda: ["K1"])

    def habits(self) -> list[Callable[[], object]]:
        """See ``Person``."""
        return [*super().habits(), self.seal, self.seal]

    def persist(self) -> None:
        """Also to seal as often as there is something to seal."""
        super().persist()
        self.most = sys.maxsize

    def seal(self) -> None:
        """Ask for the next edition, and look how far it is."""
        counted = any(act.ok for act in self.memory.acts if act.who == self.login and act.action == "approve")
        if self.sealed >= self.most or not counted:
            return
        unit_id = str(self.city.unit_id(self.units[self.sealed % len(self.units)]))
        answer = self.ask("POST", f"/months/{MONTH}/seal", {"unit_id": unit_id})
        if answer is not None and answer.status == 202:
            self.sealed += 1
            self.memory.seals[answer.json["job_id"]] = answer.json["edition_id"]
            self.ask("GET", f"/jobs/{answer.json['job_id']}")


def picture(chance: Random) -> bytes:
    """A small JPEG like no other."""
    out = io.BytesIO()
    Image.frombytes("RGB", (40, 30), chance.randbytes(3600)).resize((400, 300)).save(out, "JPEG", quality=80)
    return out.getvalue()
