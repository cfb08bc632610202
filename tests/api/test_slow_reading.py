"""A worker that was too slow: another one has its job by now, or a person wants the page read otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api import scan_reading, worker
from api.extensions import db
from brigade import jobs
from brigade.dates import utc_now
from ocr.kinds import PageRefused
from tests.api.pictures import files
from tests.api.scanning import Mute, SaidPages, drill, jpeg, patched, pdf, scan, send, work


class SlowPages(SaidPages):
    """Something happens while the first page is looked at."""

    meanwhile: Callable[[], None] | None = None
    refused = False
    before: Any = None

    def look(self, data: bytes, page: int, form: str | None = None) -> Any:
        found = super().look(data, page, form)
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
            if self.refused:
                raise PageRefused("blurred", jpeg())
        return found


@pytest.fixture
def slow(monkeypatch: Any) -> SlowPages:
    """In the place of the limited process."""
    said = SlowPages()
    monkeypatch.setattr(scan_reading, "PAGES", said)
    monkeypatch.setattr(scan_reading, "ENGINE", Mute())
    return said


@pytest.mark.parametrize("refused", [False, True])
def test_what_was_read_as_the_form_of_before_is_not_kept(app, ask, city, later, slow, refused) -> None:
    member = ask("squad11a")
    id_ = send(member, pdf(drill(app, city))).json["id"]

    def sought_anew() -> None:
        later(minutes=3)
        work(app)
        patched(member, scan(member, id_)["pages"][0], form="activity")
        slow.before = scan(member, id_), files(app)

    slow.meanwhile, slow.refused = sought_anew, refused
    worker.work_once(app)
    assert (scan(member, id_), files(app)) == slow.before
    work(app)
    (page,) = scan(member, id_)["pages"]
    assert (page["form"], page["refusal"]["code"]) == ("activity", "not-a-form")


@pytest.mark.parametrize("refused", [False, True])
def test_who_lost_the_job_stores_nothing(app, ask, city, later, slow, refused) -> None:
    member = ask("squad11a")
    id_ = send(member, pdf(drill(app, city))).json["id"]
    taken: list[int] = []

    def taken_over() -> None:
        later(minutes=3)
        with jobs.writing(db.engine) as session:
            job = jobs.claim(session, utc_now())
            taken.append(job.attempt if job else 0)
        slow.before = scan(member, id_), files(app)

    slow.meanwhile, slow.refused = taken_over, refused
    worker.work_once(app)
    assert taken == [2]
    assert (scan(member, id_), files(app)) == slow.before
    later(minutes=3)
    work(app)
    assert scan(member, id_)["pages"][0]["state"] == "read"
