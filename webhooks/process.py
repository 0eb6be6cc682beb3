"""The drain: a shop's waiting deliveries, batch by batch, under the shop's lease."""

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import Fact
from shopify_app.clock import Clock, Instant
from shopify_app.crypto import Unreadable
from shopify_app.db import lease
from shopify_app.db.base import Database, ShopId
from shopify_app.embedded.request_log import fields
from shopify_app.errors import Malformed
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.queries import find_shop
from webhooks import inbox
from webhooks.inbox import Delivery, Inbox
from webhooks.topics import ACTS, FACTS
from webhooks.topics.context import Context

BATCH = 50
ATTEMPTS = 5
FIRST_PAUSE = 5.0
"""Seconds before a failed delivery is tried again; doubled each time."""
log = logging.getLogger("wafa.drain")


class Drain:
    """Handles deliveries; safe to run in any number of threads and processes."""

    def __init__(self, database: Database, kept: Inbox, keys: ShopKeys, lookup_key: bytes, clock: Clock) -> None:
        self._database = database
        self._inbox = kept
        self._keys = keys
        self._lookup_key = lookup_key
        self._clock = clock

    def sweep(self) -> int:
        """Drain every shop that has deliveries waiting; how many were handled."""
        with self._database.reading() as session:
            shops = inbox.shops_waiting(session, self._clock())
        return sum(self._drain_alone(shop, domain) for shop, domain in shops)

    def _drain_alone(self, shop: ShopId, domain: str) -> int:
        """One shop's trouble is not another's."""
        try:
            return self.drain(shop, domain)
        except lease.LeaseLost:
            log.warning("%s", fields({"event": "lease lost", "shop": domain}))
            return 0

    def drain(self, shop: ShopId, domain: str) -> int:
        """Handle all that waits for one shop; 0 when another worker is at it."""
        owner = uuid.uuid4().hex
        handled = 0
        with lease.held(self._database, shop, lease.DRAIN, owner, self._clock()) as ours:
            while ours and (batch := self._batch(shop, domain)):
                handled += self._handle(shop, domain, owner, batch)
        return handled

    def _batch(self, shop: ShopId, domain: str) -> Sequence[Delivery]:
        with self._database.reading() as session:
            row = find_shop(session, domain)
            if row is None or row.id != shop:
                # The shop was redacted a moment ago; what came after waits for a new installation.
                return []
            # Before the currency and the zone are known no fact can be read rightly: facts wait, the rest acts.
            topics = ACTS if row.shopify_id is None else None
            return inbox.waiting(session, domain, BATCH, self._clock(), topics)

    def _handle(self, shop: ShopId, domain: str, owner: str, batch: Sequence[Delivery]) -> int:
        """A batch in one transaction; when it fails, one delivery at a time, so that only the guilty one pays."""
        try:
            return self._transact(shop, domain, owner, batch)
        except lease.LeaseLost:
            raise
        except Exception as problem:
            if len(batch) == 1:
                self._blame(batch[0], problem)
                return 0
            log.warning("%s", fields({"event": "batch failed", "shop": domain, "error": type(problem).__name__}))
            return sum(self._handle(shop, domain, owner, [delivery]) for delivery in batch)

    def _transact(self, shop: ShopId, domain: str, owner: str, batch: Sequence[Delivery]) -> int:
        now = self._clock()
        with self._database.transaction() as session:
            lease.fence(session, shop, lease.DRAIN, owner, now)
            handled: list[int] = []
            facts: list[Fact] = []
            for delivery in batch:
                row = find_shop(session, domain)
                if row is None:
                    break
                body = self._inbox.body(session, delivery)
                context = self._context(session, shop, domain, row.told_currency, delivery, now)
                if delivery.topic in FACTS:
                    facts += FACTS[delivery.topic](body, context)
                elif delivery.topic in ACTS:
                    apply_facts(session, shop, facts, now, self._lookup_key)
                    facts = []
                    ACTS[delivery.topic](body, context)
                    session.expire_all()
                handled.append(delivery.id)
            apply_facts(session, shop, facts, now, self._lookup_key)
            inbox.mark(session, handled, inbox.HANDLED, now)
        return len(handled)

    def _context(
        self, session: Session, shop: ShopId, domain: str, currency: str, delivery: Delivery, now: Instant
    ) -> Context:
        return Context(
            session=session,
            shop=shop,
            domain=domain,
            currency=currency,
            triggered_at=delivery.triggered_at,
            webhook_id=delivery.webhook_id,
            delivery_id=delivery.id,
            now=now,
            keys=self._keys,
            lookup_key=self._lookup_key,
        )

    def _blame(self, delivery: Delivery, problem: Exception) -> None:
        """Count the attempt; park what can never work, or has failed too often."""
        hopeless = isinstance(problem, Malformed | Unreadable)
        park = hopeless or delivery.attempts + 1 >= ATTEMPTS
        # The exception's own text may quote the payload: only its kind is kept, or a sentence of ours.
        error = problem.__class__.__name__
        said = {"event": "delivery parked" if park else "delivery failed", "shop": delivery.shop_domain}
        named = {"topic": delivery.topic, "webhook_id": delivery.webhook_id, "error": error}
        log.error("%s", fields({**said, **named}), exc_info=problem if not hopeless else None)
        now = self._clock()
        with self._database.transaction() as session:
            pause = timedelta(seconds=FIRST_PAUSE * 2**delivery.attempts)
            inbox.failed(session, delivery.id, error, Instant(now + pause))
            if park:
                inbox.mark(session, [delivery.id], inbox.PARKED, now, error)
