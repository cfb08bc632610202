"""Text engines that behave badly, each in a way of its own. They run in the child process only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from PIL.Image import Image

from ocr.lines import Line


class Sizes:
    """A good one: says how large each line is."""

    def read(self, lines: Sequence[Image]) -> list[Line]:
        return [Line(f"{line.width}×{line.height}", 0.5) for line in lines]


class Raising:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        raise LookupError("no language data")


class Crashing:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        os.kill(os.getpid(), signal.SIGSEGV)
        return []


class Hanging:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600) # left-behind"])
        time.sleep(600)
        return []


class Greedy:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        return [Line(str(len(bytearray(8 << 30))), 1.0)]


class Chatty:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        sys.stdout.write("x" * (200 << 20))
        return []


class Short:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        return [Line("one", 0.5)]


class Odd:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        return [Line(12, "sure") for _ in lines]  # type: ignore[arg-type]  # that is what is odd


class Endless:
    """Texts that are far too long, with signs that move a cursor, and sureness that is none."""

    def read(self, lines: Sequence[Image]) -> list[Line]:
        return [Line("\x1b[2J消\n防 " + "団" * 900, 7.0) for _ in lines]


class Nowhere:
    def read(self, lines: Sequence[Image]) -> list[Line]:
        return [Line("x", float("nan")) for _ in lines]
