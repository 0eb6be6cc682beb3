"""Installing, refreshing, leaving and coming back against the development store, over HTTP's own shapes."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from shopify_app.db.base import ShopId
from shopify_app.shops.model import INSTALLED, UNINSTALLED
from shopify_app.shops.queries import find_shop
from shopify_app.shops.tokens import NeedsReauth
from tests.world import World

DOMAIN = "alice.myshopify.com"
TOKENS = f"POST /{DOMAIN}/admin/oauth/access_token"


def row(world: World):
    with world.wafa.database.reading() as session:
        return find_shop(session, DOMAIN)


def exchanges(world: World) -> int:
    return world.adapter.calls.count(TOKENS)


def works(world: World) -> bool:
    """Whether the Admin API takes our token."""
    return bool(world.wafa.admin.run(ShopId(row(world).id), "shop"))


def test_a_managed_install_needs_one_exchange(small_world: World) -> None:
    shop = small_world.store.add_shop(DOMAIN)
    small_world.install(shop)
    small_world.open(shop)
    assert exchanges(small_world) == 1
    assert works(small_world)


def test_tokens_rotate_for_days_without_a_merchant(small_world: World) -> None:
    shop = small_world.store.add_shop(DOMAIN)
    small_world.install(shop)
    for _ in range(5):
        small_world.clock.forward(7200)
        assert works(small_world)
    assert exchanges(small_world) == 6


def test_an_app_that_is_not_installed_is_told_so(small_world: World) -> None:
    shop = small_world.store.add_shop(DOMAIN)
    answer = small_world.open(shop)
    assert answer.status_code in (401, 502)
    assert row(small_world).state == UNINSTALLED


def test_leaving_by_webhook_and_coming_back(small_world: World) -> None:
    shop = small_world.store.add_shop(DOMAIN)
    small_world.install(shop)
    small_world.clock.forward(60)
    shop.uninstall()
    small_world.work()
    assert row(small_world).state == UNINSTALLED
    with pytest.raises(NeedsReauth):
        works(small_world)
    small_world.clock.forward(60)
    small_world.install(shop)
    assert row(small_world).state == INSTALLED
    assert works(small_world)


def test_coming_back_before_the_news_of_leaving_arrives(small_world: World) -> None:
    shop = small_world.store.add_shop(DOMAIN)
    small_world.install(shop)
    small_world.work()
    small_world.clock.forward(60)
    shop.uninstall()
    small_world.clock.forward(60)
    shop.install()
    with pytest.raises(NeedsReauth):
        works(small_world)
    assert small_world.open(shop).status_code == 200
    small_world.work()
    assert row(small_world).state == INSTALLED
    assert works(small_world)


def test_the_authorization_code_grant_ends_in_the_admin(small_world: World) -> None:
    shop = small_world.store.add_shop(DOMAIN)
    started = small_world.client.get(f"/auth?shop={DOMAIN}")
    consent = urlsplit(started.headers["Location"])
    assert f"{consent.scheme}://{consent.netloc}" == small_world.store.public_url
    store = Client(small_world.store.wsgi)
    assert store.get(f"{consent.path}?{consent.query}").status_code == 200
    agreed = store.post(consent.path, data={name: values[0] for name, values in parse_qs(consent.query).items()})
    back = urlsplit(agreed.headers["Location"])
    cookie = started.headers["Set-Cookie"].split(";")[0]
    answer = small_world.client.get(f"{back.path}?{back.query}", headers={"Cookie": cookie})
    assert answer.headers["Location"] == f"{small_world.store.public_url}/store/alice/apps/wafa"
    assert row(small_world).state == INSTALLED
    assert works(small_world)
    assert small_world.open(shop).status_code == 200
    assert exchanges(small_world) == 1


def test_a_cold_open_in_the_frame_needs_no_bounce_and_a_stale_one_needs_one(small_world: World) -> None:
    shop = small_world.store.add_shop(DOMAIN)
    shop.install()
    frame = Client(small_world.store.wsgi).get("/store/alice/apps/wafa").text
    found = re.search(r'src="(https://app\.test[^"]*)"', frame)
    assert found, "the frame has no address of the app"
    source = urlsplit(unescape(found[1]))
    opened = small_world.client.get(f"{source.path}?{source.query}")
    assert opened.status_code == 200
    assert f"frame-ancestors https://{DOMAIN} " in opened.headers["Content-Security-Policy"]
    small_world.clock.forward(71)
    bounced = small_world.client.get(f"{source.path}?{source.query}")
    assert bounced.status_code == 302
    patch = small_world.client.get(bounced.headers["Location"])
    assert patch.status_code == 200
    back = parse_qs(urlsplit(bounced.headers["Location"]).query)["shopify-reload"][0]
    again = small_world.client.get(f"{back}&id_token={shop.id_token()}")
    assert again.status_code == 200
