"""What a programme says, and which version of it holds at a moment. Pure; amounts in minor units of its currency."""

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from shopify_app.clock import Instant


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
    earning: bool = True
    """False while the programme is paused: what was earned stays."""

    @property
    def cost(self) -> Fraction:
        """What all points of an order are worth, as a share of what it cost: if every point is spent."""
        return Fraction(self.points * self.reward, self.per * self.reward_points)

    def worth(self, points: int) -> int:
        """What so many points are worth, in minor units, rounded down."""
        return points * self.reward // self.reward_points


class Version(Struct, frozen=True):
    """A rule, and from when it holds."""

    number: int
    since: Instant
    rule: Rule


def in_force(versions: Sequence[Version], at: Instant) -> Version | None:
    """The version that held at a moment, whenever we hear of what happened then; None before the first."""
    held = [version for version in versions if version.since <= at]
    return max(held, key=lambda version: (version.since, version.number)) if held else None
