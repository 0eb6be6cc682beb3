"""Groups of people in words. Pure but for reading them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shopify_app.db.base import Session, ShopId
from shopify_app.language import Words
from shopify_app.retention.coming_back.asking import Asking
from shopify_app.retention.coming_back.queries import Grouped, grouped
from shopify_app.retention.coming_back.splits import (
    ENOUGH,
    NOT_KNOWN,
    WITHIN,
    Back,
    Group,
    Leader,
    Split,
    groups_of,
    in_turn,
    leader_of,
)
from shopify_app.retention.presenting import NOTHING, Choice

SPLITS = {
    Split.PRODUCT: "Product",
    Split.DISCOUNT: "With a discount or without",
    Split.CODE: "Discount",
    Split.CHANNEL: "Where it was sold",
    Split.COUNTRY: "Country",
    Split.VALUE: "Amount",
}
CHANNELS = {
    "web": "Online store",
    "pos": "Point of sale",
    "shopify_draft_order": "Draft order",
    "iphone": "Shopify on a phone",
    "android": "Shopify on a phone",
}
"""Shopify's own names of where an order was made; an app's is its number."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The groups, and what is to be known to put their names in words."""

    split: Split
    groups: Sequence[Group]
    """In the turn that was asked for."""
    leader: Leader | None
    said: Grouped


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group: how many people, and of each number of months the share that came back and of how many."""

    title: str
    people: str
    shares: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the groups, and where the page is sorted by it."""

    text: str
    href: str
    sorted: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that were chosen, and which can be."""

    choices: list[Choice]
    heads: list[Head]
    """Of people and of each number of months."""
    sorts: list[Choice]
    """The same ways to sort, for a telephone, where the table has no head."""
    leader: str | None
    lines: list[GroupLine] | None
    """None until a choice is made."""
    note: str | None
    took: str | None


def measured(session: Session, shop: ShopId, asking: Asking) -> Measured | None:
    """The groups that the address asks for, by what is known today; None where it asks for none."""
    split, asked = asking.viewed.split, asking.looked.asked
    if split is None:
        return None
    said = grouped(session, shop, split, asked.basis, asked.unit, asked.as_of)
    groups, sort = groups_of(said.people, asked.as_of), asking.viewed.sort
    return Measured(split, in_turn(groups, sort), leader_of(groups, sort or WITHIN[0]), said)


Here = Callable[[str], str]
"""Where the page is sorted in this way."""


def shown_groups(found: Measured | None, asking: Asking, words: Words, took: str | None, here: Here) -> Groups:
    """The groups in words."""
    currency, heads = asking.looked.currency, _heads(asking.viewed.sort, words, here)
    values = ("people", *map(str, WITHIN))
    return Groups(
        choices=choices(asking.viewed.split, words),
        heads=heads,
        sorts=[Choice(value, head.text, head.sorted) for value, head in zip(values, heads, strict=True)],
        leader=_leader(found, found.leader, currency, words) if found and found.leader else None,
        lines=[_line(one, found, currency, words) for one in found.groups] if found else None,
        note=words.text(_NOTES[found.split]) if found and found.split in _NOTES else None,
        took=took if found else None,
    )


def _heads(sort: int | None, words: Words, here: Here) -> list[Head]:
    people = Head(words.text("People"), here("people"), sort is None)
    titles = {months: words.plural("Back within {n} month", "Back within {n} months", months) for months in WITHIN}
    return [people, *(Head(title, here(str(months)), sort == months) for months, title in titles.items())]


def _leader(found: Measured, leader: Leader, currency: str, words: Words) -> str:
    """Which first order brings the most people back; or that none does, beyond chance."""
    said = {
        "title": _title(leader.group, found, currency, words),
        "percent": _share(leader.group.within[leader.months], words)[0],
        "least": words.number(ENOUGH),
    }
    if leader.stands_out:
        return words.plural(
            "{title}: {percent} came back within {n} month, the most of all groups with {least} people or more.",
            "{title}: {percent} came back within {n} months, the most of all groups with {least} people or more.",
            leader.months,
            **said,
        )
    return words.plural(
        "No group stands out. {title} has the highest share within {n} month, {percent}, but among so many groups one "
        "can be that far ahead by chance.",
        "No group stands out. {title} has the highest share within {n} months, {percent}, but among so many groups one "
        "can be that far ahead by chance.",
        leader.months,
        **said,
    )


_NOTES = {
    Split.PRODUCT: "A first order with several products is in the group of each of them.",
    Split.CODE: "Of a first order with several codes the first is taken; where there is none, the automatic discount.",
}


def choices(split: Split | None, words: Words) -> list[Choice]:
    """By what of their first order people can be put into groups."""
    ready = [Choice(one.value, words.text(title), one is split) for one, title in SPLITS.items()]
    return [Choice("", words.text("Choose"), split is None), *ready]


def _line(group: Group, found: Measured, currency: str, words: Words) -> GroupLine:
    shares = [_share(group.within[months], words) for months in WITHIN]
    return GroupLine(_title(group, found, currency, words), words.number(group.size), shares)


def _share(back: Back, words: Words) -> tuple[str, str]:
    if back.share is None:
        return NOTHING, words.text("Nobody can have been gone for so long yet.")
    return words.percent(back.share), words.plural("of {n} person", "of {n} people", back.people)


def _title(group: Group, found: Measured, currency: str, words: Words) -> str:
    if group.name is None:
        return words.text("All others")
    if group.name == NOT_KNOWN:
        return words.text("Not known")
    if found.split is Split.VALUE:
        return _band(int(group.name), found.said.cuts, currency, words)
    return _named(group.name, found, words)


def _named(name: str, found: Measured, words: Words) -> str:
    match found.split:
        case Split.PRODUCT:
            return words.isolated(found.said.titles[name])
        case Split.DISCOUNT:
            return words.text("With a discount") if name == "1" else words.text("Without a discount")
        case Split.CODE:
            return words.isolated(name) if name else words.text("Without a discount")
        case Split.COUNTRY:
            return words.country(name) if name else words.text("Without an address")
        case _:
            return words.text(CHANNELS[name]) if name in CHANNELS else words.isolated(name) or words.text("Not known")


def _band(place: int, cuts: Sequence[int], currency: str, words: Words) -> str:
    """From one amount to below another."""
    if not cuts:
        return words.text("Any amount")
    if place == 0:
        return words.text("Less than {amount}", amount=words.money(cuts[0], currency))
    least = words.money(cuts[place - 1], currency)
    if place == len(cuts):
        return words.text("{amount} or more", amount=least)
    return words.text("{least} to less than {most}", least=least, most=words.money(cuts[place], currency))
