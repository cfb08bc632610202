"""The machine of ``test_sync_machine.py`` notices what could be wrong with catching up: each fault planted is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select, true

from brigade.activity.activities import ActivityReport
from brigade.connections import prepare_engine
from brigade.scopes import readable_reports
from brigade.sync import audience, catching_up, change_notes, changes
from brigade.sync.changes import Change, Mark
from brigade.sync.cursor import View
from tests.conftest import settings_for
from tests.db.sync_world import rows_of
from tests.db.test_sync_machine import FULL, CatchingUp, run

Patch = pytest.MonkeyPatch
TRIES = 400


def kept_view(patch: Patch) -> None:
    """What a person may look into is worked out at the first catching up alone."""
    known: dict[Any, View] = {}
    of = View.of
    patch.setattr(View, "of", lambda actor: known.setdefault(actor.member_id, of(actor)))


def last_audience(patch: Patch) -> None:
    """Who could see a report before its last change, not before its first one."""
    patch.setattr(catching_up.func, "min", func.max)


def nobody_took_part(patch: Patch) -> None:
    patch.setattr(change_notes, "audience", lambda row, people: audience.audience(row, ()))


def all_that_is_hidden_has_gone(patch: Patch) -> None:
    def had(walk: Any, last: Any, room: int) -> Any:
        found = select(Change.entity_id).where(walk._changed("report"), Change.entity_id > last)
        return set(walk.session.scalars(found.order_by(Change.entity_id).limit(room + 1)))

    patch.setattr(catching_up._Walk, "_had", had)


def lost_whatever_it_was(patch: Patch) -> None:
    """What the old view would show today, though it never did."""

    def lost(session: Any, actor: Any, cursor: Any) -> Any:
        found = select(ActivityReport.id).where(
            readable_reports(cursor.view.seen_by(actor)), readable_reports(actor).is_not(true())
        )
        return list(session.scalars(found, execution_options=catching_up.COMPARED))

    patch.setattr(catching_up, "_lost_sight", lost)


def events_unwatched(patch: Patch) -> None:
    patch.delitem(change_notes.WATCHED, "events")


def by_sequence(patch: Patch) -> None:
    """Up to the highest number so far; who has a lower one and commits later is never seen."""

    def mark(session: Any) -> Mark:
        return Mark((session.scalar(select(func.max(Change.seq))) or 0) + 1)

    patch.setattr(catching_up, "mark_now", mark)
    patch.setattr(Mark, "precedes", lambda self, session: Change.seq >= self.next)


def open_forgotten(patch: Patch) -> None:
    """By transactions, but as if none were still going on."""
    now = changes.mark_now
    patch.setattr(catching_up, "mark_now", lambda session: Mark(now(session).next))


FAULTS: dict[str, Callable[[Patch], None]] = {
    "nothing ever leaves": lambda patch: patch.setattr(catching_up._Walk, "_had", lambda *_: set()),
    "a view is kept": kept_view,
    "a lost view takes nothing back": lambda patch: patch.setattr(catching_up, "_lost_sight", lambda *_: []),
    "the last audience": last_audience,
    "nobody took part": nobody_took_part,
    "all that is hidden has gone": all_that_is_hidden_has_gone,
    "lost whatever it was": lost_whatever_it_was,
    "events are not watched": events_unwatched,
    "events stay": lambda patch: patch.setattr(catching_up._Walk, "_take_back", lambda *_: None),
    "changes during a round": lambda patch: patch.setattr(catching_up._Walk, "_changed_later", lambda *_: {}),
    "a view changes half-way": lambda patch: patch.setattr(
        catching_up, "_goes_on", lambda cursor, actor, here, view, epoch: True
    ),
    "secrets of the bureau": lambda patch: patch.setattr(audience, "catalogue", dict),
}
FAULTS_OF_TRANSACTIONS = {"by sequence": by_sequence, "open ones forgotten": open_forgotten}


EVERYDAY = ("all that is hidden has gone", "events are not watched", "events stay")
"""Found within seconds; the others take minutes, and the full profile."""


def found(engine: Engine, fault: Callable[[Patch], None], patch: Patch) -> bool:
    CatchingUp.store = (engine, rows_of(engine))
    with patch.context() as planted:
        fault(planted)
        try:
            run(CatchingUp, TRIES)
        except AssertionError:
            return True
    return False


def opened(url: str) -> Engine:
    engine = create_engine(url)
    prepare_engine(engine)
    return engine


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", FAULTS if FULL else EVERYDAY)
def test_every_planted_fault_is_found(sqlite: str, monkeypatch: Patch, name: str) -> None:
    engine = opened(sqlite)
    assert found(engine, FAULTS[name], monkeypatch)
    engine.dispose()


@pytest.mark.skipif(not FULL, reason="minutes; test_changes.py has the two cases by hand")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", FAULTS_OF_TRANSACTIONS)
def test_faults_of_concurrent_writers_are_found(postgresql: str, tmp_path: Path, monkeypatch: Patch, name: str) -> None:
    engine = opened(settings_for(postgresql, tmp_path).database_url)
    assert found(engine, FAULTS_OF_TRANSACTIONS[name], monkeypatch)
    engine.dispose()
