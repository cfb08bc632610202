"""What a printed document's code says of it: which edition it came from, and whether a newer one has replaced it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.month.content_code import parse_content_code
from brigade.month.editions import Edition, EditionUnit
from brigade.problems import Problem

PRINTED = {"as_system": "who holds the paper knows its code, and reads on it what is answered"}


@dataclass(frozen=True, slots=True)
class Verified:
    """What stands on the paper too; ``newest_number`` is another one when a newer edition has been made."""

    code: str
    unit_name: str
    level: str
    month: str
    number: int
    newest_number: int
    sealed_at: dt.datetime
    post: str
    office: str
    times: int
    person_times: int
    minutes: int
    yen: int


def verify(session: Session, text: str) -> Verified:
    """Problem ``code-misread`` for what cannot be a code, ``code-unknown`` for one that no document of ours bears."""
    code = parse_content_code(text)
    if code is None:
        raise Problem("code-misread")
    found = session.execute(
        select(EditionUnit, Edition)
        .join(Edition, Edition.id == EditionUnit.edition_id)
        .where(EditionUnit.code == code),
        execution_options=PRINTED,
    ).first()
    if found is None:
        raise Problem("code-unknown")
    unit, edition = found
    same = (Edition.unit_id == edition.unit_id, Edition.month == edition.month)
    newest = session.scalar(select(func.max(Edition.number)).where(*same), execution_options=PRINTED)
    return Verified(
        code, unit.name, unit.level, edition.month, edition.number, newest or edition.number, edition.sealed_at,
        edition.post, edition.office, unit.times, unit.person_times, unit.minutes, unit.yen,
    )  # fmt: skip
