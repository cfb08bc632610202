"""The machine of ``test_sync_machine.py`` notices what could be wrong with catching up: each fault planted is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, true

from brigade import audience, change_notes, changes, sync
from brigade.activities import ActivityReport
from brigade.changes import Change, Mark
from brigade.scopes import readable_reports
from brigade.sync_cursor import View
from tests.db.sync_world import rows_of
from tests.db.test_sync_machine import CatchingUp, run

Patch = pytest.MonkeyPatch
TRIES = 400


def kept_view(patch: Patch) -> None:
    """What a person may look into is worked out at the first catching up alone."""
    known: dict[Any, View] = {}
    of = View.of
    patch.setattr(View, "of", lambda actor: known.setdefault(actor.member_id, of(actor)))


def last_audience(patch: Patch) -> None:
    """Who could see a report before its last change, not before its first one."""
    patch.setattr(sync.func, "min", func.max)


def nobody_took_part(patch: Patch) -> None:
    patch.setattr(change_notes, "audience", lambda row, people: audience.audience(row, ()))


def all_that_is_hidden_has_gone(patch: Patch) -> None:
    def had(walk: Any, last: Any, room: int) -> Any:
        found = select(Change.entity_id).where(walk._changed("report"), Change.entity_id > last)
        return set(walk.session.scalars(found.order_by(Change.entity_id).limit(room + 1)))

    patch.setattr(sync._Walk, "_had", had)


def lost_whatever_it_was(patch: Patch) -> None:
    """What the old view would show today, though it never did."""

    def lost(session: Any, actor: Any, cursor: Any) -> Any:
        found = select(ActivityReport.id).where(
            readable_reports(cursor.view.seen_by(actor)), readable_reports(actor).is_not(true())
        )
        return list(session.scalars(found, execution_options=sync.COMPARED))

    patch.setattr(sync, "_lost_sight", lost)


def events_unwatched(patch: Patch) -> None:
    patch.delitem(change_notes.WATCHED, "events")


def by_sequence(patch: Patch) -> None:
    """Up to the highest number so far; who has a lower one and commits later is never seen."""

    def mark(session: Any) -> Mark:
        return Mark((session.scalar(select(func.max(Change.seq))) or 0) + 1)

    patch.setattr(sync, "mark_now", mark)
    patch.setattr(Mark, "precedes", lambda self, session: Change.seq >= self.next)


def open_forgotten(patch: Patch) -> None:
    """By transactions, but as if none were still going on."""
    now = changes.mark_now
    patch.setattr(sync, "mark_now", lambda session: Mark(now(session).next))


FAULTS: dict[str, Callable[[Patch], None]] = {
    "nothing ever leaves": lambda patch: patch.setattr(sync._Walk, "_had", lambda *_: set()),
    "a view is kept": kept_view,
    "a lost view takes nothing back": lambda patch: patch.setattr(sync, "_lost_sight", lambda *_: []),
    "the last audience": last_audience,
    "nobody took part": nobody_took_part,
    "all that is hidden has gone": all_that_is_hidden_has_gone,
    "lost whatever it was": lost_whatever_it_was,
    "events are not watched": events_unwatched,
    "events stay": lambda patch: patch.setattr(sync._Walk, "_take_back", lambda *_: None),
    "changes during a round": lambda patch: patch.setattr(sync._Walk, "_changed_later", lambda *_: {}),
    "a view changes half-way": lambda patch: patch.setattr(
        sync, "_goes_on", lambda cursor, actor, here, view, epoch: True
    ),
    "secrets of the bureau": lambda patch: patch.setattr(audience.catalogue().__class__, "get", lambda *_: None),
}
FAULTS_OF_TRANSACTIONS = {"by sequence": by_sequence, "open ones forgotten": open_forgotten}


def found(engine: Engine, fault: Callable[[Patch], None], patch: Patch) -> bool:
    CatchingUp.store = (engine, rows_of(engine))
    with patch.context() as planted:
        fault(planted)
        try:
            run(CatchingUp, TRIES)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("name", FAULTS)
def test_every_planted_fault_is_found(sqlite_engine: Engine, monkeypatch: Patch, name: str) -> None:
    assert found(sqlite_engine, FAULTS[name], monkeypatch)


@pytest.fixture
def sqlite_engine(sqlite: str) -> Iterator[Engine]:
    from sqlalchemy import create_engine

    from brigade.db import prepare_engine

    engine = create_engine(sqlite)
    prepare_engine(engine)
    yield engine
    engine.dispose()
