"""Ways to change a store behind the product's back: what an operator with the database but without the key could do."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from random import Random
from typing import Any

from brigade.chain.keys import new_chain_key, signed
from tools import chain_reports, verify_chain

TABLES = (
    "activity_reports", "chain_heads", "chain_links", "participations", "report_attachments", "report_events",
    "report_versions", "report_vehicles", "signed_heads",
)  # fmt: skip


def open_to_all(path: str) -> None:
    """Take away from a SQLite store what keeps its owner from rewriting it."""
    with sqlite3.connect(path) as sql:
        for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            sql.execute(f'DROP TRIGGER "{name}"')
        sql.execute("DROP INDEX uq_chain_links_report_id_seq")
        sql.execute("CREATE INDEX of_a_report ON chain_links (report_id, seq)")
    sql.close()


class Forger:
    """Works on one copy of such a store."""

    def __init__(self, path: str, rng: Random) -> None:
        """Open it."""
        self.rng = rng
        self.sql = sqlite3.connect(path, isolation_level=None)
        self.sql.row_factory = sqlite3.Row
        self.sql.execute("PRAGMA ignore_check_constraints = ON")
        self.sql.execute("PRAGMA synchronous = OFF")
        self.sql.execute("PRAGMA journal_mode = MEMORY")
        self.sql.execute("BEGIN")

    def done(self) -> None:
        """Keep what was done."""
        self.sql.execute("COMMIT")
        self.sql.close()

    # --- Ways -----------------------------------------------------------------------------------------------------

    def flip(self) -> str:
        """One value of one row."""
        table, row = self.any_row()
        name = self.rng.choice([key for key in row.keys() if key != "rowid_"])  # noqa: SIM118  a sqlite3.Row
        try:
            self.set(table, row, name, self.other(row[name]))
        except sqlite3.IntegrityError:  # another row is there already
            return self.flip()
        return f"{table}.{name}"

    def delete(self) -> str:
        """One row."""
        table, row = self.any_row()
        self.sql.execute(f"DELETE FROM {table} WHERE rowid = ?", (row["rowid_"],))
        return table

    def insert(self) -> str:
        """One row more, like another one."""
        table, row = self.any_row()
        values = {name: row[name] for name in row.keys() if name != "rowid_"}  # noqa: SIM118
        key = {"report_events": "seq", "report_versions": "version", "chain_links": "place", "signed_heads": "number",
               "participations": "member_id", "report_vehicles": "vehicle_id", "report_attachments": "attachment_id",
               "chain_heads": "chain_id", "activity_reports": "id"}[table]  # fmt: skip
        held = values[key]
        values[key] = held + 100_000 if isinstance(held, int) else f"{self.rng.getrandbits(128):032x}"
        names = ", ".join(f'"{name}"' for name in values)
        values.pop("number", None) if table == "activity_reports" else None
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        self.sql.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))
        return f"{table} by {key}"

    def swap(self) -> str:
        """The values of two rows in one column."""
        while True:
            table, one = self.any_row()
            other = self.row(table)
            name = self.rng.choice([key for key in one.keys() if key != "rowid_"])  # noqa: SIM118
            if one[name] != other[name] and name not in self.keys(table):
                self.set(table, one, name, other[name])
                self.set(table, other, name, one[name])
                return f"{table}.{name}"

    def reorder(self) -> str:
        """Two links of a chain change places, digests and all."""
        chain = self.chain()
        one, other = self.rng.sample(range(1, self.length(chain) + 1), 2)
        for old, new in ((one, 0), (other, one), (0, other)):
            self.sql.execute("UPDATE chain_links SET place = ? WHERE chain_id = ? AND place = ?", (new, chain, old))
        return f"{one} and {other}"

    def cut(self) -> str:
        """The end of a chain with its events, from before a signed head; the head is put where it then ends."""
        chain = self.chain()
        place = self.rng.randint(1, self.signed(chain) - 1)
        gone = self.sql.execute("SELECT * FROM chain_links WHERE chain_id = ? AND place > ?", (chain, place)).fetchall()
        for link in gone:
            key = (link["report_id"], link["seq"])
            self.sql.execute("DELETE FROM report_events WHERE report_id = ? AND seq = ?", key)
            self.sql.execute("DELETE FROM report_versions WHERE report_id = ? AND version = ?", key)
        self.sql.execute("DELETE FROM chain_links WHERE chain_id = ? AND place > ?", (chain, place))
        end = self.sql.execute("SELECT * FROM chain_links WHERE chain_id = ? AND place = ?", (chain, place)).fetchone()
        self.sql.execute(
            "UPDATE chain_heads SET length = ?, digest = ? WHERE chain_id = ?", (place, end["digest"], chain)
        )
        return f"after {place}"

    def forget(self) -> str:
        """A report with all that hangs on it; its links stay."""
        report = str(self.row("activity_reports")["id"])
        for table, key in (("activity_reports", "id"), ("participations", "report_id"), ("report_vehicles", "report_id"),
                           ("report_attachments", "report_id"), ("report_events", "report_id"), ("report_versions", "report_id")):  # fmt: skip
            self.sql.execute(f"DELETE FROM {table} WHERE {key} = ?", (report,))
        return report

    def rewrite(self) -> str:
        """Another word in an event before a signed head, with every digest from there on as it then must be."""
        chain = self.chain()
        asked = "SELECT * FROM chain_links WHERE chain_id = ? AND place = ?"
        stored = None
        while stored is None:  # a draft that was thrown away has no event any more
            place = self.rng.randint(1, self.signed(chain))
            link = self.sql.execute(asked, (chain, place)).fetchone()
            key = (link["report_id"], link["seq"])
            stored = self.sql.execute("SELECT * FROM report_events WHERE report_id = ? AND seq = ?", key).fetchone()
        event = {name: verify_chain.read("report_events", name, stored[name]) for name in stored.keys()}  # noqa: SIM118
        event["reason"] = "forged"
        self.sql.execute("UPDATE report_events SET reason = 'forged' WHERE report_id = ? AND seq = ?", key)
        made = bytes.fromhex(chain_reports.digest(event, chain_reports.EVENT))
        self.sql.execute("UPDATE chain_links SET event = ? WHERE chain_id = ? AND place = ?", (made, chain, place))
        self.rechain(chain)
        return f"from {place}"

    def resign(self) -> str:
        """The same, and every signed list made anew with a key of the forger's own."""
        what, key, before = self.rewrite(), new_chain_key(), chain_reports.GENESIS
        for row in self.sql.execute("SELECT * FROM signed_heads ORDER BY number").fetchall():
            body = json.loads(row["body"])
            body["previous"] = before
            for head in body["heads"]:
                held = (head[0].replace("-", ""), head[1])
                asked = "SELECT digest FROM chain_links WHERE chain_id = ? AND place = ?"
                head[2] = self.sql.execute(asked, held).fetchone()["digest"].hex()
            public, signature = signed(key, chain_reports.canonical(body))
            before = hashlib.sha256(chain_reports.canonical(body)).hexdigest()
            self.sql.execute(
                "UPDATE signed_heads SET body = ?, key = ?, signature = ? WHERE number = ?",
                (json.dumps(body), public, signature, row["number"]),
            )
        return f"{what}, signed anew"

    def unsign(self) -> str:
        """The newest signed list is taken out."""
        self.sql.execute("DELETE FROM signed_heads WHERE number = (SELECT max(number) FROM signed_heads)")
        return "the newest"

    # --- Parts ----------------------------------------------------------------------------------------------------

    def rechain(self, chain: str) -> None:
        """Every digest of a chain as it must be, and its head."""
        before, place = chain_reports.GENESIS, 0
        for row in self.sql.execute("SELECT * FROM chain_links WHERE chain_id = ? ORDER BY place", (chain,)).fetchall():
            entry = {name: verify_chain.read("chain_links", name, row[name]) for name in chain_reports.ENTRY}
            place = row["place"]
            body = {"format": 1, "previous": before, "place": place, **entry}
            before = hashlib.sha256(chain_reports.canonical(body)).hexdigest()
            self.sql.execute(
                "UPDATE chain_links SET digest = ? WHERE chain_id = ? AND place = ?",
                (bytes.fromhex(before), chain, place),
            )
        self.sql.execute("UPDATE chain_heads SET digest = ? WHERE chain_id = ?", (bytes.fromhex(before), chain))

    def any_row(self) -> tuple[str, Any]:
        """A row of a table, each table as likely."""
        table = self.rng.choice(TABLES)
        return table, self.row(table)

    def row(self, table: str) -> Any:
        """A row of it."""
        rows = self.sql.execute(f"SELECT rowid AS rowid_, * FROM {table}").fetchall()
        return self.rng.choice(rows)

    def keys(self, table: str) -> set[str]:
        """Columns of its key, and those that an index keeps unique."""
        found = self.sql.execute(f"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0")
        return {name for (name,) in found} | {"number", "position"}

    def set(self, table: str, row: Any, name: str, value: Any) -> None:
        """Change one value."""
        self.sql.execute(f'UPDATE {table} SET "{name}" = ? WHERE rowid = ?', (value, row["rowid_"]))

    def other(self, value: Any) -> Any:
        """Another value of the same kind."""
        if value is None:
            return "1"
        if isinstance(value, bytes):
            at = self.rng.randrange(len(value))
            return value[:at] + bytes([value[at] ^ 1 << self.rng.randrange(8)]) + value[at + 1 :]
        if isinstance(value, int | float):
            return value + self.rng.choice((1, -1, 10))
        places = [place for place, letter in enumerate(value) if letter.isascii() and letter.isalnum()]
        if not places:
            return value + "x"
        at = self.rng.choice(places)
        letter = "b" if value[at] in "aA" else "2" if value[at] == "1" else "1" if value[at].isdigit() else "a"
        return value[:at] + letter + value[at + 1 :]

    def chain(self) -> str:
        """A chain that was signed, with some links."""
        rows = self.sql.execute("SELECT chain_id FROM chain_heads WHERE signed > 2").fetchall()
        return str(self.rng.choice(rows)["chain_id"])

    def length(self, chain: str) -> int:
        """How long it is."""
        return int(self.sql.execute("SELECT length FROM chain_heads WHERE chain_id = ?", (chain,)).fetchone()[0])

    def signed(self, chain: str) -> int:
        """How far it is signed."""
        return int(self.sql.execute("SELECT signed FROM chain_heads WHERE chain_id = ?", (chain,)).fetchone()[0])


WAYS: dict[str, Callable[[Forger], str]] = {
    "flip": Forger.flip, "delete": Forger.delete, "insert": Forger.insert, "swap": Forger.swap,
    "reorder": Forger.reorder, "cut": Forger.cut, "forget": Forger.forget, "rewrite": Forger.rewrite,
    "resign": Forger.resign, "unsign": Forger.unsign,
}  # fmt: skip
OFTEN = ("flip",) * 6 + ("delete", "insert", "swap") * 2 + tuple(WAYS)
