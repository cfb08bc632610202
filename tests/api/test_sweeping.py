"""The daily sweep: what nobody needs goes, in time and no earlier; what is named by a report or a row stays."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.extensions import db
from api.worker import work_once
from brigade.dates import utc_now
from brigade.db import new_id
from brigade.files import sweeping
from brigade.files.attachments import Attachment, picture_key, thumbnail_key
from brigade.files.uploads import Upload
from brigade.jobs import Job, writing
from tests.api.asking import REPORTS, file, signed_in, unavailable
from tests.api.pictures import ATTACHMENTS, begin, files, head, naming, patch, root, send, sent, within
from tests.make import SYSTEM
from tests.pictures.samples import photograph


@pytest.fixture(autouse=True)
def _no_files(app) -> None:
    shutil.rmtree(root(app), ignore_errors=True)


def of_now(app: Flask) -> None:
    """The files are as old as the tests' clock says, which is not the system's."""
    for name in files(app):
        os.utime(root(app) / name, times=(utc_now().timestamp(),) * 2)


def sweep(app: Flask) -> None:
    """What the worker does once a day."""
    while work_once(app):
        pass
    with app.app_context(), Session(db.engine) as session:
        assert {job.state for job in session.scalars(select(Job))} == {"done"}


def rows(app: Flask, model: type) -> set[str]:
    with app.app_context(), Session(db.engine) as session:
        return {str(id_) for id_ in session.scalars(select(model.id), execution_options=SYSTEM)}


def test_a_picture_that_no_report_names_goes_after_a_month(app, ask, city, later) -> None:
    author = ask("squad11a")
    named, loose, late = sent(author), sent(author, photograph(seed=1)), sent(author, photograph(seed=2))
    file(author, naming(city, named["id"]))
    of_now(app)
    sweep(app)
    later(days=29)
    sweep(app)
    assert rows(app, Attachment) == {named["id"], loose["id"], late["id"]}
    file(signed_in(app.test_client(), "squad11a"), naming(city, late["id"], day=9))
    later(days=1, minutes=5)
    sweep(app)
    assert rows(app, Attachment) == {named["id"], late["id"]}
    assert len(files(app)) == 4
    leader = signed_in(app.test_client(), "squad11")
    assert leader.get(f"{ATTACHMENTS}/{named['id']}").status_code == 200
    assert leader.get(f"{ATTACHMENTS}/{loose['id']}").status_code == 404


def test_taken_out_of_a_report_it_has_another_month(app, ask, city, later) -> None:
    author = ask("squad11a")
    picture = sent(author)
    draft = file(author, naming(city, picture["id"], submit=False))
    of_now(app)
    later(days=60)
    sweep(app)
    author = signed_in(app.test_client(), "squad11a")
    headers = {"If-Match": '"1"'}
    assert author.patch(f"{REPORTS}/{draft['id']}", json={"attachment_ids": []}, headers=headers).status_code == 200
    later(days=1)
    sweep(app)
    later(days=29)
    sweep(app)
    assert rows(app, Attachment) == {picture["id"]}
    later(days=2)
    sweep(app)
    assert (rows(app, Attachment), files(app)) == (set(), set())


def test_uploads_go_when_they_have_expired_with_their_pieces(app, ask, later) -> None:
    phone, old, young = ask("squad11a"), str(new_id()), str(new_id())
    data = photograph()
    begin(phone, data, old, first=data[:1000])
    of_now(app)
    later(days=6)
    phone = signed_in(app.test_client(), "squad11a")
    begin(phone, data, young, first=data[:1000])
    before = files(app)
    of_now(app)
    later(days=1, minutes=5)
    sweep(app)
    assert rows(app, Upload) == {young}
    assert files(app) == before  # a file goes a week after it was written, whatever became of its row
    later(days=5)
    sweep(app)
    phone = signed_in(app.test_client(), "squad11a")
    assert head(phone, old).status_code == 404
    assert patch(phone, young, 1000, data[1000:]).status_code == 204


def test_files_that_no_row_names_go_after_a_week_and_no_others(app, ask, later) -> None:
    """A server killed between file and row, or in the middle of a file; and what is none of ours."""
    person = ask("squad11a")
    kept = sent(person)
    mine = files(app)
    left = {
        f"pictures/ab/{new_id()}.jpg",
        f"uploads/ab/{new_id()}",
        f"thumbnails/ab/{new_id()}.jpg",
        f"tmp/{new_id().hex}",
    }
    strange = {"pictures/readme.txt", f"editions/{new_id()}.pdf", "notes"}
    for name in left | strange:
        path = Path(root(app) / name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    of_now(app)
    later(days=6, hours=23)
    sweep(app)
    assert files(app) == mine | left | strange
    later(days=1)
    sweep(app)
    assert files(app) == mine | strange
    assert send(signed_in(app.test_client(), "squad11a"), id_=kept["id"]).json == kept


def test_many_files_are_looked_at_in_parts(app, ask, later, monkeypatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    sent(ask("squad11a"))
    before = files(app)
    for _ in range(7):
        path = root(app) / f"uploads/cd/{new_id()}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    of_now(app)
    later(days=8)
    sweep(app)
    assert files(app) == before


# --- Digests ----------------------------------------------------------------------------------------------------------


def _of_before(app: Flask) -> None:
    """The rows as an older version writes them: it knows no digests, and leaves those that are there."""
    with app.app_context(), writing(db.engine) as session:
        session.execute(update(Attachment).values(file_sha256=None, thumbnail_sha256=None), execution_options=SYSTEM)


def test_pictures_from_before_digests_were_kept_are_served_and_get_one(app, ask, caplog) -> None:
    person = ask("squad11a")
    picture, cut = sent(person), sent(person, photograph(seed=1))
    _of_before(app)
    with app.app_context(), Session(db.engine) as session:
        ids = {one.id: one.file_id for one in session.scalars(select(Attachment), execution_options=SYSTEM)}
    here, other = (root(app) / picture_key(ids[UUID(one["id"])]) for one in (picture, cut))
    whole, other_whole = here.read_bytes(), other.read_bytes()
    other.write_bytes(other_whole[:-10])
    assert person.get(picture["url"]).data == whole
    here.write_bytes(within(whole))
    assert person.get(picture["url"]).data == within(whole)  # nobody can know
    here.write_bytes(whole)
    of_now(app)
    sweep(app)
    person = signed_in(app.test_client(), "squad11a")
    for path, url in (
        (here, picture["url"]),
        (root(app) / thumbnail_key(ids[UUID(picture["id"])]), picture["thumbnail_url"]),
    ):
        data = path.read_bytes()
        path.write_bytes(within(data))
        assert unavailable(person.get(url))
        path.write_bytes(data)
        assert person.get(url).data == data
    assert unavailable(person.get(cut["url"]))
    other.write_bytes(other_whole)
    assert person.get(cut["url"]).data == other_whole
