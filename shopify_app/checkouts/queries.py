"""Reading and keeping checkouts, and what ties them to orders."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from shopify_app.checkouts.abandoned import Known
from shopify_app.checkouts.facts import CheckoutFacts, CheckoutLine
from shopify_app.checkouts.model import Checkout, DeletedCart, OrderCheckout
from shopify_app.clock import Instant
from shopify_app.customers.contacts.contact import ADDRESS, Contact
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, among_texts, bulk_upsert, rows_changed, upsert
from shopify_app.orders.facts import Version

_COLUMNS = (
    *("token", "updated_at", "known_at", "source", "created_at", "currency", "total", "cart_token", "customer_id"),
    *("email_hash", "phone_hash", "completed_at", "closed_at", "lines", "recovery", "locale", "country", "source_name"),
)
"""In the order of CheckoutFacts' fields, the version's three parts in its place."""
_lines = msgspec.json.Decoder(tuple[CheckoutLine, ...])


def load_checkouts(session: Session, shop: ShopId, tokens: Collection[str]) -> dict[str, CheckoutFacts]:
    """The named checkouts, as far as they are known."""
    return _read(session, Checkout.shop_id == shop, among_texts(session, Checkout.token, tokens)) if tokens else {}


def _read(session: Session, *own: Any) -> dict[str, CheckoutFacts]:
    columns = [getattr(Checkout, name) for name in _COLUMNS]
    return {row.token: _facts(row) for row in session.execute(select(*columns).where(*own))}


def _facts(row: Any) -> CheckoutFacts:
    values = row._asdict()
    version = Version(*(values.pop(name) for name in ("updated_at", "known_at", "source")))
    return CheckoutFacts(**{**values, "version": version, "lines": _lines.decode(row.lines)})


def store_checkouts(session: Session, shop: ShopId, checkouts: Iterable[CheckoutFacts]) -> None:
    """Write the checkouts' current state."""
    upsert(session, Checkout, ("shop_id", *_COLUMNS), [_row(shop, one) for one in checkouts])


def _row(shop: ShopId, one: CheckoutFacts) -> list[Any]:
    values = {name: getattr(one, name) for name in one.__struct_fields__ if name != "version"}
    values |= {"updated_at": one.version.updated_at, "known_at": one.version.known_at, "source": one.version.source}
    values["lines"] = msgspec.json.encode(one.lines).decode()
    return [shop, *(values[name] for name in _COLUMNS)]


def note_origins(session: Session, shop: ShopId, origins: Mapping[int, tuple[str, str]]) -> None:
    """Keep of which checkout and cart orders came: by order, both tokens, either of which may be empty."""
    columns = ("shop_id", "order_id", "checkout_token", "cart_token")
    upsert(session, OrderCheckout, columns, [[shop, order, *tokens] for order, tokens in origins.items()])


def note_deleted(session: Session, shop: ShopId, carts: Mapping[str, Instant]) -> None:
    """Keep which carts Shopify has deleted, and when it said so."""
    rows = [{"shop_id": shop, "cart_token": cart, "deleted_at": at} for cart, at in carts.items()]
    bulk_upsert(session, DeletedCart, rows)


def join_checkouts(session: Session, shop: ShopId, merged: Mapping[int, int]) -> None:
    """Customers were merged into others: their checkouts are the others' now."""
    for old, kept in merged.items():
        if not is_erased(kept):
            own = Checkout.shop_id == shop, Checkout.customer_id == old
            session.execute(update(Checkout).where(*own).values(customer_id=kept))


def forget_checkouts(
    session: Session, shop: ShopId, customers: Collection[int], contacts: Collection[Contact] = ()
) -> int:
    """Delete the checkouts of these customers, and those of nobody in which a contact of theirs was typed; how many.

    What another customer typed is that customer's, whomever it reaches; and the phone of an address is often another's.
    """
    hashes = [one.hash for one in contacts if one.kind != ADDRESS]
    theirs = [among(session, Checkout.customer_id, customers)] if customers else []
    reached = (Checkout.email_hash, Checkout.phone_hash) if hashes else ()
    nobodys = Checkout.customer_id.is_(None)
    theirs += [and_(nobodys, among_texts(session, column, hashes)) for column in reached]
    if not theirs:
        return 0
    return rows_changed(session.execute(delete(Checkout).where(Checkout.shop_id == shop, or_(*theirs))))


def forget_origins(session: Session, shop: ShopId, orders: Collection[int]) -> int:
    """Delete of which checkouts these orders came; how many rows."""
    if not orders:
        return 0
    own = OrderCheckout.shop_id == shop, among(session, OrderCheckout.order_id, orders)
    return rows_changed(session.execute(delete(OrderCheckout).where(*own)))


def drop_old_checkouts(session: Session, shop: ShopId, before: Instant) -> None:
    """Delete the checkouts that nobody has touched since, and the carts that were deleted before."""
    session.execute(delete(Checkout).where(Checkout.shop_id == shop, Checkout.updated_at < before))
    session.execute(delete(DeletedCart).where(DeletedCart.shop_id == shop, DeletedCart.deleted_at < before))


def shops_with_old_checkouts(session: Session, before: Instant) -> Sequence[ShopId]:
    """The shops in which there are any."""
    old = select(Checkout.shop_id).where(Checkout.updated_at < before)
    carts = select(DeletedCart.shop_id).where(DeletedCart.deleted_at < before)
    return [ShopId(shop) for shop in session.scalars(old.union(carts))]


def known_of(session: Session, shop: ShopId, checkouts: Collection[CheckoutFacts]) -> dict[str, Known]:
    """What else is known of these checkouts, by token: whether an order came of each, and what its cart became."""
    tokens = [one.token for one in checkouts]
    carts = {one.cart_token for one in checkouts if one.cart_token}
    ordered, ordered_carts = _orders_of(session, shop, tokens, carts)
    gone = set(
        session.scalars(
            select(DeletedCart.cart_token).where(
                DeletedCart.shop_id == shop, among_texts(session, DeletedCart.cart_token, carts)
            )
        )
    )
    followed = _followed(session, shop, checkouts)
    return {
        one.token: Known(
            ordered=one.token in ordered or one.cart_token in ordered_carts,
            deleted=one.cart_token in gone,
            followed=one.token in followed,
        )
        for one in checkouts
    }


def _orders_of(
    session: Session, shop: ShopId, tokens: Collection[str], carts: Collection[str]
) -> tuple[set[str], set[str]]:
    columns = OrderCheckout.checkout_token, OrderCheckout.cart_token
    either = or_(
        among_texts(session, OrderCheckout.checkout_token, tokens),
        among_texts(session, OrderCheckout.cart_token, carts),
    )
    rows = session.execute(select(*columns).where(OrderCheckout.shop_id == shop, either)).all()
    return {row.checkout_token for row in rows}, {row.cart_token for row in rows if row.cart_token}


def _followed(session: Session, shop: ShopId, checkouts: Collection[CheckoutFacts]) -> set[str]:
    """Those after which whoever began them has begun another, by customer, or by what they typed."""
    found = set[str]()
    for column in (Checkout.customer_id, Checkout.email_hash, Checkout.phone_hash):
        mine = {getattr(one, column.key): one for one in checkouts if getattr(one, column.key) is not None}
        if mine:
            found |= _later_by(session, shop, column, list(mine), checkouts)
    return found


def _held(session: Session, column: Any, held: Sequence[Any]) -> Any:
    return among(session, column, held) if column is Checkout.customer_id else among_texts(session, column, held)


def _later_by(
    session: Session, shop: ShopId, column: Any, held: Sequence[Any], checkouts: Collection[CheckoutFacts]
) -> set[str]:
    rows = session.execute(
        select(column, Checkout.token, Checkout.created_at).where(
            Checkout.shop_id == shop, _held(session, column, held)
        )
    )
    latest: dict[Any, tuple[Instant, str]] = {}
    for value, token, created_at in rows:
        latest[value] = max(latest.get(value, (created_at, token)), (created_at, token))
    return {
        one.token
        for one in checkouts
        if (value := getattr(one, column.key)) in latest and latest[value] > (one.created_at, one.token)
    }


def open_since(session: Session, shop: ShopId, since: Instant, until: Instant) -> list[CheckoutFacts]:
    """The checkouts that were touched last between two moments and did not become an order, the latest first."""
    own = Checkout.shop_id == shop, Checkout.updated_at >= since, Checkout.updated_at <= until
    found = _read(session, *own, Checkout.completed_at.is_(None), Checkout.closed_at.is_(None))
    return sorted(found.values(), key=lambda one: (one.version.updated_at, one.token), reverse=True)
