"""The rules that are tried on a shop's own orders, two beside each other. Pure."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from shopify_app.loyalty.programme.rule import Rule

HOLDS, DRAFT, TYPED = "holds", "draft", "typed"
"""What a trial is called: the programme that was switched on, and what the merchant thinks of; else a ready one."""


class Trial(Struct, frozen=True):
    """A rule that is tried, and which one it is."""

    name: str
    rule: Rule


def beside(own: Mapping[str, Rule | None], ready: Mapping[str, Rule], currency: str) -> list[Trial]:
    """The two to look at: the shop's own, what holds first; where one is missing, a ready programme in its place.

    A rule in another currency than the shop's earns nothing and is left out; a paused one is tried as if it were on.
    """
    mine = [Trial(name, replace(rule, earning=True)) for name, rule in own.items() if rule]
    found: list[Trial] = []
    for one in (*mine, *(Trial(name, rule) for name, rule in ready.items())):
        if one.rule.currency == currency and one.rule not in [each.rule for each in found]:
            found.append(one)
    return found[:2]
