"""Format 1 of the chain, byte by byte and written out by hand: what was linked once must verify for ever.

Program and verifier say the same twice; were both changed alike, only this would notice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

import pytest

from brigade.chain import format as form
from tests.rules.test_dates import JST

ID, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
ONE, TWO = f'"{ID}"', f'"{OTHER}"'
AT = dt.datetime(2026, 11, 8, 9, 30, tzinfo=JST)
INSTANT = '"2026-11-08T00:30:00.000000Z"'
NONCE = b"\x01\x02"


def sha256(said: str, nonce: bytes = b"") -> bytes:
    return hashlib.sha256(nonce + said.encode()).digest()


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"b": 1, "a": 2, "A": 3, "a b": 4}, '{"A":3,"a":2,"a b":4,"b":1}'),
        ([True, False, None, 0, -1], "[true,false,null,0,-1]"),
        ([35.68, 2.0, -0.5, {"at": [1e-7]}], '[{"number":"35.68"},2,{"number":"-0.5"},{"at":[{"number":"1e-07"}]}]'),
        ('消防団 / "引用" \\ \n\t\u0001é', '"消防団 / \\"引用\\" \\\\ \\n\\t\\u0001é"'),
        (AT, INSTANT),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC), '"2026-01-02T03:04:05.000006Z"'),
        ({"id": ID, "digest": b"\x00\xff"}, f'{{"digest":"00ff","id":{ONE}}}'),
        ({}, "{}"),
    ],
)
def test_the_one_spelling(value: Any, spelled: str) -> None:
    assert form.canonical(value).decode() == spelled
    assert form.Fields("a").canonical({"a": value, "b": 1}).decode() == f'{{"a":{spelled}}}'
    assert form.digest(value, NONCE) == sha256(spelled, NONCE)
    assert form.digest(value) == sha256(spelled)


EVENT: dict[str, Any] = {
    "report_id": ID, "seq": 3, "at": AT, "action": "approve", "actor_id": OTHER, "post": "squad_leader", "unit_id": None,
    "level": "squad", "for_id": None, "basis": None, "source": "in_review", "target": "confirmed", "step_from": 1,
    "step_to": 2, "reason": None, "changed": ["place"], "comment": "", "remarks": [], "nonce": NONCE,
}  # fmt: skip


def test_an_event_without_its_words() -> None:
    said = (
        f'{{"action":"approve","actor_id":{TWO},"at":{INSTANT},"basis":null,"changed":["place"],"for_id":null,'
        f'"level":"squad","post":"squad_leader","reason":null,"report_id":{ONE},"seq":3,"source":"in_review","step_from":1,'
        f'"step_to":2,"target":"confirmed","unit_id":null}}'
    )
    assert form.event_digest(EVENT) == form.event_digest(EVENT | {"comment": "時刻"}) == sha256(said)


def test_its_words_are_committed_to_where_there_are_any() -> None:
    assert form.text_digest(EVENT) is None
    assert form.text_digest(EVENT | {"comment": "時刻"}) == sha256('{"comment":"時刻","remarks":[]}', NONCE)
    remarks = [{"pointer": "/place", "text": "?"}]
    said = '{"comment":"","remarks":[{"pointer":"/place","text":"?"}]}'
    assert form.text_digest(EVENT | {"remarks": remarks}) == sha256(said, NONCE)


def test_a_version_and_what_an_erasure_leaves_of_it() -> None:
    version = {"report_id": ID, "version": 2, "at": AT, "author_id": OTHER, "content": {"place": "本町"}, "changed": [],
               "nonce": NONCE}  # fmt: skip
    said = '{{"at":{},"author_id":{},"changed":[],"content":{},"report_id":{},"version":2}}'
    assert form.version_digest(version) == sha256(said.format(INSTANT, TWO, '{"place":"本町"}', ONE), NONCE)
    assert form.left_digest(version, {"kind": "D-01"}) == sha256(said.format(INSTANT, TWO, '{"kind":"D-01"}', ONE))


def test_an_erasure_and_a_removal() -> None:
    parts = [
        {"report_id": ID, "seq": seq, "part": part, "by_seq": 9, "digest": b"\xab", "words": "x"}
        for seq, part in ((2, "text"), (1, "text"), (1, "content"))
    ]
    rows = [
        f'{{"by_seq":9,"digest":"ab","part":"{part}","report_id":{ONE},"seq":{seq}}}'
        for seq, part in ((1, "content"), (1, "text"), (2, "text"))
    ]
    assert form.parts_digest(parts) == form.parts_digest(parts[::-1]) == sha256(f"[{','.join(rows)}]")
    removal = {"report_id": ID, "at": AT, "by_id": OTHER, "run_id": ID, "note": "x"}
    assert form.removal_digest(removal) == sha256(f'{{"at":{INSTANT},"by_id":{TWO},"report_id":{ONE},"run_id":{ONE}}}')


def test_the_row_of_a_report() -> None:
    row: dict[str, Any] = dict.fromkeys(form.ROW_FIELDS) | {
        "id": ID,
        "step": 2,
        "route": [{"passed": None}],
        "content": 1,
    }
    said = (
        '{"author_id":null,"awaiting_since":null,"awaiting_unit_id":null,"brigade_id":null,"bureau_id":null,'
        '"company_id":null,"corrected_by_id":null,"created_at":null,"entry_mode":null,'
        f'"id":{ONE},"month":null,"number":null,"route":[{{"passed":null}}],"section_id":null,"sole_member_id":null,'
        '"squad_id":null,"state":null,"station_id":null,"step":2,"undo_by_id":null,"undo_step":null,"updated_at":null,'
        '"version":null}'
    )
    assert form.row_digest(row) == sha256(said)


def test_a_link_holds_its_place_and_the_one_before() -> None:
    assert (form.FORMAT, form.GENESIS) == (1, b"\0" * 32)
    assert (form.EVENT, form.DISCARD, form.ERASED, form.REMOVED) == ("event", "discard", "erased", "removed")
    entry = form.Entry(ID, form.EVENT, OTHER, 1, "draft", b"\x01", None, b"\x02", b"\x03")
    said = (
        f'{{"chain_id":{ONE},"content":"02","event":"01","format":1,"kind":"event","place":7,"previous":"{"00" * 32}",'
        f'"report_id":{TWO},"row":"03","seq":1,"state":"draft","text":null}}'
    )
    assert form.link_digest(entry, 7, form.GENESIS) == sha256(said)
