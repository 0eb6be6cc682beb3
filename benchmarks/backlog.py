"""A shop's database with deliveries that wait to be handled, kept by the app's own inbox."""

import base64
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.bodies import KEY, PLACED, SECRET, Bodies, domain
from shopify_app.app import Wafa, build
from shopify_app.clock import Instant
from shopify_app.config import Config
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.migrate import migrate
from shopify_app.shops.model import Shop
from webhooks.inbox import WAITING, Delivery, Posted

MASTER = b"k" * 32
_AT_ONCE = 1000


def config_for(url: str, admin_url: str | None = None) -> Config:
    """Settings of an app on this database."""
    return Config(
        api_key=KEY,
        api_secret=SECRET,
        host="http://127.0.0.1",
        encryption_keys=(MASTER,),
        lookup_key=MASTER,
        database_url=url,
        admin_url=admin_url,
    )


def environment_for(url: str, port: int) -> dict[str, str]:
    """The same settings for a program of its own."""
    key = base64.b64encode(MASTER).decode()
    return {
        "SHOPIFY_API_KEY": KEY,
        "SHOPIFY_API_SECRET": SECRET,
        "HOST": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "DATABASE_URL": url,
        "ENCRYPTION_KEYS": key,
        "LOOKUP_KEY": key,
    }


def prepared(url: str, shops: int = 1) -> Wafa:
    """An app on a new database with some installed shops whose details are known."""
    database = Database(url)
    migrate(database)
    wafa = build(config_for(url), database=database)
    for number in range(shops):
        add_shop(wafa, domain(number))
    return wafa


def add_shop(wafa: Wafa, name: str) -> ShopId:
    """A shop that has us installed and sells in dollars."""
    with wafa.database.transaction() as session:
        money = {"currency": "USD", "timezone": "UTC", "told_currency": "USD", "told_timezone": "UTC"}
        shop = Shop(domain=name, installed_at=Instant(PLACED), shopify_id=1, settings_at=Instant(PLACED), **money)
        session.add(shop)
        session.flush()
        wafa.keys.create(session, ShopId(shop.id))
        return ShopId(shop.id)


def keep(wafa: Wafa, deliveries: Iterable[Posted]) -> int:
    """Put deliveries of known shops on disk as the door does, but many in one statement; how many there were."""
    with wafa.database.reading() as session:
        shops = {row.domain: ShopId(row.id) for row in session.execute(select(Shop.domain, Shop.id))}
    waiting, kept = iter(deliveries), 0
    while batch := list(islice(waiting, _AT_ONCE)):
        with wafa.database.transaction() as session:
            session.execute(insert(Delivery), [_row(wafa, session, shops[one.shop_domain], one) for one in batch])
        kept += len(batch)
    return kept


def _row(wafa: Wafa, session: Session, shop: ShopId, one: Posted) -> dict[str, Any]:
    sealed = wafa.keys.seal(session, shop, one.packed, f"delivery {one.webhook_id}")
    received = {"received_at": one.triggered_at, "due_at": one.triggered_at, "key_shop": shop}
    named = asdict(one)
    del named["packed"]
    return {**named, **received, "body": sealed, "state": WAITING, "attempts": 0, "error": ""}


def orders_and_updates(count: int, shops: int = 1, seed: int = 1) -> Iterator[Posted]:
    """New orders of customers who come back, two in five of them changed a while later."""
    bodies, orders, number = Bodies(seed=seed), 0, 0
    while number < count:
        shop, change = orders % shops, orders % 3 == 2 or orders % 15 == 0
        customer = orders % max(1, count // 4)
        yield posted(domain(shop), number, "orders/create", bodies.of(orders, customer), 0)
        number += 1
        if change and number < count:
            # The one before the last changes too: an update does not always follow upon its order at once.
            late = max(0, orders - orders % 7 * shops)
            body = bodies.of(late, late % max(1, count // 4), 60 + orders, b"partially_paid")
            yield posted(domain(late % shops), number, "orders/updated", body, 60 + orders)
            number += 1
        orders += 1


def storm(count: int, orders: int, seed: int = 1) -> Iterator[Posted]:
    """Updates of the same few orders, now of this one, now of that one; each says something new."""
    bodies, chance, turns = Bodies(seed=seed), random.Random(seed), [0] * orders
    for number in range(count):
        order = chance.randrange(orders)
        turns[order] += 1
        status = b"paid" if turns[order] % 2 else b"partially_paid"
        body = bodies.of(order, order % 500, turns[order], status)
        yield posted(domain(0), number, "orders/updated", body, number)


def posted(shop: str, number: int, topic: str, body: bytes, after: int) -> Posted:
    """One delivery, triggered some seconds after the orders were placed."""
    return Posted(
        shop_domain=shop,
        webhook_id=f"{topic}-{number}",
        topic=topic,
        api_version="2026-10",
        event_id=f"event-{number}",
        triggered_at=Instant(PLACED + timedelta(seconds=after)),
        body=body,
    )


def sqlite_url(directory: Path, name: str = "wafa.db") -> str:
    """A SQLite file in a directory."""
    return f"sqlite:///{directory.resolve() / name}"
