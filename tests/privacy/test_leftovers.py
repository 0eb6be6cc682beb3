"""Nothing of who was redacted is left in any column of any table, however far a rebuild had come."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from shopify_app.changes import rebuild
from shopify_app.changes.apply import apply_facts
from shopify_app.changes.rebuild import drift
from shopify_app.clock import Instant
from shopify_app.invariants.promises import broken
from shopify_app.jobs import rebuild_counts as rebuilding
from shopify_app.jobs.rebuild_counts import REBUILD, count_what_is_behind, rebuild_counts
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.model import CountedOrder
from shopify_app.shops.model import Shop
from shopify_app.tasks import queries
from shopify_app.tasks.step import run_step
from tests.factories import EPOCH, KEYS, LOOKUP, make_shop, order
from tests.privacy.decoding import Opened, names

FIRST = 7_430_000_000_000
PEOPLE = range(FIRST, FIRST + 40)
COUNTED, TO_COME = FIRST + 3, FIRST + 38
"""One whom half a rebuild has counted, and one whom it has not."""


class Rebuild:
    """A shop of forty customers, and a rebuild that goes on by hand, one customer at a time."""

    def __init__(self, database) -> None:
        self.database, self.shop, self.now = database, make_shop(database), EPOCH
        facts = [order(n, customer, "2025-01-01", "10") for n, customer in enumerate(PEOPLE, 1)]
        self.apply(*facts)
        self.steps = {REBUILD: rebuild_counts(database, lambda: Instant(self.now), lambda _seconds: None)}
        with database.transaction() as session:
            self.task = queries.request(session, self.shop, REBUILD, None, "test", EPOCH)

    def apply(self, *facts) -> None:
        with self.database.transaction() as session:
            apply_facts(session, self.shop, facts, self.now, LOOKUP)

    def step(self) -> None:
        self.now += timedelta(seconds=10)
        run_step(self.database, self.steps, self.shop, self.task, "test", Instant(self.now))

    def redact(self, *people) -> None:
        with self.database.transaction() as session:
            for person in people:
                redact_customer(session, self.shop, person, LOOKUP, self.now)

    def end(self) -> None:
        for _ in range(50):
            self.step()
            with self.database.reading() as session:
                if not queries.get(session, self.shop, self.task).active:
                    return
        raise AssertionError("the rebuild does not end")

    def generations(self):
        with self.database.reading() as session:
            return set(session.scalars(select(CountedOrder.generation))), session.get(Shop, self.shop).building


@pytest.fixture
def half(database, monkeypatch):
    """Begun, and some twenty of the forty counted."""
    monkeypatch.setattr(rebuilding, "PIECE", (1, 1))
    made = Rebuild(database)
    made.step()
    made.step()
    with database.reading() as session:
        counted = CountedOrder.generation == session.get(Shop, made.shop).building
        buyers = set(session.scalars(select(CountedOrder.buyer_id).where(counted)))
    assert COUNTED in buyers
    assert TO_COME not in buyers
    made.apply(order(100, COUNTED, "2025-01-02", "10"), order(101, TO_COME, "2025-01-02", "10"))
    return made


def found(database, *people):
    """Every column, of every table there is, that has one of these numbers."""
    everything = Opened(database, KEYS).everything()
    person = {"numbers": people, "words": [], "phones": []}
    return sorted({where for where, value in everything if names(value, person)})


def kept(made):
    with made.database.reading() as session:
        assert broken(session, made.shop, Instant(made.now), LOOKUP) == []
        assert drift(session, made.shop) == 0


def test_they_are_everywhere_before(half):
    where = {"counted_order.buyer_id", "order_version.customer_id", "orders.customer_id", "touched_buyer.buyer_id"}
    assert where <= set(found(half.database, COUNTED))


def test_a_rebuild_that_goes_on_has_nobody_who_was_redacted(half):
    half.redact(COUNTED, TO_COME)
    assert found(half.database, COUNTED, TO_COME) == []
    kept(half)
    half.end()
    assert found(half.database, COUNTED, TO_COME) == []
    kept(half)


@pytest.mark.parametrize("ended", ["before", "after"])
def test_a_rebuild_that_was_given_up_leaves_nothing(half, ended):
    """Whether they are redacted before it is known to be given up, or after."""
    with half.database.transaction() as session:
        assert queries.cancel(session, half.shop, half.task, half.now)
    if ended == "before":
        half.redact(COUNTED)
        assert found(half.database, COUNTED) == []
    count_what_is_behind(half.database, Instant(half.now))
    generations, building = half.generations()
    assert (len(generations), building) == (1, None)
    if ended == "after":
        half.redact(COUNTED)
    assert found(half.database, COUNTED) == []
    kept(half)


def test_many_rows_of_a_given_up_rebuild_go_a_few_at_a_time(half, monkeypatch):
    monkeypatch.setattr(rebuilding, "DROP", (1, 1))
    monkeypatch.setattr(rebuilding, "_PIECES", 3)
    with half.database.transaction() as session:
        queries.cancel(session, half.shop, half.task, half.now)
    count_what_is_behind(half.database, Instant(half.now))
    generations, building = half.generations()
    assert building in generations, "not all of it in one go"
    for _ in range(30):
        count_what_is_behind(half.database, Instant(half.now))
    assert half.generations() == (generations - {building}, None)


def test_a_piece_that_was_read_before_a_redaction_is_not_written_after_it(half, monkeypatch):
    """Two at once: the redaction is not committed yet when the rebuild comes to write."""
    read, go = threading.Event(), threading.Event()
    real = rebuild.next_piece

    def slowly(*arguments):
        piece = real(*arguments)
        if any(row.buyer_id == TO_COME for row in piece[0]):
            read.set()
            assert go.wait(10)
        return piece

    monkeypatch.setattr(rebuild, "next_piece", slowly)
    worker = threading.Thread(target=half.step)
    worker.start()
    assert read.wait(30)
    with half.database.transaction() as session:
        redact_customer(session, half.shop, TO_COME, LOOKUP, half.now)
        go.set()
        worker.join(0.7)
    worker.join(20)
    assert not worker.is_alive()
    assert found(half.database, TO_COME) == []
    half.end()
    kept(half)
