"""Signing the heads: once an hour one list of all chains that have grown, with a key that is used for nothing else.

Whoever can write into the store but has not the key can no longer change what stands before a signed head, not even by
computing every later digest anew.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from brigade.chain.format import FORMAT, GENESIS, canonical, digest
from brigade.chain.keys import signed
from brigade.chain.tables import ChainHead, SignedHeads
from brigade.db import Base

HEADS = Base.metadata.tables[ChainHead.__tablename__]


def sign_heads(session: Session, key: str, now: dt.datetime) -> SignedHeads | None:
    """The next signed list, with every chain that has grown since it was last signed; None where none has.

    Of two that sign at once the second finds its number taken (IntegrityError) and goes again.
    """
    grown = select(HEADS).where(HEADS.c.length > HEADS.c.signed).order_by(HEADS.c.chain_id).with_for_update()
    heads = session.execute(grown).all()
    if not heads:
        return None
    last = session.scalar(select(SignedHeads).order_by(SignedHeads.number.desc()).limit(1))
    number = last.number + 1 if last else 1
    body = {
        "format": FORMAT,
        "number": number,
        "previous": (digest(last.body) if last else GENESIS).hex(),
        "at": now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "heads": [[str(head.chain_id), head.length, head.digest.hex()] for head in heads],
    }
    public, signature = signed(key, canonical(body))
    made = SignedHeads(number=number, at=now, body=body, key=public, signature=signature)
    session.add(made)
    mark = update(HEADS).where(HEADS.c.chain_id == bindparam("chain")).values(signed=bindparam("now_signed"))
    session.connection().execute(mark, [{"chain": head.chain_id, "now_signed": head.length} for head in heads])
    session.flush()
    return made
