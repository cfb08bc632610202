"""Rules of pay that no city has, made from one of those that ship: what is asked of a rule that none of them holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from brigade.pay import rules_file


@contextmanager
def changed(folder: Path, set_: str, texts: Mapping[str, str]) -> Iterator[None]:
    """All rule sets, with other ``texts`` in one of them, each of which it must hold; they lie in ``folder`` meanwhile."""
    for file in rules_file.FOLDER.glob("*.yaml"):
        rules = file.read_text(encoding="utf-8")
        if file.stem == set_:
            for before, after in texts.items():
                assert before in rules
                rules = rules.replace(before, after)
        (folder / file.name).write_text(rules, encoding="utf-8")
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(rules_file, "FOLDER", folder)
            rules_file.pay_rules.cache_clear()
            yield
    finally:
        rules_file.pay_rules.cache_clear()
