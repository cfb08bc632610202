"""The page on personal data names what there is, and what it says is not there is not there."""

from __future__ import annotations

import re
from pathlib import Path

from brigade.activity.kinds import catalogue
from brigade.tables import METADATA

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explain/personal-data.md").read_text(encoding="utf-8")
NOT_KEPT = re.compile(r"address|phone|(^|_)tel(_|$)|birth|bank|account_number|my_number|gender|blood|family")
OTHERS = {"contact"}  # of a witness to an injury, which the page says


def test_tables_that_it_names_are_there() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert named
    assert named <= set(METADATA.tables)


def test_tables_with_somebody_in_them_are_named() -> None:
    """Those with a person's id and a text of theirs; ids alone are told by what they join."""
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    for name in ("members", "accounts", "disputes", "notice_settings", "scans", "attachments", "data_requests"):
        assert name in named


def test_no_field_for_what_is_not_kept() -> None:
    columns = {column.name for table in METADATA.tables.values() for column in table.columns}
    fields = {field.name for kind in catalogue() for field in kind.fields}
    fields |= {inner.name for kind in catalogue() for field in kind.fields for inner in getattr(field, "fields", ())}
    assert fields >= OTHERS
    assert {name for name in columns | fields if NOT_KEPT.search(name)} <= {"endpoint"}
