"""Two shops with the same life, one of which hears nothing of some topics; and the night that heals it."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from devstore.labels import Labels
from shopify_app.changes.rebuild import drift
from shopify_app.customers.model import Customer, CustomerAlias
from shopify_app.db.base import ShopId
from shopify_app.jobs.nightly import request_work
from shopify_app.jobs.reconcile_shop import RECONCILE
from shopify_app.orders.model import Order, OrderEdit, OrderLine, Refund
from shopify_app.reconciliation.model import Reconciliation
from shopify_app.reconciliation.queries import reports
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import latest

BASE = datetime(2026, 11, 21, 9, tzinfo=UTC)
DEAF, TWIN = "deaf.myshopify.com", "twin.myshopify.com"


def lose(world: Any, topics: Collection[str]) -> list[str]:
    """From now on the deaf shop's deliveries of these topics never arrive; Shopify believes that they did."""
    lost: list[str] = []
    real = world.store._send

    def send(url: str, headers: dict[str, str], body: bytes) -> int:
        if headers["X-Shopify-Shop-Domain"] == DEAF and headers["X-Shopify-Topic"] in topics:
            lost.append(headers["X-Shopify-Topic"])
            return 200
        return real(url, headers, body)

    world.store._send = send
    return lost


def add_shop(world: Any, domain: str = DEAF, days: int = 40) -> Any:
    """A shop with some history, installed and imported."""
    shop = world.store.add_shop(domain, currency="KWD", timezone="Asia/Kuwait")
    oud = shop.add_product("Oud", "10.000").id
    with shop.history():
        began = BASE - timedelta(days=days)
        people = [shop.create_customer(f"A{at}", "B", f"{at}@x.test", at=began).id for at in range(6)]
        for at in range(12):
            lines = [{"price": "10.000", "quantity": 1 + at % 2, "product_id": oud}]
            shop.place_order(people[at % 5], lines, at=began + timedelta(days=3 * at))
    world.install(shop)
    world.work()
    return shop


def live_a_day(world: Any, shop: Any) -> None:
    """Every kind of event that the app subscribes to, but the ends."""
    people, orders = list(shop.customers), list(shop.orders)
    hour = world.clock.forward
    new = shop.create_customer("New", "One", "new@x.test", phone="+96550001234").id
    fresh = shop.place_order(
        new, [{"price": "7.500", "quantity": 2}], discount="1.000", labels=Labels("KW", codes=("eid",))
    )
    hour(3600)
    shop.place_order(
        people[0], [{"price": "3.000", "quantity": 1}, {"price": "25.000", "quantity": 1, "gift_card": True}]
    )
    shop.place_order(None, [{"price": "4.000", "quantity": 1}])
    shop.update_customer(people[1], first_name="Renamed")
    shop.refund(orders[0], amount="2.500")
    hour(3600)
    shop.refund(orders[1], lines={shop.orders[orders[1]].lines[0].id: 1})
    shop.refund(fresh.id, amount="1.000")
    shop.edit(orders[4], [{"price": "2.000"}], {shop.orders[orders[4]].lines[0].id: 1})
    shop.cancel(orders[2])
    shop.delete_order(orders[3])
    shop.consents.give(new, "email", "SUBSCRIBED")
    shop.consents.give(new, "sms", "UNSUBSCRIBED")
    hour(3600)
    shop.merge_customers(people[0], people[4])
    shop.change(name="Another name", timezone="Asia/Dubai")
    shop.set_scopes([one for one in shop.installation.scopes if one != "read_products"])


def night(world: Any) -> None:
    """Until after the next night's hour in every zone of the tests, then all that is due."""
    tomorrow = (world.clock() + timedelta(days=1)).date()
    world.clock.now = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 2, 0, tzinfo=UTC)
    request_work(world.wafa.database, world.clock())
    world.work()


def number(world: Any, shop: Any) -> ShopId:
    with world.wafa.database.reading() as session:
        return ShopId(find_shop(session, shop.domain).id)


def report(world: Any, shop: Any) -> Reconciliation:
    """The newest night's report."""
    with world.wafa.database.reading() as session:
        return reports(session, number(world, shop), 1)[0]


def task(world: Any, shop: Any) -> Any:
    with world.wafa.database.reading() as session:
        return latest(session, number(world, shop), RECONCILE)


def facts(world: Any, shop: Any) -> dict[str, Any]:
    """All that is held of a shop, in words that two shops with the same life share."""
    mine = number(world, shop)
    with world.wafa.database.reading() as session:
        row = find_shop(session, shop.domain)
        orders = session.scalars(select(Order).where(Order.shop_id == mine)).all()
        refunds = session.scalars(select(Refund).where(Refund.shop_id == mine)).all()
        edits = session.scalars(select(OrderEdit).where(OrderEdit.shop_id == mine)).all()
        lines = session.scalars(select(OrderLine).where(OrderLine.shop_id == mine)).all()
        people = session.scalars(select(Customer).where(Customer.shop_id == mine)).all()
        aliases = session.scalars(select(CustomerAlias).where(CustomerAlias.shop_id == mine)).all()
        assert drift(session, mine) == 0
    who = {one: place for place, one in enumerate(sorted([*shop.customers, *shop.merged]))}
    return {
        "shop": (row.name, row.timezone, row.currency, row.scopes, row.state),
        "orders": sorted(
            (
                (
                    order.name,
                    who.get(order.customer_id),
                    order.placed_at,
                    order.created_at,
                    order.gross,
                    order.discounts,
                ),
                (order.financial_status, order.cancelled_at, order.deleted_at is not None, order.test),
                (order.country, order.discount_code),
                sorted((one.net, one.refunded_at, one.exact) for one in refunds if one.order_id == order.order_id),
                sorted((one.added, one.removed, one.edited_at) for one in edits if one.order_id == order.order_id),
                sorted((one.quantity, one.gross, one.discount) for one in lines if one.order_id == order.order_id),
            )
            for order in orders
        ),
        "customers": sorted((who[one.customer_id], one.email_consent, one.sms_consent) for one in people),
        "aliases": sorted((who[one.customer_id], who[one.kept_id]) for one in aliases),
    }


def figures(world: Any, shop: Any) -> dict[str, Any]:
    told = {}
    for basis in ("kept", "shopify"):
        answer = world.json(shop, f"/reports/numbers?window=all&basis={basis}")
        told[basis] = {name: figure["value"] for name, figure in answer["metrics"].items()}
    return told
