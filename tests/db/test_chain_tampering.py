"""Random changes behind the product's back, each in a copy of one store: the separate program finds every one of
them (S-07).

Two hundred of them; ten thousand with BRIGADE_FULL=1.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.workflow import Action
from brigade.chain.keys import new_chain_key, signed
from brigade.chain.signing import sign_heads
from brigade.connections import prepare_engine
from brigade.db import new_id
from brigade.demo.load import load
from brigade.jobs import writing
from tests import make
from tests.db.tampering import OFTEN, WAYS, Forger, open_to_all
from tools.verify_chain import verify

FULL = os.environ.get("BRIGADE_FULL", "") not in ("", "0")
TIMES = 10_000 if FULL else 200


@dataclass(frozen=True)
class Signed:
    """A store that was signed twice and went on after that, and the public key."""

    path: Path
    key: str


@pytest.fixture(scope="module")
def store_signed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Signed:
    folder = tmp_path_factory.mktemp("chain")
    path = Path(shutil.copy(sqlite_template, folder / "store.sqlite3"))
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    load(engine, "small", 1, 15, folder / "accounts.json", make.NOW)
    key = new_chain_key()
    with writing(engine) as session:
        assert sign_heads(session, key, make.NOW) is not None
    with Session(engine) as session:
        city = make.city(session)
        with_pictures = {"attachment_ids": (new_id(), new_id())}
        filed = [
            make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=day, **with_pictures)
            for day in (3, 4, 5)
        ]
        make.step(session, city, "squad11", filed[0], Action.APPROVE)
        make.step(session, city, "squad11", filed[1], Action.RETURN, comment="時刻が日誌と合いません。")
        draft = make.report(session, city, "squad11a", "K1-1-1", day=9, submit=False)
        actions.delete(session, make.bound(session, city, "squad11a"), draft.id, draft.version)
        session.commit()
    with writing(engine) as session:
        assert sign_heads(session, key, make.NOW) is not None
        assert sign_heads(session, key, make.NOW) is None
    with Session(engine) as session:
        make.report(session, city, "squad12a", "K1-1-2", day=6)
    engine.dispose()
    open_to_all(str(path))
    return Signed(path, signed(key, b"")[0].hex())


def test_what_nobody_touched_is_whole(store_signed: Signed) -> None:
    found = verify(str(store_signed.path), [store_signed.key])
    assert found.wrong == []
    assert found.keys == {store_signed.key}
    assert found.links > 60


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_found_and_named(store_signed: Signed, tmp_path: Path, way: str) -> None:
    for seed in range(5):
        what, found = _tampered(store_signed, tmp_path, way, seed)
        assert found.wrong, what


@pytest.mark.timeout(0 if FULL else 300)
def test_whatever_is_changed_is_found(store_signed: Signed, tmp_path: Path) -> None:
    tried: Counter[str] = Counter()
    for seed in range(TIMES):
        way = OFTEN[seed % len(OFTEN)]
        what, found = _tampered(store_signed, tmp_path, way, seed)
        assert found.wrong, (seed, way, what)
        tried[way] += 1
    assert tried.keys() == WAYS.keys()


def test_a_head_on_paper_says_where_a_store_was_cut(store_signed: Signed, tmp_path: Path) -> None:
    path = Path(shutil.copy(store_signed.path, tmp_path / "cut.sqlite3"))
    with sqlite3.connect(path) as sql:
        chain, length, head = sql.execute("SELECT chain_id, length, digest FROM chain_heads LIMIT 1").fetchone()
    chain = f"{chain[:8]}-{chain[8:12]}-{chain[12:16]}-{chain[16:20]}-{chain[20:]}"
    assert not verify(str(path), printed=[(chain, length, head.hex()[:16])]).wrong
    (wrong,) = verify(str(path), printed=[(chain, length, "0" * 16)]).wrong
    assert (wrong.chain, wrong.place) == (chain, length)
    (wrong,) = verify(str(path), printed=[(chain, length + 5, "0" * 16)]).wrong
    assert (wrong.chain, wrong.place) == (chain, length + 1)


def _tampered(store: Signed, folder: Path, way: str, seed: int):
    path = shutil.copyfile(store.path, folder / "copy.sqlite3")
    forger = Forger(str(path), Random(f"{way} {seed}"))
    what = WAYS[way](forger)
    forger.done()
    return what, verify(str(path), [store.key])
