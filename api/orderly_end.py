"""A command that is told to end (TERM, or HUP when a terminal is closed) ends as after Ctrl-C: transactions are taken back
and temporary files removed, where Python by itself would die on the spot and leave them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDS = (signal.SIGTERM, signal.SIGHUP)


class Ended(SystemExit):
    """The command was told to end. Its code is the one that a shell gives for the signal, 143 for TERM."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


@contextmanager
def orderly_end() -> Iterator[None]:
    """Raise ``Ended`` where a signal would kill the process. One that somebody else answers, or ignores, is left to them:
    the worker ends in its own way, and nohup means what it says.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended: list[Ended] = []
    ours = [one for one in ENDS if signal.getsignal(one) is signal.SIG_DFL]

    def end(number: int, _frame: object) -> None:
        for one in ours:
            signal.signal(one, signal.SIG_IGN)  # told once is enough: what clears up is not cut off
        ended.append(Ended(number))
        raise ended[0]

    for one in ours:
        signal.signal(one, end)
    try:
        yield
    except Exception:
        if ended:  # SQLite makes an error of its own of what is raised in the middle of a statement
            raise ended[0] from None
        raise
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)
