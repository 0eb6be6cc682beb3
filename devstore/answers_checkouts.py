"""How the Admin API answers for checkouts that were left, their lines, and what Shopify notes of them."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from devstore.answer_kinds import Answer, fixed, plain
from devstore.checkout.payload import recovery_url
from devstore.checkout.record import Checkout
from devstore.money import to_decimal
from devstore.pages import iso
from devstore.records import Address, Product
from devstore.search import Fields, Test, sorted_by
from devstore.sources import AbandonmentOf, Arguments, Ask, CheckoutLineOf, of_order

if TYPE_CHECKING:
    from devstore.shop import Shop

_KEYS: dict[str, Callable[[Checkout], Any]] = {
    "CREATED_AT": lambda one: (one.created_at, one.id),
    "CHECKOUT_ID": lambda one: one.id,
    "CUSTOMER_NAME": lambda one: (one.customer.name if one.customer else "", one.id),
    "TOTAL_PRICE": lambda one: (one.total, one.id),
    "RELEVANCE": lambda one: -one.id,
    "ID": lambda one: one.id,
}
_TIMES: dict[str, Callable[[Any], datetime]] = {
    "created_at": lambda one: one.created_at,
    "updated_at": lambda one: one.updated_at,
}


def _one_of(states: Iterable[str], read: Callable[[Checkout], str]) -> Callable[[str], Test]:
    def wanting(value: str) -> Test:
        if value not in states:
            raise GraphQLError(f"{value!r} is none of {', '.join(states)}", extensions={"code": "BAD_REQUEST"})
        return lambda one: read(one) == value

    return wanting


def _anywhere(value: str) -> Test:
    wanted = value.casefold()

    def found(one: Checkout) -> bool:
        name = one.customer.name if one.customer else ""
        texts = (name, one.email, one.name, *(line.title for line in one.quote.order.lines))
        return any(wanted in text.casefold() for text in texts)

    return found


_SPECIAL: dict[str, Callable[[str], Test]] = {
    "status": _one_of(("open", "closed"), lambda one: "closed" if one.closed_at else "open"),
    "recovery_state": _one_of(
        ("recovered", "not_recovered"), lambda one: "recovered" if one.completed_at else "not_recovered"
    ),
    "email_state": _one_of(("sent", "not_sent", "scheduled", "suppressed"), lambda one: one.email_state.lower()),
    "anywhere": _anywhere,
}


def _checkouts(_root: Any, ask: Ask, arguments: Arguments) -> list[Any]:
    """Those that were left, by ``query``, ``sortKey`` and ``reverse``."""
    listed = [one for one in ask.shop.checkouts.all.values() if one.listed]
    fields = Fields(ask.shop.zone, _TIMES, {"id": lambda one: one.id}, {}, _SPECIAL, default="anywhere")
    query, key = arguments.get("query") or "", arguments.get("sortKey") or "ID"
    return sorted_by(listed, query, fields, _KEYS, key, bool(arguments.get("reverse")))


def _lines(found: Checkout, _ask: Ask, arguments: Arguments) -> list[Any]:
    lines = [CheckoutLineOf(found, place) for place in range(len(found.quote.order.lines))]
    return lines[::-1] if arguments.get("reverse") else lines


def _sum(read: Callable[[Checkout], int]) -> Answer:
    return lambda one, _ask, _arguments: of_order(one.quote.order, read(one))


def _line_sum(read: Callable[[Any], int]) -> Answer:
    return lambda source, _ask, _arguments: of_order(source.order, read(source.line))


def _address(found: Checkout) -> Address | None:
    return Address(found.id + 2, None, found.cart.country) if found.cart.country else None


def _taxes(found: Checkout) -> list[dict[str, Any]]:
    order, rate = found.quote.order, max((line.tax_rate for line in found.quote.order.lines), default=0)
    return [{"priceSet": of_order(order, order.tax), "rate": rate / 10_000, "title": "VAT"}] if rate else []


def _product(source: CheckoutLineOf, ask: Ask, _arguments: Arguments) -> Product | None:
    return ask.shop.products.get(source.line.product_id or 0)


def _variant(source: CheckoutLineOf, ask: Ask, arguments: Arguments) -> "_Variant | None":
    product = _product(source, ask, arguments)
    return _Variant(product, ask.shop.currency) if product else None


class _Variant:
    """The one variant of a product."""

    def __init__(self, product: Product, currency: str) -> None:
        self.product, self.currency, self.id = product, currency, product.variant_id

    @property
    def available(self) -> bool:
        return self.product.stock is None or self.product.stock > 0


def abandonment_of(found: Checkout | None) -> AbandonmentOf | None:
    """What Shopify notes of a checkout; nothing of one that nobody known has left."""
    return AbandonmentOf(found) if found and found.customer and found.listed else None


def _abandonment(field: str) -> Answer:
    def answer(_root: Any, ask: Ask, arguments: Arguments) -> AbandonmentOf | None:
        number = str(arguments[field]).rpartition("/")[2]
        return abandonment_of(ask.shop.checkouts.by_number(int(number))) if number.isdigit() else None

    return answer


def _of_theirs(source: AbandonmentOf, shop: "Shop") -> list[Checkout]:
    """All checkouts of the same customer."""
    return [one for one in shop.checkouts.all.values() if one.customer is source.checkout.customer and one.listed]


def _no_order_since(source: AbandonmentOf, ask: Ask, _arguments: Arguments) -> bool:
    left, customer = source.checkout, source.checkout.customer
    numbers = customer.orders if customer else []
    return not any(ask.shop.orders[one].created_at >= left.created_at for one in numbers)


def _days_since_mail(source: AbandonmentOf, ask: Ask, _arguments: Arguments) -> int:
    moments = [one.emailed_at for one in _of_theirs(source, ask.shop) if one.emailed_at]
    return (ask.now - max(moments)).days if moments else 0


def _in_stock(source: AbandonmentOf) -> bool:
    goods = source.checkout.cart.goods
    return all(one.product.stock is None or one.product.stock >= one.quantity for one in goods)


def _newest(source: AbandonmentOf, ask: Ask, _arguments: Arguments) -> bool:
    return max(_of_theirs(source, ask.shop), key=lambda one: (one.created_at, one.id)).id == source.id


def _last_left(source: AbandonmentOf, ask: Ask, _arguments: Arguments) -> datetime:
    return max(one.updated_at for one in _of_theirs(source, ask.shop))


def _hours_since(source: AbandonmentOf, ask: Ask, arguments: Arguments) -> float:
    return (ask.now - _last_left(source, ask, arguments)) / timedelta(hours=1)


CHECKOUT_ANSWERS: dict[str, dict[str, Answer]] = {
    "AbandonedCheckout": {
        "id": plain(lambda one: f"gid://shopify/AbandonedCheckout/{one.id}"),
        "abandonedCheckoutUrl": lambda one, ask, _arguments: recovery_url(ask.shop, one),
        "billingAddress": plain(_address),
        "shippingAddress": plain(_address),
        "completedAt": plain(lambda one: iso(one.completed_at)),
        "createdAt": plain(lambda one: iso(one.created_at)),
        "updatedAt": plain(lambda one: iso(one.updated_at)),
        "customAttributes": fixed([]),
        "customer": plain(lambda one: one.customer),
        "discountCodes": plain(lambda one: list(one.cart.codes)),
        "name": plain(lambda one: one.name),
        "note": plain(lambda one: one.said.note),
        "subtotalPriceSet": _sum(lambda one: one.quote.order.subtotal),
        "taxLines": plain(_taxes),
        "taxesIncluded": plain(lambda one: one.quote.order.taxes_included),
        "totalDiscountSet": _sum(lambda one: one.quote.order.discount),
        "totalDutiesSet": fixed(None),
        "totalLineItemsPriceSet": _sum(lambda one: one.quote.order.gross),
        "totalPriceSet": _sum(lambda one: one.total),
        "totalTaxSet": _sum(lambda one: one.quote.order.tax),
    },
    "AbandonedCheckoutLineItem": {
        "id": plain(lambda source: f"gid://shopify/AbandonedCheckoutLineItem/{source.id}"),
        # Codes are the only discounts of this checkout, so that nothing is off before them.
        "discountedTotalPriceSet": _line_sum(lambda line: line.total),
        "discountedTotalPriceWithCodeDiscount": _line_sum(lambda line: line.discounted),
        "discountedUnitPriceSet": _line_sum(lambda line: line.price),
        "discountedUnitPriceWithCodeDiscount": _line_sum(lambda line: line.discounted // line.quantity),
        "image": fixed(None),
        "originalTotalPriceSet": _line_sum(lambda line: line.total),
        "originalUnitPriceSet": _line_sum(lambda line: line.price),
        "product": _product,
        "quantity": plain(lambda source: source.line.quantity),
        "sku": fixed(None),
        "title": plain(lambda source: source.line.title),
        "variant": _variant,
        "variantTitle": fixed(None),
    },
    "ProductVariant": {
        "id": plain(lambda one: f"gid://shopify/ProductVariant/{one.id}"),
        "legacyResourceId": plain(lambda one: str(one.id)),
        "availableForSale": plain(lambda one: one.available),
        "inventoryQuantity": plain(lambda one: one.product.stock or 0),
        "product": plain(lambda one: one.product),
        "sellableOnlineQuantity": plain(lambda one: one.product.stock or 0),
        "price": plain(lambda one: to_decimal(one.product.price, one.currency)),
        "sku": fixed(None),
        "title": fixed("Default Title"),
    },
    "Abandonment": {
        "id": plain(lambda source: f"gid://shopify/Abandonment/{source.id}"),
        "abandonedCheckoutPayload": plain(lambda source: source.checkout),
        "abandonmentType": fixed("CHECKOUT"),
        "mostRecentStep": fixed("CHECKOUT"),
        "createdAt": plain(lambda source: iso(source.checkout.created_at)),
        "customer": plain(lambda source: source.checkout.customer),
        "customerHasNoDraftOrderSinceAbandonment": fixed(True),
        "customerHasNoOrderSinceAbandonment": _no_order_since,
        "daysSinceLastAbandonmentEmail": _days_since_mail,
        "emailSentAt": plain(lambda source: iso(source.checkout.emailed_at)),
        "emailState": plain(lambda source: source.checkout.email_state),
        "hoursSinceLastAbandonedCheckout": _hours_since,
        "inventoryAvailable": plain(_in_stock),
        "isFromCustomStorefront": fixed(False),
        "isFromOnlineStore": plain(lambda source: source.checkout.said.source == "web"),
        "isFromShopApp": fixed(False),
        "isFromShopPay": fixed(False),
        "isMostSignificantAbandonment": _newest,
        "lastCheckoutAbandonmentDate": lambda *given: iso(_last_left(*given)),
        "visitStartedAt": plain(lambda source: iso(source.checkout.created_at)),
    },
}
CHECKOUT_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("QueryRoot", "abandonedCheckouts"): _checkouts,
    ("AbandonedCheckout", "lineItems"): _lines,
}
CHECKOUT_ROOTS: dict[str, Answer] = {
    "abandonment": _abandonment("id"),
    "abandonmentByAbandonedCheckoutId": _abandonment("abandonedCheckoutId"),
}
