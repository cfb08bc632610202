"""Once a day: pages that nobody can see any more, as they are of no unit and their sender has left, go to a unit."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from api.scan_reading import read_anew
from brigade.dates import tokyo_day
from brigade.jobs import Work
from brigade.organisation.people import Membership
from brigade.organisation.units import valid_on
from brigade.scans.noting import put_sheet
from brigade.scans.reviewing import template_of
from brigade.scans.senders import reader
from brigade.scans.sheets import NotThisSheet, printed, stored_sheet
from brigade.scans.tables import PageState, ScanPage
from brigade.scopes import act_as

_OF_NONE = and_(ScanPage.state == PageState.READ.value, ScanPage.unit_id.is_(None))
EVERYONES = {"as_system": "pages that only who left could see go to the unit that decides on them"}


def hand_over_left(work: Work) -> None:
    """Pages under review of no unit are of the one to which their sender belonged last (or the bureau: ``reader``), read anew
    as its sheets; those who lead it decide.
    """
    serves = exists().where(Membership.member_id == ScanPage.uploader_id, valid_on(Membership, tokyo_day(work.now())))
    with Session(work.engine) as session:
        keys = session.execute(
            select(ScanPage.scan_id, ScanPage.n).where(_OF_NONE, ~serves), execution_options=EVERYONES
        )
        found = [tuple(key) for key in keys]
    for scan_id, n in found:
        with work.transaction() as session:
            held = select(ScanPage).where(ScanPage.scan_id == scan_id, ScanPage.n == n, _OF_NONE).with_for_update()
            page = session.scalar(held, execution_options=EVERYONES)
            if page is not None:
                _hand_over(session, page, work.now())


def _hand_over(session: Session, page: ScanPage, now: dt.datetime) -> None:
    actor, unit_id = reader(session, page.uploader_id, now)
    if unit_id is None:
        return
    act_as(session, actor)
    template = template_of(page)
    try:
        sheet = printed(session, actor, template, replace(stored_sheet(page), unit_id=unit_id))
    except NotThisSheet:
        return
    put_sheet(page, template, sheet.sheet, read_anew(template, page, sheet, actor))
    page.version += 1
