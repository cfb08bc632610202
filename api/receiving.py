"""What becomes of a picture's bytes: looked at in the sandbox, files into the storage, then the row in one short
transaction. Nothing of it is done while a transaction is open, so that others go on writing meanwhile.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from api import present
from api.endpoint import Call
from api.extensions import storage
from brigade.files import attachments
from brigade.files.attachments import Kept
from brigade.problems import Problem, Unavailable
from pictures.asked import Clean
from pictures.kinds import PictureRefused
from pictures.sandbox import SANDBOX, Busy

REFUSALS = {
    "format": "picture-format",
    "heic": "picture-heic",
    "too-large": "picture-too-large",
    "too-many-pixels": "picture-too-many-pixels",
    "unreadable": "picture-unreadable",
}
PAUSE = 10
"""Seconds after which a picture for which there was no time may be sent again."""


def receive(call: Call, id_: uuid.UUID, data: bytes, also: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """The picture as answered; the one of before where the same bytes came again. ``also`` is committed with it."""
    session, actor = call.session, call.actor
    digest = hashlib.sha256(data).hexdigest()
    if attachments.sent_before(session, actor, id_, digest) is None:
        attachments.check_quota(session, actor)
        session.rollback()
        kept = _kept(cleaned(data), digest, len(data))
    else:
        session.rollback()
        kept = None
    try:
        session.connection(execution_options={"writing": True})
        row = attachments.sent_before(session, actor, id_, digest)
        is_new = row is None
        if row is None:
            if kept is None:  # deleted between the two looks
                raise Unavailable(retry_after=1)
            row = attachments.keep(session, actor, id_, kept)
        also()
        body = present.attachment(row)
    except Exception:  # nothing was committed: no row names the files
        _drop(kept)
        raise
    session.commit()  # should this fail, nobody knows whether it was done: the files stay, to be swept if not
    if not is_new:
        _drop(kept)
    return body


def cleaned(data: bytes) -> Clean:
    """The clean picture, or the problem of one that will not be taken."""
    try:
        return SANDBOX.clean(data)
    except PictureRefused as refusal:
        raise Problem(REFUSALS[refusal.reason]) from None
    except Busy:
        raise Unavailable(retry_after=PAUSE) from None


def _kept(made: Clean, digest: str, sent_bytes: int) -> Kept:
    files = attachments.put_files(storage(), made.picture, made.thumbnail)
    return Kept(files, len(made.picture), made.width, made.height, made.taken_at, digest, sent_bytes)


def _drop(kept: Kept | None) -> None:
    if kept is not None:
        attachments.drop(storage(), attachments.keys_of(kept.files.id))
