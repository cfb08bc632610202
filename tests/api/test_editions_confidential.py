"""A sealed month in the hands of the bureau says nothing of injuries, in any of its documents."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import make
from tests.api import sealing
from tests.api.answers import API
from tests.api.asking import done, file
from tests.api.paying import set_rules
from tests.api.sealing import CHAIN, printed


@pytest.fixture
def app(own_app: Flask) -> Flask:
    return own_app


def test_the_bureau_reads_of_no_injury(app, ask, city) -> None:
    set_rules(app, city, "yokohama")
    hurt = {"injured_member_id": str(city.member_id("squad11b")), "how": "転んだ", "few_witnesses_reason": "一人"}
    for said in ({}, {"kind": "I-01", "details": hurt, "place": "人に言えない所", "day": 9}):
        report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11b" if said else "squad11a", **said))
        for leader in CHAIN:
            report = done(ask(leader), report, "approve")
    edition = sealing.sealed(app, ask("station"), city.unit_id("S1"))
    at = f"{API}/editions/{edition['id']}"
    bureau = ask("bureau")
    told = [bureau.get(f"{at}/{name}.csv").text for name in ("report", "participations", "pay", "statistics")]
    told += [printed(bureau.get(f"{at}/report.pdf").data), str(sealing.workbook(bureau.get(f"{at}/report.xlsx")))]
    for secret in ("I-01", "公務災害", "人に言えない所", "団員 squad11b", "団員squad11b", report["number"]):
        assert not [text for text in told if secret in text], secret
    assert bureau.get(f"{API}/activity-reports/{report['id']}").status_code == 404
    assert (edition["times"], edition["yen"]) == (1, 3_500)
