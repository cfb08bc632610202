"""How many heaps the threads of a web process take their memory from."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

EIGHT_THREADS = """
import ctypes, sys, threading
{first}
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
all_there = threading.Barrier(9)
def take():
    libc.malloc(50_000)
    all_there.wait()
    all_there.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
all_there.wait()
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
all_there.wait()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc gives each thread a heap")
def test_threads_share_two() -> None:
    assert heaps("") > 2
    assert heaps("from api.heaps import share_heaps; assert share_heaps()") <= 2


def heaps(first: str) -> int:
    """Of a process with eight threads that all hold some memory."""
    said = subprocess.run([sys.executable, "-c", EIGHT_THREADS.format(first=first)], check=True, capture_output=True)
    return said.stdout.count(b"<heap nr=")
