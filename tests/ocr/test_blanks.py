"""The blanks beside the templates, and the commands that make and use them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from flask import Flask

from api.form_commands import drawn_blank
from brigade.forms.filling import Filling
from brigade.forms.shelf import FORMS
from ocr.looking.blanks import blank_from, load_shelf, read_blank, shelf
from reports.forms.sheet import form_pdf
from tests.ocr.sheets import NOON, covered, photo, sheet


@pytest.mark.parametrize("key", shelf())
def test_every_blank_is_that_of_its_template(key: tuple[str, int]) -> None:
    """If this fails, make it again: ``flask --app wsgi form blank``."""
    kept = shelf()[key]
    drawn = blank_from(kept.template, drawn_blank(kept.template))
    assert np.abs(kept.gray.astype(int) - drawn.gray).mean() < 0.5


def test_a_form_without_a_blank_and_a_wrong_one_are_named(tmp_path: Path) -> None:
    shutil.copy(FORMS / "roster.yaml", tmp_path)
    with pytest.raises(ValueError, match=r"roster: its blank roster\.png is missing"):
        load_shelf(tmp_path)
    template = shelf()["roster", 1].template
    (tmp_path / "roster.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="no picture"):
        read_blank(template, tmp_path / "roster.png")
    with pytest.raises(ValueError, match="shape of the page"):
        read_blank(template, FORMS / "old-month.png")


def run(app: Flask, *words: object) -> Any:
    return app.test_cli_runner().invoke(args=["form", *map(str, words)])


def saved(pixels: np.ndarray, path: Path) -> Path:
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return path


def test_a_template_is_laid_over_a_scan(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    done = run(app, "check", "old-turnout", saved(photo(sheet("old-turnout")).pixels, tmp_path / "scan.jpg"), out)
    assert done.exit_code == 0, done.output
    assert f"{len(shelf()['old-turnout', 1].template.fields)} fields" in done.output
    assert "not where" not in done.output
    drawn = cv2.imread(str(out))
    assert drawn is not None
    assert drawn.shape == (2376, 1680, 3)
    half = run(app, "check", "roster", saved(covered(sheet("roster"), "right").pixels, tmp_path / "half.png"), out)
    assert "people.1.part: the lines around it are not where the template has them" in half.output


def test_what_is_no_scan_of_the_form_is_told_in_words(app: Flask, tmp_path: Path) -> None:
    page = saved(np.full((1700, 1200, 3), 240, np.uint8), tmp_path / "page.png")
    assert "the page is empty" in run(app, "check", "roster", page, tmp_path / "out.png").output
    text = tmp_path / "text.png"
    text.write_text("no picture")
    assert "text.png cannot be opened" in run(app, "check", "roster", text, tmp_path / "out.png").output
    assert "there is no form 'rooster'" in run(app, "check", "rooster", page, tmp_path / "out.png").output


def test_a_blank_is_made_of_a_scan_on_paper(app: Flask, tmp_path: Path) -> None:
    scan, out = tmp_path / "empty.pdf", tmp_path / "blank.png"
    template = shelf()["old-month", 1].template
    scan.write_bytes(form_pdf(template, Filling(), made_at=NOON))
    done = run(app, "blank", FORMS / "old-month.yaml", out, "--scan", scan)
    assert done.exit_code == 0, done.output
    made, drawn = read_blank(template, out), shelf()["old-month", 1]
    assert np.abs(made.strokes - drawn.strokes).mean() < 0.02
