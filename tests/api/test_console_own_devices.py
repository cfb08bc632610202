"""The page of one's account says where one is signed in, and signs out there."""

from __future__ import annotations

from api.console.browser_names import browser_name
from tests.api.visiting import CONSOLE, visitor

ACCOUNT = f"{CONSOLE}/account"


def is_in(browser) -> bool:
    return browser.get(ACCOUNT).answer.request.path == ACCOUNT


def outs(page) -> list:
    return [form for form in page.forms if form.action.endswith("/sign-out") and "/devices/" in form.action]


def test_a_browser_signs_another_out(app, city) -> None:
    old = visitor(app, "squad11")
    here = visitor(app, "squad11")
    page = here.get(ACCOUNT)
    assert page.text.count("この端末") == 1
    [form] = outs(page)
    assert not [
        one for one in page.forms if one.action.endswith("/sign-out-others")
    ]  # with a single one it says the same
    after = here.send(form)
    assert "その端末をログアウトさせました" in after.text
    assert (outs(after), is_in(here), is_in(old)) == ([], True, False)


def test_all_others_at_once_and_nobody_elses(app, city) -> None:
    one, two, here, stranger = (visitor(app, login) for login in ("squad11", "squad11", "squad11", "squad12"))
    page = here.get(ACCOUNT)
    after = here.send(page.form("/sign-out-others"))
    assert "この端末のほかの2台をログアウトさせました" in after.text
    assert [is_in(browser) for browser in (one, two, here, stranger)] == [False, False, True, True]


def test_another_persons_device_is_not_there(app, city) -> None:
    visitor(app, "squad11")
    mine = visitor(app, "squad11")
    [form] = outs(mine.get(ACCOUNT))
    stranger = visitor(app, "squad12")
    token = stranger.get(ACCOUNT).forms[0]["token"]
    form["token"] = token
    assert stranger.send(form).status == 404
    assert outs(mine.get(ACCOUNT))


def test_a_browser_is_called_by_its_name() -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safa"
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36 Edg/156.0"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
    assert [browser_name(said) for said in (chrome, edge, phone, "佐藤のスマホ", "")] == [
        "Chrome・Linux", "Edge・Windows", "Safari・iPhone", "佐藤のスマホ", "",
    ]  # fmt: skip
