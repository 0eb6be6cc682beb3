"""Points become store credit: paid once, spent at the checkout, taken back while all is left, refused with a reason."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from devstore.checkout.cart import Buyer, Cart, Goods
from devstore.faults import Faults
from shopify_app.jobs.nightly import request_work
from shopify_app.loyalty.rewards.model import Reward
from tests.small_shop import address, page, post
from tests.walks.bought import by_orders
from tests.walks.test_other_rewards import add, offered
from tests.walks.test_points import points
from tests.walks.test_rewards import FIRST, SECOND, person, proven, rewards, shop
from tests.walks.test_taken_back import take_back
from tests.world import World

__all__ = ["person", "shop"]

SCOPES = ("write_store_credit_account_transactions", "read_store_credit_accounts")
ALL = {"balance": 600, "available": 600, "pending": 0, "debt": 0}


@pytest.fixture
def prize(world: World, shop: Any, person: int) -> str:
    """300 points become KWD 0.875 of store credit."""
    shop.set_scopes([*world.store.scopes, "write_discounts", *SCOPES])
    world.work()
    assert add(world, shop, kind="credit", points="300", value="0.875").status_code == 200
    return str(offered(world, shop)[-1]["id"])


def ask(world: World, shop: Any, person: int, prize: str, reward: str = FIRST) -> Any:
    return post(world, shop, f"/customers/{person}/points/redeem", {"reward": reward, "prize": prize})


def paid(world: World, shop: Any, person: int, prize: str, reward: str = FIRST) -> Any:
    """The reward as it stands once Shopify has been asked."""
    assert ask(world, shop, person, prize, reward).status_code == 200
    world.work()
    return next(one for one in rewards(world, shop, person) if one["id"] == reward)


def patiently(world: World, minutes: int = 10) -> None:
    for _ in range(minutes):
        world.clock.forward(60)
        request_work(world.wafa.database, world.clock())
        world.work()


def in_account(shop: Any, person: int) -> list[int]:
    """What came into the customer's account in the shop's currency, and went out of it."""
    account = shop.credit.of(person, shop.currency)
    return [entry.amount for entry in account.entries] if account else []


def test_points_become_credit_that_pays_at_the_checkout(world: World, shop: Any, person: int, prize: str) -> None:
    assert "300 points = KWD 0.875 of store credit." in page(world, shop, "/loyalty")
    assert "can be spent like money for five years" in page(world, shop, "/loyalty")
    text = page(world, shop, f"/customers/{person}/points")
    assert "300 points become KWD 0.875 of store credit, which Shopify keeps for this customer until" in text
    assert ask(world, shop, person, prize).status_code == 200
    assert "Shopify is being asked to add the store credit." in page(world, shop, f"/customers/{person}/points")
    world.work()
    (made,) = rewards(world, shop, person)
    assert (made["state"], made["kind"], made["amount"], made["code"]) == ("made", "credit", "0.875", None)
    assert points(world, shop, person)["available"] == 300
    assert in_account(shop, person) == [875]
    text = page(world, shop, f"/customers/{person}/points")
    assert "KWD 0.875 of store credit" in text
    assert "Added to the store credit, to be spent until" in text
    assert not shop.discounts.all

    product = shop.add_product("Oud", "20.000")
    cart = {"customer_id": person, "lines": [{"product_id": product.id, "quantity": 1}], "credit": True, "place": True}
    bought = Client(world.store.wsgi).post("/store/alice/checkout", json=cart).get_json()
    assert bought["credit"] == "0.875"
    world.work()
    assert in_account(shop, person) == [875, -875]
    # What credit pays is paid: the order earns as any other.
    assert points(world, shop, person) == {"balance": 500, "available": 300, "pending": 200, "debt": 0}
    proven(world)


def test_credit_goes_beside_a_code(world: World, shop: Any, person: int, prize: str) -> None:
    paid(world, shop, person, prize)
    add(world, shop, kind="percent", points="200", percent="10")
    code = paid(world, shop, person, str(offered(world, shop)[-1]["id"]), SECOND)["code"]
    product = shop.add_product("Oud", "20.000")
    cart = Cart((Goods(product, 1),), (code,), with_credit=True)
    shop.checkout.place(cart, Buyer(shop.customers[person], signed_in=True))
    assert in_account(shop, person) == [875, -875]


def test_the_answer_is_lost_and_it_is_paid_once(world: World, shop: Any, person: int, prize: str) -> None:
    world.store.trouble.fail_next(shop.domain, "answer_lost", 1)
    assert paid(world, shop, person, prize)["state"] == "asked"
    patiently(world)
    assert rewards(world, shop, person)[0]["state"] == "made"
    assert in_account(shop, person) == [875]
    proven(world)


def test_the_call_never_arrives_and_it_is_paid_all_the_same(world: World, shop: Any, person: int, prize: str) -> None:
    world.store.set_faults(Faults(reset=1.0, operations=("pay_credit",)))
    assert paid(world, shop, person, prize)["state"] == "asked"
    world.store.set_faults(Faults())
    patiently(world)
    assert rewards(world, shop, person)[0]["state"] == "made"
    assert in_account(shop, person) == [875]


@pytest.mark.parametrize("fault", ["answer_lost", "timed_out", "server_error", "internal_error", "cut", "partial"])
def test_whatever_goes_wrong_there_is_credit_or_there_are_points(
    world: World, shop: Any, person: int, prize: str, fault: str
) -> None:
    """A call that never arrives five times in a row is given up: the points come back."""
    own = ("pay_credit", "take_credit", "credit_accounts", "credit_entries", "credit_left")

    def in_trouble() -> None:
        world.store.set_faults(Faults(**{fault: 0.5}, operations=own))
        patiently(world)
        world.store.set_faults(Faults())
        patiently(world, 20)

    for reward in (FIRST, SECOND):
        ask(world, shop, person, prize, reward)
    in_trouble()
    states = [one["state"] for one in rewards(world, shop, person)]
    assert in_account(shop, person) == [875] * states.count("made")
    assert points(world, shop, person)["available"] == 600 - 300 * states.count("made")
    for one in rewards(world, shop, person):
        if one["state"] == "made":
            take_back(world, shop, person, one["id"])
    in_trouble()
    assert {one["state"] for one in rewards(world, shop, person)} <= {"returned", "refused", "made"}
    now = [one["state"] for one in rewards(world, shop, person)]
    assert in_account(shop, person) == [875] * states.count("made") + [-875] * now.count("returned")
    assert points(world, shop, person)["available"] == 600 - 300 * now.count("made")
    proven(world)


def test_twenty_ask_at_once_and_as_many_as_the_points_reach_for_are_paid(
    world: World, shop: Any, person: int, prize: str
) -> None:
    with ThreadPoolExecutor(20) as many:
        asked = many.map(lambda number: ask(world, shop, person, prize, f"{number:032x}").status_code, range(20))
        assert sorted(asked) == [200, 200] + [409] * 18
    world.work()
    assert in_account(shop, person) == [875, 875]
    with world.wafa.database.reading() as session:
        assert len(set(session.scalars(select(Reward.ends_at)))) == 2, "each lapses in a second of its own"
    proven(world)


def test_unspent_credit_is_taken_back(world: World, shop: Any, person: int, prize: str) -> None:
    paid(world, shop, person, prize)
    assert "while none of it has been spent" in page(world, shop, f"/customers/{person}/points")
    assert take_back(world, shop, person).status_code == 200
    assert "asked to take the store credit out" in page(world, shop, f"/customers/{person}/points")
    world.work()
    assert rewards(world, shop, person)[0]["state"] == "returned"
    assert in_account(shop, person) == [875, -875]
    assert points(world, shop, person) == ALL
    assert "The store credit was taken out, and the points came back." in page(
        world, shop, f"/customers/{person}/points"
    )
    take_back(world, shop, person)
    world.work()
    assert in_account(shop, person) == [875, -875]
    proven(world)


def test_credit_of_which_some_is_spent_stays(world: World, shop: Any, person: int, prize: str) -> None:
    """Also where the merchant has given credit beside it."""
    paid(world, shop, person, prize)
    money = {"amount": "5.000", "currencyCode": "KWD"}
    shop.credit.take(f"gid://shopify/Customer/{person}", {"debitAmount": {**money, "amount": "0.001"}})
    shop.credit.give(f"gid://shopify/Customer/{person}", {"creditAmount": money})
    take_back(world, shop, person)
    world.work()
    assert in_account(shop, person) == [875, -1, 5000]
    assert points(world, shop, person)["available"] == 300
    text = page(world, shop, f"/customers/{person}/points")
    assert "It was added, and could not be taken back. Some of it has been spent." in text
    proven(world)


def test_without_the_permission_it_is_not_offered_and_nothing_is_lost(
    world: World, shop: Any, person: int, prize: str
) -> None:
    shop.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    text = page(world, shop, f"/customers/{person}/points")
    assert "store credit" not in text
    assert "500 points become a code" in text
    assert "Without that, no store credit is offered" in page(world, shop, "/loyalty/rewards")
    # Somebody has the page open still.
    assert paid(world, shop, person, prize)["state"] == "refused"
    assert points(world, shop, person) == ALL
    text = page(world, shop, f"/customers/{person}/points")
    assert "No store credit was added, and the points came back. Wafa does not have a permission" in text
    assert in_account(shop, person) == []
    proven(world)


def test_the_permission_is_asked_for_where_it_is_added(world: World, shop: Any, person: int) -> None:
    path = "/loyalty/rewards?kind=credit&points=300&value=0.875"
    told = world.open(shop, address(path)).text
    assert f'data-scope="{" ".join(SCOPES)}"' in told
    assert "Without that, no store credit is offered" in told
    shop.set_scopes([*world.store.scopes, *SCOPES])
    world.work()
    assert "Without that, no store credit is offered" not in world.open(shop, address(path)).text


def test_what_shopify_does_not_take_gives_the_points_back(world: World, shop: Any, person: int, prize: str) -> None:
    money = {"amount": "99999.500", "currencyCode": "KWD"}
    shop.credit.give(f"gid://shopify/Customer/{person}", {"creditAmount": money})
    assert paid(world, shop, person, prize)["state"] == "refused"
    assert points(world, shop, person) == ALL
    assert "more store credit than Shopify allows" in page(world, shop, f"/customers/{person}/points")
    shop.credit.take(f"gid://shopify/Customer/{person}", {"debitAmount": money})
    assert paid(world, shop, person, prize, SECOND)["state"] == "made"
    proven(world)


def test_a_shop_that_sells_in_another_currency_pays_none_in_the_old_one(
    world: World, shop: Any, person: int, prize: str
) -> None:
    ask(world, shop, person, prize)
    shop.change(currency="USD")
    world.work()
    assert rewards(world, shop, person)[0]["state"] == "refused"
    assert points(world, shop, person)["available"] == 600
    assert not shop.credit.accounts(person)
    proven(world)


def test_whoever_is_forgotten_before_it_is_paid_gets_none_or_one(
    world: World, shop: Any, person: int, prize: str
) -> None:
    ask(world, shop, person, prize)
    shop.redact_customer(person)
    world.work()
    patiently(world)
    with world.wafa.database.reading() as session:
        (reward,) = session.scalars(select(Reward)).all()
    assert reward.state in ("refused", "made")
    assert in_account(shop, person) in ([], [875])
    proven(world)


def test_who_is_merged_before_it_is_paid_is_paid_as_who_they_are_now(
    world: World, shop: Any, person: int, prize: str
) -> None:
    other = by_orders(shop, 1)[0]
    ask(world, shop, person, prize)
    shop.merge_customers(other, person)
    for _ in range(50):
        world.store.deliver_due()
        world.wafa.drain.sweep()
        world.clock.forward(1)
    world.work()
    patiently(world)
    assert in_account(shop, other) == [875]
    assert rewards(world, shop, other)[0]["state"] == "made"
    assert points(world, shop, other)["available"] == 300
    proven(world)


def test_credit_worth_more_than_its_points_cost_is_not_added(world: World, shop: Any, person: int) -> None:
    assert add(world, shop, kind="credit", points="300", value="30").status_code == 400
    assert add(world, shop, kind="credit", points="300", value="0.8751").status_code == 400
    assert len(offered(world, shop)) == 1
