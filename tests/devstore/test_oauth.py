"""Tokens: what is exchanged, refreshed, refused, and how the consent page answers."""

import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from tests.devstore.conftest import EXCHANGE, SECRET, exchange

SHOP = "{shop{name}}"


def refresh(web, value, domain="demo.myshopify.com"):
    given = {"client_id": "key", "client_secret": SECRET, "grant_type": "refresh_token", "refresh_token": value}
    return web.post(f"/{domain}/admin/oauth/access_token", data=given)


def query(web, token):
    return web.post(
        "/demo.myshopify.com/admin/api/2026-10/graphql.json",
        json={"query": SHOP},
        headers={"X-Shopify-Access-Token": token},
    )


def test_an_id_token_has_the_claims_of_shopify(shop, watch):
    claims = jwt.decode(shop.id_token(user_id=7), options={"verify_signature": False})
    now = int(watch.now.timestamp())
    assert claims["iss"] == "https://demo.myshopify.com/admin"
    assert claims["dest"] == "https://demo.myshopify.com"
    assert (claims["aud"], claims["sub"]) == ("key", "7")
    assert (claims["exp"], claims["nbf"], claims["iat"]) == (now + 60, now, now)
    assert claims["jti"]
    assert claims["sid"]


def test_an_id_token_can_be_spoiled_for_tests(shop):
    spoiled = shop.id_token(exp=None, aud="other", algorithm="none")
    assert jwt.get_unverified_header(spoiled)["alg"] == "none"
    claims = jwt.decode(spoiled, options={"verify_signature": False})
    assert claims["aud"] == "other"
    assert "exp" not in claims


def test_an_exchange_gives_an_expiring_pair(shop, web):
    shop.install(["read_orders"])
    body = exchange(shop, web).get_json()
    assert (body["scope"], body["expires_in"], body["refresh_token_expires_in"]) == ("read_orders", 3600, 7_776_000)
    assert query(web, body["access_token"]).get_json()["data"] == {"shop": {"name": "Bazaar"}}


def test_forms_are_taken_as_well_as_json(shop, web):
    shop.install()
    given = {**EXCHANGE, "subject_token": shop.id_token()}
    assert web.post("/demo.myshopify.com/admin/oauth/access_token", data=given).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"subject_token": "not a token"}, "invalid_subject_token"),
        ({"grant_type": "guess"}, "unsupported_grant_type"),
        ({"requested_token_type": "online"}, "invalid_request"),
    ],
)
def test_a_wrong_exchange_is_refused(shop, web, changes, error):
    shop.install()
    answer = exchange(shop, web, **changes)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)


def test_a_stale_foreign_or_uninstalled_exchange_is_refused(shop, store, web, watch):
    other = store.add_shop("other.myshopify.com")
    assert exchange(shop, web).get_json()["error"] == "invalid_client"
    shop.install()
    stale = shop.id_token()
    assert exchange(shop, web, subject_token=other.id_token()).get_json()["error"] == "invalid_subject_token"
    watch.forward(seconds=71)
    assert exchange(shop, web, subject_token=stale).get_json()["error"] == "invalid_subject_token"


def test_a_token_that_never_expires_is_turned_away(shop, web):
    shop.install()
    body = exchange(shop, web, expiring=None).get_json()
    assert "refresh_token" not in body
    assert query(web, body["access_token"]).status_code == 403


def test_a_token_dies_after_an_hour_or_with_the_app(shop, web, token, watch):
    assert query(web, "unknown").status_code == 401
    watch.forward(minutes=59)
    assert query(web, token).status_code == 200
    watch.forward(minutes=1)
    assert query(web, token).status_code == 401
    fresh = exchange(shop, web).get_json()
    shop.uninstall()
    assert query(web, fresh["access_token"]).status_code == 401
    assert refresh(web, fresh["refresh_token"]).status_code == 401
    shop.install()
    assert query(web, fresh["access_token"]).status_code == 401


def test_a_used_refresh_token_may_be_retried_until_its_successor_is_used(shop, web):
    shop.install()
    first = exchange(shop, web).get_json()
    lost = refresh(web, first["refresh_token"]).get_json()
    kept = refresh(web, first["refresh_token"]).get_json()
    assert query(web, first["access_token"]).status_code == 200
    assert refresh(web, lost["refresh_token"]).status_code == 401
    assert refresh(web, kept["refresh_token"]).status_code == 200
    refused = refresh(web, first["refresh_token"])
    assert refused.status_code == 401
    assert refused.get_json() == {
        "error": "invalid_request",
        "error_description": "This request requires an active refresh_token",
    }


def test_a_retry_ends_after_thirty_days_and_a_token_after_ninety(shop, web, watch):
    shop.install()
    first = exchange(shop, web).get_json()["refresh_token"]
    refresh(web, first)
    watch.forward(days=29)
    second = refresh(web, first).get_json()["refresh_token"]
    watch.forward(days=2)
    assert refresh(web, first).status_code == 401
    watch.forward(days=90)
    assert refresh(web, second).status_code == 401


def test_a_new_exchange_retires_the_earlier_refresh_token(shop, web):
    shop.install()
    first = exchange(shop, web).get_json()["refresh_token"]
    exchange(shop, web)
    assert refresh(web, first).status_code == 401


def consent(web, **changes):
    given = {"client_id": "key", "scope": "read_orders", "redirect_uri": "http://app.test/auth/callback", "state": "s"}
    return given | changes, "/demo.myshopify.com/admin/oauth/authorize"


def test_consent_leads_back_with_a_signed_code_good_once(shop, web):
    given, url = consent(web)
    assert web.get(url, query_string=given).status_code == 200
    answer = web.post(url, data=given)
    parts = urlsplit(answer.headers["Location"])
    found = dict(parse_qsl(parts.query))
    text = "&".join(f"{key}={found[key]}" for key in sorted(found) if key != "hmac")
    assert found["hmac"] == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert (parts.path, found["shop"], found["state"]) == ("/auth/callback", "demo.myshopify.com", "s")
    redeem = {"client_id": "key", "client_secret": SECRET, "code": found["code"], "expiring": "1"}
    body = web.post("/demo.myshopify.com/admin/oauth/access_token", json=redeem).get_json()
    assert body["scope"] == "read_orders"
    assert query(web, body["access_token"]).status_code == 200
    assert web.post("/demo.myshopify.com/admin/oauth/access_token", json=redeem).status_code == 400


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "http://app.test.evil/x"}])
def test_consent_for_a_stranger_is_refused(shop, web, changes):
    given, url = consent(web, **changes)
    assert web.get(url, query_string=given).status_code == 400
    assert web.post(url, data=given).status_code == 400
    assert not shop.installed
