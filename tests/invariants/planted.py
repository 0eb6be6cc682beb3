"""For each promise, the row that breaks it: planted into a shop in which all of them hold."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, text, update

from shopify_app.checkouts.model import Checkout
from shopify_app.customers.birthdays.model import CustomerBirthday
from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.customers.model import Customer, CustomerAlias
from shopify_app.db.lease import Lease
from shopify_app.loyalty.brought.model import BroughtFile, BroughtLine
from shopify_app.loyalty.ledger.model import PointsAccount, PointsMember
from shopify_app.loyalty.outward.model import PointsShown
from shopify_app.orders.model import Order, OrderEdit, OrderLine, OrderRefetch, OrderVersion
from shopify_app.privacy.model import Erasure
from shopify_app.products.model import CollectionProduct
from shopify_app.reconciliation.model import Reconciliation
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.retention.history.model import KeptGrid
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.model import CountedOrder, TouchedBuyer
from shopify_app.retention.past.model import StoredReport
from shopify_app.retention.registry import Totals
from shopify_app.retention.window_sums.model import WindowSum
from shopify_app.segments.outward.model import SegmentMember
from shopify_app.shops.model import AccessToken, Shop
from shopify_app.tasks.intents.model import Intent
from shopify_app.tasks.model import Task
from tests.factories import instant
from webhooks.inbox import Delivery
from webhooks.refusals import RefusedDelivery

NOW = instant("2026-01-01T12:00")
LATER = NOW + timedelta(days=2)
COUNTED = 11
"""An order that counts in both bases; its customer has another one, 12."""
GONE = 22
"""An order that was deleted."""
TEST = 61
FORGOTTEN = 4
"""A customer who was redacted."""
MERGED, KEPT = 3, 1

Plant = Callable[[Any, int], None]


def row(model, **values) -> Plant:
    return lambda session, shop: session.execute(insert(model).values(**{"shop_id": shop, **values}))


def every(model, *conditions, **values) -> Plant:
    statement = update(model).where(*conditions).values(**values).execution_options(synchronize_session=False)
    return lambda session, _shop: session.execute(statement)


def both(*plants: Plant) -> Plant:
    def plant(session, shop) -> None:
        for each in plants:
            each(session, shop)

    return plant


def sql(statement: str) -> Plant:
    return lambda session, _shop: session.execute(text(statement))


def delivery(**values) -> Plant:
    standard = {
        "shop_domain": "alice.myshopify.com",
        "webhook_id": "planted",
        "topic": "orders/create",
        "api_version": "",
        "event_id": "",
        "triggered_at": NOW,
        "received_at": NOW,
        "body": b"",
        "due_at": NOW,
        "error": "",
    }
    return lambda session, _shop: session.execute(insert(Delivery).values(**{**standard, **values}))


def task(**values) -> Plant:
    moments = {"due_at": NOW, "created_at": NOW, "updated_at": NOW}
    return row(Task, **{"id": "planted", "kind": "planted", "actor": "test", **moments, **values})


def intent(**values) -> Plant:
    moments = {"created_at": NOW, "updated_at": NOW}
    return row(Intent, **{"kind": "planted", "key": "planted", "actor": "test", **moments, **values})


def counted(order_id, generation=1, **values) -> Plant:
    standard = {
        "generation": generation,
        "basis": "kept",
        "order_id": order_id,
        "day": date(2025, 1, 1),
        "buyer_id": order_id,
        "placed_at": NOW,
        "orders": 1,
        "value": 0,
        "net": 0,
        "nth": 1,
        "nth_day": 1,
    }
    return row(CountedOrder, **{**standard, **values})


def version_row(order_id: int, number: int) -> Plant:
    facts = {"gross": 1, "discounts": 0, "refunded": 0, "only_gift_cards": False, "test": False}
    moments = {"known_at": NOW, "placed_at": NOW, "financial_status": "paid"}
    return row(OrderVersion, order_id=order_id, number=number, **facts, **moments)


def account(**values) -> Plant:
    sums = dict.fromkeys(("seq", "balance", "available", "pending", "debt"), 0)
    return row(PointsAccount, **{"account_id": 7, **sums, "mac": b"", "seal": b"", "opened_at": NOW, **values})


def line_of(order_id: int, title: str = "") -> Plant:
    amounts = {"quantity": 1, "gross": 0, "discount": 0, "gift_card": False}
    return row(OrderLine, order_id=order_id, line_id=1, title=title, **amounts)


def edit_of(order_id: int) -> Plant:
    amounts = {"gross": 0, "discount": 0, "removed": 0, "pieces": 0}
    return row(OrderEdit, order_id=order_id, edit_id=1, edited_at=NOW, **amounts)


def another_shop(session, _shop) -> None:
    values = {"domain": "bob.myshopify.com", "installed_at": NOW, "shopify_id": 2}
    other = session.execute(insert(Shop).values(**values).returning(Shop.id)).scalar_one()
    delivery(key_shop=other)(session, _shop)


def sealed_by_ours(session, shop) -> None:
    delivery(key_shop=shop)(session, shop)


PLANTED: dict[str, Plant] = {
    "a delivery waits, is handled or is parked": delivery(state="lost"),
    "a handled delivery says when": delivery(state="handled"),
    "what is not handled does not say so": delivery(state="waiting", handled_at=NOW),
    "no delivery waits for ever": delivery(state="waiting", due_at=LATER),
    "a parked delivery says why": delivery(state="parked"),
    "a webhook id is kept once": both(
        sql("DROP INDEX uq_delivery_shop_domain_webhook_id"), delivery(webhook_id="kept"), delivery(webhook_id="kept")
    ),
    "every body can be opened with its shop's key": both(sealed_by_ours, sql("DELETE FROM shop_key")),
    "no body is sealed under another shop's key": another_shop,
    "an order's versions are numbered without a gap": sql("DELETE FROM order_version WHERE number = 1"),
    "an order's last version is how it is now": every(Order, Order.order_id == COUNTED, gross=1),
    "a deleted order stays deleted": version_row(GONE, 3),
    "an order is given up only while it is unpaid": every(Order, Order.order_id == COUNTED, given_up_at=NOW),
    "what was known later stands later": every(
        OrderVersion, OrderVersion.order_id == GONE, OrderVersion.number == 1, known_at=NOW + timedelta(seconds=1000)
    ),
    "nothing is known from the future": every(OrderVersion, OrderVersion.order_id == COUNTED, known_at=LATER),
    "every line belongs to an order of its shop": line_of(404),
    "every edit belongs to an order of its shop": edit_of(404),
    "every version belongs to an order of its shop": version_row(404, 1),
    "a stored report can be worked out again": row(
        StoredReport,
        start=date(2025, 12, 1),
        stored_at=NOW,
        stored_on=date(2026, 1, 1),
        known_at=NOW,
        currency="USD",
        timezone="UTC",
        document="{}",
    ),
    "a window sums to what is kept of it and what has changed since": row(
        WindowSum,
        basis="kept",
        unit="order",
        first_day=date(2025, 1, 1),
        last_day=date(2025, 3, 31),
        generation=1,
        known_at=NOW + timedelta(days=1),
        kept_on=date(2026, 1, 1),
        **dict.fromkeys(Totals.__slots__, 0),
    ),
    "what is summed over customers is what is kept of it and what has changed since": row(
        KeptGrid,
        name="coming_back.month",
        basis="kept",
        unit="order",
        version=1,
        generation=1,
        known_at=NOW + timedelta(days=1),
        kept_on=date(2026, 1, 1),
        body=Sums.none().dump(),
    ),
    "the sums shown are what the orders say": every(CountedOrder, CountedOrder.order_id == COUNTED, net=1),
    "every counted order is there": counted(404),
    "what must not count does not": counted(TEST),
    "an order is counted under its own buyer": every(CountedOrder, CountedOrder.order_id == COUNTED, buyer_id=9),
    "an order is booked once in a basis": counted(COUNTED, day=date(2024, 1, 1)),
    "a buyer's orders are numbered in the order they were placed": every(
        CountedOrder, CountedOrder.order_id == COUNTED, nth=2
    ),
    "a rebuild that ended well leaves nothing behind": counted(COUNTED, generation=7),
    "buyers are only marked for the generation being built": row(TouchedBuyer, generation=2, buyer_id=1),
    "nothing is counted before the shop is known": every(Shop, shopify_id=None),
    "no order names a customer that was merged away": every(Order, Order.order_id == COUNTED, customer_id=MERGED),
    "no contact is kept of a customer that was merged away": row(
        CustomerContact, customer_id=MERGED, kind="phone", hash="0" * 32
    ),
    "no segment in Shopify names a customer that was merged away": row(
        SegmentMember, segment="late", medium=0, customer_id=MERGED, state="in"
    ),
    "no forecast names a customer that was merged away": row(
        CustomerForecast,
        customer_id=MERGED,
        as_of=date(2026, 1, 1),
        alive=0.5,
        chance_30=0.1,
        chance_90=0.2,
        value_12m=1,
        value_low=0,
        value_high=2,
        regular=False,
    ),
    "no checkout names a customer that was merged away": row(
        Checkout,
        customer_id=MERGED,
        token="planted",
        cart_token="",
        created_at=NOW,
        updated_at=NOW,
        known_at=NOW,
        source="",
        currency="KWD",
        total=1,
        lines="[]",
        locale="",
        country="",
        source_name="",
    ),
    "no birthday names a customer that was merged away": row(CustomerBirthday, customer_id=MERGED, day="planted"),
    "no line of a file of balances names a customer that was merged away": row(
        BroughtLine, file_id="f", place=2, outcome="found", points=1, customer_id=MERGED, sealed=b""
    ),
    "every line of a file of balances was given, is kept, or was about somebody forgotten": row(
        BroughtFile,
        **dict.fromkeys(("found_people", "found_points", "people", "points", "forgotten", "taken_back"), 0),
        file_id="f",
        state="checked",
        digest="",
        again=False,
        rule=1,
        lines=1,
        actor="1",
        asked_at=NOW,
    ),
    "no points account names a customer that was merged away": row(PointsMember, customer_id=MERGED, account_id=1),
    "an account's points are what can be spent and what is pending, less what is owed": account(balance=1),
    "whoever has points has an account of this shop": row(PointsMember, customer_id=KEPT, account_id=404),
    "the sums of all accounts are what the accounts have": account(),
    "every point is proven by the ledger": account(balance=1, available=1),
    "what somebody has of points stands in Shopify, or is to be written there": both(
        account(),
        row(PointsMember, customer_id=KEPT, account_id=7),
        row(PointsShown, account_id=7, available=1, pending=0),
    ),
    "a product stands in no collection that is gone": row(CollectionProduct, collection_id=1, product_id=1),
    "merges lead to somebody": row(CustomerAlias, customer_id=KEPT, kept_id=MERGED, merged_at=NOW),
    "a number that means nobody stands for somebody who was redacted": sql("DELETE FROM redacted_customer"),
    "an order of nobody says neither where it went nor by which code it came": every(
        Order, Order.order_id == COUNTED, customer_id=1 << 62, country="KW"
    ),
    "no e-mail address lies open": row(Lease, purpose="noura@x.test", owner="", until=NOW),
    "whoever was redacted is named nowhere": row(Customer, customer_id=FORGOTTEN, created_at=NOW, updated_at=NOW),
    "a task is in a state that there is": task(state="asleep"),
    "one task of a kind is active": both(sql("DROP INDEX uq_task_active"), task(id="a"), task(id="b")),
    "who runs has an owner, and nobody else": task(state="running"),
    "no dead worker keeps a step": task(state="running", owner="w", due_at=LATER),
    "an active task has attempts left": task(attempts=99),
    "a task that ended says how": task(state="failed"),
    "a task has not done what is not there": task(done=-1),
    "no dead worker keeps a lease": row(Lease, purpose="planted", owner="w", until=LATER),
    "orders to be asked for again are asked for": row(OrderRefetch, order_id=1, reason="planted", asked_at=NOW),
    "whoever is to be forgotten is searched for": row(
        Erasure, delivery_id=1, asked_at=NOW, sought="", searched_to=0, searching=False
    ),
    "a night's report adds up": row(Reconciliation, night=date(2026, 1, 1), started_at=LATER, finished_at=NOW),
    "a refusal is counted where there was one": row(RefusedDelivery, day=date(2026, 1, 1), count=0),
    "an effect outside is in a state that there is": intent(state="hoped for"),
    "an effect was marked before it was sent": intent(state="sent", due_at=NOW, attempts=1),
    "an effect that is open is come back to": intent(state="planned"),
    "an effect that is settled says how, and is left alone": intent(state="done"),
    "no more sendings were lost than were sent": intent(state="planned", due_at=NOW, lost=1),
    "an installed shop has a data key": sql("DELETE FROM shop_key"),
    "a shop is installed or uninstalled": every(Shop, uninstalled_at=NOW),
    "an uninstalled shop has no token": both(
        every(Shop, state="uninstalled", uninstalled_at=NOW),
        row(AccessToken, access=b"", refresh=b"", expires_at=NOW, refresh_expires_at=NOW),
    ),
    "an uninstalled shop's work was stopped": both(
        every(Shop, state="uninstalled", uninstalled_at=LATER), task(created_at=NOW)
    ),
    "another zone or currency is taken over": every(Shop, told_currency="KWD"),
    "the shop's history is not from the future": every(Shop, imported_at=LATER),
}
"""By the name of the promise; `nothing is left of a redacted shop` needs another shop number and has its own test."""
