"""Loaded organisations, made once for the whole run and only read."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from brigade.connections import prepare_engine
from brigade.demo.load import Summary, load

NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
REPORTS = 1_200
SYSTEM = {"as_system": "a test looks at everything"}


@dataclass(frozen=True)
class Loaded:
    """A store with a demo in it, and the file of its accounts."""

    engine: Engine
    accounts: Path
    summary: Summary


def loaded(template: Path, folder: Path, size: str, reports: int, seed: int = 1) -> Loaded:
    """A fresh store, filled."""
    engine = create_engine(f"sqlite:///{shutil.copy(template, folder / f'{size}-{seed}-{reports}.sqlite3')}")
    prepare_engine(engine)
    accounts = folder / f"{size}-{seed}-{reports}.json"
    return Loaded(engine, accounts, load(engine, size, seed, reports, accounts, NOW))


def count(session: Session, model: Any, *where: Any) -> int:
    """How many rows."""
    counted = select(func.count()).select_from(model).where(*where)
    return int(session.scalar(counted, execution_options=SYSTEM) or 0)


@pytest.fixture(scope="session")
def small(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The small one with 200 reports."""
    made = loaded(sqlite_template, tmp_path_factory.mktemp("small"), "small", 200)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The city with enough reports that everything occurs."""
    made = loaded(sqlite_template, tmp_path_factory.mktemp("city"), "city", REPORTS)
    yield made
    made.engine.dispose()
