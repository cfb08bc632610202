"""The sender of a scan is told: that it was read, that it cannot be, that reading it was given up."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.extensions import db, storage
from brigade.dates import utc_now
from brigade.jobs import LEASE, TRIES, WHEN_GIVEN_UP, claim, writing
from brigade.scans.tables import ScanFile
from brigade.scans.taking import READ, file_key
from tests.api.answers import API
from tests.api.asking import signed_in
from tests.api.scanning import SCANS, at, drill, pdf, scan, send, sent, work
from tests.make import SYSTEM

pytestmark = pytest.mark.usefixtures("pages")


def notices(person) -> list[dict]:
    return [one for one in person.get(f"{API}/notices").json["items"] if one["kind"].startswith("scan-")]


def test_the_sender_is_told_once_that_a_scan_was_read_or_could_not_be(app, ask, city) -> None:
    member = ask("squad11a")
    found = sent(app, member, pdf(drill(app, city), "not-a-form"))
    (read,) = notices(member)
    assert (read["kind"], read["screen"]["kind"], read["href"]) == ("scan-read", "scans", SCANS)
    assert read["text"] == (
        "送った紙2ページを読み取りました。あなたの確認を待っている用紙が1ページあります。 "
        "読み取れなかったページが1ページあります。「紙」の画面で結果を見られます。"
    )
    page = found["pages"][1]
    member.patch(at(page), json={"form": "roster"}, headers={"If-Match": f'"{page["version"]}"'})
    work(app)
    assert len(notices(member)) == 1
    sent(app, member, b"<html>")
    assert [one["kind"] for one in notices(member)] == ["scan-refused", "scan-read"]
    assert notices(ask("squad11")) == []


def test_the_sender_is_told_each_time_that_reading_was_given_up(app, ask, client, city, pages, clock) -> None:
    """By a worker that failed often enough, and by one that found the job with nobody left to do it."""
    data = pdf(drill(app, city))
    answer = send(ask("squad11a"), data).json
    for tries in range(1, TRIES + 1):
        pages.failing[0] = MemoryError("no page is worth it")
        work(app)
        clock.shift(500)
        if tries == TRIES - 1:
            assert notices(signed_in(client, "squad11a")) == []
    member = signed_in(client, "squad11a")
    (told,) = notices(member)
    assert (told["kind"], told["screen"]["kind"], told["href"]) == ("scan-given-up", "scans", SCANS)
    assert "もう一度送ると、続きから読み取ります" in told["text"]
    assert notices(signed_in(client, "squad11")) == []
    assert send(member, data).json["job_id"] == answer["job_id"]
    with app.app_context():
        for _ in range(TRIES + 1):
            with writing(db.engine) as session:
                claim(session, utc_now())
            clock.shift(LEASE.total_seconds() + 1)
    assert [one["kind"] for one in notices(member)] == ["scan-given-up"] * 2


@pytest.mark.parametrize("damaged", ["cut short", "another"])
def test_a_file_that_the_store_gives_otherwise_is_neither_read_nor_refused(app, ask, city, clock, damaged) -> None:
    """Half a pile of paper would be read as if it were all of it."""
    one, other = drill(app, city), drill(app, city, day="091108")
    data = pdf(one, other)
    member = ask("squad11a")
    answer = send(member, data).json
    with app.app_context(), writing(db.engine) as session:
        file_id = session.scalars(select(ScanFile.file_id), execution_options=SYSTEM).one()
        storage().put(file_key(file_id), pdf(one) if damaged == "cut short" else b"<html>", replace=True)
    work(app)
    assert (scan(member, answer["id"])["pages"], notices(member)) == ([], [])
    with app.app_context():
        storage().put(file_key(file_id), data, replace=True)
    clock.shift(500)
    work(app)
    assert [page["state"] for page in scan(ask("squad11a"), answer["id"])["pages"]] == ["read", "read"]


def test_nobody_is_told_that_a_scan_was_given_up_that_was_read(app, ask, city) -> None:
    """Its worker was killed between its last page and its end."""
    found = sent(app, ask("squad11a"), pdf(drill(app, city)))
    with app.app_context(), writing(db.engine) as session:
        WHEN_GIVEN_UP[READ](session, {"scan_id": found["id"]}, utc_now())
    assert [one["kind"] for one in notices(ask("squad11a"))] == ["scan-read"]
