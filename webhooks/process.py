"""The drain: each shop's waiting deliveries, in turns under the shop's lease."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, takewhile

from shopify_app.changes.apply import prepare
from shopify_app.changes.facts import Fact
from shopify_app.clock import Clock, Instant
from shopify_app.crypto import Unreadable
from shopify_app.db import lease
from shopify_app.db.base import Database, DatabaseRefused, DatabaseTrouble, Session, ShopId
from shopify_app.db.portion import Portion
from shopify_app.embedded.request_log import fields
from shopify_app.errors import Malformed
from shopify_app.privacy.redact import store_and_forget
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import find_shop
from webhooks import inbox
from webhooks.erasing import about_forgotten, empty
from webhooks.inbox import Inbox, Kept
from webhooks.storms import Reading, newest
from webhooks.strays import adopt, noting
from webhooks.topics import ACTS, FACTS
from webhooks.topics.context import Context

PIECES = (25, 400)
"""Deliveries stored in one transaction, at least and at most."""
LOOK_AHEAD = 10_000
"""Waiting deliveries opened in one round, shared by the shops that wait: of a storm most are passed over."""
LEAST = 400
MOST = 2000
"""Of those, how many a shop may have stored in one turn."""
ATTEMPTS = 5
FIRST_PAUSE = 5.0
"""Seconds before a failed delivery is tried again; doubled each time."""
OUTAGE_PAUSE = 60.0
"""Seconds before one is tried again whose failure says nothing of it: the disk is full, a key is not known here yet."""
ROTATION = timedelta(days=1)
"""How long it may take until every server knows a new master key."""
log = logging.getLogger("wafa.drain")


@dataclass(frozen=True, slots=True)
class _Turn:
    """A shop whose lease we hold."""

    shop: ShopId
    domain: str
    owner: str
    expected: frozenset[ShopId]
    """The shops that have a turn in this round."""
    strays: list[int] = field(default_factory=list)
    """Deliveries that were met and are not under the shop's own key yet."""


class Drain:
    """Handles deliveries; safe to run in any number of threads and processes."""

    def __init__(self, database: Database, kept: Inbox, keys: ShopKeys, lookup_key: bytes, clock: Clock) -> None:
        self._database = database
        self._inbox = kept
        self._keys = keys
        self._lookup_key = lookup_key
        self._clock = clock
        self._portion = Portion(database, clock, PIECES)

    def sweep(self) -> int:
        """Handle everything that is due, of whatever shop; how many deliveries that were."""
        handled = 0
        while some := self.round():
            handled += some
        return handled

    def round(self) -> int:
        """One turn for every shop that has deliveries waiting: a storm in one shop keeps no other waiting long."""
        with self._database.reading() as session:
            shops = inbox.shops_waiting(session, self._clock())
        expected = frozenset(shop for shop, _ in shops)
        return sum(self._take_turn(shop, domain, expected) for shop, domain in shops)

    def _take_turn(self, shop: ShopId, domain: str, expected: frozenset[ShopId]) -> int:
        """One shop's trouble is not another's; 0 when another worker is at it."""
        turn = _Turn(shop, domain, uuid.uuid4().hex, expected)
        try:
            with lease.held(self._database, shop, lease.DRAIN, turn.owner, self._clock()) as ours:
                return self._handle(turn) if ours else 0
        except lease.LeaseLost:
            log.warning("%s", fields({"event": "lease lost", "shop": domain}))
        except Exception:
            log.exception("%s", fields({"event": "turn failed", "shop": domain}))
        return 0

    def _handle(self, turn: _Turn) -> int:
        """What the shop has waiting up to the next delivery that acts on the shop itself, or that one alone."""
        act, facts = self._look(turn)
        adopt(self._database, self._keys, turn.shop, turn.strays)
        if act is not None:
            return self._guarded(turn, [act])
        handled, at = 0, 0
        while at < len(facts):
            piece = facts[at : at + self._portion.size]
            at += len(piece)
            handled += self._guarded(turn, piece)
            if self._must_end(turn):
                break
        return handled

    def _must_end(self, turn: _Turn) -> bool:
        """Whether a shop has deliveries now that had none when the round began, or a task asks for this one's lease.

        Neither need wait for a storm's end.
        """
        with self._database.reading() as session:
            waiting = {shop for shop, _ in inbox.shops_waiting(session, self._clock())}
            return not waiting <= turn.expected or lease.is_asked_for(session, turn.shop, self._clock())

    def _look(self, turn: _Turn) -> tuple[Reading | None, Sequence[Reading]]:
        with self._database.reading() as session:
            row = find_shop(session, turn.domain)
            if row is None or row.id != turn.shop:
                # The shop was redacted a moment ago; what came after waits for a new installation.
                return None, []
            look = max(LEAST, LOOK_AHEAD // len(turn.expected))
            due = inbox.waiting(session, turn.domain, look, self._clock(), _readable(row))
            waiting = noting(due, turn.strays)
            first = next(waiting, None)
            if first is None:
                return None, []
            if first.topic in ACTS:
                return Reading(first, b""), []
            facts = takewhile(lambda delivery: delivery.topic not in ACTS, chain([first], waiting))
            return None, newest(self._inbox.bodies(session, facts), MOST)

    def _guarded(self, turn: _Turn, piece: Sequence[Reading]) -> int:
        """All of a piece, or, when it fails, one delivery at a time, so that only the guilty one pays.

        How many will not be met again at once: one that is parked or put off is out of the way, too.
        """
        try:
            return self._store(turn, piece)
        except lease.LeaseLost:
            raise
        except Exception as problem:
            if len(piece) == 1:
                self._blame(piece[0].delivery, problem)
                return 1
            log.warning("%s", fields({"event": "batch failed", "shop": turn.domain, "error": type(problem).__name__}))
            return sum(self._guarded(turn, [reading]) for reading in piece)

    def _store(self, turn: _Turn, piece: Sequence[Reading]) -> int:
        """Work the piece out beside the writer, then write it and its marks in one transaction."""
        now = self._clock()
        if piece[0].delivery.topic in ACTS:
            return self._act(turn, piece[0].delivery, now)
        with self._database.reading() as session:
            told = self._told(session, turn, piece, now)
            facts = [fact for _, each in told for fact in each]
            prepared = prepare(session, turn.shop, facts, self._lookup_key) if facts else None
        done = [number for numbers, _ in told for number in numbers]
        gone = about_forgotten(told, prepared.state) if prepared is not None else []
        with self._database.transaction() as session, self._portion.stored():
            lease.fence(session, turn.shop, lease.DRAIN, turn.owner, now)
            if prepared is not None:
                store_and_forget(session, turn.shop, prepared, now, self._lookup_key)
            inbox.mark(session, done, inbox.HANDLED, now)
            empty(session, gone)
        return len(done)

    def _told(
        self, session: Session, turn: _Turn, piece: Sequence[Reading], now: Instant
    ) -> list[tuple[list[int], list[Fact]]]:
        """The facts that each reading tells, with the deliveries that are handled with them."""
        row = find_shop(session, turn.domain)
        if row is None or row.id != turn.shop:
            raise lease.LeaseLost(turn.domain)
        told = []
        for reading in piece:
            read, facts = FACTS.get(reading.delivery.topic), list[Fact]()
            if read is not None:
                # An empty body could not be opened: now it says why.
                body = reading.body or self._inbox.body(session, reading.delivery)
                facts = read(body, self._context(session, turn, row, reading.delivery, now))
            told.append((reading.ids(), facts))
        return told

    def _act(self, turn: _Turn, delivery: Kept, now: Instant) -> int:
        with self._database.transaction() as session:
            lease.fence(session, turn.shop, lease.DRAIN, turn.owner, now)
            row = find_shop(session, turn.domain)
            if row is None:
                raise lease.LeaseLost(turn.domain)
            body = self._inbox.body(session, delivery)
            ACTS[delivery.topic](body, self._context(session, turn, row, delivery, now))
            inbox.mark(session, [delivery.id], inbox.HANDLED, now)
        return 1

    def _context(self, session: Session, turn: _Turn, row: Shop, delivery: Kept, now: Instant) -> Context:
        return Context(
            session=session,
            shop=turn.shop,
            domain=turn.domain,
            currency=row.told_currency,
            triggered_at=delivery.triggered_at,
            timed=delivery.timed,
            webhook_id=delivery.webhook_id,
            delivery_id=delivery.id,
            now=now,
            keys=self._keys,
            lookup_key=self._lookup_key,
        )

    def _blame(self, delivery: Kept, problem: Exception) -> None:
        """Count the attempt, and park what can never work or has failed too often; or only put it off."""
        hopeless = isinstance(problem, Malformed | RecursionError) or self._is_lost(delivery, problem)
        now = self._clock()
        innocent = not hopeless and _says_nothing_of_it(problem, now - delivery.triggered_at)
        park = hopeless or (not innocent and delivery.attempts + 1 >= ATTEMPTS)
        # The exception's own text may quote the payload: only its kind is kept, or a sentence of ours.
        error = problem.__class__.__name__
        happened = "parked" if park else "put off" if innocent else "failed"
        said = {"event": f"delivery {happened}", "shop": delivery.shop_domain, "topic": delivery.topic}
        named = {"webhook_id": delivery.webhook_id, "error": error}
        log.error("%s", fields({**said, **named}), exc_info=problem if not hopeless else None)
        pause = OUTAGE_PAUSE if innocent else FIRST_PAUSE * 2**delivery.attempts
        with self._database.transaction() as session:
            inbox.failed(session, delivery.id, error, Instant(now + timedelta(seconds=pause)), counts=not innocent)
            if park:
                inbox.mark(session, [delivery.id], inbox.PARKED, now, error)

    def _is_lost(self, delivery: Kept, problem: Exception) -> bool:
        """Whether nobody will ever open it: the body was emptied, or the key destroyed that sealed it."""
        if not isinstance(problem, Unreadable):
            return False
        with self._database.reading() as session:
            whose = delivery.key_shop
            return not delivery.body or (whose is not None and not self._keys.has(session, ShopId(whose)))


def _says_nothing_of_it(problem: Exception, age: timedelta) -> bool:
    """Whether the failure is of the moment and not of the delivery, which may be what the law has us do."""
    if isinstance(problem, DatabaseTrouble):
        return not isinstance(problem, DatabaseRefused)
    # While keys are rotated, another server may have sealed it under one that this one does not know yet.
    return isinstance(problem, OSError) or (isinstance(problem, Unreadable) and age < ROTATION)


def _readable(shop: Shop) -> Sequence[str] | None:
    """Before the currency and the zone are known no fact can be read rightly: facts wait, the rest acts."""
    return tuple(ACTS) if shop.shopify_id is None else None
