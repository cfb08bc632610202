"""What the chain says of one report, and how its values are spelled: a part of ``verify_chain.py``, for its eyes alone.

Imports nothing of Brigade either. The format stands in docs/explain/chain.md.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

Row = dict[str, Any]
Head = tuple[str, int, str]
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
UNTIL, NEVER = "claims_until", "9999-12-31T00:00:00.000000Z"
"""Until when a person is claimed; where it was not kept, for ever."""

PART = ("report_id", "seq", "part", "by_seq", "digest")
REMOVAL = ("report_id", "at", "by_id", "run_id")
ENTRY = ("chain_id", "kind", "report_id", "seq", "state", "event", "text", "content", "row")
HISTORY = {
    "chain_links": ("report_id", ("chain_id", "place", *ENTRY[1:]), "seq"),
    "report_events": ("report_id", (*EVENT, *TEXT, "nonce"), "seq"),
    "report_versions": ("report_id", (*VERSION, "nonce"), "version"),
    "activity_reports": ("id", (*REPORT, *CONTENT), "id"),
    "participations": ("report_id", ("report_id", "position", *PERSON, UNTIL), "position"),
    "report_vehicles": ("report_id", ("report_id", "vehicle_id"), "vehicle_id"),
    "report_attachments": ("report_id", ("report_id", "attachment_id", "position"), "position"),
    "erased_parts": ("report_id", PART, "by_seq"),
    "removed_reports": ("report_id", REMOVAL, "report_id"),
}
"""Table → the column that names the report, the columns read, and the order within a report."""
ADDED = {
    "erased_parts": {*PART}, "removed_reports": {*REMOVAL}, "participations": {UNTIL},
}  # fmt: skip
"""Table → columns that a store from before does not have."""


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
    for person in found["participations"]:
        if person.get(UNTIL, NEVER) not in (NEVER, person["ended_at"] or report["ended_at"]):
            yield Wrong(chain, last, "a person is claimed for another time than was written")
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
        left = digest(version, VERSION)
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
