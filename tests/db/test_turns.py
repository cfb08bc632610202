"""Who writes next into SQLite: in the order of coming, one at a time, and nobody's place outlives them."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from brigade import turns
from brigade.connections import prepare_engine
from brigade.jobs import writing

HOLDS = """
import sys
from brigade.turns import Turns
turns = Turns(sys.argv[1])
turns.take()
print("mine", flush=True)
sys.stdin.readline()
turns.give()
print("given", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The path of a store with one table."""
    path = str(tmp_path / "store.sqlite3")
    with opened(path) as engine, writing(engine) as session:
        session.execute(text("CREATE TABLE said (word TEXT)"), execution_options=ASKED)
    return path


ASKED = {"as_system": "a table of this test alone"}


@contextmanager
def opened(path: str) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    yield engine
    engine.dispose()


@contextmanager
def another_process(path: str) -> Iterator[subprocess.Popen[str]]:
    """One that has the turn."""
    command = [sys.executable, "-c", HOLDS, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        yield process
        process.kill()


def until(true: Callable[[], bool]) -> None:
    """Until it is so; the test's own time-out ends what never comes."""
    while not true():
        time.sleep(0.001)


def say(engine: Engine, word: str) -> None:
    with writing(engine) as session:
        session.execute(text("INSERT INTO said VALUES (:word)"), {"word": word}, execution_options=ASKED)


def said(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT word FROM said ORDER BY rowid")))


def test_threads_write_in_the_order_in_which_they_came(file) -> None:
    queue = turns.queue_before(file)
    with opened(file) as engine:
        with writing(engine):
            threads = [threading.Thread(target=say, args=(engine, str(number))) for number in range(9)]
            for number, thread in enumerate(threads):
                thread.start()
                until(lambda come=number + 1: queue.waiting() == come)
        for thread in threads:
            thread.join()
        assert said(engine) == list("012345678")
        assert queue.waiting() == 0


def test_a_process_waits_for_another_and_readers_for_nobody(file) -> None:
    with opened(file) as engine, another_process(file) as other:
        assert other.stdin is not None
        waits = threading.Thread(target=say, args=(engine, "ours"))
        waits.start()
        assert said(engine) == []
        other.stdin.write("\n")
        other.stdin.flush()
        waits.join()
        assert said(engine) == ["ours"]


def test_who_waits_next_lets_no_other_process_pass(file) -> None:
    """The other one gives its turn back and comes again at once, for as long as ours waits."""
    again = "import sys; from brigade.turns import Turns\nt = Turns(sys.argv[1])\nt.take()\nprint(1, flush=True)\n"
    again += "while True:\n  t.give()\n  t.take()\n"
    with opened(file) as engine:
        with subprocess.Popen([sys.executable, "-c", again, file], stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            other.stdout.readline()
            for number in range(5):
                say(engine, str(number))
            other.kill()
        assert said(engine) == list("01234")


def test_the_turn_of_a_process_that_dies_is_free(file) -> None:
    with opened(file) as engine, another_process(file) as other:
        waits = threading.Thread(target=say, args=(engine, "after"))
        waits.start()
        other.kill()
        waits.join()
        assert said(engine) == ["after"]


def test_a_turn_that_does_not_come_is_a_locked_store_and_leaves_no_place(file, monkeypatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    with opened(file) as engine, another_process(file) as other:
        for _ in range(3):
            with pytest.raises(OperationalError, match="database is locked"):
                say(engine, "never")
        other.kill()
        other.wait()
        say(engine, "then")
        assert said(engine) == ["then"]


def test_within_a_process_too(file, monkeypatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    refused: list[OperationalError] = []

    def tries() -> None:
        try:
            say(engine, "never")
        except OperationalError as error:
            refused.append(error)

    with opened(file) as engine:
        with writing(engine):
            thread = threading.Thread(target=tries)
            thread.start()
            thread.join()
        assert len(refused) == 1
        say(engine, "then")
        assert said(engine) == ["then"]


def test_a_thread_does_not_wait_for_itself(file) -> None:
    """SQLite says at once, or after its own patience, what it says of a second writer."""

    def hurry(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    with opened(file) as engine:
        event.listen(engine, "connect", hurry)
        engine.dispose()
        with writing(engine):
            with pytest.raises(OperationalError, match="database is locked"):
                say(engine, "inner")
            refused = threading.Thread(target=say, args=(engine, "other"))
            refused.start()  # the inner one gave nobody's turn away
            until(lambda: turns.queue_before(file).waiting() == 1)
        refused.join()
        assert said(engine) == ["other"]


@pytest.mark.parametrize("ending", ["rollback", "close", "failure"])
def test_the_turn_ends_with_the_transaction_however_it_ends(file, ending) -> None:
    with opened(file) as engine:
        connection = engine.connect().execution_options(writing=True)
        connection.execute(text("INSERT INTO said VALUES ('no')"))
        if ending == "failure":
            with pytest.raises(OperationalError):
                connection.execute(text("INSERT INTO nowhere VALUES ('no')"))
        getattr(connection, "rollback" if ending == "rollback" else "close")()
        thread = threading.Thread(target=say, args=(engine, "yes"))
        thread.start()
        thread.join()
        assert said(engine) == ["yes"]
        connection.close()


def test_a_writer_has_the_turn_and_a_reader_never(file) -> None:
    queue = turns.queue_before(file)
    with opened(file) as engine:
        with engine.connect() as connection:
            connection.execute(text("SELECT word FROM said"))
            assert queue._now is None
        with writing(engine) as session:
            driver = session.connection().connection.driver_connection
            assert isinstance(driver, turns.QueueingConnection)
            assert driver.has_turn
            assert queue._now is not None
        assert not driver.has_turn
        assert queue._now is None


def test_a_folder_without_room_for_the_file_is_written_without_turns(file) -> None:
    turn = Path(file + turns.SUFFIX)
    turn.unlink()
    turn.mkdir()  # nothing can be opened there for writing
    with opened(file) as engine:
        say(engine, "all the same")
        assert said(engine) == ["all the same"]


def test_a_store_in_memory_has_no_turns() -> None:
    engine = create_engine("sqlite://")
    prepare_engine(engine)
    with engine.connect().execution_options(writing=True) as connection:
        connection.exec_driver_sql("CREATE TABLE said (word TEXT)")
        driver = connection.connection.driver_connection
        assert isinstance(driver, turns.QueueingConnection)
        assert driver.turns is None
        connection.commit()
    engine.dispose()


def test_a_forked_process_has_nobody_s_turn(file) -> None:
    """Its parent's transaction is not its own."""
    taking = turns.queue_before(file)
    taking.take()
    fork = multiprocessing.get_context("fork")
    result = fork.Queue()
    child = fork.Process(target=lambda: result.put((taking.waiting(), taking._now is None)))
    child.start()
    assert result.get() == (0, True)
    child.join()
    with another_waits(file) as other:
        taking.give()
        assert other.wait() == 0


@contextmanager
def another_waits(path: str) -> Iterator[subprocess.Popen[bytes]]:
    takes = "import sys; from brigade.turns import Turns; assert Turns(sys.argv[1]).take()"
    with subprocess.Popen([sys.executable, "-c", takes, path]) as process:
        yield process
