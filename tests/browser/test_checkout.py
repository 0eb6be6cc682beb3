"""The checkout of the development store in a browser: by keyboard, wide and narrow, and clean to axe."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from devstore.discounts.records import BASIC
from devstore.serve import Serving
from devstore.shop import Shop
from devstore.store import DevStore
from tests.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]
REWARD = {
    "title": "500 points",
    "code": "LOY-7Q2M",
    "startsAt": "2020-01-01T00:00:00Z",
    "customerGets": {"items": {"all": True}, "value": {"discountAmount": {"amount": "2.500"}}},
}


@pytest.fixture
def shop() -> Iterator[Shop]:
    store = DevStore("key", "s" * 40, "http://127.0.0.1:1", "http://127.0.0.1:1", send=lambda *_: 200)
    made = store.add_shop("demo.myshopify.com", "KWD", "Asia/Kuwait", "Bazaar", "ar")
    serving = Serving(store, 0, "127.0.0.1")
    store.public_url = f"http://127.0.0.1:{serving.port}"
    serving.start()
    yield made
    serving.stop()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_customer_buys_with_a_code_and_credit(browser: Browser, shop: Shop, width: int) -> None:
    shop.add_product("عباءة", "30")
    noura = shop.create_customer("نورة", "الصباح", "noura@x.test")
    gid = f"gid://shopify/Customer/{noura.id}"
    shop.discounts.create(BASIC, {**REWARD, "context": {"customers": {"add": [gid]}}})
    shop.credit.give(gid, {"creditAmount": {"amount": "4", "currencyCode": "KWD"}})
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{shop.store.public_url}/store/demo/checkout")
    clean(page)
    page.get_by_label("Pieces of عباءة").fill("1")
    page.get_by_label("Discount codes").fill("loy-7q2m")
    page.get_by_label("Discount codes").press("Enter")
    expect(page.get_by_text("loy-7q2m is for certain customers: say who you are first.")).to_be_visible()
    clean(page)
    page.get_by_label("Signed in as").select_option(str(noura.id))
    page.get_by_label("Pay with store credit").check()
    page.get_by_role("button", name="See the sum").click()
    expect(page.get_by_role("row", name="To pay")).to_contain_text("25.000 KWD")
    clean(page)
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("row", name="Discount loy-7q2m")).to_contain_text("2.500 KWD")
    clean(page)
    page.goto(f"{shop.store.public_url}/store/demo/discounts")
    page.get_by_role("link", name="LOY-7Q2M").click()
    expect(page.get_by_text("Used 1 times.")).to_be_visible()
    clean(page)
    page.close()
    assert len(shop.orders) == 1


def clean(page: Page) -> None:
    """Axe finds nothing, and nothing sticks out at the side."""
    page.add_script_tag(content=AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
