"""The process in which a text engine runs. An engine that crashes, hangs, talks nonsense or eats all
memory takes nothing with it: its page has no text then, and the reason is told.

Engines are named ``module:Class`` and imported in the child only; the process that asks never loads them.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ocr.lines import Line
from ocr.marks import MOST_TEXT
from pictures.limited import ENVIRONMENT

TESSERACT = "ocr.tesseract:Tesseract"

MOST_LINES = 500
MOST_ANSWER = 2 * 1024 * 1024
"""Bytes; the child cannot write more into its answer than its limit of files, and no more than this is read."""

RUN = "import sys; sys.path.insert(0, sys.argv[1]); from ocr.engine_child import main; main(sys.argv[2:])"
PASSED = ("PATH", "LANG", "TESSDATA_PREFIX")

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The lines in the order of the boxes; with a ``failure`` (``missing``, ``time``, ``died``, ``nonsense`` or what the
    engine said) all of them are empty.
    """

    lines: tuple[Line, ...]
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """Runs the engine of that name for one page in a child of its own, within limits that its own children inherit:
    seconds on the clock, and megabytes of memory for each process.
    """

    engine: str = TESSERACT
    seconds: float = 30.0
    megabytes: int = 1500

    def read(self, page_jpeg: bytes, boxes: Sequence[Box]) -> Answer:
        """The text in each box of the page. Never raises for anything that the engine or the picture does."""
        if not boxes:
            return Answer(())
        if len(boxes) > MOST_LINES:
            return _nothing(boxes, "too-many")
        with tempfile.TemporaryDirectory(prefix="brigade-text-") as folder:
            place = Path(folder)
            (place / "page.jpg").write_bytes(page_jpeg)
            (place / "boxes.json").write_text(json.dumps(boxes), encoding="ascii")
            with (place / "answer.json").open("w+b") as answer:
                failure = self._run(folder, answer)
                if failure is not None:
                    return _nothing(boxes, failure)
                answer.seek(0)
                return _understood(answer.read(MOST_ANSWER + 1), boxes)

    def _run(self, folder: str, answer: BinaryIO) -> str | None:
        """What went wrong, None if nothing did."""
        environment = {name: os.environ[name] for name in PASSED if name in os.environ}
        environment |= {"OMP_THREAD_LIMIT": "1", "TMPDIR": folder, **ENVIRONMENT}
        root = str(Path(__file__).parents[1])
        command = [sys.executable, "-I", "-c", RUN, root, self.engine, folder, str(self.megabytes), str(self.seconds)]
        try:
            child = subprocess.Popen(  # noqa: S603  our own interpreter and program
                command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=answer,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError:
            return "missing"
        try:
            return None if child.wait(self.seconds) == 0 else "died"
        except subprocess.TimeoutExpired:
            return "time"
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)  # with whatever it started
            child.wait()


def _nothing(boxes: Sequence[Box], failure: str) -> Answer:
    return Answer((Line("", 0.0),) * len(boxes), failure)


def _understood(said: bytes, boxes: Sequence[Box]) -> Answer:
    """The answer if it makes sense."""
    try:
        if len(said) > MOST_ANSWER:
            return _nothing(boxes, "nonsense")
        told = json.loads(said)
        if isinstance(told, dict):
            return _nothing(boxes, str(told["failure"])[:100])
        lines = tuple(_line(*pair) for pair in told)
        return Answer(lines) if len(lines) == len(boxes) else _nothing(boxes, "nonsense")
    except (ValueError, TypeError, KeyError, RecursionError):
        return _nothing(boxes, "nonsense")


def _line(text: object, confidence: object) -> Line:
    if not isinstance(text, str) or isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise TypeError
    if not math.isfinite(confidence):
        raise ValueError
    shown = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text[: 2 * MOST_TEXT])
    return Line(" ".join(shown.split())[:MOST_TEXT], min(1.0, max(0.0, float(confidence))))
