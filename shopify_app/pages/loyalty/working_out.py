"""How the points of an order were worked out, and from when they can be spent, in words. Pure."""

from collections import Counter

from shopify_app.clock import Instant
from shopify_app.language import Words
from shopify_app.loyalty.earning.order import Earned
from shopify_app.loyalty.ledger.booking import Cause
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.programme.rate import USUAL, percent_of
from shopify_app.loyalty.programme.rate_telling import how_text
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.retention.story import Telling


def worked_out(order: Earned, rule: Rule, words: Words) -> list[str]:
    """By what was known of the order when its points were written."""
    said = [
        words.text(
            "{points} for each {amount} of {value}",
            points=points_text(rule.points, words),
            amount=words.money(rule.per, rule.currency),
            value=words.money(order.value, rule.currency),
        )
    ]
    said += _rates(order, rule, words)
    if rule.per_order:
        said.append(words.text("Each order gives {points} besides.", points=points_text(rule.per_order, words)))
    if rule.most is not None:
        points = points_text(rule.most, words)
        said.append(words.text("One order gives at most {points}, bonuses aside.", points=points))
    if order.back > 0:
        said.append(words.text("Of it {back} went back.", back=words.money(order.back, rule.currency)))
    return said


def _rates(order: Earned, rule: Rule, words: Words) -> list[str]:
    """What of the order earned more, less or nothing."""
    rates = [rate for rate in rule.rates if rate.holds(order.placed_at)]
    if not rates:
        return []
    sums = Counter[int]()
    for part in order.parts:
        sums[percent_of(rates, part.product_id, part.collections)] += part.value
    if not order.parts:
        sums[percent_of(rates, None, ())] = order.value
    return [
        words.text("{products}: {points}.", products=words.money(value, rule.currency), points=how_text(percent, words))
        for percent, value in sorted(sums.items(), reverse=True)
        if percent != USUAL
    ]


def usable_from(cause: Cause | None, rule: Rule | None, now: Instant, telling: Telling) -> list[str]:
    """From when points of an order can be spent, while they cannot."""
    if not isinstance(cause, Grant) or rule is None or not cause.points:
        return []
    if cause.available_at is None:
        return [
            telling.words.plural(
                "Can be spent {n} day after the order was sent and paid.",
                "Can be spent {n} days after the order was sent and paid.",
                rule.wait_days,
            )
        ]
    if cause.available_at <= now:
        return []
    return [telling.words.text("Can be spent from {moment} on.", moment=telling.when(cause.available_at))]
