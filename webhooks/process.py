"""The drain: a shop's waiting deliveries, batch by batch, under the shop's lease."""

import logging
import uuid
from collections.abc import Sequence

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
            shops = inbox.shops_waiting(session)
        return sum(self.drain(shop, domain) for shop, domain in shops)

    def drain(self, shop: ShopId, domain: str) -> int:
        """Handle all that waits for one shop; 0 when another worker is at it."""
        owner = uuid.uuid4().hex
        handled = 0
        with lease.held(self._database, shop, lease.DRAIN, owner, self._clock()) as ours:
            tried: set[int] = set()
            while ours:
                batch = self._batch(domain, tried)
                if not batch:
                    break
                tried.update(delivery.id for delivery in batch)
                handled += self._handle(shop, domain, owner, batch)
        return handled

    def _batch(self, domain: str, tried: set[int]) -> Sequence[Delivery]:
        with self._database.reading() as session:
            return inbox.waiting(session, domain, BATCH, tried)

    def _handle(self, shop: ShopId, domain: str, owner: str, batch: Sequence[Delivery]) -> int:
        """A batch in one transaction; when it fails, one delivery at a time, so that only the guilty one pays."""
        try:
            self._transact(shop, domain, owner, batch)
        except lease.LeaseLost:
            raise
        except Exception as problem:
            if len(batch) == 1:
                self._blame(batch[0], problem)
                return 0
            log.warning("%s", fields({"event": "batch failed", "shop": domain, "error": type(problem).__name__}))
            return sum(self._handle(shop, domain, owner, [delivery]) for delivery in batch)
        return len(batch)

    def _transact(self, shop: ShopId, domain: str, owner: str, batch: Sequence[Delivery]) -> None:
        now = self._clock()
        with self._database.transaction() as session:
            lease.fence(session, shop, lease.DRAIN, owner, now)
            row = find_shop(session, domain)
            if row is None or row.id != shop:
                # The shop was redacted a moment ago; what came after waits for a new installation.
                return
            facts: list[Fact] = []
            for delivery in batch:
                body = self._inbox.body(session, delivery)
                context = self._context(session, shop, domain, row.currency, delivery, now)
                if delivery.topic in FACTS:
                    facts += FACTS[delivery.topic](body, context)
                elif delivery.topic in ACTS:
                    apply_facts(session, shop, facts, now, self._lookup_key)
                    facts = []
                    ACTS[delivery.topic](body, context)
            apply_facts(session, shop, facts, now, self._lookup_key)
            inbox.mark(session, [delivery.id for delivery in batch], inbox.HANDLED, now)

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
        with self._database.transaction() as session:
            inbox.failed(session, delivery.id, error)
            if park:
                inbox.mark(session, [delivery.id], inbox.PARKED, self._clock(), error)
