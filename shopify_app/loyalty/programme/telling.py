"""A programme in words: for the merchant who decides it, and the same for the shoppers who earn by it. Pure."""

from fractions import Fraction

from shopify_app.language import Words
from shopify_app.loyalty.programme.occasions import AGREED, ANNIVERSARY, BIRTHDAY, JOINED, SORTS, Occasions
from shopify_app.loyalty.programme.prize import AMOUNT, CREDIT, PERCENT, SHIPPING, Prize
from shopify_app.loyalty.programme.rate import MoonDays
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


def terms(rule: Rule, words: Words) -> list[str]:
    """The terms as a shopper reads them, made from the rule that holds."""
    return [
        words.text(
            "You earn {points} for each {amount} of products that you buy: after discounts, without tax and shipping.",
            points=points_text(rule.points, words),
            amount=words.money(rule.per, rule.currency),
        ),
        *_more(rule, words),
        *_rates(rule, words),
        _when(rule, words),
        *_without_order(rule.occasions, words),
        words.text(
            "{points} are worth {amount} off an order.",
            points=points_text(rule.reward_points, words),
            amount=words.money(rule.reward, rule.currency),
        ),
        *(_other(prize, rule.currency, words) for prize in rule.others),
        words.plural(
            "The code of a reward can be used once, by you alone, within {n} day.",
            "The code of a reward can be used once, by you alone, within {n} days.",
            rule.code_days,
        ),
        *_credit(rule, words),
        words.text("Points of a code that nobody used come back to you."),
        words.text("If you give something back, the points that it earned are taken back with it."),
        _ends(rule, words),
    ]


def _more(rule: Rule, words: Words) -> list[str]:
    said = []
    if rule.per_order:
        said.append(words.text("Each order gives {points} besides.", points=points_text(rule.per_order, words)))
    if rule.first_order:
        said.append(
            words.text("Your first order gives {points} as a bonus.", points=points_text(rule.first_order, words))
        )
    if rule.nth and rule.nth_points:
        points, number = points_text(rule.nth_points, words), words.number(rule.nth)
        said.append(words.text("Your order number {number} gives {points} as a bonus.", number=number, points=points))
    if rule.most is not None:
        points = points_text(rule.most, words)
        said.append(words.text("One order gives at most {points}, bonuses aside.", points=points))
    return said


def _without_order(occasions: Occasions, words: Words) -> list[str]:
    said = [
        words.text(OCCASIONS[sort, occasions.hijri and sort == BIRTHDAY], points=points_text(points, words))
        for sort in SORTS
        if (points := occasions.points(sort))
    ]
    if said and occasions.most_a_month is not None:
        most = points_text(occasions.most_a_month, words)
        said.append(words.text("Without an order you get at most {points} in a month.", points=most))
    return [*said, words.text("Points that no order gives can be spent at once.")] if said else []


OCCASIONS = {
    (JOINED, False): "When you become a customer, you get {points}.",
    (AGREED, False): "When you first agree to our e-mails, you get {points}, and as much for text messages.",
    (BIRTHDAY, False): "On your birthday you get {points}, once a year.",
    (BIRTHDAY, True): "On your birthday by the Hijri calendar you get {points}, once a year.",
    (ANNIVERSARY, False): "Each year, on the day of your first order, you get {points}.",
}
"""By sort, and whether the Hijri calendar counts."""


def _rates(rule: Rule, words: Words) -> list[str]:
    said = [rate_text(rate, words) for rate in rule.rates]
    if len(said) > 1:
        said.append(
            words.text(
                "Where several of these apply, the one that gives most counts; but what earns no points earns none."
            )
        )
    if any(isinstance(rate.when, MoonDays) for rate in rule.rates):
        said.append(words.text("Hijri days are those of the Umm al-Qura calendar."))
    return said


def _ends(rule: Rule, words: Words) -> str:
    if rule.ends_after is None:
        return words.text("Your points never end.")
    if rule.extended:
        return words.plural(
            "Your points end after {n} day without an order or a reward.",
            "Your points end after {n} days without an order or a reward.",
            rule.ends_after,
        )
    return words.plural(
        "Your points end {n} day after they could first be spent.",
        "Your points end {n} days after they could first be spent.",
        rule.ends_after,
    )


def _other(prize: Prize, currency: str, words: Words) -> str:
    worth = prize_text(prize, currency, words)
    return words.text("{points} become: {reward}.", points=points_text(prize.points, words), reward=worth)


def _credit(rule: Rule, words: Words) -> list[str]:
    if all(prize.kind != CREDIT for prize in rule.others):
        return []
    return [words.text("Store credit is paid into your account at once, and can be spent like money for five years.")]


def _when(rule: Rule, words: Words) -> str:
    if rule.wait_days == 0:
        return words.text("Points can be spent as soon as the order is paid and sent.")
    return words.plural(
        "Points can be spent {n} day after the order was sent, once it is paid.",
        "Points can be spent {n} days after the order was sent, once it is paid.",
        rule.wait_days,
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
