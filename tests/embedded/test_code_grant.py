"""The authorization-code grant, and every way in which a return from it can be false."""

import hashlib
import hmac
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from shopify_app.embedded.addresses import admin_address
from shopify_app.embedded.code_grant import authorize_address
from shopify_app.embedded.install_pages import COOKIE
from shopify_app.shops.model import INSTALLED
from tests.embedded.conftest import OLD_SECRET, SECRET, A, Admin, B
from tests.shops.token_server import refusal


def start(admin: Admin, shop: str = A) -> tuple[str, str]:
    """The state of a new question, and its cookie."""
    answer = admin.client.get(f"/auth?shop={shop}")
    assert answer.status_code == 302
    state = parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]
    return state, answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]


def mac(params: dict[str, str], secret: str = SECRET) -> str:
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def come_back(admin: Admin, cookie: str | None, secret: str = SECRET, **params: Any) -> TestResponse:
    now = str(int(admin.clock.now.timestamp()))
    usual = {"code": "the-code", "shop": A, "timestamp": now, "host": "aG9zdA", **params}
    usual = {name: value for name, value in usual.items() if value is not None}
    usual = {"hmac": mac(usual, secret)} | usual if "hmac" not in usual else usual
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie is not None else {}
    return admin.client.get("/auth/callback", query_string=usual, headers=headers)


def test_the_merchant_is_sent_to_the_shops_consent_page(admin: Admin) -> None:
    answer = admin.client.get("/auth?shop=https://ALPHA.myshopify.com/admin")
    location = urlsplit(answer.headers["Location"])
    assert (location.netloc, location.path) == (A, "/admin/oauth/authorize")
    query = parse_qs(location.query)
    assert query["client_id"] == ["test-key"]
    assert query["redirect_uri"] == ["https://app.test/auth/callback"]
    assert set(query["scope"][0].split(",")) == set(admin.config.scopes)
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/auth"))
    assert SECRET not in cookie


def test_with_a_development_admin_the_consent_page_is_there(admin: Admin) -> None:
    local = replace(admin.config, admin_url="http://127.0.0.1:8201")
    address = authorize_address(local, A, "s")
    assert address.startswith(f"http://127.0.0.1:8201/{A}/admin/oauth/authorize?client_id=")
    assert admin_address(local, A) == "http://127.0.0.1:8201/store/alpha/apps/wafa"


@pytest.mark.parametrize("shop", ["", "evil.com", f"{A}.evil.com"])
def test_what_is_no_shop_is_sent_nowhere(admin: Admin, shop: str) -> None:
    answer = admin.client.get(f"/auth?shop={shop}")
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_a_true_return_installs_and_goes_into_the_admin(admin: Admin, secret: str) -> None:
    state, cookie = start(admin)
    answer = come_back(admin, cookie, secret, state=state)
    assert answer.headers["Location"] == f"https://{A}/admin/apps/test-key"
    assert f"{COOKIE}=;" in answer.headers["Set-Cookie"]
    assert admin.slice.row().state == INSTALLED
    assert admin.slice.server.calls[0]["code"] == "the-code"
    assert admin.slice.server.calls[0]["expiring"] == "1"


def changed(**params: Any) -> Any:
    return lambda admin, state, cookie: come_back(admin, cookie, **{"state": state, **params})


def late(admin: Admin, state: str, cookie: str) -> TestResponse:
    admin.clock.forward(601)
    return come_back(admin, cookie, state=state)


def after(seconds: int) -> Any:
    def act(admin: Admin, state: str, cookie: str) -> TestResponse:
        stamp = int(admin.clock.now.timestamp()) + seconds
        return come_back(admin, cookie, state=state, timestamp=str(stamp))

    return act


def repeated(admin: Admin, state: str, cookie: str) -> TestResponse:
    good = {"code": "c", "shop": A, "state": state, "timestamp": str(int(admin.clock.now.timestamp()))}
    query = [*good.items(), ("hmac", mac(good)), ("code", "another")]
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    return admin.client.get("/auth/callback", query_string="&".join(f"{k}={v}" for k, v in query), headers=headers)


FALSE: dict[str, Any] = {
    "another state": changed(state="another"),
    "no state": changed(state=None),
    "empty state": changed(state=""),
    "no cookie": lambda admin, state, _cookie: come_back(admin, None, state=state),
    "cookie of another question": lambda admin, state, _cookie: come_back(admin, start(admin)[1], state=state),
    "cookie of another shop": lambda admin, _state, _cookie: _of_another_shop(admin),
    "forged cookie": lambda admin, state, cookie: come_back(admin, cookie[:-1] + "0x", state=state),
    "cookie not ascii": lambda admin, state, _cookie: come_back(admin, "\u00e9.1.2", state=state),
    "question asked long ago": late,
    "another secret": lambda admin, state, cookie: come_back(admin, cookie, "x" * 40, state=state),
    "no hmac": changed(hmac=""),
    "hmac not ascii": changed(hmac="\u00e9" * 64),
    "another shop signed": changed(shop="evil.com"),
    "lookalike signed": changed(shop=f"{A}.evil.com"),
    "no timestamp": changed(timestamp=None),
    "odd timestamp": changed(timestamp="1e9"),
    "endless timestamp": changed(timestamp="9" * 400),
    "old timestamp": after(-91),
    "future timestamp": after(91),
    "no code": changed(code=None),
    "repeated parameter": repeated,
}


def _of_another_shop(admin: Admin) -> TestResponse:
    state, cookie = start(admin, B)
    return come_back(admin, cookie, state=state)


@pytest.mark.parametrize("name", FALSE)
def test_a_false_return_installs_nothing(admin: Admin, name: str) -> None:
    state, cookie = start(admin)
    answer = FALSE[name](admin, state, cookie)
    assert answer.status_code == 400
    assert "<h1" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert admin.slice.server.calls == []


@pytest.mark.parametrize("seconds", [-90, 90])
def test_ninety_seconds_of_difference_are_allowed(admin: Admin, seconds: int) -> None:
    state, cookie = start(admin)
    assert after(seconds)(admin, state, cookie).status_code == 302


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_request", "invalid_client"])
def test_a_used_or_unknown_code_installs_nothing(admin: Admin, code: str) -> None:
    admin.slice.server.answers = [refusal(code)]
    state, cookie = start(admin)
    assert come_back(admin, cookie, state=state).status_code == 400
    assert admin.slice.installs.usable(A, admin.clock.now) is None


def test_less_than_the_needed_permissions_installs_nothing(admin: Admin) -> None:
    admin.slice.server.scope = "read_orders,read_customers,read_products"
    state, cookie = start(admin)
    assert come_back(admin, cookie, state=state).status_code == 403
    assert admin.slice.installs.usable(A, admin.clock.now) is None


def test_more_than_the_needed_permissions_is_enough(admin: Admin) -> None:
    admin.slice.server.scope = "write_orders,write_customers,read_customer_merge,read_products"
    state, cookie = start(admin)
    assert come_back(admin, cookie, state=state).status_code == 302
