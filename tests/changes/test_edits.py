"""Orders that are edited: what counts on which day, and which words of them must be asked about."""

from datetime import date, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from shopify_app.changes.facts import Fact, OrderEdited, OrderSeen
from shopify_app.changes.fold import fold
from shopify_app.changes.state import State
from shopify_app.orders.facts import ASKED, EditFacts, LineFacts, OrderFacts, Version
from shopify_app.retention.counting import Countable, bookings
from tests.factories import instant

KUWAIT = ZoneInfo("Asia/Kuwait")
PLACED = instant("2026-01-31T23:30", "Asia/Kuwait")
EDITED = instant("2026-02-02T10:00", "Asia/Kuwait")
FIRST = LineFacts(10, "Oud", 2, 20_000, 1_000)
LATER = LineFacts(11, "Musk", 1, 12_250, 0)
EXCHANGE = EditFacts(900, 1, EDITED, gross=12_250, discount=0, removed=9_500, pieces=1)


def order(*lines: LineFacts, **facts: object) -> OrderFacts:
    made = OrderFacts(1, "#1", PLACED, "KWD", 5, created_at=PLACED, lines=lines or (FIRST,), unaccounted=0)
    return replace(made, **facts)


def version(seconds: int, source: str = "w") -> Version:
    at = PLACED + timedelta(seconds=seconds)
    return Version(at, at, f"{source}{seconds}" if source != ASKED else ASKED)  # type: ignore[arg-type]


def after(*facts: Fact) -> State:
    state = State(KUWAIT, "KWD")
    for fact in facts:
        fold(state, fact)
    return state


CREATED = OrderSeen(order(), version(0))
UPDATED = OrderSeen(order(FIRST, LATER, unaccounted=1), version(60))
ANSWER = OrderSeen(order(FIRST, LATER, edits=(EXCHANGE,), unaccounted=None), version(60, ASKED))
"""What Shopify answers when it is asked after the edit."""


@pytest.mark.parametrize("facts", list(permutations([CREATED, UPDATED, OrderEdited(1), ANSWER])))
def test_an_exchange_counts_once_whatever_comes_first(facts: tuple[Fact, ...]) -> None:
    """By hand: 20.000 - 1.000 on January 31; on February 2 12.250 came and 9.500 went."""
    state = after(*facts)
    seen = Countable.of(state.orders[1], "KWD")
    rows = bookings(seen, (), state.edits[1].values(), KUWAIT)
    told = {(row.basis.value, row.day, row.orders, row.value, row.net) for row in rows}
    assert told == {
        ("kept", date(2026, 1, 31), 1, 19_000, 21_750),
        ("shopify", date(2026, 1, 31), 1, 19_000, 19_000),
        ("shopify", date(2026, 2, 2), 0, 0, 2_750),
    }


SECOND = replace(EXCHANGE, edit_id=901, edited_at=EDITED + timedelta(hours=1), gross=3_000, removed=0, pieces=0)
BOTH = OrderSeen(
    order(FIRST, LATER, LineFacts(12, "Amber", 1, 3_000, 0), edits=(EXCHANGE, SECOND), unaccounted=None),
    version(120, ASKED),
)


@pytest.mark.parametrize("facts", list(permutations([CREATED, ANSWER, BOTH])))
def test_an_older_answer_that_comes_late_takes_no_edit_away(facts: tuple[Fact, ...]) -> None:
    state = after(*facts)
    assert state.edits[1] == {900: EXCHANGE, 901: SECOND}
    rows = bookings(Countable.of(state.orders[1], "KWD"), (), state.edits[1].values(), KUWAIT)
    assert sum(row.net for row in rows if row.basis.value == "shopify") == 19_000 + 12_250 - 9_500 + 3_000


def test_what_was_added_makes_no_order_of_one_that_had_nothing_to_pay() -> None:
    sample = LineFacts(10, "Sample", 1, 5_000, 5_000)
    added = replace(EXCHANGE, removed=0, pieces=0)
    state = after(OrderSeen(order(sample, LATER, edits=(added,)), version(60, ASKED)))
    rows = bookings(Countable.of(state.orders[1], "KWD"), (), [added], KUWAIT)
    assert [(row.basis.value, row.orders, row.value, row.net) for row in rows] == [
        ("shopify", 1, 0, 0),
        ("shopify", 0, 0, 12_250),
    ]


ASKS: dict[str, list[Fact]] = {
    "it was edited, says its topic": [OrderEdited(1)],
    "a piece is gone that nobody refunded": [CREATED, OrderSeen(order(unaccounted=1), version(9))],
    "it has another line than before": [CREATED, OrderSeen(order(FIRST, LATER), version(9))],
    "an older word of it had other lines": [OrderSeen(order(FIRST, LATER), version(0)), CREATED],
    "a bulk query says that it was edited": [OrderSeen(order(edited=True, unaccounted=None), version(9, ASKED))],
    "another piece is gone than the known edits took": [
        ANSWER,
        OrderSeen(order(FIRST, LATER, unaccounted=2), version(70)),
    ],
}
RESTS: dict[str, list[Fact]] = {
    "it had changed before we heard of it": [OrderSeen(order(), version(9))],
    "as it was placed": [CREATED],
    "told again": [CREATED, CREATED],
    "paid later": [CREATED, OrderSeen(order(financial_status="paid"), version(9))],
    "asked for, and never edited": [OrderSeen(order(edits=(), unaccounted=None), version(9, ASKED))],
    "asked for after its edit": [ANSWER],
    "told after it was asked for": [ANSWER, UPDATED],
    "a bulk query says that it was not edited": [OrderSeen(order(unaccounted=None), version(9, ASKED))],
    "cut short, or from before we asked for pieces": [CREATED, OrderSeen(order(unaccounted=None), version(9))],
}


@pytest.mark.parametrize("why", ASKS)
def test_shopify_is_asked_where(why: str) -> None:
    assert after(*ASKS[why]).edited == {1}


@pytest.mark.parametrize("why", RESTS)
def test_shopify_is_not_asked_where_it_is(why: str) -> None:
    assert not after(*RESTS[why]).edited
