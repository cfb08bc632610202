"""What is only read, and much of it, may be answered by a second PostgreSQL server that follows the first one.

An answer from there is never older than its question. Who asks is looked up on the first server, so a device that was
dismissed is out at once; that server also says how far its log has been written, and the replica answers once it has
played the log up to that place. If it has not within ``PATIENCE``, or is not there, the first server answers.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import Flask, current_app
from prometheus_client import Counter
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from api.extensions import ELSEWHERE
from api.log_lines import failure
from brigade.connections import prepare_engine
from brigade.settings import Settings

REPLICA = "brigade.replica"
PATIENCE = 0.2
"""Seconds that a request waits for the replica to catch up; it is commonly some milliseconds behind."""
STEP = 0.01
"""Between two looks: PostgreSQL 15 has no call that waits until the log has been played so far."""
REST = {"behind": 1.0, "lost": 30.0}
"""Seconds for which a replica that was behind, or away, is not asked."""

READS = Counter(
    "brigade_replica_reads_total", "Heavy reads by whether the replica answered, was behind or lost.", ["outcome"]
)
log = logging.getLogger("brigade.replica")

# Whatever was committed before is below the first server's place: the commit waits for its log to be flushed.
_WRITTEN = text("SELECT pg_current_wal_flush_lsn()::text")
_PLAYED = text("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:place AS pg_lsn)")


class Replica:
    """The server that follows, and until when it is left alone."""

    def __init__(self, url: str) -> None:
        patience = {"connect_timeout": 2, "tcp_user_timeout": 5000}
        self.engine: Engine = create_engine(
            url, pool_size=10, max_overflow=10, pool_recycle=1800, pool_timeout=2, connect_args=patience
        )
        prepare_engine(self.engine)
        self._rests_until = 0.0

    def has_all(self, session: Session) -> bool:
        """Whether all that the session's server holds can be read here. Waits for it as long as ``PATIENCE``."""
        if time.monotonic() < self._rests_until:
            return False
        place = session.connection().scalar(_WRITTEN)
        try:
            with self.engine.connect() as connection:
                if self._await(place, connection.execution_options(isolation_level="AUTOCOMMIT")):
                    READS.labels("replica").inc()
                    return True
        except (DBAPIError, PoolTimeout) as error:
            self.rest("lost", error)
            return False
        self.rest("behind")
        return False

    def _await(self, place: Any, connection: Any) -> bool:
        end = time.monotonic() + PATIENCE
        while not connection.scalar(_PLAYED, {"place": place}):
            if time.monotonic() > end:
                return False
            time.sleep(STEP)
        return True

    def rest(self, why: str, error: Exception | None = None) -> None:
        """Leave it alone for a while."""
        READS.labels(why).inc()
        self._rests_until = time.monotonic() + REST[why]
        if error is not None:
            log.warning("replica does not answer", extra=failure(error))


def install(app: Flask, settings: Settings) -> None:
    """The replica of the settings, if they name one."""
    if settings.replica_url:
        app.extensions[REPLICA] = Replica(settings.replica_url)


def move(session: Session, how: dict[str, Any]) -> None:
    """From here on the session reads from the replica, in a transaction begun with ``how``, if it has everything."""
    replica: Replica | None = current_app.extensions.get(REPLICA)
    if replica is not None and replica.has_all(session):
        session.rollback()
        session.info[ELSEWHERE] = replica.engine
        session.connection(execution_options=how)


def failed(session: Session, error: OperationalError) -> bool:
    """Whether the answer broke off on the replica, so that the first server can give it."""
    if ELSEWHERE not in session.info:
        return False
    replica: Replica = current_app.extensions[REPLICA]
    if error.connection_invalidated:
        replica.rest("lost", error)
    return True
