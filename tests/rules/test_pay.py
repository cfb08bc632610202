"""What a turnout earns: examples worked by hand from the rules of eight municipalities, and laws that hold for all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.dates import TOKYO
from brigade.pay.rules import NoActivity, NoRule, PayRules, rounded
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import PayLine, Reason, Turnout, total, turnout_pay

RULES = pay_rules()
CITIES = RULES.municipalities()


def at(text: str) -> dt.datetime:
    """``11-08 23:30`` of fiscal year 2026, or with a year, on Tokyo's clock."""
    if text.count("-") == 1:
        text = f"{2027 if text < '04' else 2026}-{text}"
    return dt.datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def turnout(start: str, end: str, pay_class: str = "disaster", kind: str = "D-01", **said: object) -> Turnout:
    tax_class = "disaster" if pay_class in ("disaster", "no_activity") else "other"
    return Turnout(f"{start}/{pay_class}", kind, pay_class, tax_class, at(start), at(end), **said)


def drill(start: str, end: str, **said: object) -> Turnout:
    return turnout(start, end, "drill", "T-01", **said)


def pay(city: str, *turnouts: Turnout, rules: PayRules = RULES) -> list[int | None]:
    return [line.yen for line in turnout_pay(rules, city, turnouts)]


def lasting(minutes: int, pay_class: str = "disaster", **said: object) -> Turnout:
    start = at("11-08 08:00")
    return replace(
        turnout("11-08 08:00", "11-08 09:00", pay_class, **said), ended_at=start + dt.timedelta(minutes=minutes)
    )


WORKED: list[tuple[str, str, tuple[Turnout, ...], list[int | None]]] = [
    ("a turnout of any length", "yokohama", (lasting(5),), [7000]),
    ("two turnouts of a day", "yokohama", (turnout("11-08 01:00", "11-08 02:00"), turnout("11-08 20:00", "11-08 23:00")), [7000, 7000]),
    ("a drill", "yokohama", (drill("11-08 09:00", "11-08 12:00"),), [3500]),
    ("a fire and a drill on one day", "yokohama", (drill("11-08 09:00", "11-08 12:00"), turnout("11-08 20:00", "11-08 21:00")), [3500, 7000]),
    ("over midnight is one turnout", "yokohama", (turnout("11-08 23:30", "11-09 00:30"),), [7000]),
    ("33 hours are one turnout", "yokohama", (turnout("11-08 22:00", "11-10 07:00"),), [7000]),
    ("over the end of the fiscal year", "yokohama", (turnout("03-31 23:00", "2027-04-01 02:00"),), [7000]),
    ("a false alarm as a fire", "yokohama", (lasting(30, "no_activity", kind="D-06"),), [7000]),
    ("who found nothing to do as the others", "yokohama", (lasting(30, acted=False),), [7000]),
    ("a meeting is not known", "yokohama", (lasting(60, "meeting", kind="M-01"),), [None]),
    ("a vehicle log earns nothing", "yokohama", (lasting(60, "operator", kind="V-01"),), [0]),
    ("a kind barred to limited members", "yokohama", (lasting(60, allowed=False),), [0]),
    ("a day and a night", "national", (lasting(24 * 60),), [8000]),
    ("the standard's day", "national", (lasting(30),), [8000]),
    ("twice in one day", "national", (turnout("11-08 01:00", "11-08 02:00"), turnout("11-08 20:00", "11-08 23:00")), [8000, 0]),
    ("over midnight", "national", (turnout("11-08 23:30", "11-09 00:30"),), [8000]),
    ("33 hours", "national", (turnout("11-08 22:00", "11-10 07:00"),), [8000, 8000]),
    ("a started hour", "kumiyama", (lasting(61),), [2000]),
    ("an hour", "kumiyama", (lasting(60),), [1000]),
    ("under a minute has begun an hour", "kumiyama", (lasting(0),), [1000]),
    ("eight hours are a day and nothing over", "kumiyama", (lasting(480),), [8000]),
    ("twice eight hours are two days", "kumiyama", (lasting(960),), [8000, 8000]),
    ("eight hours and the first minute of a new day", "kumiyama", (lasting(481),), [8000, 1000]),
    ("33 hours", "kumiyama", (turnout("11-08 22:00", "11-10 07:00"),), [8000, 8000, 8000, 8000, 1000]),
    ("two turnouts of one day share its cap", "kumiyama", (turnout("11-08 01:00", "11-08 06:00"), turnout("11-08 12:00", "11-08 17:00")), [8000, 0]),
    ("of a day's turnouts only those with work count", "kumiyama", (turnout("11-08 06:00", "11-08 08:00", acted=False), lasting(60)), [0, 1000]),
    ("a day without any work is paid as one with it", "kumiyama", (turnout("11-08 06:00", "11-08 07:00", acted=False), lasting(60, acted=False)), [2000, 0]),
    ("guard duty of four hours", "kumiyama", (lasting(240, "guard", kind="G-01"),), [2000]),
    ("guard duty of one minute more", "kumiyama", (lasting(241, "guard", kind="G-01"),), [3500]),
    ("nothing to do", "hioki", (lasting(60, acted=False),), [5000]),
    ("a search of four hours", "hioki", (lasting(240, kind="D-05"),), [5000]),
    ("a longer search is not known", "hioki", (lasting(241, kind="D-05"),), [None]),
    ("only the highest of a day", "hioki", (lasting(60, "pr", kind="P-01"), turnout("11-08 14:00", "11-08 15:00", acted=False)), [0, 5000]),
    ("a day with an unknown amount", "hioki", (lasting(60, "pr", kind="P-01"), drill("11-08 14:00", "11-08 15:00")), [None, None]),
    ("a long search: each eight hours, and the rest", "hioki", (turnout("11-08 08:00", "11-08 17:00", kind="D-05"),), [None, None]),
    ("below four hours", "nakatsugawa", (lasting(239),), [4000]),
    ("four hours", "nakatsugawa", (lasting(240),), [8000]),
    ("and a minute", "nakatsugawa", (lasting(241),), [8000]),
    ("two and two hours of one day", "nakatsugawa", (turnout("11-08 01:00", "11-08 03:00"), turnout("11-08 20:00", "11-08 22:00")), [8000, 0]),
    ("two days by the calendar", "nakatsugawa", (turnout("11-08 23:30", "11-09 00:30"),), [4000, 4000]),
    ("four hours before midnight", "nakatsugawa", (turnout("11-08 20:00", "11-09 02:00"),), [8000, 4000]),
    ("a minute less before midnight", "nakatsugawa", (turnout("11-08 20:01", "11-09 02:00"),), [4000, 4000]),
    ("until midnight", "nakatsugawa", (turnout("11-08 20:00", "11-09 00:00"),), [8000]),
    ("from midnight on", "nakatsugawa", (turnout("11-09 00:00", "11-09 04:00"),), [8000]),
    ("three days by the calendar", "nakatsugawa", (turnout("11-08 22:00", "11-10 07:00"),), [4000, 8000, 8000]),
    ("two fiscal years", "nakatsugawa", (turnout("03-31 23:00", "2027-04-01 02:00"),), [4000, 4000]),
    ("a fire and a drill of one day", "nakatsugawa", (drill("11-08 09:00", "11-08 12:00"), lasting(60)), [4000, 1600]),
    ("a pump operator", "gojo", (lasting(300, role="operator"),), [8000, 1000]),
    ("an operator at a drill", "gojo", (drill("11-08 09:00", "11-08 12:00", role="operator"),), [3000, 1000]),
    ("an operator whose class is unknown", "gojo", (lasting(60, "guard", kind="G-01", role="operator"),), [None]),
    ("work", "ichikawa", (lasting(60),), [7000]),
    ("no work", "ichikawa", (lasting(60, acted=False),), [2500]),
    ("four hours", "shimotsuma", (lasting(240),), [3000]),
    ("past four hours", "shimotsuma", (lasting(241),), [7000]),
    ("past eight hours", "shimotsuma", (lasting(481),), [11000]),
    ("a false alarm", "shimotsuma", (lasting(60, "no_activity", kind="D-06"),), [1000]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "city", "turnouts", "yen"), WORKED, ids=[f"{city}: {what}" for what, city, _, _ in WORKED]
)
def test_examples_worked_by_hand(what: str, city: str, turnouts: tuple[Turnout, ...], yen: list[int | None]) -> None:
    assert pay(city, *turnouts) == yen


def changed(city: str, **said: object) -> PayRules:
    """The rules with the city's newest set changed."""
    return PayRules(tuple(replace(rules, **said) if rules.municipality == city else rules for rules in RULES.sets))


@pytest.mark.parametrize(("how", "yen"), [("down", 2333), ("up", 2334), ("nearest", 2333)])
def test_a_third_for_who_found_nothing_to_do(how: str, yen: int) -> None:
    [disaster, *others] = RULES.on("yokohama", dt.date(2026, 11, 8)).rates
    rates = (replace(disaster, no_activity=NoActivity(Fraction(1, 3))), *others)
    assert pay("yokohama", lasting(60, acted=False), rules=changed("yokohama", rates=rates, share_rounding=how)) == [
        yen
    ]


def test_what_a_role_adds_is_a_line_of_its_own() -> None:
    _, added = turnout_pay(RULES, "gojo", [lasting(300, role="operator")])
    assert (added.reason, added.role, added.full, added.yen, added.minutes) == (
        Reason.ADDON,
        "operator",
        1000,
        1000,
        300,
    )
    assert pay("gojo", lasting(300, role="operator", allowed=False)) == [0]


def test_without_notice_nothing_or_a_mark() -> None:
    rules = RULES.on("yokohama", dt.date(2026, 11, 8))
    for notice, yen in (("hard", 0), ("warn", 3500), ("off", 3500)):
        rates = tuple(replace(rate, prior_notice=notice) for rate in rules.rates)
        [line] = turnout_pay(
            changed("yokohama", rates=rates), "yokohama", [replace(lasting(60, "drill"), notified=False)]
        )
        assert (line.yen, line.unannounced, line.part) == (yen, notice == "warn", 0)
        [announced] = turnout_pay(changed("yokohama", rates=rates), "yokohama", [lasting(60, "drill")])
        assert (announced.yen, announced.unannounced) == (3500, False)


def test_a_share_is_named_where_it_is_one() -> None:
    """Who found nothing to do and has what the others have is told no other reason than they are."""
    found = {city: turnout_pay(RULES, city, [lasting(60, acted=False)])[0].reason for city in ("yokohama", "ichikawa")}
    assert found == {"yokohama": Reason.TURNOUT, "ichikawa": Reason.NO_ACTIVITY}


@pytest.mark.parametrize(
    ("said", "done"),
    [({"no_activity": NoActivity(Fraction(1, 3))}, lasting(60, acted=False)), ({"cap": 8000}, lasting(60))],
    ids=["a share of it", "a cap on it"],
)
def test_of_an_unknown_amount_nothing_is_known(said: dict[str, object], done: Turnout) -> None:
    [disaster, *others] = RULES.on("yokohama", dt.date(2026, 11, 8)).rates
    rates = (replace(disaster, yen=None, **said), *others)
    [line] = turnout_pay(changed("yokohama", rates=rates), "yokohama", [done])
    assert (line.yen, line.full, line.reason, line.is_unknown) == (None, None, Reason.UNKNOWN, True)


def capped(city: str, cap: int) -> PayRules:
    [disaster, *others] = RULES.on(city, dt.date(2026, 11, 8)).rates
    return changed(city, rates=(replace(disaster, cap=cap), *others))


def test_the_first_turnout_of_a_day_bears_its_amount() -> None:
    two = [turnout("11-08 01:00", "11-08 03:00"), turnout("11-08 20:00", "11-08 22:30")]
    lines = turnout_pay(RULES, "nakatsugawa", two)
    assert [(line.minutes, line.full, line.yen, line.reason) for line in lines] == [
        (270, 8000, 8000, Reason.DAY),
        (150, 0, 0, Reason.IN_DAY),
    ]


def test_what_is_paid_by_the_turnout_is_not_cut() -> None:
    """However the rules cut what they pay by the day."""
    for said in ({"long": "midnight"}, {"long": "hours", "long_minutes": 60}):
        assert pay("yokohama", turnout("11-08 22:00", "11-10 07:00"), rules=changed("yokohama", **said)) == [7000]


def test_the_rest_of_a_long_duty_in_full() -> None:
    """Sixteen hours and a minute are three times eight hours, of which the rest alone is made whole."""
    lines = turnout_pay(changed("kumiyama", remainder="full"), "kumiyama", [lasting(961)])
    assert [(line.part, line.minutes, line.yen) for line in lines] == [(0, 480, 8000), (1, 480, 8000), (2, 480, 8000)]
    assert pay("kumiyama", lasting(60), rules=changed("kumiyama", remainder="full")) == [1000]


def test_later_days_of_two_long_duties_are_paid_apart() -> None:
    two = (turnout("11-08 00:00", "11-08 09:00"), turnout("11-08 12:00", "11-08 21:00"))
    assert pay("kumiyama", *two) == [8000, 1000, 0, 1000]


def test_lines_stand_in_order_of_time() -> None:
    done = [drill("11-08 06:00", "11-08 08:00"), lasting(60, allowed=False), turnout("11-08 23:00", "11-09 01:00"),
            drill("11-09 06:00", "11-09 08:00")]  # fmt: skip
    lines = turnout_pay(RULES, "nakatsugawa", done)
    assert [line.report_id for line in lines] == [one.report_id for one in (*done[:3], done[2], done[3])]
    assert total(lines) == 2 * 1_600 + 2 * 4_000


def test_too_short_is_not_paid() -> None:
    rates = tuple(replace(rate, min_minutes=30) for rate in RULES.on("yokohama", dt.date(2026, 11, 8)).rates)
    assert pay("yokohama", lasting(29), lasting(30), rules=changed("yokohama", rates=rates)) == [0, 7000]


def test_the_rules_of_the_day_of_the_activity_count() -> None:
    old = RULES.on("nakatsugawa", dt.date(2026, 11, 8))
    [first, *rest] = old.rates
    new = replace(
        old, code="nakatsugawa-2027", first=dt.date(2027, 4, 1), rates=(replace(first, bands=(), yen=9000), *rest)
    )
    rules = PayRules((replace(old, last=dt.date(2027, 3, 31)), new))
    lines = turnout_pay(rules, "nakatsugawa", [turnout("03-31 23:00", "2027-04-01 02:00")])
    assert [(line.rule_set, line.yen) for line in lines] == [("nakatsugawa-2022", 4000), ("nakatsugawa-2027", 9000)]
    with pytest.raises(NoRule):
        rules.on("nakatsugawa", dt.date(2021, 11, 8))
    both = turnout_pay(rules, "nakatsugawa", [turnout("2021-11-08 09:00", "2021-11-08 10:00"), lasting(60)])
    assert [(line.yen, line.reason, line.part) for line in both] == [(None, Reason.NO_RULES, 0), (4000, Reason.DAY, 0)]


def test_what_earns_nothing_or_an_unknown_amount_says_the_whole_of_its_turnout() -> None:
    """On the list of who is paid it stands like every other line: its day, kind, classes, minutes and rules."""
    said = {"pay_class": "no_activity", "kind": "D-06", "allowed": False}
    for year, rules, amounts in (
        (2026, ("nakatsugawa-2022", RULES.named("nakatsugawa-2022").digest), (0, 0, Reason.BARRED)),
        (2021, ("", ""), (None, None, Reason.NO_RULES)),  # before there were any
    ):
        done = turnout(f"{year}-11-08 09:00", f"{year}-11-08 10:30", **said)
        day = dt.date(year, 11, 8)
        assert turnout_pay(RULES, "nakatsugawa", [done]) == [
            PayLine(done.report_id, day, 0, "D-06", "no_activity", "disaster", 90, *rules, *amounts)
        ]


def test_after_midnight_a_class_may_be_paid_no_longer() -> None:
    old = RULES.on("nakatsugawa", dt.date(2026, 11, 8))
    new = replace(old, code="nakatsugawa-2027", first=dt.date(2027, 4, 1), rates=(), unpaid=("disaster",))
    both = PayRules((replace(old, last=dt.date(2027, 3, 31)), new))
    lines = turnout_pay(both, "nakatsugawa", [turnout("03-31 23:00", "2027-04-01 02:00")])
    assert [(line.rule_set, line.minutes, line.yen) for line in lines] == [("nakatsugawa-2022", 60, 4000)]


def test_every_line_says_by_which_rules() -> None:
    [line] = turnout_pay(RULES, "yokohama", [lasting(150)])
    assert (line.rule_set, line.minutes, line.reason, line.day) == (
        "yokohama-2024",
        150,
        Reason.TURNOUT,
        dt.date(2026, 11, 8),
    )
    assert len(line.digest) == 12


# --- Laws -------------------------------------------------------------------------------------------------------------

CLASSES = (
    ("disaster", "D-01"),
    ("disaster", "D-05"),
    ("no_activity", "D-06"),
    ("guard", "G-01"),
    ("drill", "T-01"),
    ("pr", "P-01"),
)


@st.composite
def duties(draw: st.DrawFn) -> list[Turnout]:
    """Up to six turnouts of a fortnight that do not overlap, as one person may have them."""
    now, made = at("11-01 00:00"), []
    for nth in range(draw(st.integers(1, 6))):
        now += dt.timedelta(minutes=draw(st.integers(0, 2400)))
        end = now + dt.timedelta(minutes=draw(st.integers(1, 2400)))
        pay_class, kind = draw(st.sampled_from(CLASSES))
        role = draw(st.sampled_from(["member", "operator"]))
        made.append(Turnout(str(nth), kind, pay_class, "other", now, end, role, draw(st.booleans())))
        now = end
    return made


def known(lines: list[PayLine]) -> dict[str, int]:
    return {line.report_id: 0 for line in lines} | {
        id_: sum(line.yen or 0 for line in group) for id_, group in groupby(lines, lambda line: line.report_id)
    }


@given(st.sampled_from(CITIES), duties())
def test_every_turnout_is_explained_and_nothing_is_below_zero(city: str, made: list[Turnout]) -> None:
    lines = turnout_pay(RULES, city, made)
    assert {line.report_id for line in lines} == {one.report_id for one in made}
    for line in lines:
        assert line.yen is None or (isinstance(line.yen, int) and 0 <= line.yen <= (line.full or 0))


@given(st.sampled_from(CITIES), duties(), st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_matter(city: str, made: list[Turnout], chance: object) -> None:
    mixed = list(made)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert turnout_pay(RULES, city, mixed) == turnout_pay(RULES, city, made)


@given(st.sampled_from(CITIES), duties())
def test_days_apart_are_paid_apart(city: str, made: list[Turnout]) -> None:
    """What a person did a month later changes nothing: a month may be computed by itself."""
    later = [replace(one, report_id=f"{one.report_id}-later", started_at=one.started_at + dt.timedelta(days=60),
                     ended_at=one.ended_at + dt.timedelta(days=60)) for one in made]  # fmt: skip
    both = turnout_pay(RULES, city, [*later, *made])
    alone = turnout_pay(RULES, city, made)
    assert [line for line in both if line in alone] == alone
    assert total(both) == 2 * total(alone)


@given(
    st.sampled_from(["yokohama", "kumiyama", "nakatsugawa", "gojo", "ichikawa", "shimotsuma"]),
    st.integers(1, 600),
    st.integers(1, 600),
)
def test_longer_is_never_paid_less(city: str, minutes: int, more: int) -> None:
    start = at("11-08 00:00")
    one = replace(turnout("11-08 00:00", "11-08 01:00"), ended_at=start + dt.timedelta(minutes=minutes))
    longer = replace(one, ended_at=one.ended_at + dt.timedelta(minutes=more))
    assert total(turnout_pay(RULES, city, [one])) <= total(turnout_pay(RULES, city, [longer]))


@given(st.fractions(0, 10**9), st.sampled_from(["down", "up", "nearest"]))
def test_rounding_moves_by_less_than_a_yen(amount: Fraction, how: str) -> None:
    yen = rounded(amount, how)
    assert isinstance(yen, int)
    assert abs(yen - amount) < 1
    assert {"down": yen <= amount, "up": yen >= amount, "nearest": abs(yen - amount) <= Fraction(1, 2)}[how]
