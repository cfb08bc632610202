"""What the reports of a sheet show of it: one activity's sheet as it is; of a month's, each report its own lines only."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import update

from api.extensions import db
from brigade.db import new_id
from brigade.forms.shelf import newest
from brigade.forms.template import Cell
from brigade.jobs import writing
from brigade.scans.tables import ScanPage
from brigade.scans.taking import sheet_key
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, signed_in, unavailable
from tests.api.pictures import files, root, within
from tests.api.scanning import (
    confirm,
    confirmed,
    decided,
    drill,
    keep,
    only_page,
    patched,
    sheet,
    work,
)
from tests.api.test_scan_review import MONTH

pytestmark = pytest.mark.usefixtures("pages")

COVERED, PAPER = 224, 250
SCALE = 4
"""Pixels of a millimetre on the pictures here."""


def month(app, ask, city, **said):
    """A month's sheet of two activities, ready to be confirmed: two were at the first, one of them at the second."""
    leader = ask("squad11")
    page = only_page(app, leader, sheet(app, city, "squad11", "K1-1-1", "month", of_month="2026-11", **MONTH, **said))
    reports = [{"activity": 1, "details": {"drill_type": "pump"}}]
    return patched(leader, page, fields=keep(page), reports=reports)


def look(person, report) -> Image.Image:
    (picture,) = report["attachments"]
    answer = person.get(picture["url"])
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.data)).convert("L")


def cell(name: str, at: int = 0) -> Cell:
    return next(one for one in newest()["month"].fields if one.id == name).cells[at]


def covered(picture: Image.Image, name: str, at: int = 0) -> bool:
    """Whether the middle of the box is covered; it is either that or paper."""
    box = cell(name, at)
    colour = picture.getpixel((int((box.x + box.w / 2) * SCALE), int((box.y + box.h / 2) * SCALE)))
    assert min(abs(colour - COVERED), abs(colour - PAPER)) <= 3
    return abs(colour - COVERED) <= 3


def test_each_report_of_a_month_shows_its_own_lines_only(app, ask, city) -> None:
    leader = ask("squad11")
    first, second = confirmed(leader, month(app, ask, city))["reports"]
    for report, own, other in ((first, 1, 2), (second, 2, 1)):
        picture = look(leader, report)
        assert not covered(picture, "month")
        for name in ("day", "start", "end", "kind"):
            assert not covered(picture, f"activities.{own}.{name}")
            assert covered(picture, f"activities.{other}.{name}")
        assert not covered(picture, f"came.1.{own}.acted")
        assert covered(picture, f"came.1.{other}.acted")
        assert covered(picture, "note")  # remarks on others stand there too
        for row in (3, 17):
            assert covered(picture, f"people.{row}.number", 3)
            assert covered(picture, f"people.{row}.name")
    # The second of the squad was at the first activity alone.
    assert not covered(look(leader, first), "people.2.number")
    assert covered(look(leader, second), "people.2.number")


def test_who_reads_one_report_gets_neither_the_other_picture_nor_the_sheet(app, ask, city) -> None:
    page = month(app, ask, city)
    first, second = confirmed(ask("squad11"), page)["reports"]
    ids = {one["id"] for report in (first, second) for one in report["attachments"]}
    assert len(ids) == 2
    deputy = ask("squad11-deputy") if "squad11-deputy" in city.people else ask("squad11")
    seen = {item["id"] for item in deputy.get(REPORTS).json["items"]}
    for report in (first, second):
        (picture,) = report["attachments"]
        assert (deputy.get(picture["url"]).status_code == 200) is (report["id"] in seen)
    assert ask("squad11b").get(page["picture_url"]).status_code == 404
    assert ask("squad11b").get(first["attachments"][0]["url"]).status_code == 404


def test_a_sheet_of_one_activity_is_shown_as_it_is(app, ask, city) -> None:
    member = ask("squad11a")
    (report,) = confirmed(member, decided(member, only_page(app, member, drill(app, city))))["reports"]
    picture = look(member, report)
    assert picture.getextrema()[0] >= PAPER - 3


def test_what_cannot_be_confirmed_leaves_no_picture(app, ask, city) -> None:
    leader = ask("squad11")
    page = month(app, ask, city, activities__3__day="22")
    before = files(app)
    answer = confirm(leader, page)
    assert answer.status_code == 422, answer.text
    assert files(app) == before
    assert ask("squad11").get(f"{API}/activity-reports").json["items"] == []


def test_a_page_that_was_changed_in_the_store_is_neither_shown_nor_made_a_report_of(app, ask, city, clock) -> None:
    leader = ask("squad11")
    before = files(app)
    page = decided(leader, only_page(app, leader, drill(app, city)))
    (key,) = (one for one in files(app) - before if one.startswith("sheets/"))
    path = root(app) / key
    whole = path.read_bytes()
    address = page["picture_url"]
    assert leader.get(address).data == whole
    path.write_bytes(within(whole))
    for answer in (leader.get(address), confirm(leader, page)):
        assert unavailable(answer)
    path.write_bytes(whole)
    assert leader.get(address).data == whole
    # A program from before it gives the page another picture, and leaves the digest of the one before.
    fresh = new_id()
    (root(app) / sheet_key(fresh)).parent.mkdir(exist_ok=True)
    (root(app) / sheet_key(fresh)).write_bytes(within(whole))
    with app.app_context(), writing(db.engine) as session:
        session.execute(update(ScanPage).values(picture_id=fresh), execution_options=make.SYSTEM)
    assert leader.get(address).data == within(whole)
    clock.shift(86400)
    work(app)
    leader = signed_in(app.test_client(), "squad11")
    assert leader.get(address).data == within(whole)
    (root(app) / sheet_key(fresh)).write_bytes(whole)
    assert unavailable(leader.get(address))
