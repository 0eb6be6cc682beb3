"""A small shop's history: enough people who come back, in both scripts, with things gone wrong."""

from datetime import datetime, timedelta

from devstore.records import Address
from devstore.shop import Shop

REGULARS, ONCE, GUESTS = 48, 70, 9
SHARING = 6
_NAMES = (("نورة", "العنزي"), ("Sara", "Mathew"), ("عبدالله", "الرشيدي"), ("Layla", "Haddad"))


def fill(shop: Shop, now: datetime, times: int = 1) -> None:
    """Fill a shop with 14 months before `now`: about 270 orders, so many `times`; the same each time."""
    for turn in range(times):
        _fill(shop, now, turn)


def _fill(shop: Shop, now: datetime, turn: int) -> None:
    with shop.history():
        for number in range(REGULARS + ONCE):
            email = f"c{number}.{turn}@example.com"
            # The first of them share phones, two by two.
            book = [Address(number, f"+96550{turn:03d}{number // 2:03d}")] if number < SHARING else []
            at = now - timedelta(days=430)
            customer = shop.create_customer(*_NAMES[number % 4], email, at=at, addresses=book)
            visits = 2 + number % 5 if number < REGULARS else 1
            for visit in range(visits):
                day = (number * 7 + visit * 53) % 420
                _buy(shop, customer.id, now - timedelta(days=day, hours=1 + number % 5), number + visit)
        for number in range(GUESTS):
            _buy(shop, None, now - timedelta(days=number * 40, hours=2), number)


def _buy(shop: Shop, customer: int | None, at: datetime, seed: int) -> None:
    lines = [{"price": f"{4 + seed % 17}.{seed % 4 * 250:03d}", "quantity": 1 + seed % 2, "title": "Dates"}]
    order = shop.place_order(customer, lines, at=at)
    if seed % 13 == 4:
        shop.cancel(order.id, at + timedelta(minutes=30))
    elif seed % 11 == 3:
        shop.refund(order.id, amount="1.500", at=at + timedelta(minutes=40))
