"""Reading what the gate needs to know of carts that were left."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.checkouts.abandoned import LEFT, QUIET, left_at, standing
from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.checkouts.queries import known_of, open_since
from shopify_app.clock import Instant
from shopify_app.customers.contacts.contact import ADDRESS, EMAIL
from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.customers.model import Customer
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, among_texts
from shopify_app.messaging.gate import LATELY, MARKETING, SEND, Decision, Facts, Settings, decide
from shopify_app.orders.model import Order, OrderLine
from shopify_app.reminders.left import NO, Left

EVER = Instant(datetime(2000, 1, 1, tzinfo=UTC))
"""Before any cart."""


class Bought(NamedTuple):
    """An order by when it was placed, and the products in it."""

    at: Instant
    products: frozenset[int]


def carts_left(session: Session, shop: ShopId, since: Instant, now: Instant, settings: Settings) -> list[Left]:
    """Carts of which nothing came, touched last since then, the latest first; as if a reminder were on all the time.

    Asked is what holds at the moment in which each was left, with what is known by now, whatever the hour. Shopify is
    asked of each only when a message is to go: here it is taken to say what we know.
    """
    checkouts = open_since(session, shop, since, Instant(now - QUIET))
    beside = known_of(session, shop, checkouts)
    standings = {one.token: standing(one, beside[one.token], now) for one in checkouts}
    found = facts_of(session, shop, [one for one in checkouts if standings[one.token] == LEFT], EVER)
    return [
        Left(one, facts.consent, _as_if_asked(decide(facts, settings, facts.due_at)))
        for one, facts in ((one, found.get(one.token)) for one in checkouts)
        if facts is not None
    ]


def _as_if_asked(said: Decision) -> Decision:
    return Decision(SEND) if said.reasons == ("look_first",) else said


def facts_of(
    session: Session, shop: ShopId, checkouts: Collection[CheckoutFacts], active_since: Instant
) -> dict[str, Facts]:
    """What is known of a first reminder of each of these left carts, by token."""
    people = _people(session, shop, checkouts)
    begun = min((one.created_at for one in checkouts), default=None)
    everybody = {each for mine in people.values() for each in (*mine.same, *mine.near)}
    orders = _orders_of(session, shop, everybody, Instant(begun - LATELY)) if begun and everybody else {}
    consents = _consents(session, shop, {each for mine in people.values() for each in mine.same})
    return {one.token: _facts(one, people[one.token], orders, consents, active_since) for one in checkouts}


class _People(NamedTuple):
    same: frozenset[int]
    """Whoever left the cart, and whom the same e-mail address or phone reaches."""
    near: frozenset[int]
    """Whom the phone of an address of theirs reaches."""
    mailed: bool
    """Whether an e-mail address is known of whoever left it."""


def _facts(
    one: CheckoutFacts,
    people: _People,
    orders: Mapping[int, Sequence[Bought]],
    consents: Mapping[int, str],
    active_since: Instant,
) -> Facts:
    products = {line.product_id for line in one.lines}
    near = [each for who in people.near for each in orders.get(who, ()) if each.at >= one.created_at]
    return Facts(
        kind=MARKETING,
        due_at=left_at(one),
        began_at=one.created_at,
        active_since=active_since,
        reachable=one.customer_id is not None and (one.email_hash is not None or people.mailed),
        consent=_strictest(one, people, consents),
        cart=LEFT,
        left_at=left_at(one),
        ordered_at=max((each.at for who in people.same for each in orders.get(who, ())), default=None),
        has_it=any(products & each.products for each in near),
    )


def _strictest(one: CheckoutFacts, people: _People, consents: Mapping[int, str]) -> str:
    """What whoever left it agreed to, unless one of the others that they are has said no."""
    said = [consents.get(each, "") for each in people.same if each != one.customer_id]
    return next((state for state in said if state in NO), consents.get(one.customer_id or 0, ""))


def _people(session: Session, shop: ShopId, checkouts: Collection[CheckoutFacts]) -> dict[str, _People]:
    customers = {one.customer_id for one in checkouts if one.customer_id is not None}
    own = CustomerContact.shop_id == shop, among(session, CustomerContact.customer_id, customers)
    columns = CustomerContact.customer_id, CustomerContact.kind, CustomerContact.hash
    held: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for customer, kind, value in session.execute(select(*columns).where(*own)):
        held[customer].add((kind, value))
    typed = {one.token: {each for each in (one.email_hash, one.phone_hash) if each} for one in checkouts}
    wanted = {value for each in held.values() for _, value in each}.union(*typed.values())
    reached: dict[str, set[tuple[str, int]]] = defaultdict(set)
    if wanted:
        named = CustomerContact.shop_id == shop, among_texts(session, CustomerContact.hash, wanted)
        for customer, kind, value in session.execute(select(*columns).where(*named)):
            reached[value].add((kind, customer))
    return {one.token: _people_of(one, held, typed[one.token], reached) for one in checkouts}


def _people_of(
    one: CheckoutFacts,
    held: Mapping[int, set[tuple[str, str]]],
    typed: set[str],
    reached: Mapping[str, set[tuple[str, int]]],
) -> _People:
    mine = held.get(one.customer_id or 0, set())
    strong = typed | {value for kind, value in mine if kind != ADDRESS}
    same = {who for value in strong for kind, who in reached.get(value, ()) if kind != ADDRESS}
    same |= {one.customer_id} if one.customer_id is not None else set()
    every = strong | {value for _, value in mine}
    near = {who for value in every for _, who in reached.get(value, ())} - same
    return _People(frozenset(same), frozenset(near), any(kind == EMAIL for kind, _ in mine))


def _orders_of(session: Session, shop: ShopId, customers: Collection[int], since: Instant) -> dict[int, list[Bought]]:
    """Whatever has become of them: whoever cancelled an order has had enough to do with the shop for now."""
    own = Order.shop_id == shop, among(session, Order.customer_id, customers), Order.placed_at >= since
    line = (OrderLine.shop_id == shop) & (OrderLine.order_id == Order.order_id)
    columns = Order.order_id, Order.customer_id, Order.placed_at, OrderLine.product_id
    rows = session.execute(select(*columns).outerjoin(OrderLine, line).where(*own)).all()
    heads = {order: (customer, at) for order, customer, at, _ in rows if customer is not None}
    products: dict[int, set[int]] = defaultdict(set)
    for order, _, _, product in rows:
        products[order] |= {product} if product is not None else set()
    found: dict[int, list[Bought]] = defaultdict(list)
    for order, (customer, at) in heads.items():
        found[customer].append(Bought(at, frozenset(products[order])))
    return found


def _consents(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, str]:
    own = Customer.shop_id == shop, among(session, Customer.customer_id, customers)
    return dict(session.execute(select(Customer.customer_id, Customer.email_consent).where(*own)).tuples().all())
