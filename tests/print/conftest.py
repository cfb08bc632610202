"""Month sheets of any size for the printing tests, and what a finished PDF says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest

from brigade.month.sheet import MonthSheet
from tests.print.months import SIZES, month_sheet


@pytest.fixture(scope="session")
def make_month() -> Callable[..., MonthSheet]:
    """``make_month("company", preview=False)``."""

    def make(name: str = "company", **how: Any) -> MonthSheet:
        return month_sheet(SIZES[name], **how)

    return make


@pytest.fixture(scope="session")
def page_texts() -> Callable[[bytes], list[str]]:
    """Each page's text as a reader's search sees it."""

    def read(pdf: bytes) -> list[str]:
        with pypdfium2.PdfDocument(pdf) as document:
            return [page.get_textpage().get_text_range() for page in document]

    return read
