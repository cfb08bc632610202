"""A short piece of the product's life under the recorder: members file and send pictures, leaders decide, the power goes.

Each request has a connection of its own, so the port from which it came says in the recording whose answer it is.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from brigade.db import new_id
from tests import make
from tests.faults.household import Household
from tests.faults.memory import Memory
from tests.faults.people import Leader, Member, Person, picture
from tests.faults.power import Disk, Files, choices, moments, nothing
from tests.faults.recorder import REBUILT, Op, Reader, Trace
from tests.faults.wire import Answer, exchange, request
from tests.faults.wire import Person as Asking

TUS = {"Tus_Resumable": "1.0.0"}


@dataclass
class Steps:
    """One person's requests: when each was answered, its port, and what the person knew when it was sent."""

    memory: Memory = field(default_factory=Memory)
    asked: list[tuple[float, int, Memory]] = field(default_factory=list)

    def talk(self, port: int, data: bytes) -> Answer | None:
        """Ask and note it."""
        before = copy.deepcopy(self.memory)
        answer = exchange(port, data)
        assert answer is not None
        self.asked.append((time.monotonic(), answer.port, before))
        return answer

    def known(self, answered: int) -> Memory:
        """After so many answers: with what was asked for by then and the next time."""
        return self.asked[answered][2] if answered < len(self.asked) else self.memory


@dataclass
class Photographer(Member):
    """Also sends pictures in pieces."""

    def file_in_pieces(self) -> None:
        """A picture in three pieces, then the report with it."""
        id_, data = str(new_id()), picture(self.chance)
        digest = hashlib.sha256(data).hexdigest()
        self.memory.pictures[id_] = digest
        said = {"id": id_, "sha256": digest}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        self._piece("POST", "/uploads", b"", Upload_Length=str(len(data)), Upload_Metadata=metadata)
        self.memory.arrived[id_] = 0
        for part in range(3):
            start, end = (len(data) * number // 3 for number in (part, part + 1))
            said = {"Upload_Offset": str(start), "Content_Type": "application/offset+octet-stream"}
            self._piece("PATCH", f"/uploads/{id_}", data[start:end], **said)
            self.memory.arrived[id_] = end
        self.memory.kept.add(id_)
        self.file(attachment_ids=[id_])

    def _piece(self, method: str, path: str, data: bytes, **said: str) -> None:
        said = {**TUS, **said, "Content_Length": str(len(data))}
        answer = self.talk(self.port, request(method, path, None, self.token, **said) + data)
        assert answer is not None
        assert answer.status in (201, 204), answer.body


@dataclass
class Recording:
    """What was written and answered; the disk before, and all that the people knew."""

    ops: list[Op]
    folders: list[str]
    before: Files
    people: list[Steps]

    def disk(self) -> Disk:
        """At the beginning."""
        return Disk.of(self.folders, self.before)

    def knowledge(self) -> Callable[[tuple[int, ...]], Memory]:
        """What all together knew when so many answers had begun to leave for each of them; the same object for the same."""
        kept: dict[tuple[int, ...], Memory] = {}

        def known(answered: tuple[int, ...]) -> Memory:
            if answered not in kept:
                parts = [one.known(number) for one, number in zip(self.people, answered, strict=True)]
                kept[answered] = together(parts)
            return kept[answered]

        return known

    def cuts(self, chance: Random, share: float, by_chance: int) -> Iterator[tuple[Files, Memory, Disk]]:
        """Images after each answer and after this share of the other calls, with what everyone knew by then: what is sure
        alone, all, and so many mixtures by chance. None is given twice.
        """
        disk, known, whose, given = self.disk(), self.knowledge(), self.whose(), set[int]()
        answered = [0] * len(self.people)
        for op, what in moments(self.ops):
            getattr(disk, what)(op)
            told = op.kind == "answer" and what == "begin"
            if told:
                answered[whose[op]] += 1
            changes = what == "begin" or op.kind == "sync"
            if not told and not (changes and chance.random() < share):
                continue
            for choose in choices(chance, by_chance):
                image = disk.after(choose)
                key = hash((tuple(sorted(image.items())), tuple(answered)))
                if key not in given:
                    given.add(key)
                    yield image, known(tuple(answered)), disk

    def whose(self) -> dict[Op, int]:
        """The person to whom each answer went."""
        by_port = defaultdict(list)
        for op in self.ops:
            if op.kind == "answer":
                by_port[op.offset].append(op)
        asked = [(at, port, number) for number, one in enumerate(self.people) for at, port, _ in one.asked]
        # A port may be used again: who used it first was answered first.
        return {by_port[port].pop(0): number for _, port, number in sorted(asked)}

    def acknowledged(self) -> int:
        """How many reports were."""
        return sum(answer.status == 201 for one in self.people for answer in one.memory.told.values())


def together(parts: list[Memory]) -> Memory:
    """One memory of all."""
    whole = Memory()
    for part in parts:
        for name in ("sent", "told", "pictures", "arrived"):
            getattr(whole, name).update(getattr(part, name))
        whole.acts += part.acts
        whole.kept |= part.kept
        whole.complaints += part.complaints
    return whole


def record(house: Household, trace: Trace, seed: str, rounds: int) -> Recording:
    """Life goes on for so many rounds, with none for two reports; ``house`` has nothing running yet, and its server dies in
    the end.
    """
    folders, before = on_disk(house)
    house.server.start()
    house.await_server()
    steps: list[Steps] = []

    def of(kind: Callable[..., Person], login: str, **said: Any) -> Any:
        its = Steps()
        steps.append(its)
        chance, over = Random(f"{seed} {login}"), threading.Event()
        return kind(login, house.city, house.port, its.memory, chance, over, talk=its.talk, **said)

    members = [
        of(Photographer, login, squad=squad) for login, squad in (("squad11a", "K1-1-1"), ("squad12a", "K1-1-2"))
    ]
    leaders = [of(Leader, login) for login in ("squad11", "squad12")]
    if not rounds:
        _at_once([(members[0].file, members[0].file_in_pieces)])
    for _ in range(rounds):
        _at_once([(one.file, one.file_in_pieces, one.file_with_picture, one.file_in_steps) for one in members])
        _at_once([(one.approve_many, one.undo, one.send_back, one.approve) for one in leaders])
        _at_once([(one.mend, one.withdraw) for one in members])
    pid = house.server.pid
    house.server.kill()
    complaints = [what for one in steps for what in one.memory.complaints]
    assert not complaints, complaints
    return Recording(Reader(str(house.var)).ops(trace.until_death(pid)), folders, before, steps)


def sent_again(house: Household, trace: Trace, made: Recording) -> list[str]:
    """After the recording the disk is what was sure at its end; the server is started on it, and everyone sends all again
    that was answered for. The answers that are others than before.
    """
    disk = made.disk()
    for op, what in moments(made.ops):
        getattr(disk, what)(op)
    for path in house.var.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, data in disk.after(nothing).items():
        (house.var / name).parent.mkdir(parents=True, exist_ok=True)
        (house.var / name).write_bytes(data)
    house.server.start()
    house.await_server()
    wrong = []
    for one in made.people:
        for id_, answer in one.memory.told.items():
            login, body = one.memory.sent[id_]
            again = Asking(house.port, login, make.PASSWORD).ask("POST", "/activity-reports", body)
            if (again.status, again.body) != (answer.status, answer.body):
                wrong.append(f"{id_}: {again.status}")
    pid = house.server.pid
    house.server.kill()
    trace.until_death(pid)
    return wrong


def _at_once(work: list[tuple[Callable[[], object], ...]]) -> None:
    """Each does one thing after the other, all at the same time."""
    wrong: list[BaseException] = []

    def do(things: tuple[Callable[[], object], ...]) -> None:
        try:
            for thing in things:
                thing()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=do, args=(things,), daemon=True) for things in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if wrong:
        raise wrong[0]
    assert not any(thread.is_alive() for thread in threads), "somebody does not come to an end"


def on_disk(house: Household) -> tuple[list[str], Files]:
    """Folders and files as they are; SQLite's shared memory and the logs are none."""
    apart = (".log", REBUILT)
    found = sorted(house.var.rglob("*"))
    names = [path.relative_to(house.var).as_posix() for path in found if path.is_dir()]
    files = [path for path in found if path.is_file() and not path.name.endswith(apart)]
    return names, {path.relative_to(house.var).as_posix(): path.read_bytes() for path in files}
