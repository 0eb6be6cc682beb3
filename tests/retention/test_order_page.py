"""Reports > one order: whether it counts, what came back, what an edit changed, and orders that are not there."""

import pytest

from tests.small_shop import add_shop, address, page, said

NUMBERS = "/reports/numbers"


@pytest.fixture
def shop(small_world):
    """Two people who bought twice (10 and 20 KWD), three who bought once (5 KWD)."""
    shop = add_shop(small_world, repeaters=2, once=3)
    small_world.install(shop)
    small_world.work()
    return shop


def orders_of(world, shop) -> list[str]:
    return [row["order_id"] for row in world.json(shop, f"{NUMBERS}/orders?window=all")["orders"]]


def test_an_order_tells_whether_it_counts(small_world, shop) -> None:
    order = int(orders_of(small_world, shop)[0])
    text = page(small_world, shop, f"/reports/orders/{order}")
    assert "so they can be lower than the order's total in Shopify." in text
    assert text.count("It counts as this customer's order number 2.") == 2
    shop.cancel(order)
    small_world.work()
    text = page(small_world, shop, f"/reports/orders/{order}")
    assert "Does not count Completed orders : It was cancelled." in text
    assert "Counts As Shopify counts : It counts as this customer's order number 2." in text
    arabic = page(small_world, shop, f"/reports/orders/{order}", "ar")
    assert "أُلغي هذا الطلب." in arabic
    told = small_world.json(shop, f"/reports/orders/{order}")
    assert told["counts"]["kept"] == {"left_out_because": "It was cancelled.", "customer_order": None}
    assert told["versions"] == 2


def test_an_order_shows_its_refunds_and_the_way_to_shopify(small_world, shop) -> None:
    order = int(orders_of(small_world, shop)[0])
    shop.refund(order, amount="4.500")
    small_world.work()
    document = small_world.open(shop, address(f"/reports/orders/{order}")).text
    assert f'href="shopify://admin/orders/{order}"' in document
    gone = shop.place_order(None, [{"price": "1.000"}])
    small_world.work()
    shop.delete_order(gone.id)
    small_world.work()
    assert "shopify://admin/orders/" not in small_world.open(shop, address(f"/reports/orders/{gone.id}")).text
    customer = small_world.json(shop, f"/reports/orders/{order}")["customer_id"]
    assert f'<s-link href="/customers/{customer}?' in document
    assert "KWD\N{NO-BREAK SPACE}4.500" in document


def test_an_order_whose_prices_include_tax_is_told_without_it(small_world, shop) -> None:
    """By hand, at 15 %: 23.000 / 1.15 = 20.000; half of it given back is 10.000."""
    shop.tax_rate, shop.taxes_included = 1_500, True
    order = shop.place_order(None, [{"price": "11.500", "quantity": 2}])
    shop.refund(order.id, lines={order.lines[0].id: 1})
    small_world.work()
    text = page(small_world, shop, f"/reports/orders/{order.id}")
    amounts = ("Before discounts KWD 20.000", "Refunds KWD 10.000", "Net sales KWD 10.000")
    assert not [amount for amount in amounts if amount not in text]
    assert "Tax Within the prices; left out of these amounts" in text
    assert "مشمولة في الأسعار" in page(small_world, shop, f"/reports/orders/{order.id}", "ar")
    told = small_world.json(shop, f"/reports/orders/{order.id}")
    assert (told["gross"], told["taxes_included"], told["refunds"][0]["net"]) == (20_000, True, 10_000)


def test_an_edited_order_says_what_came_and_what_went(small_world, shop) -> None:
    """By hand: 2 x 10.000 less 1.000; one piece (9.500) exchanged for one of 12.250, and 4.000 added later."""
    order = shop.place_order(None, [{"price": "10.000", "quantity": 2}], discount="1.000")
    small_world.work()
    shop.edit(order.id, [{"price": "12.250"}], {order.lines[0].id: 1})
    small_world.work()
    shop.edit(order.id, [{"price": "4.000"}])
    small_world.work()
    place = f"/reports/orders/{order.id}"
    text = page(small_world, shop, place)
    amounts = ("Before discounts KWD 20.000", "Discounts KWD 1.000", "Added later KWD 16.250")
    amounts += ("Taken off later KWD 9.500", "Refunds KWD 0.000", "Net sales KWD 25.750")
    assert not [amount for amount in amounts if amount not in text]
    assert "KWD 12.250 added, KWD 9.500 taken off" in text
    assert "KWD 4.000 added" in text
    arabic = page(small_world, shop, place, "ar")
    assert "التعديلات" in arabic
    assert "أُضيف لاحقًا" in arabic
    told = small_world.json(shop, place)
    assert (told["gross"], told["discounts"]) == (20_000, 1_000)
    assert [(one["added"], one["removed"]) for one in told["edits"]] == [(12_250, 9_500), (4_000, 0)]
    behind = page(small_world, shop, f"{NUMBERS}/net_revenue?window=all")
    assert behind.count(f"{order.name} ") == 1


def test_an_order_of_which_something_came_back_says_so_and_leaves_its_duties_out(small_world, shop) -> None:
    """By hand: 2 x 10.000 and duties of 3.000; one piece is back, its 10.000 and 1.500 of duties go back later."""
    order = shop.place_order(None, [{"price": "10.000", "quantity": 2}], duties="3.000", fee="0.500")
    line = order.lines[0].id
    back = shop.returns.open(order.id, {line: 1})
    shop.returns.process(order.id, back.id)
    small_world.work()
    place = f"/reports/orders/{order.id}"
    amounts = ("Before discounts KWD 20.000", "Returned KWD 10.000", "Refunds KWD 0.000", "Net sales KWD 10.000")
    text = page(small_world, shop, place)
    assert not [amount for amount in amounts if amount not in text]
    assert "KWD 10.000 returned" in text
    assert "Added later" not in text
    shop.returns.refund(order.id, back.id, duties=True)
    instead = shop.returns.open(order.id, {line: 1}, [{"price": "12.250"}])
    shop.returns.process(order.id, instead.id)
    small_world.work()
    text = page(small_world, shop, place)
    assert "KWD 10.000 returned, KWD 12.250 sent out in exchange" in text
    assert "KWD 0.000: it was for shipping, tax, duties or items that had left the order before" in text
    assert "Returned KWD 20.000" in text
    assert "Net sales KWD 12.250" in text
    assert "without gift cards, tips, shipping, tax, duties and fees" in text
    arabic = page(small_world, shop, place, "ar")
    assert "المرتجعات" in arabic
    assert "الرسوم الجمركية" in arabic
    told = small_world.json(shop, place)
    assert [(one["added"], one["removed"], one["returned"]) for one in told["edits"]] == [
        (0, 10_000, True),
        (12_250, 10_000, True),
    ]
    assert [one["net"] for one in told["refunds"]] == [0]


def test_an_erased_customer_is_told_as_one_and_leads_nowhere(small_world, shop) -> None:
    person = min(shop.customers)
    mine, *_ = shop.customers[person].orders
    shop.redact_customer(person)
    small_world.work()
    place, behind = f"/reports/orders/{mine}", f"{NUMBERS}/net_revenue?window=all"
    text = page(small_world, shop, place)
    assert "Customer Erased on request" in text
    assert "Paid Customer erased" in text
    assert page(small_world, shop, behind).count("Erased on request") == 2
    for path in (place, behind):
        assert "حُذفت بياناته بناءً على طلب" in page(small_world, shop, path, "ar")
    number = small_world.json(shop, place)["customer_id"]
    assert number not in small_world.open(shop, address(place)).text
    assert number not in small_world.open(shop, address(behind)).text
    # A program must tell the orders of one person from those of another.
    assert small_world.open(shop, address(f"{behind}&format=csv")).text.count(number) == 2


def test_an_order_of_a_merged_customer_says_why_it_is_known_anew(small_world, shop) -> None:
    kept, gone, *_ = sorted(shop.customers)
    (order, *_) = shop.customers[gone].orders
    shop.merge_customers(kept, gone)
    small_world.work()
    assert "Paid Customer changed or merged" in page(small_world, shop, f"/reports/orders/{order}")
    assert "تغيّر العميل أو دُمج" in page(small_world, shop, f"/reports/orders/{order}", "ar")


def test_an_order_of_another_currency_is_told_in_its_own(small_world, shop) -> None:
    shop.change(currency="USD")
    small_world.work()
    order = min(shop.orders)
    text = page(small_world, shop, f"/reports/orders/{order}")
    assert "Net sales KWD 10.000" in text
    assert text.count("It was sold in a currency that the shop has since given up.") == 2
    assert "$" not in text


def test_an_edit_that_shopify_is_asked_about_is_told_as_such(small_world, shop) -> None:
    """By hand: 10.000 placed, 6.000 added; until Shopify answers it stands as if bought with the rest."""
    order = shop.place_order(None, [{"price": "10.000"}])
    small_world.work()
    shop.edit(order.id, [{"price": "6.000"}])
    while small_world.store.deliver_due() + small_world.wafa.drain.sweep():
        pass
    place = address(f"/reports/orders/{order.id}")
    asked = small_world.open(shop, place)
    assert "What you see here may still change. The order" in said(asked.text)
    assert "قد يتغيّر ما تراه هنا." in page(small_world, shop, f"/reports/orders/{order.id}", "ar")
    small_world.work()
    answered = small_world.open(shop, place, **{"If-None-Match": asked.headers["ETag"]})
    assert "may still change" not in said(answered.text)
    states = ("KWD 10.000 KWD 0.000 KWD 0.000", "KWD 16.000 KWD 0.000 KWD 0.000", "KWD 10.000 KWD 6.000 KWD 0.000")
    shown = said(answered.text)
    assert [shown.count(f"Paid {state}") for state in states] == [1, 1, 1]


def test_an_order_that_was_deleted_unseen_claims_no_amounts(small_world, shop) -> None:
    with shop.history():
        order = shop.place_order(None, [{"price": "10.000"}])
    shop.delete_order(order.id)
    small_world.work()
    text = page(small_world, shop, f"/reports/orders/{order.id}")
    assert f"Order {order.id}" in text
    assert "Amounts Not known: it was deleted before it was read" in text
    assert "Placed" not in text


def test_rows_without_an_order_say_what_they_are(small_world, shop) -> None:
    orders = [shop.place_order(None, [{"price": "10.000", "quantity": 3}]) for _ in range(5)]
    small_world.work()
    small_world.clock.forward(2 * 24 * 3600)
    shop.refund(orders[0].id, amount="2.000")
    shop.edit(orders[1].id, [{"price": "1.000"}])
    shop.edit(orders[2].id, [{"price": "1.000"}])
    shop.refund(orders[2].id, amount="2.000")
    for order in orders[3:]:
        back = shop.returns.open(order.id, {order.lines[0].id: 1})
        shop.returns.process(order.id, back.id)
    shop.refund(orders[4].id, amount="13.000")
    small_world.work()
    behind = f"{NUMBERS}/net_revenue?window=all&basis=shopify"
    text = page(small_world, shop, behind)
    names = [order.name for order in orders]
    kinds = ("Refund", "Edit", "Refund and edit", "Return", "Several changes")
    told = [f"{name} {what} 23" for name, what in zip(names, kinds, strict=True)]
    assert [text.count(one) for one in told] == [1] * 5
    assert "استرداد وتعديل" in page(small_world, shop, behind, "ar")


def test_an_unknown_order_leaves_the_reader_inside_the_app(small_world, shop) -> None:
    for locale, sentence in (
        ("en", "We could not find this page in your shop."),
        ("ar", "لم نجد هذه الصفحة في متجرك."),
    ):
        answer = small_world.open(shop, address("/reports/orders/999", locale))
        assert answer.status_code == 404
        assert sentence in answer.text
        assert "<s-app-nav>" in answer.text
        assert 'data-live="off"' in answer.text
        assert answer.text.count('href="/reports/numbers?') == 2


def test_orders_of_other_shops_are_not_found(small_world, shop) -> None:
    order = orders_of(small_world, shop)[0]
    other = add_shop(small_world, "bob.myshopify.com", repeaters=1)
    small_world.install(other)
    small_world.work()
    foreign = small_world.open(other, f"/reports/orders/{order}", Accept="application/json")
    unknown = small_world.open(other, "/reports/orders/1", Accept="application/json")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.get_json()["error"] == unknown.get_json()["error"]


@pytest.mark.parametrize("order", ["0", "9" * 19, "9" * 400, "x", "-1"])
def test_odd_order_numbers_are_not_found(small_world, shop, order) -> None:
    assert small_world.open(shop, f"/reports/orders/{order}").status_code == 404
