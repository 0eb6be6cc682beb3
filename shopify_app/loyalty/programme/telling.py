"""A programme in words: for the merchant who decides it, and the same for the shoppers who earn by it. Pure."""

from fractions import Fraction

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.loyalty.programme.name import counted, general
from shopify_app.loyalty.programme.occasions import AGREED, ANNIVERSARY, BIRTHDAY, JOINED, SORTS
from shopify_app.loyalty.programme.prize import AMOUNT, CREDIT, PERCENT, SHIPPING, Prize
from shopify_app.loyalty.programme.rate import MoonDays, is_over
from shopify_app.loyalty.programme.rate_telling import rate_text
from shopify_app.loyalty.programme.rule import Rule


def points_text(points: int, words: Words) -> str:
    """So many points, in words."""
    return words.plural("{n} point", "{n} points", points)


def prize_text(prize: Prize, currency: str, words: Words) -> str:
    """What a reward is, in words; `currency` is that of its amount."""
    if prize.kind == PERCENT:
        return words.text("{percent} off an order", percent=words.percent(Fraction(prize.value, 100), 0))
    if prize.kind == SHIPPING:
        return words.text("Free shipping")
    amount = words.money(prize.value, currency)
    if prize.kind == AMOUNT:
        return words.text("{amount} off an order", amount=amount)
    if prize.kind == CREDIT:
        return words.text("{amount} of store credit", amount=amount)
    named = words.isolated(prize.title or str(prize.product_id))
    return words.text("One {product} free, up to {amount}", product=named, amount=amount)


def terms(rule: Rule, words: Words, today: LocalDay) -> list[str]:
    """The terms as a shopper reads them, made from the rule that holds; `today` in the shop's calendar."""
    named = general(rule.name, words)
    return [
        words.text(
            "You earn {points} for each {amount} of products that you buy: after discounts, without tax and shipping.",
            points=counted(rule.points, rule.name, words),
            amount=words.money(rule.per, rule.currency),
        ),
        *_more(rule, words),
        words.text("Gift cards earn no {name}.", name=named),
        *_rates(rule, words, today),
        _when(rule, words),
        *_without_order(rule, words),
        words.text(
            "{points} are worth {amount} off an order.",
            points=counted(rule.reward_points, rule.name, words),
            amount=words.money(rule.reward, rule.currency),
        ),
        *(reward_text(prize, rule, words) for prize in rule.others),
        words.plural(
            "The code of a reward can be used once, by you alone, within {n} day.",
            "The code of a reward can be used once, by you alone, within {n} days.",
            rule.code_days,
        ),
        words.text("It is not combined with other discounts, but for free shipping."),
        *_credit(rule, words),
        words.text("If a code ends unused, its {name} come back to you.", name=named),
        words.text("If you return an item, the {name} that it earned are taken back with it.", name=named),
        words.text("If you have spent them by then, they come off the next {name} that you earn.", name=named),
        _ends(rule, words),
    ]


def _more(rule: Rule, words: Words) -> list[str]:
    said = []
    if rule.per_order:
        said.append(words.text("Each order gives {points} besides.", points=counted(rule.per_order, rule.name, words)))
    if rule.first_order:
        said.append(
            words.text(
                "Your first order gives {points} as a bonus.", points=counted(rule.first_order, rule.name, words)
            )
        )
    if rule.nth and rule.nth_points:
        points, number = counted(rule.nth_points, rule.name, words), words.number(rule.nth)
        said.append(words.text("Your order number {number} gives {points} as a bonus.", number=number, points=points))
    if rule.most is not None:
        points = counted(rule.most, rule.name, words)
        said.append(words.text("One order gives at most {points}, bonuses aside.", points=points))
    return said


def _without_order(rule: Rule, words: Words) -> list[str]:
    occasions = rule.occasions
    said = [
        words.text(OCCASIONS[sort, occasions.hijri and sort == BIRTHDAY], points=counted(points, rule.name, words))
        for sort in SORTS
        if (points := occasions.points(sort))
    ]
    if said and occasions.most_a_month is not None:
        most = counted(occasions.most_a_month, rule.name, words)
        said.append(words.text("Without an order you get at most {points} in a month.", points=most))
    return [*said, words.text("What no order gives can be spent at once.")] if said else []


OCCASIONS = {
    (JOINED, False): "When you become a customer, you get {points}.",
    (AGREED, False): "When you first agree to our e-mails, you get {points}, and as much for text messages.",
    (BIRTHDAY, False): "On your birthday you get {points}, once a year.",
    (BIRTHDAY, True): "On your birthday by the Hijri calendar you get {points}, once a year.",
    (ANNIVERSARY, False): "Each year, on the day of your first order, you get {points}.",
}
"""By sort, and whether the Hijri calendar counts."""


def _rates(rule: Rule, words: Words, today: LocalDay) -> list[str]:
    rates = [rate for rate in rule.rates if not is_over(rate, today)]
    said = [rate_text(rate, rule.name, words) for rate in rates]
    if len(said) > 1:
        said.append(
            words.text(
                "Where several of these apply, the one that gives most counts; but if one gives nothing, none does."
            )
        )
    if any(isinstance(rate.when, MoonDays) for rate in rates):
        said.append(words.text("Hijri days are those of the Umm al-Qura calendar."))
    return said


def _ends(rule: Rule, words: Words) -> str:
    name = general(rule.name, words)
    if rule.ends_after is None:
        return words.text("Your {name} never end.", name=name)
    if rule.extended:
        return words.plural(
            "Your {name} end after {n} day without an order or a reward.",
            "Your {name} end after {n} days without an order or a reward.",
            rule.ends_after,
            name=name,
        )
    return words.plural(
        "Your {name} end {n} day after they could first be spent.",
        "Your {name} end {n} days after they could first be spent.",
        rule.ends_after,
        name=name,
    )


def reward_text(prize: Prize, rule: Rule, words: Words) -> str:
    """What points become, as a shopper reads it."""
    worth = prize_text(prize, rule.currency, words)
    return words.text("{points} = {reward}.", points=counted(prize.points, rule.name, words), reward=worth)


def _credit(rule: Rule, words: Words) -> list[str]:
    if all(prize.kind != CREDIT for prize in rule.others):
        return []
    return [words.text("Store credit is paid into your account at once, and can be spent like money for five years.")]


def _when(rule: Rule, words: Words) -> str:
    name = general(rule.name, words)
    if rule.wait_days == 0:
        return words.text("The {name} of an order can be spent as soon as it is paid and sent.", name=name)
    return words.plural(
        "The {name} of an order can be spent {n} day after it was sent, once it is paid.",
        "The {name} of an order can be spent {n} days after it was sent, once it is paid.",
        rule.wait_days,
        name=name,
    )


def cost_text(rule: Rule, words: Words) -> str:
    """What the programme gives back at most, as a share of what people pay."""
    percent = words.percent(rule.cost)
    return words.text("If every point is spent, that gives back {percent} of what people pay.", percent=percent)


def on_past_sales(rule: Rule, net: int, words: Words) -> str:
    """What it would have come to on the sales of the last twelve months; `net` in minor units."""
    points = max(net, 0) * rule.points // rule.per
    return words.text(
        "On your sales of the last 12 months, {sales}, that would have been up to {points}, worth up to {worth}.",
        sales=words.money(net, rule.currency),
        points=points_text(points, words),
        worth=words.money(rule.worth(points), rule.currency),
    )
