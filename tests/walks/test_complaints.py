"""What merchants complain of in loyalty apps, by its number in the list that we keep (C1 to C4, C9, C12, C16).

Each is a check that our app passes, and fails as soon as one part behaves as the app that was complained of.
"""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from devstore.checkout.cart import Buyer, Cart, Goods
from devstore.checkout.desk import NotPlacedError
from devstore.faults import Faults
from shopify_app.jobs.nightly import request_work
from shopify_app.loyalty import settling
from shopify_app.loyalty.earning import order as earning
from shopify_app.loyalty.rewards import kinds, redeeming
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import buy, proven, redeem, rewards
from tests.world import World

Check = Callable[[World], None]


def shop_of(world: World, currency: str = "KWD", **rule: str) -> tuple[Any, int]:
    """A shop with a programme, and a customer of it."""
    shop = world.store.add_shop("alice.myshopify.com", currency=currency, timezone="Asia/Kuwait")
    people = [shop.create_customer(name).id for name in ("Noura", "Dana")]
    world.install(shop)
    shop.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    switch_on(world, shop, wait_days="0", **rule)
    return shop, people[0]


def bought(world: World, shop: Any, person: int, price: str = "60.000") -> Any:
    """An order that was sent: its points can be spent."""
    order = shop.place_order(person, [{"price": price}], at=world.clock())
    world.clock.forward(60)
    shop.sending.send(order.id)
    passed(world)
    return order


def passed(world: World) -> None:
    world.clock.forward(60)
    request_work(world.wafa.database, world.clock())
    world.work()


def code_of(world: World, shop: Any, person: int) -> str:
    assert redeem(world, shop, person).status_code == 200
    world.work()
    return str(rewards(world, shop, person)[0]["code"])


def balance(world: World, shop: Any, person: int) -> int:
    told = points(world, shop, person)
    return int(told["balance"]) if told else 0


def c1_points_do_not_outlive_the_order(world: World) -> None:
    """Buy, earn, give back, again: in the end nobody has a point more."""
    shop, person = shop_of(world)
    for give_back in (shop.refund, shop.cancel):
        order = bought(world, shop, person)
        assert balance(world, shop, person) == 600
        world.clock.forward(60)
        give_back(order.id)
        passed(world)
        assert balance(world, shop, person) == 0
    proven(world)


def c2_nobody_pays_twice_for_a_refund(world: World) -> None:
    """An order that points were spent on is given back: what it earned goes, what was spent comes back."""
    shop, person = shop_of(world)
    bought(world, shop, person)
    order = buy(shop, person, code_of(world, shop, person), "21.500")
    passed(world)
    assert balance(world, shop, person) == 600 - 500 + 200
    world.clock.forward(60)
    shop.refund(order.id)
    passed(world)
    assert balance(world, shop, person) == 600
    proven(world)


def c3_parts_are_taken_back_by_the_rule_of_the_order(world: World) -> None:
    """Given back bit by bit, with another rule decided in between: each part takes its share, all of them all."""
    shop, person = shop_of(world)
    order = bought(world, shop, person, "10.050")
    seen = [balance(world, shop, person)]
    for amount in ("3.350", "3.350", None):
        world.clock.forward(60)
        switch_on(world, shop, wait_days="0", points=str(20 + len(seen)))
        shop.refund(order.id, amount=amount)
        passed(world)
        seen.append(balance(world, shop, person))
    assert seen == [100, 67, 34, 0]
    proven(world)


def c4_the_same_said_again_gives_nothing_more(world: World) -> None:
    """Not paid, then paid, and each of it told twice: one order, its points once."""
    shop, person = shop_of(world)
    world.store.set_faults(Faults(duplicated=1.0), shop.domain)
    order = shop.place_order(person, [{"price": "60.000"}], at=world.clock(), financial_status="pending")
    world.work()
    world.clock.forward(60)
    shop.settle(order.id, "paid")
    world.work()
    assert balance(world, shop, person) == 600
    proven(world)


def c9_a_code_is_nobody_elses_and_stands_alone(world: World) -> None:
    """Nobody else can use it, nobody twice, and not beside another one."""
    shop, person = shop_of(world)
    bought(world, shop, person, "120.000")
    first = code_of(world, shop, person)
    other = next(one for one in shop.customers if one != person)
    with pytest.raises(NotPlacedError):
        buy(shop, other, first)
    redeem(world, shop, person, "b" * 32)
    world.work()
    second = next(each["code"] for each in rewards(world, shop, person) if each["code"] != first)
    product = shop.add_product("Oud", "20.000")
    with pytest.raises(NotPlacedError):
        shop.checkout.place(Cart((Goods(product, 1),), (first, second)), Buyer(shop.customers[person], signed_in=True))
    buy(shop, person, first)
    with pytest.raises(NotPlacedError):
        buy(shop, person, first)


def c12_money_has_the_decimals_of_its_currency(world: World) -> None:
    """Three in dinars, none in yen, from the rule to the code to the order."""
    shop, person = shop_of(world)
    bought(world, shop, person)
    code_of(world, shop, person)
    assert rewards(world, shop, person)[0]["amount"] == "1.500"
    assert len(shop.discounts.all) == 1
    (discount,) = shop.discounts.all.values()
    order = buy(shop, person, discount.code)
    assert order.lines[0].discount == 1_500


def c12_yen(world: World) -> None:
    shop, person = shop_of(world, "JPY", per="100", reward="150")
    bought(world, shop, person, "6000")
    code_of(world, shop, person)
    assert rewards(world, shop, person)[0]["amount"] == "150"
    assert len(shop.discounts.all) == 1
    (discount,) = shop.discounts.all.values()
    assert buy(shop, person, discount.code, "2000").lines[0].discount == 150


def c16_a_rule_changes_while_people_earn(world: World) -> None:
    """Nothing must be switched off for it, and what was ordered before keeps what it gave."""
    shop, person = shop_of(world)
    order = bought(world, shop, person)
    switch_on(world, shop, points="20", wait_days="0")
    bought(world, shop, person)
    assert balance(world, shop, person) == 600 + 1_200
    shop.refund(order.id, amount="30.000")
    passed(world)
    assert balance(world, shop, person) == 300 + 1_200
    proven(world)


CHECKS: tuple[Check, ...] = (
    c1_points_do_not_outlive_the_order,
    c2_nobody_pays_twice_for_a_refund,
    c3_parts_are_taken_back_by_the_rule_of_the_order,
    c4_the_same_said_again_gives_nothing_more,
    c9_a_code_is_nobody_elses_and_stands_alone,
    c12_money_has_the_decimals_of_its_currency,
    c12_yen,
    c16_a_rule_changes_while_people_earn,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_others_are_complained_of(small_world: World, check: Check) -> None:
    check(small_world)


def _kept(order: Any, versions: Any) -> Any:
    """C1: what was given back keeps its points."""
    return earning.earned(replace(order, back=0, nothing=False), versions)


def _once(order: Any, versions: Any) -> Any:
    """C3: only the first refund is taken."""
    return earning.earned(replace(order, back=order.later[0][1] if order.later else order.back), versions)


def _todays(order: Any, versions: Any) -> Any:
    """C3, C16: the rule of today for the order of then."""
    return earning.earned(order, [replace(versions[-1], since=versions[0].since)])


def _each_word(order: Any, versions: Any) -> Any:
    """C4: a grant for each word of the order."""
    gives = earning.earned(order, versions)
    return gives and (replace(gives[0], key=f"order/{order.order_id}{order.financial_status}"), gives[1])


_code_input = kinds.code_input


def _anybodys(reward: Any, customer: int) -> Any:
    """C9: a code for whoever has it."""
    document, code = _code_input(reward, customer)
    return document, code | {"context": {"all": "ALL"}}


def _beside_others(reward: Any, customer: int) -> Any:
    """C9: one reward on top of the other."""
    document, code = _code_input(reward, customer)
    return document, code | {"combinesWith": dict.fromkeys(code["combinesWith"], True)}


def _two_decimals(reward: Any, customer: int) -> Any:
    """C12: every currency has two decimals."""
    document, code = _code_input(reward, customer)
    value = {"discountAmount": {"amount": f"{reward.amount / 100:.2f}", "appliesOnEachItem": False}}
    return document, code | {"customerGets": {"items": {"all": True}, "value": value}, "minimumRequirement": None}


RIVALS: tuple[tuple[Check, Any, str, Any], ...] = (
    (c1_points_do_not_outlive_the_order, settling, "earned", _kept),
    (c2_nobody_pays_twice_for_a_refund, redeeming, "returned", lambda *_: ()),
    (c3_parts_are_taken_back_by_the_rule_of_the_order, settling, "earned", _once),
    (c3_parts_are_taken_back_by_the_rule_of_the_order, settling, "earned", _todays),
    (c4_the_same_said_again_gives_nothing_more, settling, "earned", _each_word),
    (c9_a_code_is_nobody_elses_and_stands_alone, kinds, "code_input", _anybodys),
    (c9_a_code_is_nobody_elses_and_stands_alone, kinds, "code_input", _beside_others),
    (c12_money_has_the_decimals_of_its_currency, kinds, "code_input", _two_decimals),
    (c12_yen, kinds, "code_input", _two_decimals),
    (c16_a_rule_changes_while_people_earn, settling, "earned", _todays),
)


@pytest.mark.parametrize(
    ("check", "where", "name", "rival"), RIVALS, ids=lambda value: getattr(value, "__name__", "").strip("_")
)
def test_and_each_check_finds_who_behaves_so(
    small_world: World, monkeypatch: pytest.MonkeyPatch, check: Check, where: Any, name: str, rival: Any
) -> None:
    monkeypatch.setattr(where, name, rival)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check(small_world)
