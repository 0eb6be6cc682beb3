"""Headers of what the app answers, and the page that does nothing but fetch a token."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from shopify_app.config import Config
from shopify_app.embedded.frame import content_policy
from tests.embedded.conftest import A, Admin

PATCH = "/auth/patch-id-token"


def policy(header: str) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in header.split(";")}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/things/7", "/fail/hard", "/fail/large"])
def test_every_page_may_be_framed_by_its_own_shop_alone(admin: Admin, path: str) -> None:
    answer = admin.client.get(f"{path}?shop={A}&id_token={admin.token()}")
    assert answer.mimetype == "text/html"
    found = policy(answer.headers["Content-Security-Policy"])
    assert found["frame-ancestors"] == [f"https://{A}", "https://admin.shopify.com"]
    assert found["object-src"] == ["'none'"]
    assert found["base-uri"] == ["'self'"]
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Accept" in answer.headers["Vary"]


def test_scripts_run_with_the_nonce_or_from_shopify(admin: Admin) -> None:
    answers = [admin.client.get(f"{PATCH}?shop={A}&shopify-reload=/") for _ in range(2)]
    sources = [policy(answer.headers["Content-Security-Policy"])["script-src"] for answer in answers]
    assert [source for source in sources[0] if "nonce" not in source] == ["'self'", "https://store.test"]
    nonces = [source for both in sources for source in both if "nonce" in source]
    assert len(set(nonces)) == 2
    assert f'nonce="{nonces[0].strip(chr(39)).removeprefix("nonce-")}"' in answers[0].text


def test_a_development_admin_may_frame_too(config: Config) -> None:
    local = replace(config, admin_url="http://127.0.0.1:8201")
    assert policy(content_policy(local, A, "n"))["frame-ancestors"] == [
        f"https://{A}",
        "https://admin.shopify.com",
        "http://127.0.0.1:8201",
    ]
    assert policy(content_policy(local, None, "n"))["frame-ancestors"] == ["'none'"]


def test_scripts_of_the_apps_own_need_no_further_source(config: Config) -> None:
    local = replace(config, app_bridge_url="/static/a.js", polaris_url="https://cdn.example/p.js?x=1")
    assert policy(content_policy(local, A, "n"))["script-src"] == ["'self'", "'nonce-n'", "https://cdn.example"]


def test_the_patch_page_is_app_bridge_and_its_key(admin: Admin) -> None:
    answer = admin.client.get(f"{PATCH}?shop={A}&shopify-reload={quote('/reports?window=30d')}")
    assert answer.status_code == 200
    assert 'src="https://store.test/standins/app-bridge.js" data-api-key="test-key"' in answer.text
    assert f"frame-ancestors https://{A} " in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("shop", ["evil.com", f"{A}.evil.com", f"{A}%0d%0aX:1", f"{A};%20script-src%20*", ""])
def test_the_patch_page_frames_shops_only(admin: Admin, shop: str) -> None:
    answer = admin.client.get(f"{PATCH}?shop={shop}&shopify-reload=/")
    assert answer.status_code == 400
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "evil" not in answer.headers["Content-Security-Policy"]
    assert "app-bridge" not in answer.text


@pytest.mark.parametrize(
    "reload",
    [
        "//evil.com",
        "/\\evil.com",
        "https://evil.com",
        "javascript:alert(1)",
        "\\\\evil.com",
        "/\tx",
        "/x\n",
        "/\x00",
        "/\r/evil.com",
        "",
        "x",
        " /",
    ],
)
def test_the_patch_page_reloads_own_paths_only(admin: Admin, reload: str) -> None:
    answer = admin.client.get(f"{PATCH}?shop={A}&shopify-reload={quote(reload, safe='')}")
    assert answer.status_code == 400
    assert "app-bridge" not in answer.text


@pytest.mark.parametrize("query", [f"shop={A}", f"shop={A}&shopify-reload=/&shopify-reload=//evil.com"])
def test_the_patch_page_wants_one_path(admin: Admin, query: str) -> None:
    assert admin.client.get(f"{PATCH}?{query}").status_code == 400


def test_the_patch_page_wants_one_shop(admin: Admin) -> None:
    assert admin.client.get(f"{PATCH}?shop={A}&shop=bravo.myshopify.com&shopify-reload=/").status_code == 400
