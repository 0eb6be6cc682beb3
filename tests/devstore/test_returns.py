"""Returns of the store: what they take off an order and when, what their refunds say, and what is refused."""

import json

import pytest


@pytest.fixture
def order(shop):
    """Two pieces of 10.000 and one of 4.000, less 2.400, and 2.000 for shipping."""
    lines = [{"price": "10", "quantity": 2}, {"price": "4"}]
    return shop.place_order(lines=lines, discount="2.4", shipping="2")


def sales(ask, order):
    """Each agreement: its reason, and its sales by action, kind of line, quantity and amount."""
    inside = "reason ... on RefundAgreement {refund {id}} sales(first: 9) {nodes {"
    inside += "actionType lineType quantity totalAmount {shopMoney {amount}}}}"
    found = ask(f'{{order(id: "gid://shopify/Order/{order.id}") {{agreements(first: 9) {{nodes {{{inside}}}}}}}}}')
    return [
        (
            one["reason"],
            [
                (sale["actionType"], sale["lineType"], sale["quantity"], sale["totalAmount"]["shopMoney"]["amount"])
                for sale in one["sales"]["nodes"]
            ],
        )
        for one in found["data"]["order"]["agreements"]["nodes"]
    ]


def returned(shop, order, quantity=1, exchange=(), fee="0"):
    found = shop.returns.open(order.id, {order.lines[0].id: quantity}, exchange, fee)
    shop.returns.process(order.id, found.id)
    return found


def test_an_open_return_changes_nothing_and_a_processed_one_takes_its_pieces_off(shop, order, ask):
    found = shop.returns.open(order.id, {order.lines[0].id: 1})
    assert (order.return_status, order.current_subtotal, order.lines[0].current_quantity) == ("IN_PROGRESS", 21_600, 2)
    assert [reason for reason, _ in sales(ask, order)] == ["ORDER"]
    shop.returns.process(order.id, found.id)
    assert (order.return_status, order.current_subtotal, order.lines[0].current_quantity) == ("RETURNED", 12_600, 1)
    assert (order.overpaid, order.refunded, order.financial_status) == (9_000, 0, "paid")
    assert sales(ask, order)[1:] == [("RETURN", [("RETURN", "PRODUCT", -1, "-9.0")])]


def test_the_refund_of_a_return_names_it_and_what_came_back_and_is_no_second_sale(shop, order, ask):
    found = returned(shop, order)
    refund = shop.returns.refund(order.id, found.id)
    assert (refund.amount, refund.discrepancy, order.overpaid, order.current_subtotal) == (9_000, 0, 0, 12_600)
    body = shop.payload("refunds/create", (order, refund))
    assert body["return"] == {"id": found.id, "admin_graphql_api_id": f"gid://shopify/Return/{found.id}"}
    assert [(one["quantity"], one["subtotal"], one["restock_type"]) for one in body["refund_line_items"]] == [
        (1, 9.0, "return")
    ]
    assert body["order_adjustments"] == []
    assert sales(ask, order)[1:] == [("RETURN", [("RETURN", "PRODUCT", -1, "-9.0")]), ("REFUND", [])]


def test_more_or_less_than_what_is_owed_is_a_discrepancy(shop, order, ask):
    more, less = (returned(shop, order), returned(shop, order))
    shop.returns.refund(order.id, more.id, "18.5")
    assert order.discrepancy == 500
    with pytest.raises(ValueError, match="nothing, or less"):
        shop.returns.refund(order.id, less.id)
    other = shop.place_order(lines=[{"price": "10"}])
    back = returned(shop, other)
    shop.returns.refund(other.id, back.id, "7")
    assert (other.discrepancy, other.overpaid) == (-3_000, 0)
    assert sales(ask, other)[2] == ("REFUND", [("RETURN", "ADJUSTMENT", None, "3.0")])


def test_an_exchange_through_a_return_is_paid_for_with_what_comes_back(shop, order, ask):
    found = returned(shop, order, 1, [{"price": "12"}], fee="1.5")
    edit = found.processed
    assert (edit.paid, order.current_total, order.overpaid) == (4_500, 28_100, 0)
    assert order.received == order.current_total
    told = [("ORDER", "PRODUCT", 1, "12.0"), ("RETURN", "PRODUCT", -1, "-9.0"), ("ORDER", "FEE", 1, "1.5")]
    assert sales(ask, order)[1] == ("RETURN", told)
    with pytest.raises(ValueError, match="nothing, or less"):
        shop.returns.refund(order.id, found.id)


def test_a_fee_stays_with_the_shop(shop, order):
    found = returned(shop, order, fee="1.5")
    assert shop.returns.refund(order.id, found.id).amount == 7_500
    shop.cancel(order.id)
    assert (order.refunded, order.received, order.current_total) == (22_100, 23_600, 1_500)


def test_what_shopify_refuses_is_refused_and_leaves_nothing(shop, order):
    line, returns = order.lines[0].id, shop.returns
    for taken_off in ({}, {line: 3}, {line: 0}, {5: 1}):
        with pytest.raises(ValueError, match=r"return"):
            returns.open(order.id, taken_off)
    assert not order.returns
    first = returns.open(order.id, {line: 2})
    with pytest.raises(ValueError, match="left to return"):
        returns.open(order.id, {line: 1})
    with pytest.raises(ValueError, match="not there to be refunded"):
        returns.refund(order.id, first.id)
    returns.cancel(order.id, first.id)
    assert order.return_status == "NO_RETURN"
    for act in (returns.process, returns.cancel):
        with pytest.raises(ValueError, match="not open"):
            act(order.id, first.id)
    second = returned(shop, order, 2)
    returns.refund(order.id, second.id)
    for act in (returns.process, returns.refund):
        with pytest.raises(ValueError, match=r"not open|not there"):
            act(order.id, second.id)
    with pytest.raises(KeyError):
        returns.process(order.id, 5)
    tipped = shop.place_order(lines=[{"price": "1"}], tip="2")
    with pytest.raises(ValueError, match="left to return"):
        returns.open(tipped.id, {tipped.lines[1].id: 1})
    shop.cancel(tipped.id)
    with pytest.raises(ValueError, match="cancelled"):
        returns.open(tipped.id, {tipped.lines[0].id: 1})


def test_every_step_of_a_return_tells_the_order(shop, order, store):
    shop.install()
    found = shop.returns.open(order.id, {order.lines[0].id: 1})
    shop.returns.process(order.id, found.id)
    shop.returns.refund(order.id, found.id)
    assert [one.topic for one in store.deliveries] == [
        *["orders/updated", "orders/updated", "refunds/create", "orders/updated"]
    ]
    last = json.loads(store.deliveries[-1].body)
    assert [one["status"] for one in last["returns"]] == ["closed"]
    assert last["refunds"][0]["return"]["id"] == found.id
    assert [line["current_quantity"] for line in last["line_items"]] == [1, 1]


def test_a_return_is_shown_to_whom_may_read_returns(shop, order, ask):
    returned(shop, order)
    query = f'{{order(id: "gid://shopify/Order/{order.id}") {{returns(first: 1) {{nodes {{name status}}}}}}}}'
    assert "read_returns" in ask(query)["errors"][0]["message"]
    shop.set_scopes([*shop.installation.scopes, "read_returns"])
    assert ask(query)["data"]["order"]["returns"]["nodes"] == [{"name": f"{order.name}-R1", "status": "CLOSED"}]


def abroad(shop, **terms):
    """Two pieces of 10.000 and one of 5.000 with duties of 5.000 and a fee of 1.000; shipping is 2.000."""
    lines = [{"price": "10", "quantity": 2}, {"price": "5"}, {"price": "8", "gift_card": True}]
    return shop.place_order(lines=lines, shipping="2", duties="5", fee="1", **terms)


def test_duties_and_fees_are_paid_on_top_and_are_no_part_of_the_subtotal(shop, ask):
    order = abroad(shop)
    assert (order.subtotal, order.total, [line.duty and line.duty.price for line in order.lines]) == (
        33_000,
        41_000,
        [4_000, 1_000, None],
    )
    body = shop.payload("orders/create", order)
    assert body["original_total_duties_set"]["shop_money"]["amount"] == "5.000"
    assert body["original_total_additional_fees_set"]["shop_money"]["amount"] == "1.000"
    duty = body["line_items"][0]["duties"][0]
    assert duty["shop_money"] == {"amount": "4.000", "currency_code": "KWD"}
    assert sales(ask, order)[0][1][-3:] == [
        ("ORDER", "DUTY", 2, "4.0"),
        ("ORDER", "DUTY", 1, "1.0"),
        ("ORDER", "ADDITIONAL_FEE", 1, "1.0"),
    ]
    plain = shop.payload("orders/create", shop.place_order(lines=[{"price": "1"}]))
    assert plain["original_total_duties_set"] is plain["current_total_additional_fees_set"] is None


def test_duties_go_back_with_lines_or_alone_and_are_no_discrepancy(shop, ask):
    order = abroad(shop)
    with_line = shop.refund(order.id, lines={order.lines[0].id: 1}, duties=True)
    assert (with_line.amount, with_line.discrepancy, order.current_duties) == (12_000, 0, 3_000)
    alone = shop.refund(order.id, duties=True)
    assert (alone.amount, alone.discrepancy, order.current_duties, order.current_subtotal) == (3_000, 0, 0, 23_000)
    body = shop.payload("refunds/create", (order, alone))
    assert body["total_duties_set"]["shop_money"]["amount"] == "3.000"
    assert [(one["duty_id"], one["amount_set"]["shop_money"]["amount"]) for one in body["duties"]] == [
        (order.lines[0].duty.id, "2.000"),
        (order.lines[1].duty.id, "1.000"),
    ]
    assert (body["refund_line_items"], body["order_adjustments"]) == ([], [])
    assert sales(ask, order)[2] == ("REFUND", [("RETURN", "DUTY", None, "-2.0"), ("RETURN", "DUTY", None, "-1.0")])
    with pytest.raises(ValueError, match="no duties left"):
        shop.refund(order.id, duties=True)
    with pytest.raises(ValueError, match="not two of them"):
        shop.refund(order.id, "1", duties=True)
    rest = shop.cancel(order.id).refunds[-1]
    assert (rest.fee, order.refunded, order.discrepancy, order.current_total) == (1_000, 41_000, 0, 0)


def test_shipping_that_goes_back_is_an_adjustment_without_a_reason_in_the_admin_api(shop, ask):
    """In webhooks it has a kind of its own."""
    order = abroad(shop)
    refund = shop.refund(order.id, shipping="1.5")
    (told,) = shop.payload("refunds/create", (order, refund))["order_adjustments"]
    assert (told["kind"], told["reason"], told["amount"]) == ("shipping_refund", "Shipping refund", "-1.500")
    query = f'{{node(id: "gid://shopify/Refund/{refund.id}") {{... on Refund {{orderAdjustments(first: 2) {{nodes '
    found = ask(query + "{reason amountSet {shopMoney {amount}}}}}}}")["data"]["node"]["orderAdjustments"]["nodes"]
    assert found == [{"reason": None, "amountSet": {"shopMoney": {"amount": "-1.5"}}}]


def test_duties_follow_the_pieces_of_a_return(shop):
    order = abroad(shop)
    found = returned(shop, order)
    refund = shop.returns.refund(order.id, found.id, duties=True)
    assert (refund.amount, refund.discrepancy, [part.amount for part in refund.duties]) == (12_000, 0, [2_000])
    assert order.overpaid == 0


@pytest.mark.parametrize("wrong", [{"duties": "-1"}, {"fee": "-1"}])
def test_impossible_charges_are_refused_and_leave_nothing(shop, wrong):
    with pytest.raises(ValueError, match="less than nothing"):
        shop.place_order(lines=[{"price": "1"}], **wrong)
    assert not shop.orders
