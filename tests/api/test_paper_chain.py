"""The whole way of a sheet: printed, filled in by hand, scanned, read, its doubts decided, a report at the squad leader."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from bench.ocr.entries import Entry
from bench.ocr.hands import draw_hand
from bench.ocr.sources import Kind, Split
from bench.ocr.writing import Writer
from brigade.forms.filling import TICKED
from brigade.forms.shelf import newest
from tests.api.answers import API
from tests.api.asking import done
from tests.api.scanning import confirm, confirmed, doubtful, field, patched, sent

DIGITS = {"day": ("081108", "2026-11-08"), "start": ("0900", "09:00"), "end": ("1130", "11:30")}
TICKS = ("people.1.acted", "people.2.acted")


def filled(pdf: bytes, kind: Kind, seed: int) -> bytes:
    """The printed sheet with the drill written onto it, as JPEG of a scanner."""
    template = newest()["roster"]
    with pypdfium2.PdfDocument(pdf) as document:
        drawn = document[0].render(scale=300 / 72, rev_byteorder=True).to_numpy()
    pixels = np.ascontiguousarray(drawn[..., :3])
    rng = np.random.default_rng(seed)
    writer = Writer(pixels, draw_hand(Split.TEST, rng, kind), rng)
    for one in template.fields:
        empty = ("",) * len(one.cells)
        if one.id in DIGITS:
            writer.write(one, Entry(DIGITS[one.id][1], tuple(DIGITS[one.id][0]), empty))
        elif one.id in TICKS:
            writer.write(one, Entry(True, (TICKED,), empty))
        elif one.id == "kind":
            marks = tuple(TICKED if option.value == "T-01" else "" for option in one.options)
            writer.write(one, Entry("T-01", marks, empty))
        elif one.id == "place":
            writer.write(one, Entry("本町公民館", ("本町公民館",), empty))
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=75)
    return out.getvalue()


@pytest.mark.parametrize("kind", [Kind.PRINTED, Kind.FONT])
def test_a_sheet_goes_from_the_printer_to_the_squad_leader(app, ask, city, kind) -> None:
    member = ask("squad11a")
    sheet = member.get(f"{API}/forms/roster.pdf?unit_id={city.unit_id('K1-1-1')}")
    (page,) = sent(app, member, filled(sheet.data, kind, 4))["pages"]
    assert (page["state"], page["form"], page["unit"]["id"]) == ("read", "roster", str(city.unit_id("K1-1-1")))
    left = doubtful(page)
    assert "place" in left  # what is written in words is always a person's to say
    assert len(left) <= 3, [(name, field(page, name)["reasons"]) for name in left]
    assert field(page, "unit")["reasons"][0]["code"] == "as-printed"
    truth = {**{name: value for name, (_, value) in DIGITS.items()}, "kind": "T-01", "place": "本町公民館"}
    for one in page["fields"]:
        if one["status"] == "sure" and one["name"] in truth:
            assert one["value"] == truth[one["name"]]
    assert confirm(member, page).status_code == 409
    decisions = [{"name": name, "value": truth.get(name, name in TICKS)} for name in left]
    page = patched(member, page, fields=decisions, reports=[{"activity": 1, "details": {"drill_type": "pump"}}])
    (report,) = confirmed(member, page)["reports"]
    assert (report["entry_mode"], report["kind"], report["place"]) == ("ocr", "T-01", "本町公民館")
    assert (report["started_at"], report["ended_at"]) == ("2026-11-08T09:00:00+09:00", "2026-11-08T11:30:00+09:00")
    assert [one["number"] for one in report["participants"]] == [
        city.people[who].number for who in ("squad11", "squad11-deputy")
    ]
    waiting = ask("squad11").get(f"{API}/inbox").json["items"]
    assert [item["id"] for item in waiting] == [report["id"]]
    assert ask("squad11").get(report["attachments"][0]["url"]).status_code == 200
    done(ask("squad11"), report, "approve")
