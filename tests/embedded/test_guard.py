"""Who comes in, and what the others are told."""

import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from shopify_app.embedded.answers import RETRY_HEADER
from shopify_app.shops.queries import choose_locale
from shopify_app.shops.uninstall import uninstalled
from tests.embedded.conftest import A, Admin, B
from tests.shops.token_server import refusal

JSON = {"Accept": "application/json"}


def test_a_document_comes_in_by_its_query_and_a_fetch_by_its_header(admin: Admin) -> None:
    page = admin.client.get(f"/?id_token={admin.token()}&shop={A}")
    assert (page.status_code, page.text) == (200, f"<title>{A} 42 en</title>")
    fetched = admin.client.get("/json", headers=admin.bearer(B, sub="7"))
    assert fetched.json is not None
    assert fetched.json["domain"] == B
    assert len(admin.slice.server.calls) == 2


def test_the_token_decides_the_shop_whatever_the_query_says(admin: Admin) -> None:
    page = admin.client.get(f"/?id_token={admin.token(A)}&shop={B}")
    assert A in page.text
    assert f"https://{A} " in page.headers["Content-Security-Policy"]
    assert B not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}])
def test_a_fetch_without_a_good_token_is_asked_to_retry(admin: Admin, headers: dict[str, str]) -> None:
    answer = admin.client.get("/json", headers={**JSON, **headers})
    assert (answer.status_code, answer.headers[RETRY_HEADER]) == (401, "1")
    assert answer.json is not None
    assert set(answer.json) == {"error", "request_id"}
    assert answer.json["error"].startswith(
        "This page was" if headers else "An ID token of the Shopify admin is needed."
    )
    page = admin.client.get("/json", headers={"Sec-Fetch-Dest": "empty", **headers})
    assert (page.status_code, page.headers[RETRY_HEADER], page.mimetype) == (401, "1", "text/html")


@pytest.mark.parametrize("token", ["", "rubbish", "expired"])
def test_a_document_without_a_good_token_bounces_and_comes_back(admin: Admin, token: str) -> None:
    stale = admin.token(exp=int(admin.clock.now.timestamp()) - 11) if token == "expired" else token
    answer = admin.client.get(f"/things/7?shop={A}&host=aG8&window=30d&q=a%26b&id_token={stale}")
    assert answer.status_code == 302
    assert RETRY_HEADER not in answer.headers
    location = urlsplit(answer.headers["Location"])
    assert (location.scheme, location.netloc, location.path) == ("", "", "/auth/patch-id-token")
    query = parse_qs(location.query)
    back = query.pop("shopify-reload")
    assert query == {"shop": [A], "host": ["aG8"], "window": ["30d"], "q": ["a&b"]}
    assert back == [f"/things/7?shop={A}&host=aG8&window=30d&q=a%26b"]


def test_the_bounce_does_not_believe_the_host_header(admin: Admin) -> None:
    answer = admin.client.get(f"/?shop={A}", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]


def test_a_reload_that_was_asked_for_is_not_carried_along(admin: Admin) -> None:
    answer = admin.client.get(f"/?shop={A}&shopify-reload=//evil.example")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["shopify-reload"] == [f"/?shop={A}&shopify-reload=%2F%2Fevil.example"]


@pytest.mark.parametrize("shop", ["", "evil.com", f"{A}.evil.com", "evil.com/x.myshopify.com", f"{A}%0A"])
def test_without_a_valid_shop_there_is_a_page_that_nobody_may_frame(admin: Admin, shop: str) -> None:
    answer = admin.client.get(f"/?shop={shop}")
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "<h1" in answer.text


def test_a_change_is_taken_by_header_only(admin: Admin) -> None:
    by_query = admin.client.post(f"/change?id_token={admin.token()}&shop={A}")
    assert (by_query.status_code, by_query.headers[RETRY_HEADER]) == (401, "1")
    by_header = admin.client.post("/change", headers=admin.bearer())
    assert by_header.json == {"changed": A}


def test_a_bad_header_is_not_mended_by_a_good_query(admin: Admin) -> None:
    answer = admin.client.get(f"/?id_token={admin.token()}", headers={"Authorization": "Bearer rubbish"})
    assert answer.status_code == 401


def test_only_a_bearer_is_a_bearer(admin: Admin) -> None:
    answer = admin.client.get("/json", headers={"Authorization": f"Digest {admin.token()}"})
    assert answer.status_code == 401


def test_an_id_token_that_shopify_finds_stale_bounces(admin: Admin) -> None:
    admin.slice.server.answers = [refusal("invalid_subject_token")] * 2
    assert admin.client.get(f"/?shop={A}&id_token={admin.token()}").status_code == 302
    assert admin.client.get("/json", headers=JSON | admin.bearer()).headers[RETRY_HEADER] == "1"


def test_when_shopify_cannot_be_reached_the_page_says_so(admin: Admin) -> None:
    admin.slice.server.answers = [refusal("x", 503), refusal("x", 500), refusal("invalid_client")]
    answer = admin.client.get(f"/?shop={A}&id_token={admin.token()}")
    assert answer.status_code == 503
    assert f"https://{A} " in answer.headers["Content-Security-Policy"]
    assert admin.client.get("/json", headers=JSON | admin.bearer()).status_code == 503
    assert admin.client.get("/json", headers=JSON | admin.bearer()).status_code == 502


def test_a_shop_that_has_left_is_told_so_without_an_alarm(admin: Admin, caplog: pytest.LogCaptureFixture) -> None:
    shop = admin.slice.install()
    with admin.slice.database.transaction() as session:
        uninstalled(session, shop, admin.clock())
    admin.slice.server.answers = [refusal("invalid_client")] * 2
    with caplog.at_level(logging.INFO):
        polled = admin.client.get("/", headers=admin.bearer())
        answer = admin.client.get("/json", headers=JSON | admin.bearer())
    assert (polled.status_code, answer.status_code) == (403, 403)
    assert RETRY_HEADER not in answer.headers
    assert answer.json is not None
    assert answer.json["error"].startswith("Wafa is not installed in this shop any more.")
    assert all(record.levelno < logging.WARNING for record in caplog.records)


def test_a_public_view_needs_nothing_and_is_framed_by_nobody(admin: Admin) -> None:
    answer = admin.client.get(f"/open?shop={A}")
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert admin.slice.server.calls == []


def test_links_keep_their_place(admin: Admin) -> None:
    query = f"host=aG9zdA&locale=ar&shop={B}&junk=1"
    answer = admin.client.get(f"/json?{query}", headers=admin.bearer())
    assert answer.json is not None
    assert answer.json["place"] == {"shop": A, "host": "aG9zdA", "locale": "ar"}
    odd = admin.client.get("/json?host=%22%3E&locale=../..", headers=admin.bearer())
    assert odd.json is not None
    assert odd.json["place"] == {"shop": A}


def test_a_saved_language_beats_the_admins(admin: Admin) -> None:
    shop = admin.slice.install()
    assert "42 ar<" in admin.client.get("/?locale=ar-KW", headers=admin.bearer()).text
    with admin.slice.database.transaction() as session:
        choose_locale(session, shop, "42", "en")
    assert "42 en<" in admin.client.get("/?locale=ar-KW", headers=admin.bearer()).text
    assert "7 ar<" in admin.client.get("/?locale=ar-KW", headers=admin.bearer(sub="7")).text
