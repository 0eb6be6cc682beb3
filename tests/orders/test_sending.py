"""When an order was sent, as each wire tells it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.clock import Instant
from shopify_app.orders.bulk_payload import read_orders
from shopify_app.orders.payload import read_order
from shopify_app.orders.sending import sent_at
from tests.factories import EPOCH, instant
from tests.orders import bulk_lines

BODY = {
    "id": 1,
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-01T10:00:00Z",
    "currency": "KWD",
}
PARCELS = [
    ("success", "2026-03-02T10:00:00Z"),
    ("success", "2026-03-04T10:00:00Z"),
    ("cancelled", "2026-03-05T10:00:00Z"),
]
IN_THE_ADMIN_API = {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED", "restocked": "RESTOCKED"}


def both(status: str | None, parcels: list[tuple[str, str]]) -> Instant | None:
    body = [{"status": state, "created_at": at} for state, at in parcels]
    told = {**BODY, "fulfillment_status": status, "fulfillments": body}
    webhook, _ = read_order(json.dumps(told).encode())
    node = [{"status": state.upper(), "createdAt": at} for state, at in parcels]
    asked = {"displayFulfillmentStatus": IN_THE_ADMIN_API.get(status or "", "UNFULFILLED"), "fulfillments": node}
    ((bulk, _),) = read_orders([json.dumps(bulk_lines.order(**asked)).encode()], EPOCH)
    assert webhook.tells_sent
    assert bulk.tells_sent
    assert webhook.fulfilled_at == bulk.fulfilled_at
    return webhook.fulfilled_at


def test_an_order_is_sent_when_its_last_parcel_left():
    assert both("fulfilled", PARCELS) == instant("2026-03-04T10:00")
    assert both("fulfilled", PARCELS[:1]) == instant("2026-03-02T10:00")


@pytest.mark.parametrize("status", [None, "partial"])
def test_an_order_of_which_a_piece_is_left_was_not_sent(status):
    assert both(status, PARCELS) is None


@pytest.mark.parametrize("parcels", [[], PARCELS[2:]])
@pytest.mark.parametrize("status", ["fulfilled", "restocked", None])
def test_where_nothing_left_nothing_was_sent(status, parcels):
    """All of it was refunded or taken off before, or came back unsent."""
    assert both(status, parcels) is None


def test_what_came_back_was_sent_all_the_same():
    assert both("restocked", PARCELS) == instant("2026-03-04T10:00")


def test_a_body_of_which_it_was_not_asked_for_does_not_say():
    ((bulk, _),) = read_orders([json.dumps(bulk_lines.order()).encode()], EPOCH)
    webhook, _ = read_order(json.dumps(BODY).encode())
    assert [(facts.tells_sent, facts.fulfilled_at) for facts in (bulk, webhook)] == [(False, None)] * 2


STATES = st.sampled_from(["success", "SUCCESS", "cancelled", "error", "failure", "pending", "open", None])


@given(parcels=st.lists(st.tuples(STATES, st.integers(0, 99))), seed=st.randoms(use_true_random=False))
def test_no_parcel_that_has_not_left_tells_when_and_their_order_is_all_one(parcels, seed):
    moments = [(state, Instant(EPOCH + timedelta(days=day))) for state, day in parcels]
    left = sorted(at for state, at in moments if state in ("success", "SUCCESS"))
    seed.shuffle(moments)
    assert sent_at("FULFILLED", moments) == (left[-1] if left else None)
    assert sent_at("ON_HOLD", moments) is None
