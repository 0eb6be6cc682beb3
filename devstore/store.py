"""The development store: shops, the clock they share, their webhook queue and its sender."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from devstore.clock import Clock, aware, system_clock
from devstore.deliveries import Delivery, Send, address, attempt, post
from devstore.delivery_faults import Sending, mishap, sendings
from devstore.faults import FaultBook, Faults
from devstore.mailbox.letters import Mailbox
from devstore.mailbox.pages import PostOffice
from devstore.oauth import Grant
from devstore.shop import Shop
from devstore.web import build_web

if TYPE_CHECKING:
    from flask import Flask

SCOPES = ("read_orders", "read_all_orders", "read_customers", "read_customer_merge", "read_products")
OPTIONAL_SCOPES = (
    "read_reports",
    "write_customers",
    "write_discounts",
    "read_store_credit_accounts",
    "write_store_credit_account_transactions",
)
_FIRST_IDS = {
    "shop": 68_100_000_000,
    "customer": 7_430_000_000_000,
    "order": 5_812_000_000_000,
    "line": 14_630_000_000_000,
    "refund": 927_000_000_000,
    "refund_line": 664_000_000_000,
    "checkout": 38_640_000_000_000,
    "edit": 336_000_000_000,
    "fulfilment": 5_230_000_000_000,
    "sale": 228_000_000_000,
    "product": 8_510_000_000_000,
    "collection": 481_000_000_000,
    "installation": 512_000_000_000,
    "bulk": 4_170_000_000_000,
    "return": 3_120_000_000,
    "duty": 1_270_000_000_000,
    "request": 990_000_000,
    "metafield": 23_400_000_000_000,
    "metafield_definition": 41_900_000_000,
    "segment": 560_000_000_000,
    "discount": 1_490_000_000_000,
    "credit_account": 316_000_000,
    "credit_entry": 1_020_000_000,
    "user": 91_000_000_000,
}
_STEP = 32_768


class DevStore:
    """A pretend Shopify with any number of shops, one app, and a clock of its own.

    ``send`` takes url, headers and body of a webhook and returns the status code; ``optional_scopes`` are those that
    the app may ask for once it is installed; ``bulk_seconds`` is how long a bulk operation takes by the store's clock;
    ``points`` and ``restore`` are the bucket of the Admin API and what it regains a second; ``faults`` is what goes
    wrong in every shop that is given no profile of its own.
    """

    def __init__(
        self,
        api_key: str,
        api_secret: str,
        app_url: str,
        public_url: str,
        clock: Clock = system_clock,
        seed: int = 1,
        send: Send | None = None,
        *,
        app_handle: str = "wafa",
        app_title: str = "Wafa",
        scopes: tuple[str, ...] = SCOPES,
        optional_scopes: tuple[str, ...] = OPTIONAL_SCOPES,
        bulk_seconds: float = 0.0,
        points: float = 2000.0,
        restore: float = 100.0,
        faults: Faults | None = None,
    ) -> None:
        self.api_key, self.api_secret = api_key, api_secret
        self.app_url: str = app_url.rstrip("/")
        self.public_url: str = public_url.rstrip("/")
        self.app_handle, self.app_title = app_handle, app_title
        self.scopes, self.optional_scopes = scopes, optional_scopes
        self.bulk_seconds, self.points, self.restore = bulk_seconds, points, restore
        self.clock, self.seed, self.ahead = clock, seed, timedelta(0)
        self.randomness = random.Random(seed)
        self.trouble = FaultBook(random.Random(f"{seed} faults"), faults or Faults())
        self.shops: dict[str, Shop] = {}
        self.deliveries: list[Delivery] = []
        self.grants: dict[str, Grant] = {}
        self.lock = threading.RLock()
        self.post = PostOffice(Mailbox(self.now), None, self._places)
        self._send: Send = send or post
        self._waiting: list[Delivery] = []
        self._ids = dict(_FIRST_IDS)
        self._wake = threading.Condition(self.lock)
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._last_trigger: datetime | None = None
        self._wsgi: Flask | None = None

    def add_shop(
        self,
        domain: str,
        currency: str = "USD",
        timezone: str = "UTC",
        name: str = "Development store",
        primary_locale: str = "en",
    ) -> Shop:
        """A new, empty shop; raises ValueError for a name taken, or an unknown currency or zone."""
        if domain in self.shops:
            raise ValueError(f"there is a shop {domain} already")
        shop = Shop(self, domain, currency=currency, timezone=timezone, name=name, primary_locale=primary_locale)
        shop.index.set_lag(self.trouble.of(domain).lag_seconds)
        self.shops[domain] = shop
        return shop

    @property
    def injected(self) -> Counter[str]:
        """How often each fault has struck, by name."""
        return self.trouble.injected

    def set_faults(self, faults: Faults, shop: str | None = None) -> None:
        """Let a profile of faults hold in the shop of that domain, or in every shop."""
        with self.lock:
            self.trouble.set(faults, shop)
            for one in self.shops.values():
                one.index.set_lag(self.trouble.of(one.domain).lag_seconds)

    def shop_of_file(self, token: str) -> Shop | None:
        """The shop whose bulk operation made the file of this token."""
        return next((shop for shop in self.shops.values() if shop.bulk.made(token)), None)

    def take_upload(self, form: Mapping[str, str], content: bytes) -> bool:
        """Keep a file that an app brings to a place it was given in one of the shops; False where it was not."""
        return any(shop.outward.uploads.put(form, content) for shop in self.shops.values())

    def shop_named(self, name: str) -> Shop | None:
        """The shop of a short name such as ``demo``."""
        return self.shops.get(f"{name}.myshopify.com")

    def _places(self) -> dict[str, str]:
        """Where addresses of the shops are answered on this machine."""
        return {f"https://{domain}/": f"{self.public_url}/{domain}/" for domain in self.shops}

    def now(self) -> datetime:
        """The store's present moment in UTC."""
        return aware(self.clock()) + self.ahead

    def move_clock(self, wait: timedelta) -> None:
        """Let the clock of the store go on by so much at once; ValueError for a way back.

        Everything goes by it: orders, checkouts, mail that comes in, deliveries that fall due. What proves who somebody
        is, to an app whose clock has not moved, goes by the machine's: see ``wall``.
        """
        if wait < timedelta(0):
            raise ValueError("the clock goes forward only")
        with self._wake:
            self.ahead += wait
            self._wake.notify_all()

    def wall(self) -> datetime:
        """The present moment by the clock that was never moved: that of tokens and signed addresses."""
        return aware(self.clock())

    def new_id(self, kind: str) -> int:
        """The next id of a kind; no two shops ever share one."""
        self._ids[kind] += _STEP
        return self._ids[kind] + 1 + self._ids[kind] // _STEP % 97

    def new_uuid(self) -> str:
        """A random identifier drawn from the store's seed."""
        return str(uuid.UUID(int=self.randomness.getrandbits(128), version=4))

    @property
    def wsgi(self) -> "Flask":
        """The WSGI callable that serves every URL of the store."""
        if self._wsgi is None:
            self._wsgi = build_web(self)
        return self._wsgi

    # Webhooks

    def queue(self, shop: str, topic: str, body: bytes, event_id: str) -> Delivery:
        """Put one delivery in the queue, due at once; its trigger time is later than every earlier one's.

        Faults may delay, repeat or lose it; one that is lost is never sent, and says so in its status.
        """
        with self._wake:
            now = self.now()
            delivery = Delivery(
                number=len(self.deliveries) + 1,
                topic=topic,
                shop=shop,
                webhook_id=self.new_uuid(),
                event_id=event_id,
                body=body,
                triggered_at=self._next_trigger(now),
                due_at=now,
                url=address(self.app_url, topic),
            )
            self._post(delivery, self._copies(shop, topic), now)
            self._wake.notify_all()
            return delivery

    def _next_trigger(self, now: datetime) -> datetime:
        if self._last_trigger and now <= self._last_trigger:
            now = self._last_trigger + timedelta(milliseconds=1)
        self._last_trigger = now
        return now

    def _copies(self, shop: str, topic: str) -> list[Sending]:
        lost = self.trouble.loses(shop, topic)
        copies = [] if lost else sendings(self.trouble.of(shop), self.trouble.randomness, topic)
        self.injected.update(name for copy in copies or [Sending(faults=("lost",))] for name in copy.faults)
        return copies

    def _post(self, delivery: Delivery, copies: list[Sending], now: datetime) -> None:
        """Book the delivery and its copies; a lost one is booked, but waits for nothing."""
        booked = [delivery]
        if copies:
            delivery.due_at = now + timedelta(seconds=copies[0].seconds)
            booked += [self._copy(delivery, copy, at, now) for at, copy in enumerate(copies[1:], 1)]
            self._waiting += booked
        else:
            delivery.status = "lost"
        self.deliveries += booked

    def _copy(self, delivery: Delivery, copy: Sending, at: int, now: datetime) -> Delivery:
        webhook_id = delivery.webhook_id if copy.same_id else self.new_uuid()
        due_at = now + timedelta(seconds=copy.seconds)
        return replace(delivery, number=delivery.number + at, webhook_id=webhook_id, due_at=due_at)

    def deliver_due(self) -> int:
        """Send every delivery that is due now, in the order of the queue; returns how many were sent."""
        with self._sending:
            due = self._take_due()
            try:
                for delivery in due:
                    attempt(delivery, self._send, self.api_secret, self.now(), self._mishap(delivery))
            finally:
                with self.lock:
                    self._waiting += [delivery for delivery in due if delivery.status == "waiting"]
        return len(due)

    def _mishap(self, delivery: Delivery) -> str:
        with self.lock:
            struck = mishap(self.trouble.of(delivery.shop), self.trouble.randomness)
            self.injected.update([struck] if struck else [])
            return struck

    def _take_due(self) -> list[Delivery]:
        with self.lock:
            for shop in self.shops.values():
                shop.bulk.settle(self.now())
            now = self.now()
            due = [one for one in self._waiting if one.due_at <= now]
            self._waiting = [one for one in self._waiting if one.due_at > now]
            return sorted(due, key=lambda one: (one.due_at, one.number))

    def start_sending(self) -> None:
        """Send deliveries from a thread of its own as they fall due, until ``stop``."""
        self._stopping = False
        self._thread = threading.Thread(target=self._send_for_ever, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the sending thread after the delivery in hand."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread:
            self._thread.join(timeout=10)
            self._thread = None

    def _send_for_ever(self) -> None:
        while not self._stopping:
            if self.deliver_due():
                continue
            with self._wake:
                if not self._stopping:
                    self._wake.wait(timeout=0.25)
