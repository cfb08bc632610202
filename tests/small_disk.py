"""Disks that are really full or can only be read: small file systems of a test's own. Mounting them needs root."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size in a new folder."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root; the store that may not grow stands for it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def remount(folder: Path, how: str) -> None:
    """Such a disk, to be read only from now on (``ro``) or written again (``rw``)."""
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True, capture_output=True)


def fill_up(folder: Path) -> Callable[[], None]:
    """Leave no byte free; the answer frees them again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as filled:
        for size in (1 << 16, 1 << 12):
            try:
                while filled.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast.unlink
