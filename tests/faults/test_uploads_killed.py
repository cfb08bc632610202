"""A picture in pieces while the server is killed again and again: what was answered is there, and at the end every
byte (R-18).

The long run takes the number of kills from BRIGADE_TEST_KILLS.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from sqlalchemy import MetaData, select

from brigade.files.attachments import keys_of
from brigade.files.uploads import piece_key
from tests import make
from tests.faults.conftest import Town
from tests.faults.wire import API, Answer, Person, exchange
from tests.pictures.samples import exif

KILLS = int(os.environ.get("BRIGADE_TEST_KILLS", "2"))
SEED = int(os.environ.get("BRIGADE_SEED", "1"))
pytestmark = pytest.mark.timeout(300 + 20 * KILLS)
PIECE = "application/offset+octet-stream"


@dataclass
class Sender:
    """A phone that sends one picture in pieces and goes on after every break; ``stored`` is what was answered."""

    town: Town
    person: Person
    chance: Random
    kills: int = 0
    timers: list[threading.Timer] = field(default_factory=list)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer | None:
        """The answer, or None when the server was killed meanwhile."""
        said = {
            "Host": "127.0.0.1", "Connection": "close", "Authorization": f"Bearer {self.person.token}",
            "Tus-Resumable": "1.0.0", "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        return exchange(self.town.port, f"{method} {API}{path} HTTP/1.1\r\n{head}\r\n".encode() + body, timeout=60)

    def threaten(self) -> None:
        """A kill within the next moments: before, during or after what comes next."""
        timer = threading.Timer(self.chance.choice([0, 0.01, 0.03, 0.08, 0.2]), self.town.server.kill)
        self.timers.append(timer)
        timer.start()

    def revive(self) -> None:
        """The kill has happened; the server is started again."""
        for timer in self.timers:
            timer.join()
        self.kills += len(self.timers)
        self.timers.clear()
        self.town.server.start()

    def send(self, id_: str, data: bytes) -> None:
        """All of it, through as many kills as chance has it."""
        said = {"Upload_Length": str(len(data)), "Upload_Metadata": metadata(id_, data)}
        where, stored = None, 0
        while where is None or stored < len(data):
            if self.kills < KILLS and not self.timers and self.chance.random() < 0.5:
                self.threaten()
            if where is None:
                answer = self.ask("POST", "/uploads", **said)
            else:
                piece = data[stored : stored + self.chance.choice([1, 5_000, 64_000, 128_000, 400_000])]
                answer = self.ask("PATCH", where, piece, Upload_Offset=str(stored), Content_Type=PIECE)
            if answer is not None:
                assert answer.status in (201, 204), answer
                where = where or answer.headers["location"].removeprefix(API)
                assert int(answer.headers["upload-offset"]) >= stored
                stored = int(answer.headers["upload-offset"])
            if answer is None or self.timers:
                self.revive()
                stored = self.seen(where, stored, said)

    def seen(self, where: str | None, stored: int, said: dict[str, str]) -> int:
        """How much the server has: never less than it had answered."""
        if where is None:
            return 0
        answer = self.ask("HEAD", where)
        assert answer is not None
        assert answer.status == 200
        there = int(answer.headers["upload-offset"])
        assert there >= stored
        again = self.ask("POST", "/uploads", **said)  # an app that has forgotten the address begins again
        assert again is not None
        assert (again.status, int(again.headers["upload-offset"])) == (201, there)
        return there


def metadata(id_: str, data: bytes) -> str:
    said = {"id": id_, "sha256": hashlib.sha256(data).hexdigest()}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def photograph(chance: Random) -> bytes:
    """Noise, so that it weighs something."""
    image = Image.frombytes("RGB", (640, 480), chance.randbytes(640 * 480 * 3))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=chance.choice([60, 80, 90]), exif=exif())
    return out.getvalue()


def dangling(town: Town, folder: Path) -> list[str]:
    """Files that a row names and that are not there."""
    tables = MetaData()
    tables.reflect(town.engine, only=["attachments", "upload_pieces"])
    with town.engine.connect() as connection:
        pictures = connection.scalars(select(tables.tables["attachments"].c.file_id)).all()
        pieces = connection.scalars(select(tables.tables["upload_pieces"].c.file_id)).all()
    keys = [key for id_ in pictures for key in keys_of(uuid.UUID(str(id_)))] + [
        piece_key(uuid.UUID(str(id_))) for id_ in pieces
    ]
    return [key for key in keys if not (folder / key).is_file()]


@pytest.fixture
def sender(town: Town) -> Iterator[Sender]:
    person = Person(town.port, "squad11a", make.PASSWORD)
    made = Sender(town, person, Random(f"{SEED}-{town.kind}"))
    yield made
    for timer in made.timers:
        timer.join()


def test_every_byte_arrives_whatever_is_killed(town: Town, sender: Sender) -> None:
    files = town.server.log.parent / "files"
    sent = 0
    while sender.kills < KILLS:
        id_, data = str(uuid.uuid4()), photograph(sender.chance)
        sender.send(id_, data)
        sent += 1
        report = {
            **make.body(town.city, "K1-1-1", "squad11a", day=1 + sent % 19, hour=sent // 19 % 24, attachment_ids=[id_]),
            "submit": False,
        }
        answer = sender.person.ask("POST", "/activity-reports", report)
        assert answer.status == 201, answer.body
        (picture,) = answer.json["attachments"]
        assert picture["sha256"] == hashlib.sha256(data).hexdigest()
        for url in (picture["url"], picture["thumbnail_url"]):
            served = sender.person.ask("GET", url.removeprefix(API))
            assert served.status == 200
            assert Image.open(io.BytesIO(served.body)).format == "JPEG"
        assert dangling(town, files) == []
    assert sender.kills >= KILLS
