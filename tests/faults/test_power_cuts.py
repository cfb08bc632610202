"""The power goes while people work, at any call that writes: every report that was answered for is there afterwards (R-01p).

The deployed server runs under strace on SQLite and files; ``power.py`` says what a disk may hold after a cut at each
moment, and each such image is opened by the product and held against what everyone was told. BRIGADE_TEST_IMAGES is how many are to
be looked at for each kind of journal, after every call and not after some of them; BRIGADE_SEED shifts what happens.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

from brigade import connections as stores
from tests import make
from tests.api.conftest import Rows
from tests.faults.aftermath import STORE, Aftermath
from tests.faults.household import Nursery, household
from tests.faults.power import Files, moments
from tests.faults.recorder import COMMAND, Trace, unable
from tests.faults.recording import Recording, on_disk, record, sent_again

LONG = "BRIGADE_TEST_IMAGES" in os.environ
IMAGES = int(os.environ.get("BRIGADE_TEST_IMAGES", "100"))
SEED = os.environ.get("BRIGADE_SEED", "1")
SHARE, BY_CHANCE = (1.0, 8) if LONG else (0.02, 1)
pytestmark = [pytest.mark.xdist_group("power"), pytest.mark.timeout(600 + IMAGES // 5)]

JOURNALS = {"rollback": "rollback", "wal": "wal checkpoints"}
AIMS = [
    ("rollback", "synchronous_off", "lost report"),
    ("wal", "synchronous_normal", "lost report"),
    ("rollback", "journal_in_memory", "damaged"),
    ("rollback", "journal_deleted", "lost report"),
    ("wal", "answer_before_commit", "lost report"),
    ("rollback", "file_after_its_row", "lost file"),
    ("wal", "file_not_synced", "lost file"),
    ("rollback", "name_not_synced", "lost file"),
    ("wal", "new_folders_not_synced", "lost file"),
    ("rollback", "key_not_synced", "damaged key"),
]
"""Kind of journal, what is planted, and what must be complained about."""

Recorded = Callable[..., Recording]


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Nursery, Trace]]:
    """The program, imported once, under strace."""
    if why := unable():
        pytest.skip(f"no power cut is tried: {why}")
    folder = tmp_path_factory.mktemp("traced")
    trace = Trace(folder / "calls")
    nursery = Nursery(folder / "log", under=[*COMMAND, "-o", str(trace.path)])
    yield nursery, trace
    nursery.close()


@pytest.fixture
def recorded(
    traced: tuple[Nursery, Trace], city_and_rows: tuple[make.City, Rows], sqlite_template: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Recorded:  # fmt: skip
    """What makes a recording on a fresh store with this journal; its last state is what stands on the disk."""

    def of(journal: str, planted: str, seed: str, rounds: int) -> Recording:
        monkeypatch.setattr(stores, "sqlite_wal_is_safe", lambda: journal == "wal")
        folder, nursery, trace = tmp_path / uuid4().hex, *traced
        (folder / "var").mkdir(parents=True)
        moved = household(
            nursery,
            folder,
            *city_and_rows,
            template=sqlite_template,
            planted=f"{JOURNALS[journal]} {planted}",
            var=folder / "var",
        )
        with moved as house:
            made = record(house, trace, seed, rounds)
            past = unlike(made, on_disk(house)[1])
            assert not past, f"written past the recorder: {past}"
            if not planted:
                others = sent_again(house, trace, made)
                assert not others, f"sent again after the cut, answered otherwise: {others}"
        return made

    return of


def unlike(made: Recording, files: Files) -> list[str]:
    """The files that are others than the recording makes them."""
    played = made.disk()
    for op, what in moments(made.ops):
        getattr(played, what)(op)
    seen = played.live.seen()
    return sorted(path for path in seen.keys() | files.keys() if seen.get(path) != files.get(path))


@contextmanager
def looking(tmp_path: Path) -> Iterator[Aftermath]:
    """In memory, where a disk in memory is at hand: nobody has to wait for these images to be stored."""
    memory = Path("/dev/shm")
    folder = (memory if os.access(memory, os.W_OK) else tmp_path) / f"brigade-{uuid4().hex}"
    folder.mkdir()
    aftermath = Aftermath(folder)
    try:
        yield aftermath
    finally:
        aftermath.close()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@pytest.mark.parametrize("journal", ["rollback", "wal"])
def test_what_was_answered_for_outlives_the_power(
    recorded: Recorded, tmp_path: Path, journal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    images = lives = answers = reports = 0
    faults = Counter[str]()
    while images < IMAGES and not faults:
        lives += 1
        seed = f"{SEED}-{journal}-{lives}"
        made = recorded(journal, "", seed, 1)
        answers, reports = answers + len(made.whose()), reports + made.acknowledged()
        assert any(op.kind == "write" and op.path == STORE for op in made.ops), "the log was never emptied"
        with looking(tmp_path) as aftermath:
            for cut in made.cuts(Random(seed), SHARE, BY_CHANCE):
                images += 1
                faults.update(set(aftermath.complaints(*cut)))
    seen = f"{images} images, {answers} answers, {reports} reports, {lives} lives"
    with capsys.disabled():
        print(f"\n{journal}, seed {SEED}: {seen}: {dict(faults)}")  # noqa: T201
    assert reports > 0
    assert not faults, f"in life {lives} of seed {SEED}: {dict(faults)}"


@pytest.mark.parametrize(("journal", "planted", "complaint"), AIMS)
def test_a_planted_fault_is_found_out(
    recorded: Recorded, tmp_path: Path, journal: str, planted: str, complaint: str
) -> None:
    made, found = recorded(journal, planted, planted, 0), Counter[str]()
    with looking(tmp_path) as aftermath:
        for cut in made.cuts(Random(planted), 0.1, 1):
            found.update(aftermath.complaints(*cut))
            if any(one.startswith(complaint) for one in found):
                return
    raise AssertionError(f"not found out: {dict(found)}")
