"""The printed documents of a sealed edition, as other programs see them: sound by qpdf's check, every typeface inside."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from api.extensions import db
from brigade.organisation.people import Member
from brigade.organisation.units import Unit
from tests.api.answers import API, CheckedClient
from tests.api.disputing import confirmed
from tests.api.paying import set_rules
from tests.api.sealing import printed, sealed
from tests.make import SYSTEM, City

RARE = "𠮷田 髙﨑 槗"


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fonts(path: Path) -> list[list[str]]:
    """By pdffonts: name, …, embedded, subset, has a map to Unicode, object, generation."""
    return [line.split() for line in run("pdffonts", path).splitlines()[2:]]


@pytest.mark.parametrize("own_app", ["sqlite"], indirect=True)
def test_a_sealed_document_is_sound_and_carries_its_typefaces(
    app: Flask, ask: Callable[[str], CheckedClient], city: City, tmp_path: Path
) -> None:
    for program in ("qpdf", "pdffonts", "pdftotext"):
        assert shutil.which(program), f"{program} is not installed"
    set_rules(app, city, "yokohama")
    with app.app_context():
        rare = update(Member).where(Member.id == city.member_id("squad11b")).values(name=RARE)
        db.session.execute(rare, execution_options=SYSTEM)
        db.session.commit()
    for day in (4, 8, 12):
        confirmed(ask, city, "squad11a", "squad11b", day=day)
    officer = ask("station")
    edition = sealed(app, officer, city.unit_id("S1"))
    [brigade] = [
        one
        for one in officer.get(f"{API}/editions", query_string={"unit_id": str(city.unit_id("K1"))}).json["items"]
        if one["of"]["level"] == "brigade"
    ]
    whole = {"station": (edition["id"], "S1"), "brigade": (brigade["id"], "K1"), "squad": (brigade["id"], "K1-1-1")}
    for name, (edition_id, code) in whole.items():
        for document in ("report.pdf", "set.pdf") if name != "squad" else ("report.pdf",):
            asked = {"unit_id": str(city.unit_id(code))}
            answer = officer.get(f"{API}/editions/{edition_id}/{document}", query_string=asked)
            assert answer.status_code == 200, answer.text
            path = tmp_path / f"{name}-{document}"
            path.write_bytes(answer.data)
            assert "No syntax or stream encoding errors found" in run("qpdf", "--check", path)
            found = fonts(path)
            assert found
            for font in found:
                assert font[-5:-2] == ["yes", "yes", "yes"], f"{name}: {font}"
            text = "".join(run("pdftotext", "-raw", path, "-").split())
            assert "".join(RARE.split()) in text, "a rare name can be copied"
            assert "21,000円" in text
            assert "21,000円" in printed(answer.data)


@pytest.mark.parametrize("own_app", ["sqlite"], indirect=True)
def test_a_set_can_be_unpacked_whatever_its_units_are_called(
    app: Flask, ask: Callable[[str], CheckedClient], city: City, tmp_path: Path
) -> None:
    with app.app_context():
        for code, name in (("K1", "消" * 100), ("K1-1", "𠮷" * 100), ("K1-2", "../" * 33)):
            longest = update(Unit).where(Unit.id == city.unit_id(code)).values(name=name)
            db.session.execute(longest, execution_options=SYSTEM)
        db.session.commit()
    officer = ask("station")
    edition = sealed(app, officer, city.unit_id("K1"))
    packed = zipfile.ZipFile(io.BytesIO(officer.get(f"{API}/editions/{edition['id']}/set.zip").data))
    with packed:
        packed.extractall(tmp_path / "set")
        names = packed.namelist()
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == sorted(names)
    assert all(name.endswith(("_report.pdf", ".xlsx", ".csv")) for name in names), names
