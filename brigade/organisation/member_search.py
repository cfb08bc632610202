"""Finding people by what an officer is told on the telephone: a name, its reading, or a number."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from brigade.kana import katakana
from brigade.organisation.people import Member

MOST_LETTERS = 60


def named(words: str) -> ColumnElement[bool]:
    """SQL: the number is that one, or the name or its reading holds the words; blanks do not count."""
    plain = "".join(unicodedata.normalize("NFKC", words)[:MOST_LETTERS].split())
    name, kana = (func.replace(func.replace(one, " ", ""), "\u3000", "") for one in (Member.name, Member.kana))
    return or_(
        Member.number == plain, name.icontains(plain, autoescape=True), kana.icontains(katakana(plain), autoescape=True)
    )  # fmt: skip


def find_members(session: Session, words: str, most: int) -> Sequence[Member]:
    """Those of the members one may see, in the order of their readings; nobody for no words."""
    if not words.strip():
        return ()
    return session.scalars(select(Member).where(named(words)).order_by(Member.kana_sort, Member.id).limit(most)).all()
