"""Webhook bodies as a development store writes them, varied so fast that a sender can make them as it goes."""

import base64
import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from devstore.order_payload import order_payload
from devstore.orders import LineInput
from devstore.shop import Shop
from devstore.store import DevStore

SECRET = "benchmark-secret-of-more-than-32-bytes"  # noqa: S105 - of servers that live as long as a benchmark
KEY = "benchmark-key"
PLACED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FIRST_ORDER = 5_900_000_000_000
FIRST_CUSTOMER = 7_500_000_000_000
_SHAPES = 40


@dataclass(frozen=True, slots=True)
class Shape:
    """An order's body, and the bytes in it that make it another order's."""

    body: bytes
    order: bytes
    customer: bytes
    updated: bytes
    status: bytes

    def of(self, number: int, customer: int, changed: int = 0, status: bytes = b"paid") -> bytes:
        """The body of order `number` of a customer, `changed` seconds after it was placed."""
        body = self.body.replace(self.order, b"%d" % (FIRST_ORDER + number))
        body = body.replace(self.customer, b"%d" % (FIRST_CUSTOMER + customer))
        if changed:
            body = body.replace(self.updated, _field("updated_at", PLACED + timedelta(seconds=changed)))
        return body if status == b"paid" else body.replace(self.status, b'"financial_status":"%s"' % status)


class Bodies:
    """Orders of 1 to 3 lines (6 to 8 kB), or of as many lines as reach `size` bytes; the same for the same seed."""

    def __init__(self, size: int = 0, seed: int = 1) -> None:
        chance = random.Random(seed)
        store = DevStore(KEY, SECRET, "http://127.0.0.1", "http://127.0.0.1", clock=lambda: PLACED, seed=seed)
        shop = store.add_shop("shapes.myshopify.com", currency="USD", timezone="UTC", name="", primary_locale="en")
        lines = _lines_for(shop, size) if size else 0
        with shop.history():
            self._shapes = [_shape(shop, chance, lines or chance.randint(1, 3)) for _ in range(_SHAPES)]

    def of(self, number: int, customer: int, changed: int = 0, status: bytes = b"paid") -> bytes:
        """The body of orders/create, or after some seconds of orders/updated."""
        return self._shapes[number % _SHAPES].of(number, customer, changed, status)


def domain(number: int) -> str:
    """The name of a shop."""
    return f"shop-{number}.myshopify.com"


def signed(body: bytes) -> bytes:
    """The signature that a delivery of this body carries."""
    return base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256))


def _lines_for(shop: Shop, size: int) -> int:
    with shop.history():
        one, two = (len(_shape(shop, random.Random(1), lines).body) for lines in (1, 2))
    return max(1, 1 + round((size - one) / (two - one)))


def _shape(shop: Shop, chance: random.Random, lines: int) -> Shape:
    # No two customers of a shop have one address.
    email = f"noura{len(shop.customers):02}@example.com"
    buyer = shop.create_customer("Noura", "Al-Salem", email, "en", PLACED - timedelta(days=90))
    wanted = [_line(chance) for _ in range(lines)]
    discount = chance.choice(("0", "0", "1.50"))
    order = shop.place_order(buyer.id, wanted, discount=discount, shipping="4.00", at=PLACED)
    body = json.dumps(order_payload(shop, order), separators=(",", ":")).encode()
    shape = Shape(
        body,
        b"%d" % order.id,
        b"%d" % buyer.id,
        _field("updated_at", PLACED),
        b'"financial_status":"paid"',
    )
    for varied in (shape.order, shape.customer, shape.updated, shape.status):
        if varied not in body:
            raise ValueError(f"no {varied!r} in the body of an order")
    return shape


def _line(chance: random.Random) -> LineInput:
    title = chance.choice(("Oud oil", "Rose water", "Amber"))
    price = f"{chance.randint(5, 80)}.{chance.randint(0, 99):02}"
    return {"title": title, "price": price, "quantity": chance.randint(1, 3)}


def _field(name: str, at: datetime) -> bytes:
    return f'"{name}":"{at.isoformat(timespec="seconds")}"'.encode()
