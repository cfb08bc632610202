"""Why a member disputes a report stands on the console, for those who settle it; no leader finds it there."""

from __future__ import annotations

import pytest

from tests.api.answers import API
from tests.api.disputing import WHY, confirmed, disputed
from tests.api.visiting import CONSOLE, visitor

DISPUTES = f"{CONSOLE}/office/disputes"


@pytest.fixture
def raised(ask, city):
    """``squad11b`` was not there; ``squad11a`` wrote the report and the station approved it."""
    return disputed(ask("squad11b"), confirmed(ask, city, "squad11a", "squad11b")).json


def test_the_reason_is_read_by_officers_alone(app, city, raised) -> None:
    for login in ("station", "bureau"):
        page = visitor(app, login).get(DISPUTES)
        assert WHY in page.text
        one = visitor(app, login).get(page.link(raised["id"]))
        assert WHY in one.text
        assert "団員 squad11b" in one.text
        assert one.inline == page.inline == []
    for login in ("squad11", "company1", "brigade", "squad11b"):
        for path in (DISPUTES, f"{DISPUTES}/{raised['id']}"):
            assert visitor(app, login).get(path).status == 403
    assert visitor(app, "bureau").get(f"{DISPUTES}/{city.bureau_id}").status == 404


def test_settled_by_one_who_does_not_answer_for_the_report(app, city, ask, raised) -> None:
    own = visitor(app, "station").get(f"{DISPUTES}/{raised['id']}")
    assert "ほかの担当者が答えます" in own.text
    assert not any(form.action.endswith("/settle") for form in own.forms)
    bureau = visitor(app, "bureau")
    form = bureau.get(f"{DISPUTES}/{raised['id']}").form("/settle")
    for wrong in ({"outcome": "", "comment": "確かめました"}, {"outcome": "upheld", "comment": " "}):
        assert bureau.send(form, **wrong).status == 422
    page = bureau.send(form, outcome="upheld", comment="当日の記録にお名前がありません。")
    assert "答えました" in page.text
    assert "差し戻して直してもらってください" in page.text
    (mine,) = ask("squad11b").get(f"{API}/me/disputes").json["items"]
    assert (mine["state"], mine["comment"]) == ("upheld", "当日の記録にお名前がありません。")
    after_all = bureau.get(f"{DISPUTES}/{raised['id']}").form("/settle")
    assert "報告のとおり" in bureau.send(after_all, outcome="dismissed", comment="名簿の写し違いでした。").text
    done = bureau.get(f"{DISPUTES}/{raised['id']}")
    assert not any(form.action.endswith("/settle") for form in done.forms)
    assert "確かめる申し出はありません" in bureau.get(DISPUTES).text
