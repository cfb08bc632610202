"""The text engine and the process around it."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.engine import Answer, Box, EngineProcess
from ocr.lines import Line
from ocr.tesseract import by_line, montage
from ocr.texts import texts_of
from tests.ocr.pages import form, page, texted

FONT = "/usr/share/fonts/truetype/bizud-gothic/BIZUDPGothic-Regular.ttf"
BOXES: list[Box] = [(10, 10, 110, 60), (10, 70, 210, 120)]


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


WHITE = jpeg(Image.new("RGB", (300, 200), "white"))


def asked(name: str, seconds: float = 20, megabytes: int = 700) -> Answer:
    return EngineProcess(f"tests.ocr.engines:{name}", seconds, megabytes).read(WHITE, BOXES)


def test_an_engine_gets_the_lines_of_a_page_at_once() -> None:
    assert asked("Sizes") == Answer((Line("100×50", 0.5), Line("200×50", 0.5)))


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("Raising", "LookupError"),
        ("Crashing", "died"),
        ("Greedy", "MemoryError"),
        ("Chatty", "died"),
        ("Short", "nonsense"),
        ("Odd", "nonsense"),
        ("Nowhere", "nonsense"),
        ("NotThere", "AttributeError"),
    ],
)
def test_a_bad_engine_gives_empty_lines_and_a_reason(name: str, failure: str) -> None:
    assert asked(name) == Answer((Line("", 0.0), Line("", 0.0)), failure)


def test_an_engine_that_hangs_is_ended_with_all_it_started() -> None:
    assert asked("Hanging", seconds=3).failure == "time"  # by itself it would hang for ten minutes
    until = time.monotonic() + 30  # a killed process leaves /proc when the machine gets round to it
    while _running("left-behind") and time.monotonic() < until:
        time.sleep(0.1)
    assert not _running("left-behind")


def _running(words: str) -> bool:
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if words.encode() in line.read_bytes():
                return True
        except OSError:
            continue
    return False


def test_texts_are_cut_and_cleaned() -> None:
    line = asked("Endless").lines[0]
    assert line.text.startswith("[2J消 防 団団")
    assert (len(line.text), line.confidence) == (500, 1.0)


def test_what_is_no_picture_is_told() -> None:
    assert EngineProcess("tests.ocr.engines:Sizes").read(b"GIF89a...", BOXES).failure == "UnidentifiedImageError"
    assert EngineProcess("tests.ocr.engines:Sizes").read(b"", []) == Answer(())
    assert EngineProcess("tests.ocr.engines:Sizes").read(WHITE, BOXES * 300).failure == "too-many"


def test_without_the_program_no_text_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert EngineProcess().read(WHITE, BOXES).failure == "TesseractNotFoundError"


def test_without_japanese_no_text_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert EngineProcess().read(WHITE, BOXES).failure == "TesseractError"


def test_words_go_to_the_line_in_whose_band_they_stand() -> None:
    lines = [Image.new("L", (200, 56), 255), Image.new("L", (100, 56), 255), Image.new("L", (100, 56), 255)]
    sheet, bands = montage(lines)
    assert sheet.size == (248, 24 + 3 * 84)
    tops = [start + 20 for start, _ in bands]
    words = [
        {"text": text, "conf": conf, "top": str(top), "height": str(height)}
        for text, conf, top, height in [
            ("", "-1", 0, 300), ("佐藤", "90", tops[0], 30), ("一郎", "60.0", tops[0], 30), ("Pump", "80", tops[2], 30),
            ("No2", "80", tops[2], 30), ("x", "-1", tops[1], 30), ("遠", "99", 9000, 30),
        ]
    ]  # fmt: skip
    found = by_line(words, bands)
    assert [line.text for line in found] == ["佐藤一郎", "", "Pump No2"]
    assert found[0].confidence == pytest.approx(0.75)


def test_printed_lines_are_read_by_tesseract() -> None:
    said = ["中央公園", "第3分団第2班", "田中大輔", "中村拓也"]
    image = Image.new("L", (1680, 2376), 255)
    draw, font, boxes = ImageDraw.Draw(image), ImageFont.truetype(FONT, 40), []
    for n, words in enumerate(said):
        draw.text((576, 204 + 70 * n), words, 0, font)
        boxes.append((570, 200 + 70 * n, 970, 256 + 70 * n))
    answer = EngineProcess().read(jpeg(image), boxes)
    assert answer.failure is None
    assert sum(line.text == words for line, words in zip(answer.lines, said, strict=True)) >= 3
    assert all(line.confidence > 0.4 for line in answer.lines)


class Recorded:
    """Remembers what it was asked, and answers with lines that were set."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.boxes = answer, list[Box]()

    def read(self, page_jpeg: bytes, boxes: Sequence[Box]) -> Answer:
        self.boxes = list(boxes)
        return self.answer


def test_only_cells_with_ink_are_sent_and_their_lines_joined() -> None:
    marks = page("activity", texts={"place": "", "note": ""})
    note = replace(texted(marks.by_id["note"], ""), ink=(0.05, 0.05))
    marks = replace(marks, fields=tuple(note if one.id == "note" else one for one in marks.fields))
    engine = Recorded(Answer((Line("中央公園", 0.9), Line("19時から", 0.8), Line("雨", 0.5))))
    found = texts_of(form("activity"), marks, WHITE, engine)
    assert engine.boxes[0] == (278, 694, 1514, 748)  # the place's cell, without its frame
    assert len(engine.boxes) == 3
    assert (found.by_id["place"].text, found.by_id["place"].text_confidence) == ("中央公園", 0.9)
    assert found.by_id["note"].text == "19時から 雨"
    assert found.by_id["note"].text_confidence == pytest.approx((5 * 0.8 + 0.5) / 6)
    assert found.by_id["vehicle"].text == ""


@pytest.mark.parametrize("answer", [Answer((Line("", 0.0),), "time"), Answer(())])
def test_a_failed_engine_changes_no_marks_and_is_logged(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    marks = page("activity", texts={"place": ""})
    with caplog.at_level(logging.WARNING, "brigade.ocr"):
        assert texts_of(form("activity"), marks, WHITE, Recorded(answer)) == marks
    (record,) = caplog.records
    assert (record.message, vars(record)["form"], vars(record)["error"]) == (
        "no text read", "activity", answer.failure or "nonsense",
    )  # fmt: skip
