"""Phones that run the example client as a process of its own, and take pictures."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"
DONE, WAITING, REFUSED, SIGNED_OUT = range(4)


@dataclass
class Phone:
    """A home folder and the client's commands on it. ``ended`` counts how they ended, -9 those that were killed."""

    home: Path
    address: str
    timeout: float = 2
    ended: Counter[int] = field(default_factory=Counter)
    said: str = ""

    def run(self, *command: str | Path, killed_after: float | None = None) -> int:
        """The exit code of one command; -9 where it was killed after so many seconds."""
        # -S: without any package but Python's own.
        start = [sys.executable, "-S", "-m", "phone_client", "--home", str(self.home), "--server", self.address]
        with subprocess.Popen(
            [*start, "--timeout", str(self.timeout), *command],
            cwd=EXAMPLES, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        ) as process:  # fmt: skip
            try:
                self.said, _ = process.communicate(timeout=killed_after)
            except subprocess.TimeoutExpired:
                process.kill()
                self.said, _ = process.communicate()
        self.ended[process.returncode] += 1
        assert "Traceback" not in self.said, self.said
        return process.returncode

    def until_done(self, *command: str | Path, chance: Callable[[], float | None] = lambda: None) -> None:
        """The same command until it has worked, with kills by chance; refusals and sign-outs are not to be waited out."""
        for _ in range(100):
            code = self.run(*command, killed_after=chance())
            if code == DONE:
                return
            assert code in (WAITING, -9), f"{command}: {self.said}"
        raise AssertionError(f"{command} never worked: {self.said}")

    def look(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the phone's own store answers."""
        connection = sqlite3.connect(self.home / "phone.sqlite3", timeout=30)
        try:
            with connection:
                return connection.execute(question, values).fetchall()
        finally:
            connection.close()

    def doze(self) -> None:
        """Time goes by until the access token is no longer good."""
        self.look("UPDATE kept SET value = json_set(value, '$.until', 0) WHERE name = 'tokens'")


def photograph(rng: Random, size: tuple[int, int] = (1280, 960), quality: int = 75) -> bytes:
    """A JPEG as a phone takes it: about 100 to 300 KB, lying on its side, with its position and the time."""
    shapes, grain = (
        Image.frombytes("L", at, rng.randbytes(at[0] * at[1])).resize(size, Image.Resampling.BICUBIC).convert("RGB")
        for at in ((64, 48), (640, 480))
    )
    picture = Image.blend(shapes, grain, rng.uniform(0.05, 0.35))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x0132] = "2026:11:08 10:15:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 26.0, rng.uniform(0, 60)), 3: "E", 4: (139.0, 38.0, 30.0)})
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()
