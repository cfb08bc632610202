"""Scans as people send them, of pages whose marks are said rather than drawn: what is looked at in pixels has its own
tests, and one here that goes the whole way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api import scan_reading, worker
from api.extensions import db
from brigade.form_sheets import filling_on
from brigade.forms.filling import filled_pages
from brigade.forms.shelf import newest
from brigade.forms.template import Field, Template
from ocr.engine import Answer
from ocr.kinds import PageRefused, file_kind
from ocr.lines import Line
from ocr.marks import page_marks
from ocr.pages import Seen
from tests import make
from tests.api.answers import API, CheckedClient, body_of

SCANS = f"{API}/scans"
DAY = dt.date(2026, 11, 8)


def digit(letter: str, sure: float = 0.9999) -> list[float]:
    """The probabilities of a box with this digit (a blank for none), the rest on the next one."""
    at = 10 if letter == " " else int(letter)
    odds = [0.0] * 12
    odds[at], odds[(at + 1) % 10] = sure, 1 - sure
    return odds


def tick(marked: bool, sure: float = 0.9999) -> list[float]:
    """The probabilities of a box to tick."""
    return [1 - sure, sure, 0.0] if marked else [sure, 1 - sure, 0.0]


def marks(
    template: Template, said: Mapping[str, Any], code: str | None = None, unsure: Sequence[str] = ()
) -> dict[str, Any]:
    """Marks of a page: letters for boxes, True for ticks, a value for choices, words for text; nothing elsewhere."""
    fields = [_marks(field, said.get(field.id), 0.7 if field.id in unsure else 0.9999) for field in template.fields]
    whole = {"form": template.code, "version": template.version, "code": code, "quality": 0.9, "turned": 0.0}
    return {**whole, "fields": fields}


def _marks(field: Field, said: Any, sure: float) -> dict[str, Any]:
    made: dict[str, Any] = {"id": field.id, "frame": 1.0, "ink": [0.0] * len(field.cells)}
    if field.type in ("digits", "date", "time"):
        letters = str(said or "").ljust(len(field.cells))
        share = len(letters) // len(field.cells)
        boxes = [letters[at * share : (at + 1) * share] for at in range(len(field.cells))]
        made["digits"] = [[digit(letter, sure) for letter in box] for box in boxes]
        made["ink"] = [0.1 if box.strip() else 0.0 for box in boxes]
    elif field.type == "tick":
        made["ticks"], made["ink"] = [tick(bool(said), sure)], [0.1 if said else 0.0]
    elif field.type == "choice":
        marked = [option.value == said for option in field.options]
        made["ticks"], made["ink"] = [tick(one, sure) for one in marked], [0.1 if one else 0.0 for one in marked]
    elif said:
        made |= {"text": said, "text_confidence": 0.9, "ink": [0.1] * len(field.cells)}
    return made


def sheet(
    app: Flask, city: make.City, login: str, unit_code: str, form: str = "roster", *, on: dt.date = DAY, nth: int = 1,
    of_month: str | None = None, **said: Any,
) -> dict[str, Any]:  # fmt: skip
    """Marks of a sheet as it is printed for the unit, with its code and printed numbers; ``said`` with ``__`` for dots."""
    template = newest()[form]
    with app.app_context(), Session(db.engine) as session:
        actor = make.bound(session, city, login)
        filling = filling_on(session, actor, city.unit_id(unit_code), on, month=of_month)
    assert filling is not None
    printed = filled_pages(template, filling)[nth - 1]
    unsure = said.pop("unsure", ())
    written = {**printed.values, **{name.replace("__", "."): value for name, value in said.items()}}
    return marks(template, written, str(printed.code), unsure)


DRILL = {"day": "081108", "start": "0900", "end": "1130", "kind": "T-01"}


def drill(
    app: Flask, city: make.City, login: str = "squad11a", unit_code: str = "K1-1-1", **said: Any
) -> dict[str, Any]:
    """A roster of a drill at which the first two of the squad were."""
    return sheet(app, city, login, unit_code, **{**DRILL, "people__1__acted": True, "people__2__acted": True, **said})


def jpeg(width: int = 840, height: int = 1188, colour: int = 250) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (colour, colour, colour)).save(out, "JPEG")
    return out.getvalue()


def pdf(*pages: Any) -> bytes:
    """A file that ``SaidPages`` reads: marks, the reason of a refusal, or a number of copies with it."""
    return b"%PDF-said " + json.dumps(pages).encode()


class SaidPages:
    """In the place of the limited process: pages are what their file says. ``calls`` are the pages looked at."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.failing: dict[int, BaseException] = {}

    def count(self, data: bytes) -> int:
        file_kind(data)
        said = self._pages(data)
        return said if isinstance(said, int) else len(said)

    def look(self, data: bytes, page: int, form: str | None = None) -> Seen:
        self.calls.append(page)
        if page in self.failing:
            raise self.failing.pop(page)
        said = self._pages(data)
        one = "not-a-form" if isinstance(said, int) else said[page]
        if isinstance(one, str):
            raise PageRefused(one, jpeg())
        template = newest()[one["form"]]
        if form not in (None, template.code):
            raise PageRefused("not-a-form", jpeg())
        pixels = hashlib.sha256(repr((one, one.get("pixels"))).encode()).hexdigest()
        return Seen(page_marks(one, template), jpeg(), 840, 1188, pixels)

    def _pages(self, data: bytes) -> Any:
        head, _, said = data.partition(b" ")
        if head != b"%PDF-said":
            raise PageRefused("unreadable")
        pages = json.loads(said)
        return pages[0] if len(pages) == 1 and isinstance(pages[0], int) else pages


class Mute:
    """A text engine that reads nothing."""

    def read(self, page_jpeg: bytes, boxes: Sequence[Any]) -> Answer:
        return Answer(tuple(Line("", 0.0) for _ in boxes))


def instead(monkeypatch: Any) -> SaidPages:
    """Let pages be what their file says, for one test."""
    said = SaidPages()
    monkeypatch.setattr(scan_reading, "PAGES", said)
    monkeypatch.setattr(scan_reading, "ENGINE", Mute())
    return said


def send(person: CheckedClient, *files: bytes, **form: Any) -> TestResponse:
    """The answer to files sent as one scan."""
    parts = [(io.BytesIO(data), f"紙{place}.pdf") for place, data in enumerate(files)]
    answer = person.post(SCANS, data={"file": parts, **{name: str(value) for name, value in form.items()}})
    answer.request.environ["wsgi.input"].close()
    return answer


def sent(app: Flask, person: CheckedClient, *files: bytes, **form: Any) -> dict[str, Any]:
    """The scan with its pages after the worker has read it."""
    said = body_of(send(person, *files, **form), 202)
    work(app)
    return scan(person, said["id"])


def work(app: Flask) -> None:
    """Let the worker do all that there is."""
    while worker.work_once(app):
        pass


def scan(person: CheckedClient, id_: str, **query: Any) -> dict[str, Any]:
    return body_of(person.get(f"{SCANS}/{id_}", query_string=query))


def at(page: Mapping[str, Any], more: str = "") -> str:
    """The address of a page."""
    return f"{SCANS}/{page['scan_id']}/pages/{page['n']}{more}"


def seen(page: Mapping[str, Any]) -> dict[str, str]:
    """``If-Match`` of the page as it was seen."""
    return {"If-Match": f'"{page["version"]}"'}


def patch(person: CheckedClient, page: Mapping[str, Any], **said: Any) -> TestResponse:
    return person.patch(at(page), json=said, headers=seen(page))


def patched(person: CheckedClient, page: Mapping[str, Any], **said: Any) -> dict[str, Any]:
    return body_of(patch(person, page, **said))


def confirm(person: CheckedClient, page: Mapping[str, Any], **said: Any) -> TestResponse:
    return person.post(at(page, "/confirm"), json=said, headers=seen(page))


def confirmed(person: CheckedClient, page: Mapping[str, Any], **said: Any) -> dict[str, Any]:
    return body_of(confirm(person, page, **said))


def field(page: Mapping[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in page["fields"] if one["name"] == name)


def doubtful(page: Mapping[str, Any]) -> list[str]:
    """Names of the fields that wait for a decision, in the order of reviewing."""
    left = [one for one in page["fields"] if one["status"] != "sure" and not one["decided"]]
    return [one["name"] for one in sorted(left, key=lambda one: one["position"])]


def keep(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The decisions that leave every doubtful field as it was read."""
    return [{"name": name, "value": field(page, name)["value"]} for name in doubtful(page)]


def fresh() -> str:
    return str(uuid.uuid4())


def decided(person: CheckedClient, page: Mapping[str, Any]) -> dict[str, Any]:
    """The page with every doubtful field left as it was read, and what a drill needs beside the form."""
    return patched(person, page, fields=keep(page), reports=[{"activity": 1, "details": {"drill_type": "pump"}}])


def only_page(app: Flask, person: CheckedClient, *marked: Any, **form: Any) -> dict[str, Any]:
    """The page of a scan of one page."""
    (page,) = sent(app, person, pdf(*marked), **form)["pages"]
    return dict(page)
