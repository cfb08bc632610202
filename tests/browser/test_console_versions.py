"""Two versions of a report on a real screen: beside each other on a desk, under each other on a phone."""

from __future__ import annotations

import uuid

import pytest

from api.extensions import db
from brigade.activity import actions
from brigade.activity.workflow import Action
from tests import make
from tests.api.asking import signed_in
from tests.api.pictures import sent
from tests.browser.conftest import CHROMIUM, Opens, Site
from tests.browser.test_console import SIZES, looks_right

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def path(site: Site) -> str:
    """The page of a report that was returned, changed and sent again."""
    author = signed_in(site.app.test_client(), "squad11a")
    with site.app.app_context():
        pictures = tuple(uuid.UUID(sent(author)["id"]) for _ in range(2))
        start = {"latitude": 35.5, "longitude": 139.25, "summary": "放水の訓練をした", "attachment_ids": pictures[:1]}
        row = make.report(db.session(), site.city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=18, **start)
        row = make.step(db.session(), site.city, "squad11", row, Action.RETURN, comment="時刻を確かめてください")
        fresh = make.content(site.city, "K1-1-1", "squad11a", "squad11-deputy", day=18, hour=10)
        changes = {"started_at": fresh.started_at, "participants": fresh.participants, "longitude": 139.5}
        changes |= {"attachment_ids": pictures}
        who = make.bound(db.session(), site.city, "squad11a")
        row, _ = actions.edit(db.session(), who, row.id, row.version, changes)
        make.step(db.session(), site.city, "squad11a", make.kept(db.session(), row), Action.SUBMIT)
        found = f"/console/reports/{row.id}"
        db.session.remove()
    return found


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_versions_are_beside_or_under_each_other(
    site: Site, path: str, browse: Opens, width: int, height: int
) -> None:
    page = browse("squad11", width, height)
    page.goto(site.address + path)
    changed = page.locator(".versions .differs").first
    label = changed.locator("th").bounding_box()
    assert label is not None
    assert label["width"] > 200  # a line for its words
    before, now = (changed.locator("td").nth(nth).bounding_box() for nth in range(2))
    assert before is not None
    assert now is not None
    assert (now["y"] >= before["y"] + before["height"]) == (width < 400)
    assert (now["x"] >= before["x"] + before["width"]) == (width > 400)
    looks_right(page, path, width, height)
    assert site.complaints == []
