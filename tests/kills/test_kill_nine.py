"""The real server is killed with SIGKILL under load: every 200 is handled, exactly once, and nothing drifts."""

import os
import random
import signal
import sys
import time

import pytest
from sqlalchemy import func, select

from shopify_app.changes.rebuild import drift
from shopify_app.db.base import Database
from shopify_app.orders.model import Order, Refund
from shopify_app.retention.model import CountedOrder
from shopify_app.shops.model import Shop
from tests.factories import make_shop
from tests.kills.senders import REFUND, SENDERS, Senders, Told
from tests.kills.server import Server
from webhooks.inbox import HANDLED, Delivery

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
KILLS = {"sqlite": 100, "postgresql": 50} if LONG else {"sqlite": 4, "postgresql": 4}
BURST = 200
"""Deliveries between two kills: the point is the kills, not the load."""


def unhandled(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state != HANDLED))


def wait_until_handled(database: Database, rest: int = 0) -> int:
    """How many are left when no more than `rest` are, or when a minute has passed without any being handled."""
    least, patience = unhandled(database), 600
    while least > rest and patience:
        time.sleep(0.1)
        left = unhandled(database)
        least, patience = (left, 600) if left < least else (least, patience - 1)
    return least


def burst_and_kill(number: int, server: Server, senders: Senders, database: Database, chance: random.Random) -> None:
    """Let them send, and kill in the middle: of the sending, or each fourth time of the handling of what was sent.

    The latter takes time: the one who was killed may hold the shop's lease for half a minute more.
    """
    before = senders.answered
    senders.post(BURST)
    if number % 4 != 2:
        senders.wait_for(before + chance.randrange(BURST // 2))
    else:
        senders.wait_for(before + BURST // 2)
        wait_until_handled(database, chance.randrange(BURST))
    senders.hold()
    server.kill()


def not_as_told(told: dict[int, Told], stored: dict[int, str], refunds: dict[int, dict[int, int]]) -> list[str]:
    """Orders that are not what was acknowledged of them, or are something that nobody has ever said."""
    wrong = []
    for order, said in told.items():
        versions = {number for kind, number in said.sent if kind == "order"}
        sure = {number for kind, number in said.acknowledged if kind == "order"}
        known = {int(stored[order].partition(".")[2])} if order in stored else set()
        if not known <= versions or (sure and (not known or min(known) < max(sure))):
            wrong.append(f"order {order}: {known} of {sorted(versions)}, acknowledged {sorted(sure)}")
        ids = {order * 1000 + number for kind, number in said.sent if kind == "refund"}
        surely = {order * 1000 + number for kind, number in said.acknowledged if kind == "refund"}
        kept = refunds.get(order, {})
        if not surely <= kept.keys() <= ids or set(kept.values()) - {REFUND}:
            wrong.append(f"refunds of {order}: {kept}, acknowledged {surely}")
    return wrong + [f"order {order} was never sent" for order in (stored.keys() | refunds.keys()) - told.keys()]


def worth(stored: dict[int, str], refunds: dict[int, dict[int, int]]) -> int:
    """What the shop has sold, from the names alone: each version of an order has its own price."""
    gross = sum(100 * (10 + int(name.partition(".")[2])) for name in stored.values())
    return gross - sum(REFUND * len(kept) for order, kept in refunds.items() if order in stored)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_handled_once_whatever_is_killed(request, name, tmp_path):
    database: Database = request.getfixturevalue(name)
    shop = make_shop(database)
    server, chance = Server(database, tmp_path), random.Random(9)
    server.start()
    senders = Senders(server.port, seed=9)
    for number in range(KILLS[name]):
        burst_and_kill(number, server, senders, database, chance)
        server.start()
    senders.post(BURST)
    senders.end()
    assert wait_until_handled(database) == 0
    server.kill()
    with database.reading() as session:
        kept = session.execute(select(Delivery.webhook_id, Delivery.attempts)).all()
        stored = dict(session.execute(select(Order.order_id, Order.name).where(Order.shop_id == shop)).all())
        refunds: dict[int, dict[int, int]] = {}
        for refund in session.scalars(select(Refund).where(Refund.shop_id == shop)):
            refunds.setdefault(refund.order_id, {})[refund.refund_id] = refund.net
        shown = (Shop.id == CountedOrder.shop_id) & (Shop.generation == CountedOrder.generation)
        net = select(func.sum(CountedOrder.net)).join(Shop, shown).where(CountedOrder.basis == "kept")
        counted = session.scalar(net)
        assert drift(session, shop) == 0
    assert not_as_told(senders.orders, stored, refunds) == []
    assert counted == worth(stored, refunds)
    assert len(kept) == len({webhook_id for webhook_id, _ in kept}) > 0
    assert not [webhook_id for webhook_id, attempts in kept if attempts]
    assert senders.refused == {}
    sys.stdout.write(
        f"kills {KILLS[name]} senders {SENDERS} acknowledged {senders.answered} deliveries {len(kept)} "
        f"orders {len(stored)} refunds {sum(map(len, refunds.values()))} on {name}\n"
    )


def test_a_server_killed_alone_takes_its_processes_with_it(sqlite, tmp_path):
    """Else the next start would find the database held by a process that nobody stops."""
    server = Server(sqlite, tmp_path)
    server.start()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    for _ in range(300):
        if server.get("/healthz") is None:
            break
        time.sleep(0.1)
    server.start()
    assert server.get("/readyz") == 200
    server.kill()
