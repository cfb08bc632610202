"""Checks the chain of a store: every link, head, signature, content and report row. Imports nothing of Brigade.

    python tools/verify_chain.py postgresql://reader@host/brigade --key 5f0c… --head PLACE:DIGEST

``--key`` is the public key that signs (hexadecimal), taken from paper or mail and not from the store; ``--head`` is a
head as it was printed. The format stands in docs/explain/chain.md. Answers 0 where all is as it was written, else 1 with
the first wrong place of each chain. Reads only. Needs the package cryptography for signatures and psycopg for PostgreSQL.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import re
import sqlite3
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

Row, Head = dict[str, Any], tuple[str, int, str]
GENESIS = "00" * 32
EVENT = (
    "report_id", "seq", "at", "action", "actor_id", "post", "unit_id", "level", "for_id", "basis", "source", "target",
    "step_from", "step_to", "reason", "changed",
)  # fmt: skip
TEXT = ("comment", "remarks")
VERSION = ("report_id", "version", "at", "author_id", "content", "changed")
REPORT = (
    "id", "number", "version", "month", "author_id", "entry_mode", "sole_member_id", "bureau_id", "station_id",
    "brigade_id", "company_id", "section_id", "squad_id", "state", "step", "route", "awaiting_unit_id",
    "awaiting_since", "undo_by_id", "undo_step", "corrected_by_id", "created_at", "updated_at",
)  # fmt: skip
CONTENT = (
    "kind", "unit_id", "started_at", "ended_at", "event_id", "place", "latitude", "longitude", "order_by", "summary",
    "details",
)  # fmt: skip
PERSON = ("member_id", "role", "started_at", "ended_at", "acted", "injured", "left_early_reason")
PART = ("report_id", "seq", "part", "by_seq", "digest")
REMOVAL = ("report_id", "at", "by_id", "run_id")
ENTRY = ("chain_id", "kind", "report_id", "seq", "state", "event", "text", "content", "row")
HISTORY = {
    "chain_links": ("report_id", ("chain_id", "place", *ENTRY[1:]), "seq"),
    "report_events": ("report_id", (*EVENT, *TEXT, "nonce"), "seq"),
    "report_versions": ("report_id", (*VERSION, "nonce"), "version"),
    "activity_reports": ("id", (*REPORT, *CONTENT), "id"),
    "participations": ("report_id", ("report_id", "position", *PERSON), "position"),
    "report_vehicles": ("report_id", ("report_id", "vehicle_id"), "vehicle_id"),
    "report_attachments": ("report_id", ("report_id", "attachment_id", "position"), "position"),
    "erased_parts": ("report_id", PART, "by_seq"),
    "removed_reports": ("report_id", REMOVAL, "report_id"),
}
"""Table → the column that names the report, the columns read, and the order within a report."""
SINCE_ERASING = ("erased_parts", "removed_reports")
"""A store from before has none of these."""

TIMES = ("at", "awaiting_since", "created_at", "updated_at", "started_at", "ended_at")
DOCUMENTS = ("remarks", "changed", "route", "details", "body", "heads")
FLAGS = ("acted", "injured")


class Wrong(NamedTuple):
    """Something that is not as it was written. ``place`` 0: of the chain as a whole; ``chain`` empty: of the store."""

    chain: str
    place: int
    what: str


def plain(value: Any) -> Any:
    """A value as it goes into the hash."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else {"number": repr(value)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def canonical(value: Any) -> bytes:
    """Sorted names, no blanks, UTF-8."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(row: Row, names: Iterable[str], nonce: bytes = b"") -> str:
    """SHA-256 of the nonce and these fields, in hexadecimal."""
    return hashlib.sha256(nonce + canonical({name: row[name] for name in names})).hexdigest()


class Store:
    """One state of a store, as rows whose values look the same from either database."""

    def __init__(self, address: str) -> None:
        """``address``: a SQLite file (or ``sqlite:///file``), or ``postgresql://…``."""
        self.is_sqlite = not address.startswith("postgresql")
        self.cursors = 0
        if self.is_sqlite:
            path = Path(address.removeprefix("sqlite:///")).resolve()
            self.connection: Any = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
            self.connection.execute("BEGIN")
        else:
            import psycopg

            self.connection = psycopg.connect(address.replace("postgresql+psycopg:", "postgresql:"))
            self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self.connection.execute("SET TIME ZONE 'UTC'")

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        if self.is_sqlite:
            asked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        else:
            asked = "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = %s"
        return self.connection.execute(asked, (table,)).fetchone() is not None

    def rows(self, table: str, names: Iterable[str], *order: str) -> Iterator[Row]:
        """All rows of a table, as a stream."""
        names = tuple(names)
        listed = ", ".join(f'"{name}"' for name in names)
        asked = f"SELECT {listed} FROM {table} ORDER BY {', '.join(order)}"  # noqa: S608  names of this file alone
        if self.is_sqlite:
            cursor = self.connection.cursor()
        else:
            self.cursors += 1
            cursor = self.connection.cursor(name=f"stream_{self.cursors}")
            cursor.itersize = 5_000
        with closing(cursor):
            cursor.execute(asked)
            for row in cursor:
                yield {name: read(table, name, value) for name, value in zip(names, row, strict=True)}


def read(table: str, name: str, value: Any) -> Any:
    """A stored value in the one spelling; what is stored in no proper way stays as it is, and will not match."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, str):
        if (name == "id" or name.endswith("_id")) and re.fullmatch("[0-9a-f]{32}", value):
            return str(uuid.UUID(value))
        if name in TIMES and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", value):
            return f"{value.replace(' ', 'T')}Z"
        if name in DOCUMENTS or (table, name) == ("report_versions", "content"):
            try:
                return json.loads(value)
            except ValueError:
                return value
    if name in FLAGS and type(value) is int and value in (0, 1):
        return bool(value)
    return value


def by_report(store: Store) -> Iterator[tuple[str, dict[str, list[Row]]]]:
    """Everything of one report after the other, whichever tables know it."""
    streams = {}
    for table, (key, names, order) in HISTORY.items():
        there = table not in SINCE_ERASING or store.has(table)
        rows = store.rows(table, names, key, order) if there else iter(())
        streams[table] = groupby(rows, lambda row, key=key: str(row[key]))  # type: ignore[misc]
    heads = {table: next(stream, None) for table, stream in streams.items()}
    while any(head is not None for head in heads.values()):
        report = min(head[0] for head in heads.values() if head is not None)
        found: dict[str, list[Row]] = {table: [] for table in HISTORY}
        for table, head in heads.items():
            if head is not None and head[0] == report:
                found[table] = list(head[1])
                heads[table] = next(streams[table], None)
        yield report, found


def check_signatures(
    store: Store, keys: Iterable[str], proper: Callable[[bytes, bytes, bytes], bool]
) -> tuple[list[Wrong], list[Head], set[str]]:
    """What is wrong with the signed lists; the heads that they name; the keys that signed. Empty ``keys``: any key."""
    wrong: list[Wrong] = []
    heads: list[Head] = []
    known, used, before = set(keys), set(), GENESIS
    lists = store.rows("signed_heads", ("number", "at", "body", "key", "signature"), "number")
    for number, row in enumerate(lists, 1):
        body = row["body"]
        try:
            used.add(row["key"].hex())
            if not proper(row["key"], row["signature"], canonical(body)):
                wrong.append(Wrong("", 0, f"signed list {number} is not what was signed"))
            if known and row["key"].hex() not in known:
                wrong.append(Wrong("", 0, f"signed list {number} is signed with a key that is not ours"))
            if (row["number"], body["number"], body["at"], body["previous"]) != (number, number, row["at"], before):
                wrong.append(Wrong("", 0, f"signed list {number} does not follow from the one before"))
            heads += [(chain, length, head) for chain, length, head in body["heads"]]
        except (AttributeError, ValueError, TypeError, KeyError):
            wrong.append(Wrong("", 0, f"signed list {number} cannot be read"))
        before = hashlib.sha256(canonical(body)).hexdigest()
    return wrong, heads, used


def proper_signature(key: bytes, signature: bytes, said: bytes) -> bool:
    """Whether the Ed25519 signature is of this key over what is said."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, said)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def sealed_heads(store: Store) -> Iterator[Head]:
    """The heads that sealed editions of months bear, as they were printed."""
    for row in store.rows("editions", ("id", "heads"), "id"):
        try:
            yield from [(chain, length, head) for chain, _, length, head in row["heads"] or ()]
        except (TypeError, ValueError):
            yield "", -1, "what cannot be read"


def check_links(store: Store, anchors: Iterable[Head]) -> tuple[list[Wrong], dict[str, tuple[int, str]], int]:
    """Where each chain is wrong first; how long it is, with its last digest; how many links there are."""
    expected: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for chain, place, start in anchors:
        expected[chain][place].append(start)
    of_any = expected.pop("", {})
    ends: dict[str, tuple[int, str]] = {}
    first: dict[str, Wrong] = {}
    links = 0
    for row in store.rows("chain_links", (*ENTRY, "place", "digest"), "chain_id", "place"):
        links += 1
        chain, place = str(row["chain_id"]), row["place"]
        length, before = ends.get(chain, (0, GENESIS))
        now = plain(row["digest"])
        said = {name: row[name] for name in (*ENTRY, "place")}
        made = hashlib.sha256(canonical({"format": 1, "previous": before, **said})).hexdigest()
        if place != length + 1:
            first.setdefault(chain, Wrong(chain, length + 1, "a link is missing, or there twice"))
        elif made != now:
            first.setdefault(chain, Wrong(chain, place, "the link is not what was written, or does not follow"))
        elif not all(now.startswith(start) for start in expected[chain].pop(place, ())):
            first.setdefault(chain, Wrong(chain, place, "it is not the head that was signed or printed"))
        elif place in of_any:
            of_any[place] = [start for start in of_any[place] if not now.startswith(start)]
        ends[chain] = place if isinstance(place, int) else length + 1, now
    for chain, places in expected.items():
        if places:
            length = ends.get(chain, (0, ""))[0]
            first.setdefault(chain, Wrong(chain, length + 1, "the chain ends before a head that was signed or printed"))
    printed = [Wrong("", place, "no chain has the head that was printed") for place, left in of_any.items() if left]
    return [*first.values(), *printed], ends, links


def check_heads(store: Store, ends: dict[str, tuple[int, str]], signed: Iterable[Head]) -> Iterator[Wrong]:
    """Whether each chain ends where its head says, and was signed as far: a signed list that was taken out shows here."""
    left, newest = dict(ends), defaultdict(int)
    for chain, length, _ in signed:
        newest[chain] = max(newest[chain], length)
    for row in store.rows("chain_heads", ("chain_id", "length", "digest", "signed"), "chain_id"):
        chain = str(row["chain_id"])
        length, end = left.pop(chain, (0, GENESIS))
        if (row["length"], plain(row["digest"])) != (length, end):
            yield Wrong(chain, length + 1, "the chain does not end at its head")
        if row["signed"] != newest[chain]:
            yield Wrong(chain, 0, "it was signed at another length than the signed lists say")
    for chain, (length, _) in left.items():
        yield Wrong(chain, length, "the chain has no head")


def check_report(found: dict[str, list[Row]]) -> Iterator[Wrong]:
    """What of one report is not as its links say."""
    links, rows = found["chain_links"], found["activity_reports"]
    chain, last = (str(links[-1]["chain_id"]), links[-1]["place"]) if links else ("", 0)
    removed = [digest(row, REMOVAL) for row in found["removed_reports"]]
    if [plain(link["event"]) for link in links if link["kind"] == "removed"] != removed:
        yield Wrong(chain, last, "what is noted of its removal is not what was written")
    if links and links[-1]["kind"] == "removed":
        if any(found[table] for table in HISTORY if table not in ("chain_links", "removed_reports")):
            yield Wrong(chain, last, "a report that was removed is there")
        if [link["seq"] for link in links] != list(range(1, len(links) + 1)):
            yield Wrong(chain, last, "events of a removed report are missing")
        if not {link["kind"] for link in links[:-1]} <= {"event", "erased"} or links[-1]["state"] != "removed":
            yield Wrong(chain, last, "what was removed was no report")
        return
    if links and links[-1]["kind"] == "discard":
        if any(found[table] for table in HISTORY if table != "chain_links"):
            yield Wrong(chain, last, "a draft that was thrown away is there")
        if [(link["kind"], link["state"]) for link in links[:-1]] != [("event", "draft")] * (len(links) - 1):
            yield Wrong(chain, last, "what was thrown away was no draft")
        if [link["seq"] for link in links] != list(range(1, len(links) + 1)):
            yield Wrong(chain, last, "events of a draft are missing")
        return
    if len(rows) != 1:
        yield Wrong(chain, links[0]["place"] if links else 0, "the report is gone")
        return
    report = rows[0]
    yield from check_history(found, chain or str(report["brigade_id"] or report["station_id"] or report["bureau_id"]))
    if links and links[-1]["row"] != bytes.fromhex(digest(report, REPORT)):
        yield Wrong(chain, last, "the report's row is not what was written")
    said_last = found["report_versions"][-1]["content"] if found["report_versions"] else None
    # What an older program did not know was empty.
    said_last = {"attachment_ids": [], **said_last} if isinstance(said_last, dict) else said_last
    if canonical(content_of(found)) != canonical(said_last):
        yield Wrong(chain, last, "the report does not say what its newest version says")
    for table in ("participations", "report_attachments"):
        if [row["position"] for row in found[table]] != list(range(len(found[table]))):
            yield Wrong(chain, last, "people or pictures stand at other places than was written")
    if links and chain != str(report["brigade_id"] or report["station_id"] or report["bureau_id"]):
        yield Wrong(chain, last, "the report belongs to another chain")


def check_history(found: dict[str, list[Row]], chain: str) -> Iterator[Wrong]:
    """Events and versions of a report against its links, and against each other."""
    links, events = found["chain_links"], found["report_events"]
    versions = {row["version"]: row for row in found["report_versions"]}
    places = {link["seq"]: (str(link["chain_id"]), link["place"]) for link in links}
    state, step = None, 0
    for seq, event in enumerate(events, 1):
        where = places.get(seq, (chain, 0))
        if (event["seq"], event["source"], event["step_from"]) != (seq, state, step):
            yield Wrong(*where, "an event is missing, or does not follow from the one before")
        state, step = event["target"], event["step_to"]
    parts, wrong = erased_parts(found)
    yield from (Wrong(*places.get(seq, (chain, 0)), what) for seq, what in wrong)
    report = found["activity_reports"][0]
    if (report["state"], report["step"], report["version"]) != (state, step, len(events)):
        yield Wrong(chain, links[-1]["place"] if links else 0, "the report is not where its events lead")
    if [link["seq"] for link in links] != [event["seq"] for event in events]:
        yield Wrong(chain, links[0]["place"] if links else 0, "events and links do not belong together")
    for link, event in zip(links, events, strict=False):
        version = versions.pop(event["seq"], None)
        for what in differing(link, event, version, parts):
            yield Wrong(str(link["chain_id"]), link["place"], what)
    if versions:
        yield Wrong(chain, 0, "there is a version that no event made")


Parts = dict[tuple[int, str], Any]


def erased_parts(found: dict[str, list[Row]]) -> tuple[Parts, list[tuple[int, str]]]:
    """(event, part) → the digest of what is left of it, for words that an erasure took; and what is wrong with these.

    Each erased link holds the digest of the list of what went with it: nothing can be added to that list unseen.
    """
    erased, parts, wrong = defaultdict(list), {}, []
    for row in found["erased_parts"]:
        erased[row["by_seq"]].append(row)
        parts[row["seq"], row["part"]] = plain(row["digest"])  # the newest says what is left
    there = {(row["seq"], "text") for row in found["chain_links"] if row["text"] and row["kind"] == "event"}
    there |= {(row["seq"], "content") for row in found["chain_links"] if row["content"]}
    wrong += [(seq, "words were erased that were never there") for seq, part in parts.keys() - there]
    for link in found["chain_links"]:
        if link["kind"] == "erased":
            its = sorted(erased.pop(link["seq"], ()), key=lambda row: (row["seq"], row["part"]))
            made = hashlib.sha256(canonical([{name: row[name] for name in PART} for row in its])).hexdigest()
            if not its or plain(link["text"]) != made:
                wrong.append((link["seq"], "not what was erased is listed as erased"))
    wrong += [(seq, "words were erased without a link that says so") for seq in erased]
    return parts, wrong


def differing(link: Row, event: Row, version: Row | None, parts: Parts) -> Iterator[str]:
    """In what an event is not what its link says. ``parts``: the words that were erased."""
    kind = "erased" if event["action"] == "erase" else "event"
    if (link["kind"], link["state"]) != (kind, event["target"]):
        yield "the link is of another kind"
    if plain(link["event"]) != digest(event, EVENT):
        yield "the event is not what was written"
    has_text = bool(event["comment"] or event["remarks"])
    text = digest(event, TEXT, event["nonce"]) if has_text and isinstance(event["nonce"], bytes) else None
    if kind == "erased" or (event["seq"], "text") in parts:
        if has_text or event["nonce"] is not None:
            yield "words are there that were erased"
    elif plain(link["text"]) != text or has_text == (event["nonce"] is None):
        yield "the words are not what was written"
    if version and (event["seq"], "content") in parts:
        left = hashlib.sha256(canonical(version["content"])).hexdigest()
        if version["nonce"] is not None or left != parts[event["seq"], "content"]:
            yield "of an erased content stands there what was not left of it"
        return
    content = digest(version, VERSION, version["nonce"]) if version and isinstance(version["nonce"], bytes) else None
    if plain(link["content"]) != content or (version is None) != (link["content"] is None):
        yield "the saved content is not what was written"


def content_of(found: dict[str, list[Row]]) -> Row:
    """What the report's rows say now, in the shape of a version."""
    return {
        **{name: said(found["activity_reports"][0][name]) for name in CONTENT},
        "participants": [{name: said(row[name]) for name in PERSON} for row in found["participations"]],
        "vehicle_ids": [row["vehicle_id"] for row in found["report_vehicles"]],
        "attachment_ids": [row["attachment_id"] for row in found["report_attachments"]],
    }


def said(value: Any) -> Any:
    """An instant as contents spell it: without a fraction where there is none."""
    return value.replace(".000000Z", "Z") if isinstance(value, str) and value.endswith(".000000Z") else value


class Result(NamedTuple):
    """What was found: the first wrong place of each chain, how many links there are, and who signed; how many links
    say that words were erased, and how many that a report was removed after its time.
    """

    wrong: list[Wrong]
    links: int
    keys: set[str]
    erased: int = 0
    removed: int = 0


def verify(address: str, keys: Iterable[str] = (), printed: Iterable[Head] = (), *, signatures: bool = True) -> Result:
    """Check all of a store; without ``signatures`` what is signed is only held against the chains."""
    proper = proper_signature if signatures else lambda *_: True
    store = Store(address)
    with closing(store.connection):
        wrong, heads, used = check_signatures(store, keys, proper)
        broken, ends, links = check_links(store, [*heads, *sealed_heads(store), *printed])
        wrong += [*broken, *check_heads(store, ends, heads)]
        kinds: dict[str, int] = defaultdict(int)
        for _, found in by_report(store):
            wrong += check_report(found)
            for link in found["chain_links"]:
                kinds[link["kind"]] += 1
    first: dict[str, Wrong] = {}
    for one in sorted(wrong, key=lambda one: (one.chain, one.place if isinstance(one.place, int) else 0)):
        first.setdefault(one.chain, one)
    return Result(list(first.values()), links, used, kinds["erased"], kinds["removed"])


def head_of(text: str) -> Head:
    """``CHAIN:PLACE:DIGEST``, or ``PLACE:DIGEST`` where paper does not name the chain; the digest may be its beginning."""
    *chain, place, start = text.split(":")
    return str(uuid.UUID(chain[0])) if chain else "", int(place.replace(",", "")), re.sub(r"\W", "", start).lower()


def main() -> int:
    """The command."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("store", help="SQLite file or postgresql:// address")
    asked.add_argument("--key", action="append", default=[], help="public key that signs, hexadecimal")
    asked.add_argument("--head", action="append", default=[], type=head_of, help="(CHAIN:)PLACE:DIGEST from paper")
    asked.add_argument("--no-signatures", action="store_true", help="do not check them: works without cryptography")
    given = asked.parse_args()
    try:
        result = verify(given.store, given.key, given.head, signatures=not given.no_signatures)
    except ImportError as lacking:
        asked.error(f"the package {lacking.name} is not here")
    lines = [f"WRONG chain {one.chain or '-'} place {one.place or '-'}: {one.what}" for one in result.wrong]
    wrong, signers = len(result.wrong), ", ".join(sorted(result.keys)) or "nobody"
    lines.append(f"{result.links} links, {wrong} chains or lists wrong; signed by: {signers}")
    if result.erased or result.removed:
        lines.append(f"{result.erased} erasures of words, {result.removed} reports removed after their keeping time")
    lines += ["The signatures themselves were not checked."] if given.no_signatures else []
    lines += ["No --key was given: compare these keys with the one on paper."] if result.keys and not given.key else []
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
