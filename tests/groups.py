"""Which tests of a parallel run go to one worker: those that share something costly, which each worker would make anew.

``pytest --dist loadgroup`` hands out tests by the name after the ``@`` of their ids. pytest-xdist 3.8 writes it where
pytest 9.2 no longer looks, and then hands out every test by itself without a word (pytest-dev/pytest-xdist#1386).
"""

from __future__ import annotations

import pytest

SHARED = ("shared_engine", "quiet", "town")
"""Fixtures that are made for a file and a kind of store."""


def group_of(item: pytest.Item) -> str:
    """What the test is marked with, or else its file and kind of store if it shares one; empty for all others."""
    marked = [str(mark.args[0]) for mark in item.iter_markers("xdist_group")]
    said = getattr(item, "callspec", None)
    shared = [f"{item.path.stem} {said.params[name]}" for name in SHARED if said and name in said.params]
    return next(iter([*marked, *shared]), "")


def name_group_in_id(item: pytest.Item) -> None:
    """Write the group where the scheduler reads it."""
    if group := group_of(item):
        item._id = type(item.id).parse(f"{item.nodeid}@{group}")
