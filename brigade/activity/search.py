"""Finding reports by Japanese words: two-letter pieces of the text in a full-text index, then the text itself.

Neither store's own index finds two-character words (SQLite's trigram and pg_trgm need three), so the pieces are made
here: ``器具置場`` becomes ``器具 具置 置場``. SQLite keeps them in an FTS5 table that triggers fill, PostgreSQL
in an array under a GIN index; both are made by the migration. The key is normalised (NFKC, case); stored names never are.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ForeignKey,
    Text,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    select,
    table,
)  # fmt: skip
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue
from brigade.activity.whole import Report
from brigade.db import Base
from brigade.organisation.people import Member

MANY = 1_000
"""Reports with the pieces of a word. The newest page of so many is found sooner along the time than from the pieces."""

COUNTED = {"as_system": "how many rows of the index there are, up to a limit, to choose the quicker way"}
FTS = table("report_words_fts", column("rowid"), column("report_words_fts"))


class ReportWords(Base):
    """What a report is found by: ``body`` the normalised text, ``pieces`` its two-letter pieces."""

    __tablename__ = "report_words"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("activity_reports.id", ondelete="CASCADE"), unique=True)
    body: Mapped[str] = mapped_column(Text)
    pieces: Mapped[str] = mapped_column(Text)


_SAID = ReportWords.__table__.alias("said").c


def normal(words: str) -> str:
    """Full and half width, case and compatibility forms made equal."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def pieces(words: str) -> list[str]:
    """Two-letter pieces of every run of letters and digits, in order, once each, written as their code points.

    As code points, because SQLite's tokeniser knows the letters of Unicode 6.1 only and takes newer ones for blanks.
    A lone letter has no piece: it is found by looking at the text itself.
    """
    runs = "".join(c if c.isalnum() else " " for c in normal(words)).split()
    pairs = dict.fromkeys(run[i : i + 2] for run in runs for i in range(len(run) - 1))
    return [f"{ord(pair[0]):x}x{ord(pair[1]):x}" for pair in pairs]


NAMES = select(Member.name, Member.kana).where(Member.id.in_(bindparam("people", expanding=True)))


def index_report(session: Session, report: ActivityReport) -> None:
    """Make the report findable by its number, place, summary, kind and the names of its people."""
    people = {report.author_id, *report.member_ids}
    names = session.execute(
        NAMES, {"people": list(people)}, execution_options={"as_system": "the names on a report are part of it"}
    ).all()
    row = session.scalar(
        select(ReportWords).where(ReportWords.report_id == report.id),
        execution_options={"as_system": "the index row of a report at hand"},
    )
    if row is None:
        row = ReportWords(report_id=report.id)
        session.add(row)
    row.body, row.pieces = found_by(report, [(name, kana) for name, kana in names])


def found_by(report: Report, names: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """``body`` and ``pieces`` of a report on which these people (name, kana) stand."""
    kind = catalogue().get(report.kind)
    labels = [kind.label.ja, kind.label.en] if kind else []
    parts = [report.number or "", report.place, report.summary, *labels, *(part for row in names for part in row)]
    body = normal(" ".join(parts))
    return body, " ".join(pieces(body))


def few(session: Session, query: str) -> ColumnElement[bool] | None:
    """SQL on ``ActivityReport``: it holds every word of ``query``. None where there is nothing to look for, and where so many
    have the pieces that it is quicker to go through the newest ones with ``holding``.
    """
    condition = matching(session, query)
    if condition is None or _are_many(session, query):
        return None
    return ActivityReport.id.in_(select(ReportWords.report_id).where(condition))


def holding(query: str, report: Any) -> list[ColumnElement[bool]]:
    """SQL: the text of ``report`` (the mapped class, or an alias's columns) holds every word."""
    words = normal(query).split()
    text_of = [_SAID.body.contains(word, autoescape=True) for word in words]
    return [exists().where(_SAID.report_id == report.id, *text_of)] if words else []


def matching(session: Session, query: str) -> ColumnElement[bool] | None:
    """SQL on ``ReportWords``: rows that hold every word of ``query``; None when there is nothing to look for."""
    words = normal(query).split()
    if not words:
        return None
    like = [ReportWords.body.contains(word, autoescape=True) for word in words]
    hits = _hits(session, pieces(query))
    return and_(*like) if hits is None else and_(hits, *like)


def _hits(session: Session, keys: list[str]) -> ColumnElement[bool] | None:
    """SQL on ``ReportWords``: rows that have all these pieces; None without any."""
    if not keys:
        return None
    if session.get_bind().dialect.name == "sqlite":
        hits = select(FTS.c.rowid).where(FTS.c.report_words_fts.op("MATCH")(" ".join(keys)))
        return ReportWords.id.in_(hits)
    # The blank stands in the statement itself, so that the expression is the index's.
    held = func.string_to_array(ReportWords.pieces, bindparam(None, " ", Text, literal_execute=True))
    return held.op("@>")(cast(keys, ARRAY(Text)))


def _are_many(session: Session, query: str) -> bool:
    hits = _hits(session, pieces(query))
    if hits is None:
        return True
    some = select(ReportWords.id).where(hits).limit(MANY).subquery()
    return (session.scalar(select(func.count()).select_from(some), execution_options=COUNTED) or 0) >= MANY
