"""Whatever arrives of checkouts, however often and in whatever order and batches: the same is known of them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CheckoutDeleted, CheckoutSeen, CustomersMerged, OrderSeen
from shopify_app.checkouts.abandoned import (
    CLOSED,
    DELETED,
    EMPTY,
    FOLLOWED,
    LEFT,
    OPEN,
    ORDERED,
    QUIET,
    Known,
    left_at,
    standing,
)
from shopify_app.checkouts.facts import CheckoutFacts, CheckoutLine
from shopify_app.checkouts.model import Checkout
from shopify_app.checkouts.queries import known_of, load_checkouts
from shopify_app.clock import Instant
from shopify_app.orders.facts import ASKED, OrderFacts, Version
from shopify_app.privacy.redact import redact_customer
from tests.examples import examples
from tests.factories import LOOKUP, make_shop

START = Instant(datetime(2026, 11, 1, tzinfo=UTC))
OUD = CheckoutLine(7, 70, "Oud", 1, 5000)
TOKENS = ("aa", "bb", "cc")


def at(minutes: float) -> Instant:
    return Instant(START + timedelta(minutes=minutes))


def checkout(token: str = "aa", minutes: float = 0, *, asked: bool = False, **values: object) -> CheckoutFacts:
    facts = {"created_at": START, "currency": "KWD", "total": 5000, "cart_token": f"cart-{token}", "lines": (OUD,)}
    source = sha256(repr((token, minutes, sorted(values.items()))).encode()).hexdigest()
    # What is asked for at one moment says one thing.
    known = at(minutes + int(source[:6], 16) / 10**9) if asked else at(minutes)
    return CheckoutFacts(token=token, version=Version(at(minutes), known, ASKED if asked else source), **facts | values)


seen = st.builds(
    lambda token, minutes, customer, completed, closed, lines, hashed, asked: CheckoutSeen(
        checkout(
            token,
            minutes,
            asked=asked,
            created_at=at(TOKENS.index(token)),
            customer_id=customer,
            completed_at=completed and at(completed),
            closed_at=closed and at(closed),
            lines=lines,
            email_hash=hashed,
        )
    ),
    st.sampled_from(TOKENS),
    st.integers(5, 9),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from([None, None, 20, 30]),
    st.sampled_from([None, None, None, 40]),
    st.sampled_from([(OUD,), (OUD,), ()]),
    st.sampled_from([None, "x" * 32, "y" * 32]),
    st.sampled_from([False, False, True]),
)
deleted = st.builds(lambda token: CheckoutDeleted(f"cart-{token}", START), st.sampled_from(TOKENS))
merged = st.sampled_from([(1, 2), (2, 3)]).map(lambda pair: CustomersMerged(pair[1], pair[0], START))
ordered = st.builds(
    lambda token, by_cart: OrderSeen(
        OrderFacts(
            TOKENS.index(token) + 1, "#1", START, "KWD", origin=("", f"cart-{token}") if by_cart else (token, "")
        ),
        Version(START, START, str(by_cart)),
    ),
    st.sampled_from(TOKENS),
    st.just(True),
)
told = st.lists(st.one_of(seen, seen, seen, deleted, merged, ordered), max_size=14)
shops = iter(range(10**9))


def run(database, shop, facts, cut):
    for start in range(0, len(facts), cut):
        with database.transaction() as session:
            apply_facts(session, shop, facts[start : start + cut], START, LOOKUP)


def known(database, shop):
    with database.reading() as session:
        held = load_checkouts(session, shop, TOKENS)
        beside = known_of(session, shop, list(held.values()))
    return {token: (one, standing(one, beside[token], at(600))) for token, one in held.items()}


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_any_order_any_repetition_any_batches(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 150, 60)
    @given(facts=told, seed=st.randoms(use_true_random=False), cut=st.integers(1, 5))
    def check(facts, seed, cut):
        one = make_shop(database, f"c{next(shops)}.myshopify.com")
        run(database, one, facts, 100)
        again = facts + [fact for fact in facts if seed.random() < 0.3]
        seed.shuffle(again)
        other = make_shop(database, f"c{next(shops)}.myshopify.com")
        run(database, other, again, cut)
        assert known(database, one) == known(database, other)

    check()


@pytest.mark.parametrize(
    ("facts", "beside", "minutes", "said"),
    [
        (checkout(), Known(), 59, OPEN),
        (checkout(), Known(), 60, LEFT),
        (checkout(minutes=30), Known(), 60, OPEN),
        (checkout(completed_at=START), Known(), 600, ORDERED),
        (checkout(), Known(ordered=True, deleted=True), 600, ORDERED),
        (checkout(), Known(deleted=True), 600, DELETED),
        (checkout(closed_at=START), Known(), 600, CLOSED),
        (checkout(), Known(followed=True), 600, FOLLOWED),
        (checkout(lines=()), Known(), 600, EMPTY),
        (checkout(lines=(OUD, CheckoutLine(8, 80, "Musk", 0, 0))), Known(), 600, LEFT),
    ],
)
def test_what_has_become_of_a_checkout(facts, beside, minutes, said):
    assert standing(facts, beside, at(minutes)) == said


@pytest.mark.parametrize("first", [True, False])
def test_what_was_once_completed_stays_so_whoever_says_what_later(first):
    both = checkout(completed_at=at(1), minutes=1), checkout(minutes=2)
    one, other = both if first else reversed(both)
    assert one.updated(other).completed_at == at(1)


def test_what_shopify_was_asked_for_never_takes_the_place_of_what_a_webhook_told():
    """It has no cart and no address: those would be lost."""
    told, asked = checkout(email_hash="x" * 32), checkout(minutes=9, asked=True, cart_token="", completed_at=at(5))
    for one, other in ((told, asked), (asked, told)):
        kept = one.updated(other)
        assert (kept.cart_token, kept.email_hash, kept.completed_at) == ("cart-aa", "x" * 32, at(5))


def test_it_is_left_a_while_after_it_was_touched_last():
    assert left_at(checkout(minutes=30)) == at(30) + QUIET
    assert left_at(checkout(), timedelta(hours=10)) == at(600)


def test_an_order_of_the_same_cart_is_enough_on_whichever_device_it_came_first(database):
    """The order's word may come hours before the first word of its checkout."""
    shop = make_shop(database)
    run(
        database, shop, [OrderSeen(OrderFacts(1, "#1", START, "KWD", origin=("", "cart-aa")), Version(START, START))], 1
    )
    run(database, shop, [CheckoutSeen(checkout())], 1)
    assert known(database, shop)["aa"][1] == ORDERED


def test_another_shops_order_and_cart_say_nothing(database):
    mine, other = make_shop(database), make_shop(database, "bob.myshopify.com")
    run(database, mine, [CheckoutSeen(checkout())], 1)
    facts = [
        OrderSeen(OrderFacts(1, "#1", START, "KWD", origin=("aa", "cart-aa")), Version(START, START)),
        CheckoutDeleted("cart-aa", START),
        CheckoutSeen(checkout("bb", created_at=at(5), email_hash="x" * 32)),
    ]
    run(database, other, facts, 1)
    assert known(database, mine)["aa"][1] == LEFT


def test_who_began_another_since_has_left_the_newer_one(database):
    shop = make_shop(database)
    mine = {"email_hash": "x" * 32}
    facts = [checkout(customer_id=1, **mine), checkout("bb", created_at=at(5), customer_id=None, **mine)]
    run(database, shop, [CheckoutSeen(one) for one in facts], 1)
    assert {token: said for token, (_, said) in known(database, shop).items()} == {"aa": FOLLOWED, "bb": LEFT}


def test_of_whoever_is_forgotten_no_checkout_is_kept_nor_comes_again(database):
    """Also the one in which only their address was typed."""
    shop = make_shop(database)
    kept = checkout("cc", customer_id=2)
    facts = [CheckoutSeen(checkout(customer_id=1)), CheckoutSeen(kept)]
    run(database, shop, facts, 1)
    with database.transaction() as session:
        redact_customer(session, shop, 1, LOOKUP, at(90))
    run(database, shop, [CheckoutSeen(checkout(minutes=5, customer_id=1))], 1)
    with database.reading() as session:
        assert session.scalars(select(Checkout.token).where(Checkout.shop_id == shop)).all() == ["cc"]
