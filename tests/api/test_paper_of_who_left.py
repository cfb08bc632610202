"""Paper that is still reviewed when its sender is to be erased: what others did stands on it, and it does not go with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from brigade.dates import TOKYO
from tests.api.answers import API, body_of
from tests.api.scanning import SaidPages, at, confirmed, decided, drill, instead, only_page, seen

ERASURES = f"{API}/retention/erasures"


@pytest.fixture(autouse=True)
def pages(monkeypatch: Any) -> SaidPages:
    """Pages are what their file says."""
    return instead(monkeypatch)


def leaves(ask: Any, city: Any, login: str) -> dict[str, str]:
    """Today is their first day out of the service; what a request to erase them says."""
    member_id, today = str(city.member_id(login)), dt.datetime.now(TOKYO).date().isoformat()
    assert ask("bureau").post(f"{API}/members/{member_id}/leave-service", json={"on": today}).status_code == 204
    return {"member_id": member_id, "reason": "本人の請求"}


@pytest.mark.parametrize("becomes", ["a report", "none"])
def test_who_sent_it_is_erased_once_it_is_decided(app, ask, city, becomes) -> None:
    leader, bureau = ask("squad11"), ask("bureau")
    page = only_page(app, ask("squad11b"), drill(app, city, "squad11b"))
    said = leaves(ask, city, "squad11b")
    refused = bureau.post(ERASURES, json=said)
    assert (refused.status_code, refused.json["reasons"]) == (403, ["undecided-pages"])
    if becomes == "none":
        body_of(leader.post(at(page, "/discard"), json={"reason": "試し書き"}, headers=seen(page)), 200)
    else:
        confirmed(leader, decided(leader, page))
    assert body_of(bureau.post(ERASURES, json=said), 201)["state"] == "waiting"
