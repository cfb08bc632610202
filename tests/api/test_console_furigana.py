"""Furigana on the console: what is chosen stands above its words, and all else is the page as it was."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from api.console.furigana import with_furigana
from api.extensions import db
from brigade.organisation.people import Member
from brigade.readings import Choice
from tests import make
from tests.api.visiting import CONSOLE, visitor

RUBY = re.compile(r'<ruby>([^<]*)<rt aria-hidden="true">[^<]*</rt></ruby>')
FRESH = re.compile(
    r'value="[0-9a-f]{16}\.[0-9a-f]{64}"|value="[0-9a-f-]{36}"|<code>[0-9a-f]{8}</code>| aria-pressed="true"'
)
"""Tokens of forms, ids of what a form will make, a request's number, and what is chosen: other ones on each page."""

PATHS = (
    "inbox", "inbox?tab=look", "months/2026-11", "months/2026-11/sums", "editions", "statistics", "reports", "scans",
    "events", "plans", "plans/new", "members?tab=all", "deputies", "account", "help", "nope", "prove",
)  # fmt: skip
OFFICE = (
    "office",
    "office/rosters",
    "office/posts",
    "office/posts/appoint",
    "office/pay",
    "office/kinds",
    "office/audit",
    "office/settings",
)


def named(app, city, login: str, name: str, kana: str) -> None:
    """The person is called so from now on."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Member).where(Member.id == city.member_id(login)).values(name=name, kana=kana))


def choose(browser, furigana: str) -> None:
    page = browser.get(f"{CONSOLE}/help")
    browser.send(page.form("/view"), furigana=furigana)


def without(html: str) -> str:
    """The page as it was before anything was put above its words."""
    texts = re.split(r"(<[^>]*>)", RUBY.sub("\\1", html))
    return FRESH.sub("", re.sub("</?span>", "", "".join(texts)))


def test_names_and_returned_have_kana_at_first_and_hard_words_when_chosen(app, city) -> None:
    named(app, city, "squad11", "渡辺 悟", "ワタナベ サトル")
    browser = visitor(app, "squad11")
    page = browser.get(f"{CONSOLE}/inbox").answer.text
    name = '<ruby>渡辺<rt aria-hidden="true">わたなべ</rt></ruby> <ruby>悟<rt aria-hidden="true">さとる</rt></ruby>'
    returned = '<ruby>差戻<rt aria-hidden="true">さしもど</rt></ruby>し中'
    approval = '<ruby>承認<rt aria-hidden="true">しょうにん</rt></ruby>'
    assert [one in page for one in (name, returned, approval)] == [True, True, False]
    choose(browser, "all")
    page = browser.get(f"{CONSOLE}/inbox").answer.text
    assert [one in page for one in (name, returned, approval)] == [True, True, True]
    assert "<title>承認待ち" in page
    choose(browser, "none")
    assert "<ruby>" not in browser.get(f"{CONSOLE}/inbox").answer.text


def test_the_choice_is_kept_beside_the_others(app, city) -> None:
    browser = visitor(app, "squad11")
    form = browser.get(f"{CONSOLE}/help").form("/view")
    browser.send(form, size="150")
    browser.send(form, furigana="all")
    browser.send(form, furigana="nonsense")
    page = browser.get(f"{CONSOLE}/help").answer.text
    assert 'class="size-150"' in page
    assert re.findall(r'name="furigana" value="(\w+)" aria-pressed="true"', page) == ["all"]
    browser.client.set_cookie("brigade-view", "ja.125.on", path=CONSOLE)  # as it was before there was a fourth part
    page = browser.get(f"{CONSOLE}/help").answer.text
    assert re.findall(r'name="furigana" value="(\w+)" aria-pressed="true"', page) == ["few"]


@pytest.mark.parametrize(("login", "paths"), [("company1", PATHS), ("bureau", OFFICE)])
def test_all_else_on_every_page_is_as_it_was(app, city, login, paths) -> None:
    """Attributes, titles, options and fields hold none; taken away, the page is the same to a letter."""
    named(app, city, "squad11a", "分団 長", "ワケダ ナガ")
    with app.app_context():
        make.report(db.session(), city, "squad11a", "K1-1-1", day=18, summary="<b>承認 & 分団長</b>")
        db.session.remove()
    browser = visitor(app, login)
    for path in paths:
        pages = []
        for choice in ("none", "all"):
            choose(browser, choice)
            pages.append(browser.raw(f"{CONSOLE}/{path}").text)
        plain, read = pages
        assert "<ruby>" not in plain
        assert "<ruby>" in read, path
        assert without(read).splitlines() == without(plain).splitlines(), path
        for element in ("title", "option", "textarea", "code", "kbd", "svg"):
            for text in re.findall(f"<{element}[ >].*?</{element}>", read, re.DOTALL):
                assert "<ruby>" not in text, path
        assert [tag for tag in re.findall(r"<[^>]*>", read) if "rt aria" in tag.removeprefix("<rt aria")] == []


def test_two_people_of_one_name_who_are_read_otherwise_have_no_kana(app, city) -> None:
    named(app, city, "squad11a", "東 光", "ヒガシ ヒカル")
    named(app, city, "squad11b", "東 光", "アズマ コウ")
    named(app, city, "squad12a", "西 光", "ニシ ヒカル")
    page = visitor(app, "company1").get(f"{CONSOLE}/members?tab=all").answer.text
    assert [page.count(one) for one in ("東 光", "<ruby>東", "<ruby>西")] == [2, 0, 1]


def test_words_that_people_write_stay_text() -> None:
    page = '<p title="承認">&lt;b&gt;承認&lt;/b&gt;</p><textarea>\n承認</textarea><svg><text>承認</text></svg>承認'
    ruby = '<ruby>承認<rt aria-hidden="true">しょうにん</rt></ruby>'
    assert with_furigana(page, Choice.ALL, {}) == (
        f'<p title="承認"><span>&lt;b&gt;{ruby}&lt;/b&gt;</span></p><textarea>\n承認</textarea>'
        f"<svg><text>承認</text></svg><span>{ruby}</span>"
    )
    shown = with_furigana("<b>承 &lt;認&amp;</b>", Choice.FEW, {"承 <認&": 'ショウ "<ニン>'})
    assert '<rt aria-hidden="true">&#34;&lt;にん&gt;</rt>' in shown
