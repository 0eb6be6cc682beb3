"""Segments that every shop has from the first day on: the groups, and what merchants ask for most. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from shopify_app.retention.rfm.scoring import Group
from shopify_app.segments.rules.fields import Condition, How
from shopify_app.segments.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Ready:
    """One of them; title and note are message keys."""

    title: str
    note: str
    rule: Rule
    group: Group | None = None
    """The group that it is, where it is one."""


def _group(group: Group, title: str, note: str) -> Ready:
    return Ready(title, note, Rule("all", (Condition("group", How.IS, group.value),)), group)


_LATE = Condition("late", How.IS, True)

READY: Mapping[str, Ready] = {
    "best": _group(
        Group.BEST, "Best", "They have bought three times or more, lately too, and are among the fifth who spend most."
    ),
    "loyal": _group(Group.LOYAL, "Loyal", "They have bought three times or more, and are not late."),
    "promising": _group(Group.PROMISING, "Promising", "They have come back, and may become loyal."),
    "new": _group(Group.NEW, "New", "They have bought for the first time lately."),
    "might-lose": _group(Group.MIGHT_LOSE, "Might lose", "They spend more than most, and are later than usual."),
    "late": _group(Group.LATE, "Just late", "They had come back, and are later than usual, but not away yet."),
    "away": _group(
        Group.AWAY, "Away", "They had come back, and have been silent for more than twice as long as usual."
    ),
    "once": _group(
        Group.ONCE, "Bought once, a while ago", "They have bought once, some time ago, and have not come back."
    ),
    "late-regulars": Ready(
        "Late regulars",
        "They have ordered five times or more, and are later than usual, but not away yet.",
        Rule("all", (Condition("orders", How.AT_LEAST, 5), _LATE, Condition("group", How.IS_NOT, Group.AWAY.value))),
    ),
    "first-order-lately": Ready(
        "First order in the last 30 days",
        "A good moment for a thank-you, and for what goes with their first purchase.",
        Rule("all", (Condition("first_order", How.AT_MOST, 30),)),
    ),
    "once-60-days-ago": Ready(
        "Bought once, 60 days ago or more",
        "They have ordered once, and have not come back for two months.",
        Rule("all", (Condition("orders", How.AT_MOST, 1), Condition("last_order", How.AT_LEAST, 60))),
    ),
    "big-spenders": Ready(
        "Big spenders",
        "The fifth of your customers who have spent most.",
        Rule("all", (Condition("big_spender", How.IS, True),)),
    ),
}
"""By the name that they have in addresses."""

GROUP_TITLES: Mapping[Group, str] = {ready.group: ready.title for ready in READY.values() if ready.group}
"""What a group is called, as message keys."""
