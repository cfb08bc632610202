"""HTTP only: parse, call one action of ``brigade/``, serialise. No rule and no SQL of its own."""

from __future__ import annotations

import gc

from api.counted_together import begin_where_several_serve

begin_where_several_serve()

# What is imported stays: to look for garbage in it again and again is a fifth of a start, and later each time anew.
gc.disable()

from api.app import create_app  # noqa: E402  only after the line above

gc.freeze()
# A page is made of thousands of values and leaves none of them in a circle. To look through them after each 700 new ones, as
# Python does by itself, took a twentieth of its time.
gc.set_threshold(5_000)
gc.enable()

__all__ = ["create_app"]
