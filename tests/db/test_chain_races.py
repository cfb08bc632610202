"""Processes that write to the same chains at once, on both stores: no gap, no circle of waiting, nobody turned away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.workflow import Action
from brigade.chain.format import EVENT, Entry
from brigade.chain.keys import new_chain_key
from brigade.chain.signing import sign_heads
from brigade.chain.tables import ChainHead, ChainLink
from brigade.chain.writing import append
from brigade.connections import prepare_engine
from brigade.jobs import writing
from tests import make
from tools.verify_chain import Store, check_heads, check_links, verify

TIMES = 15


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two, each as fresh as another server."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def together(pool: ProcessPoolExecutor, *works: tuple[Callable[..., None], Any]) -> None:
    """All of them at once; what one raises is raised."""
    for done in [pool.submit(work, *said) for work, *said in works]:
        done.result()


def opened(url: str) -> Engine:
    engine = create_engine(url)
    prepare_engine(engine)
    return engine


# --- What a process does ----------------------------------------------------------------------------------------------


def file_many(url: str, city: make.City, login: str, unit: str) -> None:
    """Files reports one after the other, and takes every third back."""
    engine = opened(url)
    for n in range(TIMES):
        with writing(engine) as session:
            actor = make.bound(session, city, login)
            content = make.content(city, unit, login, day=1 + n)
            made, _ = actions.create(session, actor, content, report_id=None, submit=True)
            if n % 3 == 0:
                actions.act(session, actor, made.id, Action.WITHDRAW, made.version, comment="二重でした。")
    engine.dispose()


def append_in_order(url: str, chains: list[UUID]) -> None:
    """Links for these chains, in this order, again and again."""
    engine = opened(url)
    for _ in range(TIMES * 4):
        with writing(engine) as session:
            append(
                session.connection(),
                [Entry(chain, EVENT, uuid4(), 1, "draft", bytes(32), None, None, None) for chain in chains],
            )
    engine.dispose()


def sign_many(url: str, key: str) -> None:
    """Signs again and again."""
    engine = opened(url)
    for n in range(TIMES):
        with writing(engine) as session:
            sign_heads(session, key, make.NOW + dt.timedelta(hours=n))
    engine.dispose()


# --- What comes of it -------------------------------------------------------------------------------------------------


def test_two_processes_file_in_one_brigade(engine: Engine, processes: ProcessPoolExecutor) -> None:
    with Session(engine) as session:
        city = make.city(session)
    url = url_of(engine)
    together(processes, (file_many, url, city, "squad11a", "K1-1-1"), (file_many, url, city, "squad21a", "K1-2-1"))
    happened = 2 * (2 * TIMES + TIMES // 3)
    result = verify(url)
    assert (result.wrong, result.links) == ([], happened)
    with Session(engine) as session:
        assert session.scalars(select(ChainHead.length)).all() == [happened]


def test_chains_in_any_order_make_no_circle(engine: Engine, processes: ProcessPoolExecutor) -> None:
    chains, url, key = [uuid4() for _ in range(3)], url_of(engine), new_chain_key()
    together(processes, (append_in_order, url, chains), (append_in_order, url, chains[::-1]), (sign_many, url, key))
    with Session(engine) as session:
        signed = [(str(row.chain_id), row.signed, "") for row in session.scalars(select(ChainHead))]
    store = Store(url)
    with closing(store.connection):
        broken, ends, links = check_links(store, [])
        assert [*broken, *check_heads(store, ends, signed)] == []
    assert sorted(length for length, _ in ends.values()) == [TIMES * 8] * 3
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(ChainLink)) == links == TIMES * 24
