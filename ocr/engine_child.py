"""The inside of the process in which a text engine runs: limits first, then the page, then the engine."""

from __future__ import annotations

import importlib
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of any file that the engine or its children write, our own answer included."""

MOST_PIXELS = 60_000_000
"""A straightened A3 page of 8 pixels to the millimetre has 8 million."""


def main(arguments: Sequence[str]) -> None:
    """Writes ``[[text, confidence], …]`` to standard output, or ``{"failure": …}`` where the engine gave up."""
    name, folder, megabytes, seconds = arguments
    _limit(int(megabytes) << 20, int(float(seconds)) + 1)
    try:
        said: object = _read(name, Path(folder))
    except Exception as error:  # whatever an engine raises is its answer
        said = {"failure": type(error).__name__}
    sys.stdout.write(json.dumps(said))


def _limit(memory: int, cpu: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _read(name: str, folder: Path) -> list[tuple[str, float]]:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    boxes = json.loads((folder / "boxes.json").read_text(encoding="ascii"))
    module, _, engine = name.partition(":")
    with Image.open(folder / "page.jpg", formats=["JPEG"]) as page:
        page.draft("L", page.size)  # colours need not be unpacked at all
        grey = page.convert("L")
    lines = [grey.crop(box) for box in boxes]
    found = getattr(importlib.import_module(module), engine)().read(lines)
    return [(line.text, line.confidence) for line in found]
