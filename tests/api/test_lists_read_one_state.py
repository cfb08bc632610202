"""A page that is put together by several statements, while others write between any two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from api.extensions import db
from tests import make
from tests.api.answers import API, body_of
from tests.api.asking import REPORTS, done, file
from tests.api.visiting import CONSOLE, visitor

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # SQLite shows one state in any case


@contextmanager
def between_statements(app: Flask, of: str, change: Callable[[], Any]) -> Iterator[list[str]]:
    """Once, right after a statement that reads ``of`` this table, ``change`` is done by somebody else and committed."""
    seen: list[str] = []

    def then(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not seen and f"FROM {of}" in statement:
            seen.append(statement)
            with ThreadPoolExecutor(1) as another:
                another.submit(change).result(60)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", then)
    try:
        yield seen
    finally:
        event.remove(engine, "after_cursor_execute", then)


def test_a_list_goes_on_though_one_of_its_page_leaves_it(app, ask, city) -> None:
    author, leader, asked = ask("squad11a"), ask("company1"), {"state": "in_review"}
    made = [file(author, make.body(city, "K1-1-1", "squad11a", day=day)) for day in (18, 17, 16, 15, 14)]
    with between_statements(app, "activity_reports", lambda: done(author, made[1], "withdraw", comment="重複")) as seen:
        page = body_of(leader.get(REPORTS, query_string={**asked, "limit": 2}))
    assert seen
    assert page["next_cursor"], "more follow"
    rest = body_of(leader.get(REPORTS, query_string={**asked, "cursor": page["next_cursor"]}))
    read = [item["id"] for item in (*page["items"], *rest["items"])]
    assert [id_ for id_ in read if id_ != made[1]["id"]] == [made[at]["id"] for at in (0, 2, 3, 4)]


def test_a_count_is_of_what_is_listed(app, ask, city) -> None:
    author, leader = ask("squad11a"), ask("squad11")
    made = [file(author, make.body(city, "K1-1-1", "squad11a", day=day)) for day in (18, 17)]
    with between_statements(app, "activity_reports", lambda: done(author, made[1], "withdraw", comment="重複")) as seen:
        page = body_of(leader.get(f"{API}/inbox?count=true"))
    assert seen
    assert page["count"] == len(page["items"]) == 2
    assert body_of(leader.get(f"{API}/inbox?count=true"))["count"] == 1


def test_the_console_lists_what_it_counts(app, ask, city) -> None:
    author, officer = ask("squad11a"), visitor(app, "bureau")
    made = file(author, make.body(city, "K1-1-1", "squad11a"))
    with between_statements(app, "activity_reports", lambda: done(author, made, "withdraw", comment="重複")) as seen:
        page = officer.get(f"{CONSOLE}/reports?state=in_review")
    assert seen
    assert made["number"] in page.text
    assert made["number"] not in officer.get(f"{CONSOLE}/reports?state=in_review").text
