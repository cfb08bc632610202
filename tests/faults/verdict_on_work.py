"""The checker's other part: jobs, sealed months, mails and files."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tests.faults.contents import Contents, hexed
from tests.faults.household import Household
from tests.faults.memory import Memory

MAILED = ("report-returned", "device-signed-in")


def works(found: Contents, memory: Memory, house: Household) -> Iterator[str]:
    """Everything that is wrong with them."""
    yield from jobs(found)
    yield from months(found, memory)
    yield from mails(found, house)
    yield from files(found, memory, house.var / "files")


def jobs(found: Contents) -> Iterator[str]:
    """None is left behind; that of a reminder waits for its day."""
    for row in found.rows["jobs"]:
        if row["state"] == "failed":
            yield f"failed job: {row['kind']} {row['message'][:60]}"
        elif row["state"] != "done" and row["kind"] != "reminders":
            yield "lost job: it is never done"


def months(found: Contents, memory: Memory) -> Iterator[str]:
    """A sealing that was asked for made its edition, once; a sealed report is in the edition that sealed it."""
    editions = {row["id"]: row for row in found.rows["editions"]}
    by_seal = Counter((row["seal_id"], row["unit_id"]) for row in editions.values())
    yield from ["doubled edition"] * sum(number - 1 for number in by_seal.values())
    done = {row["id"] for row in found.rows["jobs"] if row["kind"] == "seal-month" and row["state"] == "done"}
    yield from ["lost edition"] * len(done - {row["seal_id"] for row in editions.values()})
    for job, edition in memory.seals.items():
        if editions.get(hexed(edition), {}).get("seal_id") != hexed(job):
            yield "lost edition"
    series = defaultdict(list)
    holding = defaultdict(set)
    for row in editions.values():
        series[row["unit_id"], row["month"]].append(row["number"])
        for report in json.loads(zlib.decompress(row["rows"]))["reports"]:
            holding[hexed(report["id"])].add(row["sealed_at"])
    yield from ["half-applied edition: a number is missing"] * sum(
        sorted(taken) != list(range(1, len(taken) + 1)) for taken in series.values()
    )
    for key, row in found.reports.items():
        seals = [event["at"] for event in found.events[key] if event["action"] == "seal"]
        if any(at not in holding[key] for at in seals) or (row["state"] == "sealed" and not seals):
            yield "half-applied sealing: in no edition of that moment"


def mails(found: Contents, house: Household) -> Iterator[str]:
    """Each notice that goes out by itself went out under one key; more than once only where somebody died meanwhile."""
    came = Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in house.mail.mails)
    keys = {str(uuid.UUID(row["id"])): row for row in found.rows["deliveries"]}
    yield from ["doubled mail: of no delivery"] * sum(came[key] for key in came.keys() - keys.keys())
    for key, row in keys.items():
        if row["state"] in ("queued", "dead"):
            yield f"lost mail: {row['state']} {row['error']}"
        if row["state"] == "sent" and not came[key]:
            yield "lost mail: noted and never sent"
        yield from ["doubled mail: oftener than it was taken"] * (came[key] > row["attempt"])
    queued = Counter(row["notice_id"] for row in keys.values())
    for row in found.rows["notices"]:
        if row["kind"] in MAILED and queued[row["id"]] != 1:
            yield "lost mail: never queued" if not queued[row["id"]] else "doubled mail"


def files(found: Contents, memory: Memory, folder: Path) -> Iterator[str]:
    """What a row names is in the store, whole; a picture that was acknowledged has its row."""
    rows = {row["id"]: row for row in found.rows["pictures"]}
    for id_ in memory.kept:
        if rows.get(hexed(id_), {}).get("sha256") != memory.pictures[id_]:
            yield "lost picture"
    for row in rows.values():
        name = uuid.UUID(row["file_id"])
        for place, digest in (("pictures", row["file_sha256"]), ("thumbnails", row["thumbnail_sha256"])):
            data = _data(folder / place / name.hex[-2:] / f"{name}.jpg")
            if not _is_whole(data) or hashlib.sha256(data).hexdigest() != digest:
                yield "lost file: of a picture"
    for row in found.rows["files"]:
        name = uuid.UUID(row["file_id"])
        data = _data(folder / "editions" / name.hex[-2:] / f"{name}.bin")
        if (hashlib.sha256(data).hexdigest(), len(data)) != (row["sha256"], row["bytes"]):
            yield "lost file: of an edition"
    made = {row["edition_id"] for row in found.rows["files"]}
    yield from ["lost file: an edition without documents"] * len({row["id"] for row in found.rows["editions"]} - made)


def _data(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _is_whole(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
    except OSError:
        return False
    return True
