"""Forgetting a customer, or a whole shop."""

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

from shopify_app.changes.apply import Prepared, apply_facts, prepare, store
from shopify_app.changes.facts import CustomerRedacted, Fact, GuestForgotten
from shopify_app.changes.generations.queries import drop_rows_elsewhere
from shopify_app.checkouts.queries import forget_checkouts, forget_origins
from shopify_app.clock import Instant
from shopify_app.customers.birthdays.queries import drop_birthdays
from shopify_app.customers.contacts.contact import Contact, Reachable
from shopify_app.customers.contacts.contact import hashed as reached_at
from shopify_app.customers.contacts.queries import load_contacts
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.customers.queries import aliases_of, customer_hash, forget, guest_hash, redacted_ids
from shopify_app.db.base import Session, ShopId
from shopify_app.exports.queries import drop_exports
from shopify_app.loyalty.brought.lines.queries import forget_lines
from shopify_app.loyalty.by_hand.queries import forget_reasons
from shopify_app.loyalty.ledger.queries import accounts_of, leave_account
from shopify_app.privacy.numbers import Person, numbers_of, whom
from shopify_app.privacy.queries import (
    begin_erasure,
    delete_shop,
    has_erasures,
    orders_known_of,
    orders_of,
    rename_in_versions,
)
from shopify_app.privacy.requests.queries import ERASURE, SHOPIFY, add_request, drop_answers, note_counts
from shopify_app.privacy.traces import address, hashed, number, phone
from shopify_app.retention.forecasts.queries import drop_forecasts
from shopify_app.segments.outward.queries import drop_members
from shopify_app.shops.queries import lock_shop, touch
from shopify_app.tasks.queries import hasten, leave_out, request

DUE = timedelta(days=30)
ERASE = "erase_deliveries"
"""The kind of task that searches the kept deliveries."""
MERGED, RESTORED = "system:merge", "system:restore"
"""Why somebody is forgotten without a request of Shopify's: a merge told who they are, or a backup was put back."""
_ACTOR = "system:redact"


def redact_person(
    session: Session,
    shop: ShopId,
    person: Person,
    delivery_id: int | None,
    lookup_key: bytes,
    now: Instant,
    opaque: int | None = None,
    *,
    asked_at: Instant | None = None,
    actor: str = SHOPIFY,
) -> None:
    """Forget the customer, and have all kept deliveries searched for what names them.

    We keep facts under numbers alone. Of somebody named by an e-mail address or a phone, its hash or the orders that
    the request names tell the number; without any there are only deliveries. `delivery_id` is the request's, None
    where none asks.
    """
    counts, found = Counter[str](), _traces_of(person)
    people = whom(session, shop, person, lookup_key)
    orders = {*person.orders, *orders_of(session, shop, people)}
    if people:
        found |= {number(each) for each in (*people, *orders)}
        counts = _redact(session, shop, people, lookup_key, now, opaque)
    elif orders:
        apply_facts(session, shop, [GuestForgotten(order) for order in sorted(orders)], now, lookup_key)
        drop_exports(session, shop)
    # They may stand in a file of balances without ever having bought.
    lock_shop(session, shop)
    reached = reached_at(Reachable(person.email, person.phone), lookup_key, shop)
    counts["brought_line"] += forget_lines(session, shop, people, reached)
    if left := forget_checkouts(session, shop, (), reached):
        counts["checkout"] += left
        drop_exports(session, shop)
        touch(session, shop)
    counts["order_checkout"] += forget_origins(session, shop, orders)
    # What was collected of them as a guest names no customer.
    counts["answers"] += drop_answers(session, shop, [guest_hash(lookup_key, shop, each) for each in orders], now)
    request_id = _certify(session, shop, counts, actor, asked_at or now, now, emptied=int(delivery_id is not None))
    _search_for(session, shop, delivery_id, found, lookup_key, now, request_id)


def _traces_of(person: Person) -> set[str]:
    found = {number(order) for order in person.orders}
    found |= {address(person.email)} if person.email else set()
    return found | ({phone(person.phone)} if person.phone else set())


def _search_for(
    session: Session,
    shop: ShopId,
    delivery_id: int | None,
    found: Collection[str],
    lookup_key: bytes,
    now: Instant,
    request_id: int,
) -> None:
    begin_erasure(session, shop, delivery_id, hashed(lookup_key, shop, found), now, request_id)
    request(session, shop, ERASE, None, _ACTOR, now)
    hasten(session, shop, ERASE, now)


def search_on(session: Session, shop: ShopId, now: Instant) -> None:
    """Request the search again where its task was stopped before the end."""
    if has_erasures(session, shop):
        request(session, shop, ERASE, None, _ACTOR, now)


def redact_customer(
    session: Session, shop: ShopId, customer: int, lookup_key: bytes, now: Instant, opaque: int | None = None
) -> None:
    """Put the customer's orders under a random number that means nobody, or under the one that they had before.

    Counts and sums stay as they are. Later news of the customer, an old delivery or an import, is recognised
    by a keyed hash and goes to the same number.
    """
    counts = _redact(session, shop, numbers_of(session, shop, [customer]), lookup_key, now, opaque)
    _certify(session, shop, counts, SHOPIFY, now, now)


def _redact(
    session: Session, shop: ShopId, people: Sequence[int], lookup_key: bytes, now: Instant, opaque: int | None
) -> Counter[str]:
    """Of which table how many rows were renamed or dropped."""
    orders, contacts = orders_of(session, shop, people), _contacts_of(session, shop, people)
    before = redacted_ids(session, shop, people, lookup_key)
    opaque = opaque or min(before.values(), default=None) or _new_number()
    facts = [CustomerRedacted(person, opaque, now) for person in people]
    apply_facts(session, shop, facts, now, lookup_key)
    # Pages about somebody who never bought have changed, too.
    touch(session, shop)
    counts = _cut(session, shop, people, opaque, lookup_key, now)
    counts["checkout"] += forget_checkouts(session, shop, (), contacts)
    return counts + Counter(orders=len(orders), brought_line=forget_lines(session, shop, (), contacts))


def _contacts_of(session: Session, shop: ShopId, people: Collection[int]) -> frozenset[Contact]:
    return frozenset(one for known in load_contacts(session, shop, people).values() for one in known.held)


def _certify(
    session: Session, shop: ShopId, counts: Counter[str], actor: str, asked_at: Instant, now: Instant, emptied: int = 0
) -> int:
    """Note what was asked, when, and what was done about it; the request's id."""
    asked = min(asked_at, now)
    times = (asked, Instant(asked + DUE), now)
    request_ = add_request(session, shop, ERASURE, times, actor, counts["orders"])
    note_counts(request_, counts, emptied)
    session.flush()
    return request_.id


def _new_number() -> int:
    return OPAQUE_FROM + secrets.randbelow(OPAQUE_FROM)


def _cut(
    session: Session, shop: ShopId, people: Sequence[int], opaque: int, lookup_key: bytes, now: Instant
) -> Counter[str]:
    """Whatever names these customers beside their orders: rows not shown, versions, answers, files, work under way."""
    # First: it makes a rebuild wait that is about to write rows of theirs which it has read before.
    leave_out(session, shop, people)
    drop_exports(session, shop)
    counts = drop_rows_elsewhere(session, shop, people)
    counts += forget(session, shop, people, opaque, lookup_key, now)
    counts["segment_member"] = drop_members(session, shop, people)
    counts["customer_forecast"] = drop_forecasts(session, shop, people)
    counts["customer_birthday"] = drop_birthdays(session, shop, people)
    counts["brought_line"] = forget_lines(session, shop, people, ())
    counts["checkout"] = forget_checkouts(session, shop, people)
    counts["points_by_hand"] = forget_reasons(session, shop, accounts_of(session, shop, people).values())
    counts["points_member"] = leave_account(session, shop, people)
    # Whoever was somebody else before a merge stays so: what was counted then can be counted again.
    counts += rename_in_versions(session, shop, {person: _new_number() for person in people})
    counts["answers"] = drop_answers(session, shop, [customer_hash(lookup_key, shop, each) for each in people], now)
    return counts


def apply_and_forget(session: Session, shop: ShopId, facts: Sequence[Fact], now: Instant, lookup_key: bytes) -> bool:
    """`apply_facts`, and `store_and_forget`: for facts that may tell of merges."""
    return bool(facts) and store_and_forget(session, shop, prepare(session, shop, facts, lookup_key), now, lookup_key)


def store_and_forget(session: Session, shop: ShopId, prepared: Prepared, now: Instant, lookup_key: bytes) -> bool:
    """Store what was prepared; True as in `store`.

    Of whom it shows to have been one with a redacted customer, everything else is forgotten as well: the news
    of a merge may come after the redaction.
    """
    # Before they are dropped with the rest.
    contacts = _contacts_of(session, shop, prepared.state.joined) if prepared.state.joined else frozenset[Contact]()
    shown = store(session, shop, prepared, now)
    forget_checkouts(session, shop, (), contacts)
    for customer in sorted(prepared.state.joined):
        opaque = prepared.state.resolve(customer)
        people = [customer, *aliases_of(session, shop, customer)]
        found = {number(each) for each in (*people, *orders_known_of(session, shop, people))}
        counts = _cut(session, shop, people, opaque or customer, lookup_key, now)
        request_id = _certify(session, shop, counts, MERGED, now, now)
        _search_for(session, shop, None, found, lookup_key, now, request_id)
    return shown


def redact_shop(session: Session, shop: ShopId, at: Instant) -> bool:
    """Delete the shop, its key first; False when it was installed again after the request was made.

    Also while it is only being installed: what it was sent since then was acknowledged.
    """
    if lock_shop(session, shop).installed_at > at:
        return False
    delete_shop(session, shop)
    return True
