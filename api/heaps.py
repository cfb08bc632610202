"""All threads of a web process take their memory from the same two heaps.

The C library gives each thread a heap of its own, up to eight for each processor, and keeps in each what its largest picture
needed: eight threads that take pictures held 19 MB each. Python runs one thread at a time, so that hardly one waits for another's heap.
"""

from __future__ import annotations

import ctypes

ARENA_MAX = -8
"""glibc's name of that setting (``man 3 mallopt``)."""

HEAPS = 2


def share_heaps() -> bool:
    """Whether the C library has such a setting and took it. For threads that are made from now on."""
    set_ = getattr(ctypes.CDLL(None), "mallopt", None)
    return set_ is not None and bool(set_(ARENA_MAX, HEAPS))
