"""Paper whose reports never left the hands of one person: thrown away, or of somebody who left. It is to be decided again.

What others did may stand on that paper alone, and nobody but its author sees a draft.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, EntryMode
from brigade.activity.history import ReportVersion
from brigade.activity.workflow import State
from brigade.dates import tokyo_day
from brigade.organisation.people import Membership
from brigade.organisation.units import valid_on
from brigade.scans.tables import PageState, ScanPage

EVERYONES = {"as_system": "paper whose only reports are nobody's goes back to all who may decide on it"}


def give_back(session: Session, drafts: Iterable[ActivityReport]) -> None:
    """These drafts are no reports of their pages any more. A page that has none left is reviewed again; not one of which
    nothing is kept by now. Call it before they are deleted.
    """
    for draft in drafts:
        if draft.entry_mode == EntryMode.OCR:
            _let_go(session, _named_by(session, draft), {str(draft.id)})


def give_back_left(session: Session, now: dt.datetime) -> None:
    """Pages that became only drafts of people who are no longer in the service are reviewed again. Their drafts stay as
    long as any draft: on hold or not, nobody but they could send them.
    """
    serves = exists().where(Membership.member_id == ActivityReport.author_id, valid_on(Membership, tokyo_day(now)))
    for page, ids in only_drafts(session, _paper_drafts().where(~serves)):
        _let_go(session, [page], ids)


def only_drafts_of(session: Session, member_id: uuid.UUID) -> bool:
    """Whether paper became only drafts of that person."""
    return bool(only_drafts(session, _paper_drafts().where(ActivityReport.author_id == member_id)))


def only_drafts(session: Session, drafts: Select[ActivityReport]) -> list[tuple[ScanPage, set[str]]]:
    """Pages all of whose reports are among these drafts, with the ids of those."""
    found = {str(one.id): one for one in session.scalars(drafts, execution_options=EVERYONES)}
    pages = {(page.scan_id, page.n): page for draft in found.values() for page in _named_by(session, draft)}
    return [(page, set(page.report_ids)) for page in pages.values() if set(page.report_ids) <= found.keys()]


def _paper_drafts() -> Select[ActivityReport]:
    return select(ActivityReport).where(
        ActivityReport.state == State.DRAFT.value, ActivityReport.number.is_(None),
        ActivityReport.entry_mode == EntryMode.OCR.value,
    )  # fmt: skip


def _named_by(session: Session, draft: ActivityReport) -> list[ScanPage]:
    """The pages that the draft was made of, held: its author closed them, and they are of a unit that it was ever for."""
    saved = select(ReportVersion.content).where(ReportVersion.report_id == draft.id)
    units = {uuid.UUID(content["unit_id"]) for content in session.scalars(saved, execution_options=EVERYONES)}
    asked = select(ScanPage).where(
        ScanPage.unit_id.in_({draft.unit_id, *units}), ScanPage.state == PageState.CONFIRMED.value,
        ScanPage.closed_by_id == draft.author_id,
    )  # fmt: skip
    rows = session.scalars(
        asked.order_by(ScanPage.scan_id, ScanPage.n).with_for_update().execution_options(populate_existing=True),
        execution_options=EVERYONES,
    )
    return [page for page in rows if str(draft.id) in page.report_ids]


def _let_go(session: Session, pages: Iterable[ScanPage], ids: Collection[str]) -> None:
    for page in pages:
        page.report_ids = [id_ for id_ in page.report_ids if id_ not in ids]
        if not page.report_ids and page.picture_id is not None and page.fields:
            page.state, page.closed_by_id, page.closed_at = PageState.READ.value, None, None
        page.version += 1
    session.flush()
