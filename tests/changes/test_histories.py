"""What customers had bought before the first order that Shopify shows us, through merges and moves, in any order."""

from datetime import timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from shopify_app.changes.facts import CustomerRedacted, CustomersMerged, Fact, OrderDeleted, OrderSeen
from shopify_app.changes.fold import fold
from shopify_app.changes.histories.history import Histories, History, is_counted
from shopify_app.changes.state import State
from shopify_app.clock import Instant
from shopify_app.orders.facts import ASKED, OrderFacts, Version
from tests.factories import instant

NOON = instant("2026-11-21T12:00")


def at(minutes: int) -> Instant:
    return Instant(NOON + timedelta(minutes=minutes))


def seen(order_id: int, customer: int, minutes: int, told: int | None = None) -> OrderSeen:
    """An order of an hour before noon; `told` by Shopify when it was asked, otherwise by a webhook."""
    facts = OrderFacts(order_id, f"#{order_id}", at(-60), "KWD", customer, customer_orders=told)
    return OrderSeen(facts, Version(at(minutes), at(minutes), f"w{minutes}" if told is None else ASKED))


def replace_customer(fact: OrderSeen, customer: int | None) -> OrderSeen:
    return OrderSeen(fact.order.of_customer(customer), fact.version)


def settled(*facts: Fact, known: tuple[History, ...] = (), limited: bool = True) -> State:
    """As `prepare` does it, where nothing but these orders is stored."""
    state = State(ZoneInfo("UTC"), "KWD")
    state.histories = Histories(limited=limited, known={one.customer_id: one for one in known})
    for fact in facts:
        fold(state, fact)
    ours: dict[int, int] = {}
    for order in state.orders.values():
        history = state.histories.known.get(order.customer_id or 0)
        if history is not None and is_counted(order.placed_at, order.deleted_at, history.told_at):
            ours[history.customer_id] = ours.get(history.customer_id, 0) + 1
    state.histories.settle(ours)
    return state


@pytest.mark.parametrize("facts", list(permutations([seen(1, 5, 0, 4), seen(2, 5, 1, 4), seen(3, 5, 2, 4)])))
def test_what_is_more_than_ours_came_before(facts: tuple[Fact, ...]) -> None:
    assert settled(*facts).histories.earlier(5) == 1


def test_less_than_ours_is_nothing() -> None:
    assert settled(seen(1, 5, 0, 1), seen(2, 5, 1, 1)).histories.earlier(5) == 0


def test_a_shop_that_sees_everything_keeps_nothing() -> None:
    state = settled(seen(1, 5, 0, 9), seen(2, 6, 1), limited=False)
    assert not state.histories.known
    assert not state.histories.unasked


def test_the_first_order_of_somebody_new_is_asked_for_and_the_next_is_not() -> None:
    assert settled(seen(1, 5, 0)).histories.unasked == {1}
    known = History(5, 3, 3, at(-120))
    state = settled(seen(1, 5, 0), known=(known,))
    assert not state.histories.unasked
    assert state.histories.earlier(5) == 3


def test_an_answer_from_before_does_not_replace_a_later_one() -> None:
    known = History(5, 2, 2, at(10))
    assert settled(seen(1, 5, 0, 9), known=(known,)).histories.known[5].told == 2


def test_two_who_become_one_have_what_both_had() -> None:
    known = (History(5, 2, 2, at(-120)), History(6, 3, 3, at(-120)))
    state = settled(seen(1, 5, 0), CustomersMerged(6, 5, at(1)), known=known)
    assert state.histories.known == {6: History(6, 5, None, at(1))}
    assert state.histories.unasked == {1}


def test_a_merge_that_is_told_late_is_not_counted_twice() -> None:
    """Shopify was asked after they had become one: three orders in all, of which we have one."""
    known = (History(5, 2, 2, at(-120)), History(6, 3, 3, at(5)))
    state = settled(seen(1, 5, 0), CustomersMerged(6, 5, at(1)), known=known)
    assert state.histories.earlier(6) == 2
    assert 5 not in state.histories.known


def test_whoever_was_forgotten_keeps_the_number_and_nobody_is_asked() -> None:
    known = (History(5, 2, 3, at(-30)),)
    state = settled(seen(1, 5, 0), CustomerRedacted(5, 1 << 62, at(1)), known=known)
    assert state.histories.known == {1 << 62: History(1 << 62, 1, None, at(1))}
    assert not state.histories.unasked


def test_of_whoever_was_forgotten_nothing_came_before_what_we_see_once_we_see_everything() -> None:
    """One of their earlier orders was deleted while it was hidden: nobody would ever tell how many there are."""
    known = (History(1 << 62, 2, None, at(1)),)
    word = seen(1, 5, 5, 0)
    assert forgotten(word, known, limited=False) == 0
    assert forgotten(word, known, limited=True) == 1


def forgotten(word: OrderSeen, known: tuple[History, ...], *, limited: bool) -> int:
    state = State(ZoneInfo("UTC"), "KWD", aliases={5: 1 << 62}, forgotten={5})
    state.histories = Histories(limited=limited, known={one.customer_id: one for one in known})
    fold(state, word)
    return state.histories.earlier(1 << 62)


@pytest.mark.parametrize(("behind", "earlier"), [(2, 0), (9, 0), (60, 1)])
def test_our_clock_may_be_a_little_behind_shopifys(behind: int, earlier: int) -> None:
    """The order that is asked about was made, by Shopify's clock, after we asked by ours: it is in the answer."""
    made = replace(seen(1, 5, 0, 1).order, placed_at=at(0))
    asked = Instant(NOON - timedelta(seconds=behind))
    assert settled(OrderSeen(made, Version(at(0), asked, ASKED))).histories.earlier(5) == earlier


@pytest.mark.parametrize("first", [True, False])
def test_a_merge_beside_the_import_has_both_asked_about_anew(first: bool) -> None:
    """What the import tells is of the time before the merge, whichever is handled first."""
    told, merge = [seen(1, 5, 0, 3), seen(2, 6, 0, 2)], [CustomersMerged(6, 5, at(4))]
    state = settled(*(merge + told if first else told + merge))
    assert 1 in state.histories.unasked
    assert 5 not in state.histories.known


@pytest.mark.parametrize("first", [True, False])
def test_a_guest_order_that_gets_a_customer_is_asked_about(first: bool) -> None:
    facts = [replace_customer(seen(1, 5, 0), None), seen(1, 5, 1)]
    assert settled(*(facts if first else reversed(facts))).histories.unasked == {1}


def test_of_whom_an_order_is_gone_it_is_doubted_what_shopify_counted() -> None:
    known = (History(5, 2, 3, at(-30)),)
    assert settled(seen(1, 5, 0), OrderDeleted(1, at(1)), known=known).histories.doubted == {5}


def test_an_earlier_order_that_we_get_to_see_is_no_longer_before_those_we_know() -> None:
    known = (History(5, 2, None, at(0)),)
    assert settled(seen(1, 5, 1, None), seen(1, 5, 2, None), known=known).histories.earlier(5) == 1


def test_an_order_that_goes_to_another_leaves_what_both_had_before() -> None:
    known = (History(5, 2, 3, at(-30)), History(6, 1, 1, at(-30)))
    state = settled(seen(1, 5, -20), seen(1, 6, 1), known=known)
    assert (state.histories.earlier(5), state.histories.earlier(6)) == (1, 1)
    assert state.histories.unasked == {1}
