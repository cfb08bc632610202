"""Sealing a month of the city's largest brigade with all its documents, beside their pages on the bare canvas."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pypdfium2
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import create_app
from api.extensions import db, storage
from api.sealing import seal_month, sealing_job
from bench.baselines import canvas
from bench.frame import Line, Run, Turn, Wrong, measured
from bench.pages import recorded
from bench.stores import MONTH, NOW, SYSTEM, Store, brigade_officer, settings_at, sqlite_file
from brigade.jobs import Work
from brigade.month.edition_files import kept_bytes
from brigade.month.editions import EditionFile

TITLE = "sealing a brigade's month with all its documents, beside their pages on the bare canvas"
SECONDS = 5.0

Documents = dict[str, bytes]  # by unit and file name


def lines(run: Run) -> Iterator[Line]:
    """CPU from the order to the last document, each round on a store in which nothing is sealed."""
    with _fresh(run) as app:
        documents, pages = recorded(partial(_sealed, app))
    wanted = _pages(documents)

    def check(product: Documents, floor: bytes) -> None:
        if (_pages(product), len(pypdfium2.PdfDocument(floor))) != (wanted, len(pages)) or not all(wanted.values()):
            raise Wrong("an empty document, or others than at the first sealing")

    def turns() -> Iterator[Turn[Documents, bytes]]:
        with _fresh(run) as app:
            yield Turn(partial(_sealed, app), partial(canvas.draw, pages), check)

    what = f"{len(documents)} documents, {len(pages):,} pages: CPU"
    yield measured(what, turns, run.rounds, None, note=f"goal: {SECONDS:g} s", warm=False)


@contextmanager
def _fresh(run: Run) -> Iterator[Flask]:
    """The application on a copy of the city."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(sqlite_file(run), Path(folder) / "city.sqlite3")
        app = create_app(settings_at(f"sqlite:///{copy}", Path(folder)))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def _sealed(app: Flask) -> Documents:
    """What the worker makes of the order of the station's officer."""
    with brigade_officer(Store("SQLite", db.engine, "")) as (session, actor, brigade_id):
        job = sealing_job(session, actor, brigade_id, MONTH)
        job.state = "running"
        work = Work(db.engine, lambda: NOW, job.id, job.kind, job.attempt, job.payload)
        session.commit()
    seal_month(work)
    with Session(db.engine) as session:
        kept = session.scalars(select(EditionFile), execution_options=SYSTEM)
        return {f"{row.unit_id} {row.name}": kept_bytes(storage(), row).data for row in kept}


def _pages(documents: Documents) -> dict[str, int]:
    """How many pages each has; of another kind than PDF 1, or 0 where it is empty."""
    return {
        name: len(pypdfium2.PdfDocument(data)) if name.endswith(".pdf") else bool(data)
        for name, data in documents.items()
    }
