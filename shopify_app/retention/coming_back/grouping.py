"""Groups of people in words. Pure but for reading them."""

from collections.abc import Sequence
from dataclasses import dataclass

from shopify_app.db.base import Session, ShopId
from shopify_app.language import Words
from shopify_app.retention.coming_back.asking import Asking
from shopify_app.retention.coming_back.queries import Grouped, grouped
from shopify_app.retention.coming_back.splits import NOT_KNOWN, WITHIN, Back, Group, Split, groups_of
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
    said: Grouped


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group: how many people, and of each number of months the share that came back and of how many."""

    title: str
    people: str
    shares: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that were chosen, and which can be."""

    choices: list[Choice]
    heads: list[str]
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
    return Measured(split, groups_of(said.people, asked.as_of), said)


def shown_groups(found: Measured | None, asking: Asking, words: Words, took: str | None) -> Groups:
    """The groups in words."""
    return Groups(
        choices=choices(asking.viewed.split, words),
        heads=[words.plural("Back within {n} month", "Back within {n} months", months) for months in WITHIN],
        lines=[_line(one, found, asking.looked.currency, words) for one in found.groups] if found else None,
        note=words.text(_NOTES[found.split]) if found and found.split in _NOTES else None,
        took=took if found else None,
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
