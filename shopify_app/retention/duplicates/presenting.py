"""Groups in words, as lines of a file, and for programs. No phone, no e-mail address: only that they are shared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from shopify_app.customers.contacts.contact import EMAIL, PHONE
from shopify_app.language import Words
from shopify_app.money import Minor, Money
from shopify_app.retention.duplicates.grouping import Effect, Group
from shopify_app.retention.duplicates.queries import Purchases
from shopify_app.retention.presenting import customer_path
from shopify_app.table import line
from shopify_app.tasks.view import TaskView

COLUMNS = ("group", "customer_id", "shares", "orders", "net_sales", "currency", "first_order", "last_order")

Bought = Mapping[int, Purchases]
"""By customer; of those who bought nothing there is nothing."""


@dataclass(frozen=True, slots=True)
class Member:
    """One customer of a group."""

    number: str
    href: str | None
    orders: str
    net: str
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """One group on the page."""

    heading: str
    members: list[Member]
    customers: str
    """Their numbers with blanks in between: what a request names the group by."""


def shown_group(group: Group, bought: Bought, words: Words, currency: str) -> ShownGroup:
    """A group in words; money in the shop's currency."""
    members = [_member(one, bought.get(one, Purchases()), words, currency) for one in group.customers]
    return ShownGroup(_heading(group, words), members, " ".join(map(str, group.customers)))


def _heading(group: Group, words: Words) -> str:
    if group.shared == {EMAIL}:
        return words.text("The same e-mail mailbox")
    if group.shared == {PHONE}:
        return words.text("The same phone")
    return words.text("The same phone and e-mail mailbox")


def _member(customer: int, bought: Purchases, words: Words, currency: str) -> Member:
    return Member(
        number=str(customer),
        href=customer_path(customer),
        orders=words.number(bought.orders),
        net=words.money(bought.net, currency),
        first=words.day(bought.first) if bought.first else None,
        last=words.day(bought.last) if bought.last else None,
    )


def effect_text(effect: Effect, groups: int, words: Words) -> str | None:
    """What would change over all time; None where there is nobody to tell of."""
    if effect.now is None or effect.then is None or not groups:
        return None
    return words.plural(
        "If the group is one person, {then} of your customers have bought more than once, not {now}.",
        "If each of the {n} groups is one person, {then} of your customers have bought more than once, not {now}.",
        groups,
        **_shares(effect.now, effect.then, words),
    )


def year_text(effect: Effect, words: Words) -> str | None:
    """The same over the last year, to follow that sentence."""
    if effect.now is None or effect.then is None:
        return None
    return words.text("In the last 365 days: {then}, not {now}.", **_shares(effect.now, effect.then, words))


def _shares(now: Fraction, then: Fraction, words: Words) -> dict[str, str]:
    return {"now": words.percent(now), "then": words.percent(then)}


def common_text(common: int, words: Words) -> str | None:
    """What was left out."""
    if not common:
        return None
    return words.plural(
        "{n} phone or mailbox is not looked at: more than 5 customers have it, as with a shop's own.",
        "{n} phones or mailboxes are not looked at: more than 5 customers have each, as with a shop's own.",
        common,
    )


def reading_text(task: TaskView | None, ever: bool, words: Words) -> str | None:
    """How far reading is, the first time; None once all customers were looked at."""
    if ever or task is None or not task.active:
        return None
    return words.plural(
        "Wafa is looking through your customers: {n} so far. You can leave this page.",
        "Wafa is looking through your customers: {n} so far. You can leave this page.",
        task.done,
    )


def withheld_text(withheld: str, words: Words) -> list[str]:
    """What Shopify keeps from us, and how it is asked for; empty where nothing is kept."""
    kinds = set(withheld.split())
    if not kinds:
        return []
    if {EMAIL, PHONE} <= kinds:
        what = words.text("Shopify has not approved Wafa to see e-mail addresses and phones of customers.")
    elif EMAIL in kinds:
        what = words.text("Shopify has not approved Wafa to see e-mail addresses: only phones are compared.")
    elif PHONE in kinds:
        what = words.text("Shopify has not approved Wafa to see customers' own phones: only the others are compared.")
    else:
        what = words.text("Shopify has not approved Wafa to see phones in addresses: only the others are compared.")
    asked = words.text(
        "Whoever runs Wafa must ask Shopify for it: in the Partner Dashboard under API access, Protected customer data "
        "access, level 2, for e-mail, phone and address."
    )
    after = words.text("Once Shopify agrees, this page fills by itself, in the following night at the latest.")
    return [what, asked, after]


def group_document(group: Group, bought: Bought, currency: str) -> dict[str, Any]:
    """A group for a program; amounts in major units."""
    return {
        "group": str(group.key),
        "shares": sorted(group.shared),
        "customers": [
            {
                "customer_id": str(one),
                "orders": mine.orders,
                "net_sales": _major(mine.net, currency),
                "first_order": mine.first.isoformat() if mine.first else None,
                "last_order": mine.last.isoformat() if mine.last else None,
            }
            for one in group.customers
            for mine in (bought.get(one, Purchases()),)
        ],
    }


def effect_document(effect: Effect) -> dict[str, Any]:
    """Both counts and both shares, exact."""
    return {
        "customers": effect.customers,
        "repeat_customers": effect.repeaters,
        "people": effect.people,
        "repeat_people": effect.repeating_people,
        "now": None if effect.now is None else str(effect.now),
        "then": None if effect.then is None else str(effect.then),
    }


def file_lines(groups: Sequence[Group], bought: Bought, currency: str) -> Iterator[str]:
    """A file of all groups, one customer a line."""
    yield line(COLUMNS)
    for group in groups:
        for one in group.customers:
            mine = bought.get(one, Purchases())
            first, last = mine.first or "", mine.last or ""
            shares = " ".join(sorted(group.shared))
            yield line((group.key, one, shares, mine.orders, _major(mine.net, currency), currency, first, last))


def _major(minor: int, currency: str) -> str:
    return str(Money(Minor(minor), currency).decimal())
