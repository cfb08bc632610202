"""What invented reports are found by: rows of ``report_words`` as ``search.index_report`` makes them.

The text of a report is mostly made of names and sentences that stand in hundreds of others, so each part is taken to
pieces once. A test holds the rows against those of ``index_report``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from brigade.activity.kinds import catalogue
from brigade.activity.search import normal, pieces
from brigade.demo.histories import History
from brigade.demo.offices import Offices


@lru_cache(maxsize=50_000)
def _part(text: str) -> tuple[str, tuple[str, ...]]:
    return normal(text), tuple(pieces(text))


def words_of(history: History, offices: Offices) -> dict[str, Any]:
    """The row of one report: number, place, summary, kind, and everybody's name and kana."""
    report, kind = history.report, catalogue()[history.report.kind]
    people = dict.fromkeys([report.author_id, *(person.member_id for person in history.content.participants)])
    names = [text for who in people for text in (offices.members[who].name, offices.members[who].kana)]
    texts = [report.number or "", report.place, report.summary, kind.label.ja, kind.label.en, *names]
    parts = [_part(text) for text in texts if text]
    found = dict.fromkeys(piece for _, cut in parts for piece in cut)
    return {"report_id": report.id, "body": " ".join(body for body, _ in parts), "pieces": " ".join(found)}
