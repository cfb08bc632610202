"""Pay rules and kinds on the console: what they say, when they hold, and what other rules would have paid."""

from __future__ import annotations

import pytest

from brigade.activity.kinds import catalogue
from brigade.pay.rules_file import pay_rules
from tests.api.answers import API
from tests.api.asking import digest
from tests.api.paying import confirm_all, filed, set_rules
from tests.api.visiting import CONSOLE, visitor

PAY = f"{CONSOLE}/office/pay"


@pytest.fixture
def months(app, ask, city):
    """A fire and a drill of squad 1-1, paid as in Yokohama."""
    set_rules(app, city, "yokohama")
    both = ("squad11a", "squad11b")
    filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-10-05 09:00", kind="D-01", hours=5)
    filed(ask("squad11a"), city, "K1-1-1", *both, at="2026-11-03 09:00")
    confirm_all(app)


def test_every_rule_set_is_told_and_the_one_in_force_first(app, city, months) -> None:
    page = visitor(app, "station").get(PAY)
    for rules in pay_rules().sets:
        assert rules.label.ja in page.text
        assert rules.source in page.text
    assert page.answer.text.count("いま使っています") == 1
    headings = page.answer.text.split("<h3>")[1:]
    assert headings[0].startswith("横浜市")
    assert "7,000 円" in page.text


def test_other_rules_are_tried_and_nothing_is_stored(app, ask, city, months) -> None:
    officer = visitor(app, "station")
    query = {"unit_id": str(city.unit_id("K1")), "rule_set": "national-2022", "from": "2026-10", "to": "2026-11"}
    before = digest(app)
    page = officer.get(f"{PAY}/what-if", query_string=query)
    assert digest(app) == before
    told = ask("station").post(f"{API}/pay/what-if", json=query).json
    assert told["total"]["in_force"]["yen"] > 0
    for sums in (told["total"], *told["months"], *told["members"]):
        for side in ("in_force", "other"):
            assert f"{sums[side]['yen']:,} 円" in page.text
        assert f"{'+' if sums['difference'] > 0 else ''}{sums['difference']:,} 円" in page.text
    assert "令和8年10月" in page.text
    assert "団員 squad11a" in page.text


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"from": "2026-11", "to": "2026-10"}, 422),
        ({"from": "2020-01"}, 422),
        ({"to": "soon"}, 422),
        ({"rule_set": "none"}, 404),
        ({"unit_id": "x"}, 404),
    ],
)
def test_what_cannot_be_tried_is_told(app, city, months, changed, status) -> None:
    query = {"rule_set": "national-2022", "from": "2026-10", "to": "2026-11", **changed}
    page = visitor(app, "bureau").get(f"{PAY}/what-if", query_string=query)
    assert page.status == status
    assert status != 422 or 'class="wrong"' in page.answer.text


def test_without_rules_in_force_none_is_marked(app, city) -> None:
    bureau = visitor(app, "bureau")
    assert "いま使っています" not in bureau.get(PAY).text
    page = bureau.get(f"{PAY}/what-if?rule_set=national-2022")
    assert "いまは、出動報酬の決まりが設定されていません" in page.text


def test_every_kind_is_told(app, city) -> None:
    page = visitor(app, "bureau").get(f"{CONSOLE}/office/kinds")
    for kind in catalogue():
        assert kind.label.ja in page.text
        assert kind.code in page.text
