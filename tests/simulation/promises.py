"""What must hold while the world goes on, and what must be so in the end."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shopify_app.changes.points_anew import differences
from shopify_app.customers.queries import customer_hash
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.told.replaying import replay_points
from tests.simulation.as_bought import as_bought
from tests.simulation.carts import carts_like
from tests.simulation.crash import Broken
from tests.simulation.points import codes_like, credits_like, points_like, shown_like
from tests.simulation.truth import TrueOrder, is_opaque, living_orders, true_rows

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.observer import Observer
    from tests.simulation.world import World

_HANDLED_KEPT, _PARKED_KEPT = timedelta(days=7), timedelta(days=30)
_LATER = "(SELECT coalesce(sum({0}), 0) FROM order_edit e WHERE (e.shop_id, e.order_id) = (o.shop_id, o.order_id))"
_PLACED = f"gross - {_LATER.format('e.gross')}, discounts - {_LATER.format('e.discount')}"
_FACTS = f"name, placed_at, currency, {_PLACED}, only_gift_cards, test, cancelled_at, financial_status, fulfilled_at"
_WAITED, _SURELY = timedelta(days=30), timedelta(days=33)
"""An unpaid order counts for so long, and no longer than this: it may have to wait for the next night."""
_INBOX = "SELECT shop_domain, webhook_id, state, error, handled_at, received_at FROM delivery"


class Promises:
    """Checks a world; each method raises Broken with one sentence."""

    def __init__(self, world: "World", observer: "Observer") -> None:
        self._world, self._see = world, observer
        self._tombstones: dict[int, set[int]] = {}
        self._versions: dict[int, int] = {}
        self._seen = -1
        self._kept: set[tuple[str, str]] = set()
        """Deliveries that were acknowledged and have not left the inbox rightly."""
        self._over: dict[tuple[str, str], datetime] = {}

    # After every step, or nearly so

    def kept(self, key: tuple[str, str]) -> None:
        """A delivery that was answered 200 is on disk at that moment."""
        if not self._see.rows("SELECT 1 FROM delivery WHERE shop_domain = ? AND webhook_id = ?", *key):
            raise Broken(f"delivery {key[1]} was answered 200 and is not in the inbox")
        self._kept.add(key)

    def cheap(self) -> None:
        """After every step."""
        if self._seen == self._see.writes:
            return
        self._seen = self._see.writes
        for shop, domain, version in self._see.rows("SELECT id, domain, facts_version FROM shop"):
            if version < self._versions.get(shop, 0):
                raise Broken(f"{domain}: the facts version fell to {version}")
            self._versions[shop] = version

    # Now and then

    def dear(self, *, all_of_them: bool = True) -> None:
        """Once in a while: the app's own promises, of which some take long, and those about its past."""
        self.inbox_complete()
        self._tombstones_stay()
        self._effects_once()
        world = self._world
        with world.outside.reading() as session:
            for (shop,) in self._see.rows("SELECT id FROM shop ORDER BY id"):
                for found in broken(session, ShopId(shop), world.clock(), world.config.lookup_key, dear=all_of_them):
                    raise Broken(f"shop {shop}: {found.promise}: {found.sentence}")

    def _effects_once(self) -> None:
        """A bulk operation for each intent that was sent, and another one only for a sending taken for lost."""
        for life in self._world.lives:
            found = self._see.rows(
                "SELECT i.key, i.lost FROM intent i JOIN shop s ON s.id = i.shop_id WHERE s.domain = ?",
                life.shop.domain,
            )
            marks = {key.replace(":", "_"): lost for key, lost in found}
            started = Counter(mark for one in life.shop.bulk._all.values() for mark in marks if mark in one.query)
            for mark, times in started.items():
                if times > 1 + marks[mark]:
                    raise Broken(f"{life.shop.domain}: the effect of intent {mark} was had {times} times")
            if not life.told.erased and sum(started.values()) < len(life.shop.bulk._all):
                raise Broken(f"{life.shop.domain}: a bulk operation was started without an intent")

    def inbox_complete(self) -> None:
        """What was acknowledged is there, unless it was handled, parked or nobody's long ago: this looks every day."""
        rows = self._see.rows(_INBOX)
        known = {domain for (domain,) in self._see.rows("SELECT domain FROM shop WHERE state = 'installed'")}
        present = {(row[0], row[1]) for row in rows}
        for key in sorted(self._kept - present):
            if not self._world.may_be_gone(key):
                raise Broken(f"{key[0]}: delivery {key[1]} was answered 200 and is gone")
            self._kept.remove(key)
        for domain, webhook_id, state, error, handled_at, received_at in rows:
            self._over.pop((domain, webhook_id), None)
            if state == "handled" and handled_at is not None:
                self._over[domain, webhook_id] = self._see.moment(handled_at) + _HANDLED_KEPT
            elif state == "parked" or domain not in known:
                self._over[domain, webhook_id] = self._see.moment(received_at) + _PARKED_KEPT
            if state == "parked" and not error:
                raise Broken(f"{domain}: delivery {webhook_id} is parked without a reason")
            if (state == "handled") != (handled_at is not None):
                raise Broken(f"{domain}: delivery {webhook_id} is {state} and handled at {handled_at}")

    def is_over(self, key: tuple[str, str]) -> bool:
        """Whether a delivery was handled or parked so long ago that it may have been purged."""
        over = self._over.get(key)
        return over is not None and self._world.clock() > over

    def _tombstones_stay(self) -> None:
        for (shop,) in self._see.rows("SELECT id FROM shop"):
            found = self._see.rows("SELECT order_id FROM orders WHERE shop_id = ? AND deleted_at IS NOT NULL", shop)
            now = {order for (order,) in found}
            risen = self._tombstones.get(shop, set()) - now
            if risen:
                raise Broken(f"shop {shop}: order {min(risen)} was deleted and is not any more")
            self._tombstones[shop] = now

    # In the end

    def settled(self) -> None:
        """The world has been quiet long enough: the app knows what the store knows."""
        self.dear()
        self._all_handled()
        for life in self._world.lives:
            self._like_the_store(life)

    def _all_handled(self) -> None:
        for domain, webhook_id, state, error, *_ in self._see.rows(_INBOX):
            if state == "waiting":
                raise Broken(f"{domain}: delivery {webhook_id} still waits in the end ({error or 'no error'})")
            if state == "parked" and error != "Malformed":
                raise Broken(f"{domain}: delivery {webhook_id} is still parked in the end: {error}")

    def _like_the_store(self, life: "Life") -> None:
        store, domain = life.shop, life.shop.domain
        found = self._see.rows(
            "SELECT id, state, currency, timezone, generation, scopes FROM shop WHERE domain = ?", domain
        )
        if not found:
            raise Broken(f"{domain} is unknown in the end")
        shop, state, currency, timezone, generation, scopes = found[0]
        if (state, currency, timezone) != ("installed", store.currency, store.timezone):
            raise Broken(f"{domain} is {state}, {currency}, {timezone} instead of {store.currency}, {store.timezone}")
        granted = sorted(store.installation.scopes) if store.installation else []
        if scopes.split(",") != granted:
            raise Broken(f"{domain}: the app believes in scopes {scopes}, granted are {','.join(granted)}")
        orders = self._orders_like(life, shop)
        buyers = self._buyers_like(life, shop, orders)
        self._rows_like(domain, shop, generation, true_rows(orders, buyers, ZoneInfo(timezone), currency))
        bought = as_bought(self._see, shop, life, orders)
        points_like(self._see, shop, domain, bought, buyers, partial(self._world.readings.stood, shop))
        carts_like(self._see, shop, domain, life, self._forgotten(life, ShopId(shop)))
        codes_like(self._see, shop, life)
        credits_like(self._see, shop, life)
        shown_like(self._see, shop, life)
        self._points_follow(ShopId(shop), domain)
        self._requests_answered(domain, shop)

    def _points_follow(self, shop: ShopId, domain: str) -> None:
        """The entries can be made again from what was told, and the points of orders from what is known now."""
        with self._world.outside.reading() as session:
            for account, fault in replay_points(session, shop, ledger_key(self._world.config.lookup_key, shop)):
                raise Broken(f"{domain}: account {account}: {fault}")
            for one in differences(session, shop):
                if not one.reason:
                    raise Broken(f"{domain}: {one.cause} gives {one.gives} points instead of {one.due}")

    def _orders_like(self, life: "Life", shop: int) -> list[TrueOrder]:
        known = self._orders(shop, "deleted_at IS NULL")
        refunds = self._refunds(shop)
        rows = self._see.rows("SELECT order_id FROM orders WHERE shop_id = ? AND given_up_at IS NOT NULL", shop)
        given_up = {order for (order,) in rows}
        settled: list[TrueOrder] = []
        for order in living_orders(life):
            row = known.pop(order.order_id, None)
            if row is None:
                raise Broken(f"{life.shop.domain}: order {order.order_id} {order.name} is missing or deleted")
            if row != order.facts:
                raise Broken(f"{life.shop.domain}: order {order.order_id} is {row} instead of {order.facts}")
            order = self._given_up_like(life.shop.domain, order, given_up)
            settled.append(self._refunds_like(life.shop.domain, order, refunds.get(order.order_id, {})))
            self._lines_like(life.shop.domain, shop, order)
        if known:
            raise Broken(f"{life.shop.domain}: order {min(known)} lives on, though it was deleted")
        return settled

    def _given_up_like(self, domain: str, order: TrueOrder, given_up: set[int]) -> TrueOrder:
        gone, unpaid = order.order_id in given_up, order.status == "pending"
        waited = self._world.clock() - order.placed_at
        if gone and not (unpaid and waited > _WAITED):
            raise Broken(
                f"{domain}: order {order.order_id} was given up, though {order.status} after {waited.days} days"
            )
        if unpaid and waited > _SURELY and not gone:
            raise Broken(f"{domain}: order {order.order_id} was not given up, though unpaid for {waited.days} days")
        return replace(order, given_up=gone)

    def _orders(self, shop: int, condition: str) -> dict[int, tuple[object, ...]]:
        see = self._see
        return {
            order: (
                *(name, see.moment(placed), currency, gross, off, bool(gift), bool(test), see.moment(gone), status),
                see.moment(sent),
            )
            for order, name, placed, currency, gross, off, gift, test, gone, status, sent in see.rows(
                f"SELECT order_id, {_FACTS} FROM orders o WHERE shop_id = ? AND {condition}", shop
            )
        }

    def _refunds(self, shop: int) -> dict[int, dict[int, tuple[Any, int, bool]]]:
        found: dict[int, dict[int, tuple[Any, int, bool]]] = {}
        statement = "SELECT order_id, refund_id, refunded_at, net, exact FROM refund WHERE shop_id = ?"
        for order, refund, at, net, exact in self._see.rows(statement, shop):
            found.setdefault(order, {})[refund] = (self._see.moment(at), net, bool(exact))
        return found

    def _refunds_like(self, domain: str, order: TrueOrder, known: dict[int, tuple[Any, int, bool]]) -> TrueOrder:
        """The order with the app's own shares, where the wire gave no more than their sum."""
        if sorted(known) != sorted(refund for refund, _, _ in order.refunds):
            raise Broken(f"{domain}: order {order.order_id} has refunds {sorted(known)} instead of {order.refunds}")
        apart = sum(net for _, net, _ in known.values()) - sum(net for _, _, net in order.refunds)
        if abs(apart) > (0 if all(exact for *_, exact in known.values()) else order.rounded):
            raise Broken(f"{domain}: order {order.order_id} gave back {known} instead of {order.refunds}")
        for refund, at, net in order.refunds:
            if known[refund][2] and known[refund][:2] != (at, net):
                raise Broken(f"{domain}: refund {refund} is {known[refund]} instead of {net} at {at}")
        return replace(order, refunds=tuple((refund, at, known[refund][1]) for refund, at, _ in order.refunds))

    def _lines_like(self, domain: str, shop: int, order: TrueOrder) -> None:
        """What each refund gave back of which line, wherever a wire has told it."""
        statement = "SELECT refund_id, lines FROM refund WHERE shop_id = ? AND order_id = ? AND lines IS NOT NULL"
        for refund, lines in self._see.rows(statement, shop, order.order_id) if order.refunds else ():
            if json.loads(lines) != order.given_back.get(refund, []):
                raise Broken(f"{domain}: refund {refund} gave {lines} of the lines, not {order.given_back}")

    def _buyers_like(self, life: "Life", shop: int, orders: list[TrueOrder]) -> dict[int, int | None]:
        """Under which number each customer goes; whoever was forgotten under an opaque one of their own."""
        rows = self._see.rows("SELECT order_id, customer_id FROM orders WHERE shop_id = ?", shop)
        known, buyers = dict(rows), dict[int, int | None]()
        forgotten = self._forgotten(life, ShopId(shop))
        for order in orders:
            customer, shown = order.customer, known[order.order_id]
            if customer is None or customer not in forgotten:
                if shown != customer:
                    raise Broken(f"{life.shop.domain}: order {order.order_id} is {shown}'s instead of {customer}'s")
            elif not is_opaque(shown) or buyers.get(customer, shown) != shown:
                raise Broken(f"{life.shop.domain}: order {order.order_id} of a forgotten customer is {shown}'s")
            if customer is not None:
                buyers[customer] = shown
        opaque = [number for number in buyers.values() if is_opaque(number)]
        if len(set(opaque)) != len(opaque):
            raise Broken(f"{life.shop.domain}: two forgotten customers share a number")
        return buyers

    def _forgotten(self, life: "Life", shop: ShopId) -> set[int]:
        lookup = self._world.config.lookup_key
        held = {
            name for (name,) in self._see.rows("SELECT customer_hash FROM redacted_customer WHERE shop_id = ?", shop)
        }
        forgotten = {one for one in life.shop.customers if customer_hash(lookup, shop, one) in held}
        missing = life.told.redacted & life.shop.customers.keys() - forgotten
        if missing and not life.told.erased:
            raise Broken(f"{life.shop.domain}: customer {min(missing)} asked to be forgotten and is not")
        return forgotten

    def _rows_like(self, domain: str, shop: int, generation: int, true: set[Any]) -> None:
        statement = (
            "SELECT basis, order_id, day, buyer_id, orders, value, net, nth, nth_day FROM counted_order"
            " WHERE shop_id = ? AND generation = ?"
        )
        shown = {
            (basis, order, str(day), *rest) for basis, order, day, *rest in self._see.rows(statement, shop, generation)
        }
        wanted = {(basis, order, str(day), *rest) for basis, order, day, *rest in true}
        if shown != wanted:
            more, less = sorted(shown - wanted), sorted(wanted - shown)
            raise Broken(f"{domain}: the aggregates show {more[:2]} instead of {less[:2]} ({len(more)}, {len(less)})")

    def _requests_answered(self, domain: str, shop: int) -> None:
        """Each data request is answered once for each delivery of it that was handled."""
        (answers,) = self._see.rows(
            "SELECT count(*) FROM privacy_request WHERE shop_id = ? AND kind = 'data_request'", shop
        )[0]
        posted = Counter(topic for (of, _), topic in self._world.post.acknowledged.items() if of == domain)
        if answers > posted["customers/data_request"]:
            raise Broken(f"{domain}: {posted['customers/data_request']} data requests were answered {answers} times")
