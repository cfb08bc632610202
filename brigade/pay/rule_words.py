"""A rule set in plain sentences: what it pays for what, and how several turnouts and long ones count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from brigade.activity.kinds import kind_label
from brigade.pay.rules import Annual, Band, Rate, RuleSet
from brigade.pay.words import duration, yen
from brigade.wording import text


def rule_sentences(rules: RuleSet, lang: str) -> tuple[str, ...]:
    """Each rate, what is not paid, the add-ons, the rules of the day, annual pay and tax; one sentence each."""
    return tuple(_sentences(rules, lang))


def _sentences(rules: RuleSet, lang: str) -> Iterator[str]:
    for rate in rules.rates:
        yield rate_sentence(rate, lang)
    if rules.unpaid:
        yield text("pay.rules.unpaid", lang, what=_classes(rules.unpaid, lang))
    for addon in rules.addons:
        yield text("pay.rules.addon", lang, what=addon.label.of(lang), yen=yen(addon.yen, lang))
    yield text(f"pay.rules.same_day.{rules.same_day}", lang, yen=yen(rules.same_day_cap, lang))
    yield text(f"pay.rules.long.{rules.long}", lang, time=duration(rules.long_minutes, lang))
    yield annual_rule(rules.annual, lang)
    tax = rules.tax
    yield text(
        "pay.rules.tax", lang,
        disaster=yen(tax.disaster_day, lang), other=yen(tax.other_day, lang), annual=yen(tax.annual, lang),
    )  # fmt: skip


def rate_sentence(rate: Rate, lang: str) -> str:
    """「災害・活動なし：1回 7,000 円」."""
    what = (
        _joined((kind_label(code, lang) for code in rate.kinds), lang) if rate.kinds else _classes(rate.classes, lang)
    )
    said = text(f"pay.rules.per_{rate.per}", lang, what=what, amount=_amount(rate, lang))
    return said + "".join(text("pay.rules.and", lang, more=more) for more in _conditions(rate, lang))


def annual_rule(annual: Annual | None, lang: str) -> str:
    """What a year is worth in each rank."""
    if annual is None:
        return text("pay.rules.no_annual", lang)
    ranks = [
        text("pay.rules.rank", lang, rank=text(f"post.{rank}", lang), yen=yen(amount, lang))
        for rank, amount in annual.ranks.items()
    ]
    said = text("pay.rules.annual", lang, ranks=_joined(ranks, lang))
    return f"{said}{text('pay.rules.withheld', lang)}" if annual.withhold else said


def _amount(rate: Rate, lang: str) -> str:
    if rate.blocks is not None:
        blocks = rate.blocks
        return text(
            "pay.rules.blocks", lang,
            time=duration(blocks.minutes, lang), first=yen(blocks.first, lang), each=yen(blocks.each, lang),
        )  # fmt: skip
    if not rate.bands:
        return yen(rate.yen, lang)
    return _joined(_bands(rate.bands, lang), lang)


def _bands(bands: Sequence[Band], lang: str) -> Iterator[str]:
    for place, band in enumerate(bands):
        if band.minutes is None:
            word = "over" if place and bands[place - 1].inclusive else "from"
        else:
            word = "up_to" if band.inclusive else "under"
        yield text(f"pay.rules.band_{word}", lang, time=duration(band.minutes or 0, lang), yen=yen(band.yen, lang))


def _conditions(rate: Rate, lang: str) -> Iterator[str]:
    if rate.cap is not None:
        yield text("pay.rules.cap", lang, yen=yen(rate.cap, lang))
    nothing = rate.no_activity
    if nothing.share is None:
        yield text("pay.rules.no_activity", lang, amount=yen(nothing.yen, lang))
    elif nothing.share != 1:
        yield text("pay.rules.no_activity", lang, amount=str(nothing.share))
    if rate.min_minutes:
        yield text("pay.rules.min", lang, time=duration(rate.min_minutes, lang))
    if rate.prior_notice != "off":
        yield text(f"pay.rules.notice_{rate.prior_notice}", lang)


def _classes(classes: Iterable[str], lang: str) -> str:
    return _joined((text(f"class.pay.{one}", lang) for one in classes), lang)


def _joined(texts: Iterable[str], lang: str) -> str:
    return ("、" if lang == "ja" else ", ").join(texts)
