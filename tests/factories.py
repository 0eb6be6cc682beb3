"""Builders of shops and facts, with keyword overrides."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shopify_app.changes.facts import OrderSeen
from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.jobs.learn_shop import REBUILD
from shopify_app.jobs.rebuild_counts import rebuild_counts
from shopify_app.money import parse_minor
from shopify_app.orders.facts import LineFacts, OrderFacts, RefundFacts, Version
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import Shop
from shopify_app.tasks.queries import get, request
from shopify_app.tasks.step import run_step

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
KEYS = ShopKeys((b"k" * 32,))
LOOKUP = b"l" * 32


def make_shop(database: Database, domain="alice.myshopify.com", currency="USD", timezone="UTC", **values) -> ShopId:
    with database.transaction() as session:
        row = Shop(
            domain=domain,
            currency=currency,
            timezone=timezone,
            installed_at=values.pop("installed_at", EPOCH),
            settings_at=EPOCH,
            told_currency=currency,
            told_timezone=timezone,
            shopify_id=values.pop("shopify_id", 1),
            **values,
        )
        session.add(row)
        session.flush()
        KEYS.create(session, ShopId(row.id))
        return ShopId(row.id)


def instant(text: str, zone: str = "UTC") -> Instant:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return Instant(moment.astimezone(UTC))


def line(line_id: int, gross: str, discount: str = "0", currency: str = "USD", gift_card: bool = False) -> LineFacts:
    return LineFacts(line_id, "Oud", 1, parse_minor(gross, currency), parse_minor(discount, currency), gift_card, 7)


def order(
    order_id: int,
    customer: int | None,
    at: str,
    gross: str,
    discount: str = "0",
    *,
    currency: str = "USD",
    refunded: str | None = None,
    refunded_at: str | None = None,
    cancelled_at: str | None = None,
    gift_card: bool = False,
    test: bool = False,
    zone: str = "UTC",
    version: int = 0,
    status: str = "paid",
) -> OrderSeen:
    placed = instant(at, zone)
    refunds = ()
    if refunded is not None:
        moment = instant(refunded_at, zone) if refunded_at else placed
        refunds = (RefundFacts(order_id * 10, order_id, moment, parse_minor(refunded, currency)),)
    facts = OrderFacts(
        order_id=order_id,
        name=f"#{order_id}",
        placed_at=placed,
        currency=currency,
        customer_id=customer,
        cancelled_at=instant(cancelled_at, zone) if cancelled_at else None,
        test=test,
        financial_status=status,
        lines=(line(order_id * 100, gross, discount, currency, gift_card),),
        refunds=refunds,
    )
    seen = Instant(datetime.fromtimestamp(placed.timestamp() + version, UTC))
    return OrderSeen(facts, Version(seen, seen, f"w{order_id}-{version}"))


def rebuilt(database: Database, shop: ShopId, between: Callable[[], object] = lambda: None) -> None:
    """Count everything anew, as the task does; `between` is called after each of its steps."""
    now = EPOCH
    steps = {REBUILD: rebuild_counts(database, lambda: Instant(now), lambda _seconds: None)}
    with database.transaction() as session:
        task = request(session, shop, REBUILD, None, "test", Instant(now))
    while True:
        run_step(database, steps, shop, task, "test", Instant(now))
        between()
        now += timedelta(seconds=5)
        with database.reading() as session:
            if not get(session, shop, task).active:
                return
