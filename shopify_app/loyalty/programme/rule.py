"""What a programme says, and which version of it holds at a moment. Pure; amounts in minor units of its currency."""

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from shopify_app.clock import Instant
from shopify_app.loyalty.programme.name import POINTS, Called
from shopify_app.loyalty.programme.occasions import Occasions
from shopify_app.loyalty.programme.prize import AMOUNT, CREDIT, PRODUCT, Prize
from shopify_app.loyalty.programme.rate import ALL, COLLECTIONS, USUAL, Rate

BY_HAND = 5_000
"""Points by hand a month, where nobody said otherwise."""


class Rule(Struct, frozen=True):
    """How customers earn."""

    currency: str
    points: int
    """So many points ..."""
    per: int
    """... for each of this amount, what an order's products cost after discounts, without tax and shipping."""
    wait_days: int
    """For how many days after an order was sent its points are pending: as long as it may be given back."""
    reward_points: int
    """So many points ..."""
    reward: int
    """... are worth this amount off an order."""
    code_days: int = 30
    """For how many days the code of a reward can be used."""
    per_order: int = 0
    """Points for each order besides, whatever it cost."""
    most: int | None = None
    """One order gives at most so many points, bonuses aside; None for no limit."""
    first_order: int = 0
    """Bonus points for a customer's first order."""
    nth: int = 0
    """The number of the order, from 2, that ..."""
    nth_points: int = 0
    """... gives so many bonus points."""
    by_hand: int = BY_HAND
    """Points that the shop's staff may give by hand in a month, all together."""
    ends_after: int | None = None
    """After so many days in which they could be spent points end; None for never."""
    extended: bool = False
    """Whether each order and each reward gives all of a customer's points their full time again."""
    earning: bool = True
    """False while the programme is paused: what was earned stays."""
    others: tuple[Prize, ...] = ()
    """Rewards beside that one, which says what a point is worth."""
    occasions: Occasions = Occasions()
    """Bonuses that no order gives."""
    rates: tuple[Rate, ...] = ()
    """What earns more, less or nothing."""
    name: Called = POINTS
    """What shoppers call the points; older versions say nothing of it."""

    @property
    def bonuses(self) -> dict[int, int]:
        """Bonus points by the number of the customer's order."""
        said = {1: self.first_order, self.nth: self.nth_points}
        return {number: points for number, points in said.items() if number and points}

    def is_too_dear(self, prize: Prize) -> bool:
        """Whether an amount would be worth more than the order that earns what it takes, where that earns most."""
        return prize.kind in (AMOUNT, PRODUCT, CREDIT) and self._cost_of(prize.points, prize.value) * self._most >= 1

    @property
    def is_given_away(self) -> bool:
        """Whether becoming a customer and agreeing to messages reach a reward: nobody would have to buy."""
        return self.occasions.without_buying >= self.cheapest

    @property
    def by_line(self) -> bool:
        """Whether an order's products earn differently."""
        return any(rate.what != ALL for rate in self.rates)

    @property
    def collections(self) -> frozenset[int]:
        """The collections that earn differently."""
        return frozenset(number for rate in self.rates if rate.what == COLLECTIONS for number, _ in rate.of)

    @property
    def dearest(self) -> Fraction:
        """Like `cost`, of whatever earns most, redeemed for the reward that gives most for a point."""
        worth = [self._cost_of(one.points, one.value) for one in self.others if one.kind in (AMOUNT, PRODUCT, CREDIT)]
        return max([self.cost, *worth]) * self._most

    @property
    def _most(self) -> Fraction:
        """How many times the usual points something earns."""
        return Fraction(max([USUAL, *(rate.percent for rate in self.rates)]), USUAL)

    def _cost_of(self, points: int, value: int) -> Fraction:
        return Fraction(self.points * value, self.per * points)

    @property
    def cheapest(self) -> int:
        """How many points the cheapest reward takes."""
        return min([self.reward_points, *(prize.points for prize in self.others)])

    @property
    def cost(self) -> Fraction:
        """What all points of an order are worth, as a share of what it cost: if every point is spent."""
        return self._cost_of(self.reward_points, self.reward)

    def worth(self, points: int) -> int:
        """What so many points are worth, in minor units, rounded down."""
        return points * self.reward // self.reward_points


class Version(Struct, frozen=True):
    """A rule, and from when it holds."""

    number: int
    since: Instant
    rule: Rule


def unchanged_since(versions: Sequence[Version]) -> Instant:
    """Since when the programme has been on, or paused, as it is by the newest version, whatever else has changed."""
    since = versions[-1].since
    for version in reversed(versions):
        if version.rule.earning != versions[-1].rule.earning:
            break
        since = version.since
    return since


def in_force(versions: Sequence[Version], at: Instant) -> Version | None:
    """The version that held at a moment, whenever we hear of what happened then; None before the first."""
    held = [version for version in versions if version.since <= at]
    return max(held, key=lambda version: (version.since, version.number)) if held else None
