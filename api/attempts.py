"""What a request that met another one does: it is done again from its start, in a session of its own, a few times."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from api import replica
from api.extensions import db
from api.log_lines import constraint_of
from api.viewings import keep_viewed
from brigade.problems import Conflict, Problem

log = logging.getLogger("brigade.attempts")
Said = TypeVar("Said")
ATTEMPTS = 3
RETRIED = ("40001", "40P01")
"""PostgreSQL: serialization failure, deadlock (the other one went first; this one may go again)."""


def attempted(once: Callable[[bool], Said], *, maybe_answered: Callable[[], bool] = lambda: False) -> Said:
    """``once(first)``, whose session serves one actor and one attempt.

    ``maybe_answered``: whether what it refuses at first may be there because the same request was answered meanwhile; then
    it looks once more. Raises ``Conflict`` where the store's own rules still refuse the last attempt.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return once(attempt == 1)
        except IntegrityError as error:
            # Two wrote the same id at the same instant: the second one finds the first one's answer.
            if attempt == ATTEMPTS:
                log.error("constraint", extra={"constraint": constraint_of(error)})
                raise Conflict() from None
        except OperationalError as error:
            if attempt == ATTEMPTS or not (went_first(error) or replica.failed(db.session(), error)):
                raise
        except Problem as problem:
            if problem.keep:
                db.session.commit()
            elif attempt == 1 and maybe_answered():
                continue
            raise
        finally:
            keep_viewed()
            db.session.remove()
    raise AssertionError("unreachable")


def transaction(session: Session, writes: bool) -> dict[str, Any]:
    """How a request's transaction begins. Whoever only reads, reads the store as it was at one moment (ADR 70); on SQLite
    everybody does.
    """
    if not writes and session.get_bind().dialect.name == "postgresql":
        return {"isolation_level": "REPEATABLE READ"}
    return {"writing": writes}


def went_first(error: OperationalError) -> bool:
    """Whether another transaction was in the way, and trying again is all that is needed."""
    return getattr(error.orig, "sqlstate", None) in RETRIED
