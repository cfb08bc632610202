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
from typing import TYPE_CHECKING, Any, NamedTuple

if __package__ or TYPE_CHECKING:
    from tools import chain_reports
else:  # called by its path, with whatever places Python was told to look in
    sys.path.insert(0, str(Path(__file__).parent))
    import chain_reports

TIMES = ("at", "awaiting_since", "created_at", "updated_at", "started_at", "ended_at", "claims_until")
DOCUMENTS = ("remarks", "changed", "route", "details", "body", "heads")
FLAGS = ("acted", "injured")


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
            self.connection.execute(
                "SET brigade.wall = '*'"
            )  # else the program's role finds no report, as if it were gone

    def columns(self, table: str) -> set[str]:
        """Those of a table; none where there is no such table."""
        if self.is_sqlite:
            asked = "SELECT name FROM pragma_table_info(?)"
        else:
            asked = (
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND table_name = %s"
            )
        return {row[0] for row in self.connection.execute(asked, (table,))}

    def rows(self, table: str, names: Iterable[str], *order: str) -> Iterator[chain_reports.Row]:
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


def by_report(store: Store) -> Iterator[tuple[str, dict[str, list[chain_reports.Row]]]]:
    """Everything of one report after the other, whichever tables know it."""
    streams: dict[str, Iterator[tuple[str, Iterator[chain_reports.Row]]]] = {}
    for table, (key, names, order) in chain_reports.HISTORY.items():
        missing = chain_reports.ADDED.get(table, set()) - store.columns(table)
        read_ = [name for name in names if name not in missing]
        rows = store.rows(table, read_, key, order) if read_ else iter(())

        def named(row: chain_reports.Row, key: str = key) -> str:
            return str(row[key])

        streams[table] = groupby(rows, named)
    heads = {table: next(stream, None) for table, stream in streams.items()}
    while any(head is not None for head in heads.values()):
        report = min(head[0] for head in heads.values() if head is not None)
        found: dict[str, list[chain_reports.Row]] = {table: [] for table in chain_reports.HISTORY}
        for table, head in heads.items():
            if head is not None and head[0] == report:
                found[table] = list(head[1])
                heads[table] = next(streams[table], None)
        yield report, found


def check_signatures(
    store: Store, keys: Iterable[str], proper: Callable[[bytes, bytes, bytes], bool]
) -> tuple[list[chain_reports.Wrong], list[chain_reports.Head], set[str]]:
    """What is wrong with the signed lists; the heads that they name; the keys that signed. Empty ``keys``: any key."""
    wrong: list[chain_reports.Wrong] = []
    heads: list[chain_reports.Head] = []
    known, used, before = set(keys), set(), chain_reports.GENESIS
    lists = store.rows("signed_heads", ("number", "at", "body", "key", "signature"), "number")
    for number, row in enumerate(lists, 1):
        body = row["body"]
        try:
            used.add(row["key"].hex())
            if not proper(row["key"], row["signature"], chain_reports.canonical(body)):
                wrong.append(chain_reports.Wrong("", 0, f"signed list {number} is not what was signed"))
            if known and row["key"].hex() not in known:
                wrong.append(chain_reports.Wrong("", 0, f"signed list {number} is signed with a key that is not ours"))
            if (row["number"], body["number"], body["at"], body["previous"]) != (number, number, row["at"], before):
                wrong.append(chain_reports.Wrong("", 0, f"signed list {number} does not follow from the one before"))
            heads += [(chain, length, head) for chain, length, head in body["heads"]]
        except (AttributeError, ValueError, TypeError, KeyError):
            wrong.append(chain_reports.Wrong("", 0, f"signed list {number} cannot be read"))
        before = hashlib.sha256(chain_reports.canonical(body)).hexdigest()
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


def sealed_heads(store: Store) -> Iterator[chain_reports.Head]:
    """The heads that sealed editions of months bear, as they were printed."""
    for row in store.rows("editions", ("id", "heads"), "id"):
        try:
            yield from [(chain, length, head) for chain, _, length, head in row["heads"] or ()]
        except (TypeError, ValueError):
            yield "", -1, "what cannot be read"


def check_links(
    store: Store, anchors: Iterable[chain_reports.Head]
) -> tuple[list[chain_reports.Wrong], dict[str, tuple[int, str]], int]:
    """Where each chain is wrong first; how long it is, with its last digest; how many links there are."""
    expected: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for chain, place, start in anchors:
        expected[chain][place].append(start)
    of_any = expected.pop("", {})
    ends: dict[str, tuple[int, str]] = {}
    first: dict[str, chain_reports.Wrong] = {}
    links = 0
    for row in store.rows("chain_links", (*chain_reports.ENTRY, "place", "digest"), "chain_id", "place"):
        links += 1
        chain, place = str(row["chain_id"]), row["place"]
        length, before = ends.get(chain, (0, chain_reports.GENESIS))
        now = chain_reports.plain(row["digest"])
        said = {name: row[name] for name in (*chain_reports.ENTRY, "place")}
        made = hashlib.sha256(chain_reports.canonical({"format": 1, "previous": before, **said})).hexdigest()
        if place != length + 1:
            first.setdefault(chain, chain_reports.Wrong(chain, length + 1, "a link is missing, or there twice"))
        elif made != now:
            first.setdefault(
                chain, chain_reports.Wrong(chain, place, "the link is not what was written, or does not follow")
            )
        elif not all(now.startswith(start) for start in expected[chain].pop(place, ())):
            first.setdefault(chain, chain_reports.Wrong(chain, place, "it is not the head that was signed or printed"))
        elif place in of_any:
            of_any[place] = [start for start in of_any[place] if not now.startswith(start)]
        ends[chain] = place if isinstance(place, int) else length + 1, now
    for chain, places in expected.items():
        if places:
            length = ends.get(chain, (0, ""))[0]
            first.setdefault(
                chain, chain_reports.Wrong(chain, length + 1, "the chain ends before a head that was signed or printed")
            )
    printed = [
        chain_reports.Wrong("", place, "no chain has the head that was printed")
        for place, left in of_any.items()
        if left
    ]
    return [*first.values(), *printed], ends, links


def check_heads(
    store: Store, ends: dict[str, tuple[int, str]], signed: Iterable[chain_reports.Head]
) -> Iterator[chain_reports.Wrong]:
    """Whether each chain ends where its head says, and was signed as far: a signed list that was taken out shows here."""
    left, newest = dict(ends), defaultdict[str, int](int)
    for chain, length, _ in signed:
        newest[chain] = max(newest[chain], length)
    for row in store.rows("chain_heads", ("chain_id", "length", "digest", "signed"), "chain_id"):
        chain = str(row["chain_id"])
        length, end = left.pop(chain, (0, chain_reports.GENESIS))
        if (row["length"], chain_reports.plain(row["digest"])) != (length, end):
            yield chain_reports.Wrong(chain, length + 1, "the chain does not end at its head")
        if row["signed"] != newest[chain]:
            yield chain_reports.Wrong(chain, 0, "it was signed at another length than the signed lists say")
    for chain, (length, _) in left.items():
        yield chain_reports.Wrong(chain, length, "the chain has no head")


class Result(NamedTuple):
    """What was found: the first wrong place of each chain, how many links there are, and who signed; how many links
    say that words were erased, and how many that a report was removed after its time.
    """

    wrong: list[chain_reports.Wrong]
    links: int
    keys: set[str]
    erased: int = 0
    removed: int = 0


def verify(
    address: str, keys: Iterable[str] = (), printed: Iterable[chain_reports.Head] = (), *, signatures: bool = True
) -> Result:
    """Check all of a store; without ``signatures`` what is signed is only held against the chains."""
    proper = proper_signature if signatures else lambda *_: True
    store = Store(address)
    with closing(store.connection):
        wrong, heads, used = check_signatures(store, keys, proper)
        broken, ends, links = check_links(store, [*heads, *sealed_heads(store), *printed])
        wrong += [*broken, *check_heads(store, ends, heads)]
        kinds: dict[str, int] = defaultdict(int)
        for _, found in by_report(store):
            wrong += chain_reports.check_report(found)
            for link in found["chain_links"]:
                kinds[link["kind"]] += 1
    first: dict[str, chain_reports.Wrong] = {}
    for one in sorted(wrong, key=lambda one: (one.chain, one.place if isinstance(one.place, int) else 0)):
        first.setdefault(one.chain, one)
    return Result(list(first.values()), links, used, kinds["erased"], kinds["removed"])


def head_of(text: str) -> chain_reports.Head:
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
