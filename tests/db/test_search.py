"""Every report that holds the words is found and no other, in any writing of Japanese and whatever is typed."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from brigade.activity import actions, search
from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue
from brigade.activity.search import ReportWords, few, holding, matching, normal, pieces
from brigade.activity.workflow import Action
from tests import make
from tests.make import SYSTEM, City

KINDS_OF_LETTERS = (
    "器具置場本町消防団第二分班訓練放水火災河川敷々〆ヶ〇一",
    "𠮷𬜬𰻞髙﨑葛󠄀辻󠄁",  # names: rare, new, compatible and variant kanji
    "あいがぱゔゎゐアガパヷヶー・",
    "ｱｶﾞﾊﾟｰ",
    "がばぱ",  # with combining marks
    "ABCabcßſİıŻ１２３ＡｂＣ①㍿㎡ﬁ",
    "%_\\\"'*^():-+?[]{}|&!~<>=,.、。「」（）　 ",
    "한글ไทยéñ",
    "🚒🔥\N{ZERO WIDTH JOINER}",
)
Library = tuple[Session, dict[uuid.UUID, str]]
REPORTS = 60


def invented(chance: Random) -> str:
    """A place that people could write: runs of one kind of letters, some words, some signs."""
    runs = [
        "".join(chance.choice(letters) for _ in range(chance.randint(1, 6)))
        for letters in chance.choices(KINDS_OF_LETTERS, k=chance.randint(1, 4))
    ]
    return chance.choice(["", " "]).join(runs)


@pytest.fixture(scope="module")
def library(shared_engine: Engine, shared_city: City) -> Iterator[Library]:
    """A session of squad21a on sixty drafts of theirs, and each one's text as it is stored."""
    chance, texts, kind = Random(1), {}, catalogue()["T-01"].label
    member = shared_city.people["squad21a"]
    with Session(shared_engine) as session:
        who = make.bound(session, shared_city, "squad21a")
        for _ in range(REPORTS):
            content = make.content(shared_city, "K1-2-1", place=invented(chance), summary=invented(chance))
            report, _ = actions.create(session, who, content, report_id=None, submit=False)
            texts[report.id] = " ".join([report.place, report.summary, kind.ja, kind.en, member.name, member.kana])
        session.commit()
        yield session, texts


def plain(words: str) -> str:
    """Width, case and compatibility forms made equal: the same to a reader."""
    return unicodedata.normalize("NFKC", words).casefold()


def found(session: Session, query: str) -> set[uuid.UUID]:
    condition = matching(session, query)
    chosen = select(ReportWords.report_id)
    return set(session.scalars(chosen if condition is None else chosen.where(condition)))


@st.composite
def queries(draw: st.DrawFn) -> tuple[int, int, int, str]:
    """A piece of some report's text (which, from, how long), and something typed after it."""
    typed = st.one_of(st.just(""), st.text(st.sampled_from("".join(KINDS_OF_LETTERS)), max_size=5), anything)
    return draw(st.integers(0, REPORTS - 1)), draw(st.integers(0, 30)), draw(st.integers(0, 8)), draw(typed)


anything = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=6)


@given(asked=queries())
@settings(
    max_examples=max(400, settings.default.max_examples), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example((0, 0, 0, "%"))
@example((0, 0, 0, '"'))
@example((0, 0, 0, "訓練 OR 火災"))
@example((0, 0, 0, "NEAR(訓練 団員)"))
@example((0, 0, 0, "ｸﾝﾚﾝ くんれん"))
@example((0, 0, 0, "ＤＲＩＬＬ　訓練"))
@example((0, 0, 0, "Dr_ll"))
@example((0, 0, 0, "訓 練"))
def test_what_holds_every_word_is_found_and_nothing_else(library: Library, asked: tuple[int, int, int, str]) -> None:
    session, texts = library
    which, start, length, typed = asked
    query = (list(texts.values())[which][start : start + length] + typed)[:100]
    words = plain(query).split()
    expected = {id_ for id_, said in texts.items() if all(word in plain(said) for word in words)}
    assert found(session, query) == expected, query
    along_time = select(ActivityReport.id).where(*holding(query, ActivityReport))
    assert set(session.scalars(along_time)) == expected, query


@pytest.mark.parametrize("many", [1, 1_000])
def test_many_are_gone_through_and_few_are_led_to(library: Library, monkeypatch, many: int) -> None:
    """Which of the two is chosen makes no difference to what is found."""
    session, texts = library
    monkeypatch.setattr(search, "MANY", many)
    assert (few(session, "訓練") is None) == (many == 1)
    for words in ("", "訓練", next(iter(texts.values()))[:6], "ありません", "訓"):
        leads = few(session, words)
        chosen = [leads] if leads is not None else holding(words, ActivityReport)
        assert set(session.scalars(select(ActivityReport.id).where(*chosen))) == found(session, words), words


def test_every_piece_of_every_text_finds_it(library: Library) -> None:
    session, texts = library
    for id_, said in list(texts.items())[:12]:
        for start in range(0, len(said), 2):
            for length in (1, 2, 3, 7):
                assert id_ in found(session, said[start : start + length])


@given(anything, anything, anything)
def test_a_part_of_a_text_has_no_piece_that_the_text_has_not(before: str, part: str, after: str) -> None:
    """Else the index would hide what the text holds."""
    whole = normal(before + part + after)
    for word in normal(part).split():
        if word in whole:
            assert set(pieces(word)) <= set(pieces(whole))


def test_the_index_follows_the_report(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", submit=False)
    who = make.bound(session, city, "squad11a")
    assert found(session, "器具置場") == {report.id}
    report, _ = actions.edit(session, who, report.id, report.version, {"place": "𠮷田橋", "summary": "放水"})
    assert (found(session, "器具置場"), found(session, "𠮷田橋"), found(session, "放水 田橋")) == (
        set(),
        {report.id},
        {report.id},
    )
    assert found(session, "squad11b") == set()
    people = make.content(city, "K1-1-1", "squad11b").participants
    report, _ = actions.edit(session, who, report.id, report.version, {"participants": people})
    assert found(session, "Ｓｑｕａｄ１１Ｂ") == {report.id}
    report = actions.act(session, who, report.id, Action.SUBMIT, report.version)
    assert found(session, str(report.number)) == {report.id}
    draft = make.report(session, city, "squad11a", "K1-1-1", day=9, submit=False)
    actions.delete(session, make.bound(session, city, "squad11a"), draft.id, draft.version)
    assert found(session, "器具置場") == set()
    left = select(func.count()).select_from(ReportWords).where(ReportWords.report_id == draft.id)
    assert session.scalar(left, execution_options=SYSTEM) == 0


@pytest.mark.parametrize("query", ["", " ", "　\n"])
def test_nothing_typed_asks_for_nothing(session: Session, query: str) -> None:
    assert matching(session, query) is None
