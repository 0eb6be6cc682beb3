"""A rule as a sentence, in the merchant's language. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.coming_back.grouping import CHANNELS
from shopify_app.retention.rfm.scoring import Group
from shopify_app.segments.ready import GROUP_TITLES
from shopify_app.segments.rules.fields import Condition, How
from shopify_app.segments.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Names:
    """What products and collections are called; those that are gone have none."""

    products: Mapping[int, str] = field(default_factory=dict)
    collections: Mapping[int, str] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """Where the shop's customers bought, and where their orders went."""
    forecasts: bool = False
    """Whether there is a forecast of any customer."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told, in which currency the shop sells, and what its things are called."""

    words: Words
    currency: str
    names: Names = field(default_factory=Names)


def rule_text(rule: Rule, telling: Telling) -> str:
    """Whom the rule means."""
    words = telling.words
    told = [_part(part, telling) for part in rule.parts]
    if len(told) == 1:
        return words.text("Everybody of whom this is true: {condition}.", condition=told[0])
    joined = _joined(told, lambda first, second: words.text("{first}; {second}", first=first, second=second))
    if rule.match == "all":
        return words.text("Everybody of whom all of this is true: {conditions}.", conditions=joined)
    return words.text("Everybody of whom at least one of these is true: {conditions}.", conditions=joined)


def _part(part: Condition | Rule, telling: Telling) -> str:
    if isinstance(part, Condition):
        return condition_text(part, telling)
    words, told = telling.words, [condition_text(one, telling) for one in part.conditions]
    if part.match == "all":
        joined = _joined(told, lambda first, second: words.text("{first} and {second}", first=first, second=second))
    else:
        joined = _joined(told, lambda first, second: words.text("{first} or {second}", first=first, second=second))
    return f"({joined})"


def _joined(told: list[str], join: Callable[[str, str], str]) -> str:
    whole = told[0]
    for each in told[1:]:
        whole = join(whole, each)
    return whole


def condition_text(one: Condition, telling: Telling) -> str:
    """What one condition asks, to stand within a sentence."""
    return _TOLD[one.field](one, one.value, telling)


_Tell = Callable[[Condition, Any, Telling], str]


def _orders(one: Condition, value: int, telling: Telling) -> str:
    if one.how is How.AT_LEAST:
        return telling.words.plural("at least {n} order", "at least {n} orders", value)
    return telling.words.plural("at most {n} order", "at most {n} orders", value)


def _spend(one: Condition, value: Any, telling: Telling) -> str:
    words, amount = telling.words, telling.words.amount(Fraction(value), telling.currency)
    if one.how is How.AT_LEAST:
        return words.text("spent {amount} or more", amount=amount)
    return words.text("spent {amount} or less", amount=amount)


def _average(one: Condition, value: Any, telling: Telling) -> str:
    words, amount = telling.words, telling.words.amount(Fraction(value), telling.currency)
    if one.how is How.AT_LEAST:
        return words.text("{amount} or more an order, on average", amount=amount)
    return words.text("{amount} or less an order, on average", amount=amount)


def _last_order(one: Condition, value: int, telling: Telling) -> str:
    if one.how is How.AT_LEAST:
        return telling.words.plural("last order {n} day ago or more", "last order {n} days ago or more", value)
    return telling.words.plural("last order within {n} day", "last order within {n} days", value)


def _first_order(one: Condition, value: int, telling: Telling) -> str:
    if one.how is How.AT_LEAST:
        return telling.words.plural("first order {n} day ago or more", "first order {n} days ago or more", value)
    return telling.words.plural("first order within {n} day", "first order within {n} days", value)


def _first_order_day(one: Condition, value: LocalDay, telling: Telling) -> str:
    words, day = telling.words, telling.words.day(value)
    if one.how is How.SINCE:
        return words.text("first order on {day} or later", day=day)
    return words.text("first order on {day} or earlier", day=day)


def _late(_one: Condition, value: bool, telling: Telling) -> str:
    return telling.words.text("later than usual") if value else telling.words.text("not later than usual")


def _big_spender(_one: Condition, value: bool, telling: Telling) -> str:
    if value:
        return telling.words.text("among the fifth who spend most")
    return telling.words.text("not among the fifth who spend most")


def _group(one: Condition, value: str, telling: Telling) -> str:
    words = telling.words
    group = words.text(GROUP_TITLES[Group(value)])
    if one.how is How.IS:
        return words.text("in the group “{group}”", group=group)
    return words.text("not in the group “{group}”", group=group)


def _product(one: Condition, value: int, telling: Telling) -> str:
    words = telling.words
    title = product_title(value, telling.names, words)
    if one.how is How.IS:
        return words.text("bought “{product}”", product=title)
    return words.text("never bought “{product}”", product=title)


def _collection(one: Condition, value: int, telling: Telling) -> str:
    words = telling.words
    title = collection_title(value, telling.names, words)
    if one.how is How.IS:
        return words.text("bought from “{collection}”", collection=title)
    return words.text("never bought from “{collection}”", collection=title)


def product_title(number: int, names: Names, words: Words) -> str:
    """What a product was last sold as; one that was never sold, or whose orders are gone, goes by its number."""
    if number in names.products:
        return words.isolated(names.products[number])
    return words.text("product {number}, of which nothing was sold", number=str(number))


def collection_title(number: int, names: Names, words: Words) -> str:
    """What a collection is called; one that is not in the shop any more goes by its number."""
    if number in names.collections:
        return words.isolated(names.collections[number])
    return words.text("collection {number}, which is gone", number=str(number))


def _channel(one: Condition, value: str, telling: Telling) -> str:
    words = telling.words
    title = words.isolated(channel_title(value, words))
    if one.how is How.IS:
        return words.text("bought through “{channel}”", channel=title)
    return words.text("never bought through “{channel}”", channel=title)


def channel_title(channel: str, words: Words) -> str:
    """What a channel is called."""
    return words.text(CHANNELS[channel]) if channel in CHANNELS else channel


def _country(one: Condition, value: str, telling: Telling) -> str:
    words = telling.words
    if one.how is How.IS:
        return words.text("had an order sent to {country}", country=words.country(value))
    return words.text("never had an order sent to {country}", country=words.country(value))


def _discounts(one: Condition, value: int, telling: Telling) -> str:
    words, share = telling.words, telling.words.percent(Fraction(value, 100), 0)
    if one.how is How.AT_LEAST:
        return words.text("{share} of the orders or more with a discount", share=share)
    return words.text("{share} of the orders or less with a discount", share=share)


def _email(_one: Condition, value: bool, telling: Telling) -> str:
    if value:
        return telling.words.text("agreed to e-mails")
    return telling.words.text("has not agreed to e-mails")


def _sms(_one: Condition, value: bool, telling: Telling) -> str:
    if value:
        return telling.words.text("agreed to text messages")
    return telling.words.text("has not agreed to text messages")


def _chance(one: Condition, value: int, telling: Telling) -> str:
    words, share = telling.words, telling.words.percent(Fraction(value, 100), 0)
    if one.how is How.AT_LEAST:
        return words.text("chance to order in 30 days {share} or more", share=share)
    return words.text("chance to order in 30 days {share} or less", share=share)


def _still_customer(one: Condition, value: int, telling: Telling) -> str:
    words, share = telling.words, telling.words.percent(Fraction(value, 100), 0)
    if one.how is How.AT_LEAST:
        return words.text("chance to be a customer still {share} or more", share=share)
    return words.text("chance to be a customer still {share} or less", share=share)


def _expected(one: Condition, value: Any, telling: Telling) -> str:
    words, amount = telling.words, telling.words.amount(Fraction(value), telling.currency)
    if one.how is How.AT_LEAST:
        return words.text("expected to spend {amount} or more in 12 months", amount=amount)
    return words.text("expected to spend {amount} or less in 12 months", amount=amount)


_TOLD: Mapping[str, _Tell] = {
    "orders": _orders,
    "spend": _spend,
    "average_order": _average,
    "last_order": _last_order,
    "first_order": _first_order,
    "first_order_day": _first_order_day,
    "late": _late,
    "big_spender": _big_spender,
    "group": _group,
    "product": _product,
    "collection": _collection,
    "channel": _channel,
    "country": _country,
    "discounts": _discounts,
    "email_consent": _email,
    "sms_consent": _sms,
    "chance": _chance,
    "still_customer": _still_customer,
    "expected": _expected,
}
