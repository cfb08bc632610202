"""The chain's tables: links, heads, signed lists of heads, and what was erased and removed under them.

They hold ids, places and digests, never a word or a name.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from brigade.db import Base


class ChainHead(Base):
    """How long a chain is, and the digest of its last link. ``signed``: its length at the last signing.

    A chain bears the id of a brigade; of the station or bureau for what belongs to no brigade.
    """

    __tablename__ = "chain_heads"

    chain_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    length: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    signed: Mapped[int]


class ChainLink(Base):
    """One link (``format.Entry``) at its place, from 1 without gaps. No foreign key: it outlives a draft thrown away."""

    __tablename__ = "chain_links"

    chain_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8))
    report_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    event: Mapped[bytes | None] = mapped_column(LargeBinary)
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    row: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint("place >= 1", name="place"),
        Index("uq_chain_links_report_id_seq", "report_id", "seq", unique=True),
    )


class ErasedPart(Base):
    """Words of a report that were erased: the ``text`` of event ``seq``, or the words in the ``content`` saved by it.

    ``by_seq`` is the event that erased them, ``digest`` that of what is left of the content.
    """

    __tablename__ = "erased_parts"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("activity_reports.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[str] = mapped_column(String(8), primary_key=True)
    by_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint("part IN ('text', 'content')", name="part"),
        CheckConstraint("(part = 'content') = (digest IS NOT NULL)", name="digest"),
        CheckConstraint("by_seq > seq", name="order"),
    )


class RemovedReport(Base):
    """A report was removed after its keeping time: when, by whose order, in which run. No foreign key to it: it is gone."""

    __tablename__ = "removed_reports"

    report_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    by_id: Mapped[uuid.UUID]
    run_id: Mapped[uuid.UUID]


class SignedHeads(Base):
    """A signed list: every chain that had grown since the list before, as ``[chain, length, digest]``.

    ``number`` has no gaps and ``body`` names the digest of the list before, so that none can be taken out unseen.
    """

    __tablename__ = "signed_heads"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    body: Mapped[dict[str, Any]]
    key: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
