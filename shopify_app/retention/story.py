"""One order's story: its facts, whether it counts in each basis and why, its refunds, and what it was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.customers.nobody import is_erased
from shopify_app.language import Words
from shopify_app.orders.model import OrderEdit, OrderVersion, Refund
from shopify_app.orders.queries import OrderRecord
from shopify_app.retention.counting import Countable, left_out_because, read_later
from shopify_app.retention.presenting import BASIS_TITLES, Fact, customer_path, customer_text
from shopify_app.retention.window import Basis

ADMIN_ORDER = "shopify://admin/orders/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the order counts in one basis, in a sentence."""

    basis: str
    title: str
    counts: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    """One state of the order, and from when we knew it."""

    known: str
    value: str
    added: str
    taken_back: str
    status: str
    also: str | None
    """What else changed since the state before, where neither amounts nor status tell."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the page about one order says."""

    name: str
    facts: list[Fact]
    verdicts: list[Verdict]
    edits: list[Fact]
    returns: list[Fact]
    refunds: list[Fact]
    versions: list[Step]
    was_edited: bool
    """Whether anything was ever added."""
    asked: bool
    """Whether Shopify is yet to say how it is now."""
    admin_href: str | None
    """Where Shopify shows it; None once it is deleted there."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told, and how the shop counts days and money."""

    words: Words
    zone: ZoneInfo
    currency: str

    def when(self, moment: Instant) -> str:
        """A moment on the shop's clock."""
        day = self.words.day(local_day(moment, self.zone))
        return self.words.text("{day}, {time}", day=day, time=self.words.time(moment, self.zone))


def countable(record: OrderRecord, currency: str) -> Countable:
    """The part of a kept order that decides whether it counts."""
    return Countable.of(record.order, currency).as_placed(sum(edit.added for edit in record.edits))


def tell(record: OrderRecord, places: Mapping[Basis, int], telling: Telling) -> Story:
    """The page in words; `places` says for each basis which of the customer's orders this is."""
    order, currency = record.order, record.order.currency or telling.currency
    versions = [None, *record.versions]
    return Story(
        name=name_of(record),
        facts=_facts(record, telling),
        verdicts=[_verdict(record, basis, places.get(basis), telling) for basis in Basis],
        edits=[_edit(edit, currency, telling) for edit in record.edits if not edit.returned],
        returns=[_return(edit, currency, telling) for edit in record.edits if edit.returned],
        refunds=[_refund(refund, currency, telling) for refund in record.refunds],
        versions=[_step(now, before, currency, telling) for before, now in pairwise(versions) if now],
        was_edited=any(version.added for version in record.versions),
        asked=record.asked_again,
        admin_href=None if order.deleted_at else f"{ADMIN_ORDER}{order.order_id}",
    )


def name_of(record: OrderRecord) -> str:
    """What the merchant calls the order; its number where it was deleted before we knew it."""
    return record.order.name or str(record.order.order_id)


def _facts(record: OrderRecord, telling: Telling) -> list[Fact]:
    order, words = record.order, telling.words
    gone = [Fact(words.text("Deleted"), telling.when(order.deleted_at))] if order.deleted_at else []
    if not order.currency:
        return [*gone, Fact(words.text("Amounts"), words.text("Not known: it was deleted before it was read"))]
    inside = order.taxes_included
    amounts = _amounts(record, words)
    return [
        Fact(words.text("Placed"), telling.when(order.placed_at)),
        _customer(order.customer_id, words),
        *(Fact(title, words.money(minor, order.currency)) for title, minor in amounts.items()),
        *([Fact(words.text("Tax"), words.text("Within the prices; left out of these amounts"))] if inside else []),
        *([Fact(words.text("Cancelled"), telling.when(order.cancelled_at))] if order.cancelled_at else []),
        *gone,
    ]


def _amounts(record: OrderRecord, words: Words) -> dict[str, int]:
    """What was sold and what became of it, by its words."""
    order, edits = record.order, record.edits
    changes = [edit for edit in edits if not edit.returned]
    back, added = sum(refund.net for refund in record.refunds), sum(edit.added for edit in edits)
    amounts = {
        words.text("Before discounts"): order.gross - sum(edit.gross for edit in edits),
        words.text("Discounts"): order.discounts - sum(edit.discount for edit in edits),
    }
    if changes or added:
        amounts[words.text("Added later")] = added
    if changes:
        amounts[words.text("Taken off later")] = sum(edit.removed for edit in changes)
    if len(changes) < len(edits):
        amounts[words.text("Returned")] = sum(edit.removed for edit in edits if edit.returned)
    amounts[words.text("Refunds")] = back
    amounts[words.text("Net sales")] = order.gross - order.discounts - sum(edit.removed for edit in edits) - back
    return amounts


def _customer(customer_id: int | None, words: Words) -> Fact:
    told = customer_text(customer_id, words)
    return Fact(words.text("Customer"), told, customer_path(customer_id))


def _verdict(record: OrderRecord, basis: Basis, place: int | None, telling: Telling) -> Verdict:
    words = telling.words
    reason = left_out_because(countable(record, telling.currency), basis)
    title = words.text(BASIS_TITLES[basis])
    if reason is not None:
        return Verdict(basis.value, title, False, words.text(reason))
    if record.order.customer_id is None:
        return Verdict(basis.value, title, True, words.text("It counts, and names no customer."))
    if place is None:
        return Verdict(basis.value, title, True, words.text("It counts."))
    sentence = words.text("It counts as this customer's order number {n}.", n=words.number(place))
    return Verdict(basis.value, title, True, sentence)


def _refund(refund: Refund, currency: str, telling: Telling) -> Fact:
    amount = telling.words.money(refund.net, currency)
    if refund.exact and not refund.net:
        why = telling.words.text(
            "{amount}: it was for shipping, tax, duties or items that had left the order before", amount=amount
        )
        return Fact(telling.when(refund.refunded_at), why)
    if refund.exact:
        return Fact(telling.when(refund.refunded_at), amount)
    shared = telling.words.text("{amount}, a share of the order's total", amount=amount)
    return Fact(telling.when(refund.refunded_at), shared)


def _edit(edit: OrderEdit, currency: str, telling: Telling) -> Fact:
    words = telling.words
    added, removed = words.money(edit.added, currency), words.money(edit.removed, currency)
    if not edit.removed:
        sentence = words.text("{amount} added", amount=added)
    elif not edit.added:
        sentence = words.text("{amount} taken off", amount=removed)
    else:
        sentence = words.text("{added} added, {removed} taken off", added=added, removed=removed)
    return Fact(telling.when(edit.edited_at), sentence)


def _return(edit: OrderEdit, currency: str, telling: Telling) -> Fact:
    words = telling.words
    added, removed = words.money(edit.added, currency), words.money(edit.removed, currency)
    if edit.added:
        sentence = words.text("{removed} returned, {added} sent out in exchange", removed=removed, added=added)
    else:
        sentence = words.text("{amount} returned", amount=removed)
    return Fact(telling.when(edit.edited_at), sentence)


def _step(version: OrderVersion, before: OrderVersion | None, currency: str, telling: Telling) -> Step:
    words = telling.words
    return Step(
        known=telling.when(version.known_at),
        value=words.money(version.gross - version.discounts - version.added, currency),
        added=words.money(version.added, currency),
        taken_back=words.money(version.refunded + version.removed, currency),
        status=_status(version, words),
        also=_also(version, before, words) if before else None,
    )


def _also(version: OrderVersion, before: OrderVersion, words: Words) -> str | None:
    if version.customer_id != before.customer_id:
        if is_erased(version.customer_id):
            return words.text("Customer erased")
        return words.text("Customer changed or merged")
    if version.placed_at != before.placed_at:
        return words.text("Dated anew")
    told_anew = version.later != before.later and len(read_later(version.later)) == len(read_later(before.later))
    return words.text("Refunds told more exactly") if told_anew and _sums(version) == _sums(before) else None


def _sums(version: OrderVersion) -> tuple[int, ...]:
    return version.gross, version.discounts, version.refunded, version.added, version.removed


def _status(version: OrderVersion, words: Words) -> str:
    if version.deleted_at is not None:
        return words.text("Deleted")
    if version.cancelled_at is not None:
        return words.text("Cancelled")
    if version.test:
        return words.text("Test")
    if version.given_up_at is not None:
        return words.text("Unpaid for too long")
    known = STATUSES.get(version.financial_status)
    return words.text(known) if known else version.financial_status


STATUSES = {
    "paid": "Paid",
    "pending": "Payment pending",
    "authorized": "Payment authorized",
    "partially_paid": "Partly paid",
    "partially_refunded": "Partly refunded",
    "refunded": "Refunded",
    "voided": "Payment voided",
    "expired": "Payment expired",
}
"""Shopify's payment states, in words."""


def as_document(record: OrderRecord, places: Mapping[Basis, int], currency: str) -> dict[str, Any]:
    """The same for a program; amounts in minor units of the order's currency."""
    order, what = record.order, countable(record, currency)
    return {
        "order_id": str(order.order_id),
        "name": order.name,
        "placed_at": order.placed_at.isoformat(),
        "customer_id": None if order.customer_id is None else str(order.customer_id),
        "currency": order.currency,
        "gross": order.gross - sum(edit.gross for edit in record.edits),
        "discounts": order.discounts - sum(edit.discount for edit in record.edits),
        "taxes_included": order.taxes_included,
        "edits": [
            {
                "at": edit.edited_at.isoformat(),
                "added": edit.added,
                "removed": edit.removed,
                "returned": edit.returned,
            }
            for edit in record.edits
        ],
        "refunds": [{"at": refund.refunded_at.isoformat(), "net": refund.net} for refund in record.refunds],
        "counts": {
            basis.value: {"left_out_because": left_out_because(what, basis), "customer_order": places.get(basis)}
            for basis in Basis
        },
        "versions": len(record.versions),
    }
