"""The Admin API client against a scripted far side."""

import io
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import BaseAdapter

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import (
    AccessDenied,
    AccessRevoked,
    NotApproved,
    Rejected,
    ResultGone,
    ShopClosed,
    Throttled,
    Unavailable,
)
from shopify_app.admin_api.http import new_session
from shopify_app.admin_api.pacing import LONGEST, Pace, retry_after, throttle_wait
from shopify_app.clock import Clock
from shopify_app.config import Config
from shopify_app.db.base import ShopId

if TYPE_CHECKING:
    from tests.conftest import MovedClock

Reply = tuple[int, Any, dict[str, str]] | Exception
SHOP = ShopId(7)


class Script(BaseAdapter):
    """Answers with the replies it was given, one a call, and remembers the calls."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__()
        self.replies = list(replies)
        self.calls: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.calls.append(request)
        assert kwargs["timeout"] == (5, 30)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        response = requests.Response()
        response.status_code, body, headers = reply
        response.headers.update(headers)
        response.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        response.request, response.url = request, str(request.url)
        return response

    def close(self) -> None:
        pass


class Keyring:
    """Hands out token-1, and the next one when a token was refused."""

    def __init__(self, dead: bool = False) -> None:
        self.number, self.dead = 1, dead

    def domain(self, shop: ShopId) -> str:
        return f"shop-{shop}.myshopify.com"

    def access_token(self, shop: ShopId, clock: Clock) -> str:
        return f"token-{self.number}"

    def replace(self, shop: ShopId, refused: str, clock: Clock) -> str:
        assert refused == f"token-{self.number}"
        if self.dead:
            raise AccessRevoked
        self.number += 1
        return f"token-{self.number}"


class Far:
    """A client, the far side's script and the seconds that the client slept, by the clock too."""

    def __init__(self, config: Config, clock: "MovedClock", script: Script, keyring: Keyring) -> None:
        self.script, self.slept, self.clock = script, list[float](), clock
        self.admin = AdminApi(config, new_session(script), keyring, clock, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.forward(seconds)

    def tokens(self) -> list[str]:
        return [str(call.headers["X-Shopify-Access-Token"]) for call in self.script.calls]


def ok(data: Any, **more: Any) -> Reply:
    return 200, {"data": data, **more}, {}


def throttled(asked: float = 500, available: float = 100, rate: float = 100) -> Reply:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": rate}
    cost = {"requestedQueryCost": asked, "actualQueryCost": None, "throttleStatus": status}
    errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    return 200, {"errors": errors, "extensions": {"cost": cost}}, {}


GOOD = ok({"shop": {"name": "Bazaar"}})


def test_a_call_names_shop_token_version_and_operation(far: Callable[..., Far]) -> None:
    there = far(GOOD)
    assert there.admin.run(SHOP, "shop") == {"shop": {"name": "Bazaar"}}
    (call,) = there.script.calls
    assert call.url == "https://store.test/shop-7.myshopify.com/admin/api/2026-10/graphql.json"
    assert there.tokens() == ["token-1"]
    body = json.loads(call.body or b"")
    assert (body["operationName"], body["variables"]) == ("shop", {})
    assert body["query"].startswith("query shop")


def test_variables_travel(far: Callable[..., Far]) -> None:
    there = far(ok({"bulkOperation": None}))
    there.admin.run(SHOP, "bulk_operation", id="gid://shopify/BulkOperation/1")
    assert json.loads(there.script.calls[0].body or b"")["variables"] == {"id": "gid://shopify/BulkOperation/1"}


def test_a_refused_token_is_replaced_once(far: Callable[..., Far]) -> None:
    there = far((401, {}, {}), GOOD)
    assert there.admin.run(SHOP, "shop")["shop"]
    assert there.tokens() == ["token-1", "token-2"]


def test_a_new_token_may_be_refused_by_mistake(far: Callable[..., Far]) -> None:
    """A refused call was not carried out: a mutation may be sent again."""
    there = far((401, {}, {}), (401, {}, {}), ok({"bulkOperationRunQuery": {"userErrors": []}}))
    assert there.admin.run(SHOP, "start_orders_import", query="{}")
    assert there.tokens() == ["token-1", "token-2", "token-3"]


def test_a_third_refusal_ends_it(far: Callable[..., Far]) -> None:
    there = far(*[(401, {}, {})] * 9)
    with pytest.raises(AccessRevoked):
        there.admin.run(SHOP, "shop")
    assert there.tokens() == ["token-1", "token-2", "token-3"]


def test_a_dead_grant_ends_it(far: Callable[..., Far]) -> None:
    with pytest.raises(AccessRevoked):
        far((401, {}, {}), dead=True).admin.run(SHOP, "shop")


def test_throttling_waits_for_what_is_missing(far: Callable[..., Far]) -> None:
    there = far(throttled(), throttled(asked=200, available=150), GOOD)
    assert there.admin.run(SHOP, "shop", pace=Pace.EFFECT)["shop"]
    assert there.slept == [4.0, 0.5]


def test_throttling_has_an_end(far: Callable[..., Far]) -> None:
    there = far(*[throttled(asked=1000, available=0)] * 9)
    with pytest.raises(Throttled) as caught:
        there.admin.run(SHOP, "shop")
    assert sum(there.slept) <= LONGEST
    assert caught.value.wait == 10.0


def test_too_many_requests_honours_retry_after(far: Callable[..., Far]) -> None:
    there = far((429, b"", {"retry-after": "1.5"}), GOOD)
    assert there.admin.run(SHOP, "shop")["shop"]
    assert there.slept == [1.5]


INTERNAL = {"message": "Internal error.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}


@pytest.mark.parametrize(
    "reply",
    [
        (500, b"", {}),
        (503, b"<html>", {}),
        (200, b"<html>", {}),
        (200, b'{"data": {"shop": {"na', {}),
        (200, {"errors": [INTERNAL]}, {}),
        (200, {"errors": [INTERNAL], "data": {"shop": None}}, {}),
        requests.ConnectionError(),
        requests.exceptions.ChunkedEncodingError(),
    ],
)
def test_a_query_is_tried_again(far: Callable[..., Far], reply: Reply) -> None:
    there = far(reply, reply, GOOD)
    assert there.admin.run(SHOP, "shop")["shop"]
    assert there.slept == [1.0, 2.0]


def test_a_query_is_not_tried_for_ever(far: Callable[..., Far]) -> None:
    there = far(*[requests.ConnectionError()] * 9)
    with pytest.raises(Unavailable):
        there.admin.run(SHOP, "shop")
    assert len(there.script.calls) == 3


def test_who_waited_for_a_time_out_does_not_wait_again(far: Callable[..., Far]) -> None:
    there = far(requests.ReadTimeout(), GOOD)
    with pytest.raises(Unavailable):
        there.admin.run(SHOP, "shop")
    assert len(there.script.calls) == 1


def test_a_part_that_stays_away_is_done_without(far: Callable[..., Far]) -> None:
    half = ok({"buyers": {"totalCount": 3}, "repeaters": None}, errors=[{**INTERNAL, "path": ["repeaters"]}])
    there = far(*[half] * 9)
    assert there.admin.run(SHOP, "count_customers").missing == ("repeaters",)
    assert len(there.script.calls) == 3


def test_trouble_of_shopifys_own_is_no_rejection(far: Callable[..., Far]) -> None:
    there = far(*[(200, {"errors": [INTERNAL], "data": None}, {})] * 9)
    with pytest.raises(Unavailable):
        there.admin.run(SHOP, "start_orders_import", query="{}")
    assert len(there.script.calls) == 1


@pytest.mark.parametrize("body", [{"errors": ["no"]}, {"errors": [[1]]}, {"data": [1]}, {"data": 1, "extensions": 2}])
def test_an_answer_in_no_known_shape_has_a_name_too(far: Callable[..., Far], body: Any) -> None:
    with pytest.raises((Rejected, Unavailable)):
        far(*[(200, body, {})] * 3).admin.run(SHOP, "shop")


def test_a_mutation_is_never_sent_twice(far: Callable[..., Far]) -> None:
    there = far(requests.ReadTimeout(), GOOD)
    with pytest.raises(Unavailable):
        there.admin.run(SHOP, "start_orders_import", query="{}")
    assert len(there.script.calls) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(403, AccessDenied), (402, ShopClosed), (423, ShopClosed), (404, ShopClosed)]
)
def test_what_a_status_means(far: Callable[..., Far], status: int, error: type[Exception]) -> None:
    there = far((status, {}, {}))
    with pytest.raises(error):
        there.admin.run(SHOP, "shop")
    assert len(there.script.calls) == 1


def test_partial_data_is_used_and_says_what_is_missing(
    far: Callable[..., Far], caplog: pytest.LogCaptureFixture
) -> None:
    errors = [{"message": "not approved for jane@example.com", "path": ["repeaters"]}]
    there = far(ok({"buyers": {"totalCount": 3}, "repeaters": None}, errors=errors))
    with caplog.at_level(logging.WARNING):
        answer = there.admin.run(SHOP, "count_customers")
    assert answer["buyers"] == {"totalCount": 3}
    assert answer.missing == ("repeaters",)
    assert "repeaters" in caplog.text


def test_a_missing_permission_has_a_name(far: Callable[..., Far]) -> None:
    denied = [{"message": "Access denied", "path": ["buyers"], "extensions": {"code": "ACCESS_DENIED"}}]
    with pytest.raises(AccessDenied):
        far(ok({"buyers": None, "repeaters": None}, errors=denied)).admin.run(SHOP, "count_customers")


def test_errors_without_data_are_a_rejection(far: Callable[..., Far]) -> None:
    with pytest.raises(Rejected, match="Field 'x'"):
        far((200, {"errors": [{"message": "Field 'x' is unknown"}]}, {})).admin.run(SHOP, "shop")


def test_user_errors_are_a_rejection_with_codes(far: Callable[..., Far]) -> None:
    payload = {"bulkOperation": None, "userErrors": [{"field": None, "message": "busy", "code": "LIMIT_REACHED"}]}
    with pytest.raises(Rejected) as caught:
        far(ok({"bulkOperationRunQuery": payload})).admin.run(SHOP, "start_orders_import", query="{}")
    assert caught.value.codes == {"LIMIT_REACHED"}


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_may_be_gone(far: Callable[..., Far], status: int) -> None:
    there = far((status, b"", {}))
    with pytest.raises(ResultGone), there.admin.download("https://files.test/1.jsonl"):
        pass


def test_a_file_arrives_in_pieces_and_without_our_token(far: Callable[..., Far]) -> None:
    there = far((200, b"a\n" * 100_000, {}))
    with there.admin.download("https://files.test/1.jsonl") as chunks:
        assert b"".join(chunks) == b"a\n" * 100_000
    assert "X-Shopify-Access-Token" not in there.script.calls[0].headers


def test_a_file_that_breaks_off_is_no_file(far: Callable[..., Far]) -> None:
    there = far(requests.exceptions.ChunkedEncodingError())
    with pytest.raises(Unavailable), there.admin.download("https://files.test/1.jsonl"):
        pass


@pytest.mark.parametrize(("header", "seconds"), [("2", 2.0), ("0.25", 0.25), (None, 2.0), ("soon", 2.0), ("-3", 0.1)])
def test_retry_after(header: str | None, seconds: float) -> None:
    assert retry_after(header) == seconds


def test_a_query_larger_than_the_bucket_waits_for_a_full_one() -> None:
    status = {"maximumAvailable": 1000, "currentlyAvailable": 900, "restoreRate": 50}
    assert throttle_wait({"requestedQueryCost": 5000, "throttleStatus": status}) == 2.0
    assert throttle_wait({}) == 2.0


UNAPPROVED = {
    "message": "This app is not approved to access the Order object.",
    "extensions": {"code": "ACCESS_DENIED"},
}


@pytest.mark.parametrize("data", [None, {"orders": None}, {"nodes": [None, None]}, {"ordersCount": {"count": 3}}])
def test_what_shopify_has_not_approved_is_no_missing_permission(far: Callable[..., Far], data: Any) -> None:
    there = far(ok(data, errors=[{**UNAPPROVED, "path": ["orders"]}]))
    with pytest.raises(NotApproved):
        there.admin.run(SHOP, "count_orders")
    assert len(there.script.calls) == 1


def test_a_name_that_may_not_be_seen_keeps_nothing_else_back(far: Callable[..., Far]) -> None:
    error = {"message": "This app is not approved to use the firstName field.", "path": ["orders", "nodes", 0, "name"]}
    answer = far(ok({"orders": {"nodes": [{"id": 1, "name": None}]}}, errors=[error])).admin.run(SHOP, "count_orders")
    assert answer["orders"]["nodes"][0]["id"] == 1
