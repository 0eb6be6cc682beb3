"""A merchant asks in a browser what a programme would have cost, and the answer comes by itself."""

import re

import pytest
from playwright.sync_api import expect

from shopify_app.language import Words
from tests.browser import chromium
from tests.browser.merchant import Merchant
from tests.browser.stage import Stage
from tests.browser.test_walk import installed, speak

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_from_a_ready_programme_to_its_cost(merchant: Merchant, stage: Stage, locale: str) -> None:
    words = Words(locale)
    installed(merchant, stage)
    speak(merchant, words)
    merchant.page.locator(".side-items a", has_text=words.text("Loyalty")).click()
    looking = words.text("Look at {title}", title=words.text("Balanced"))
    merchant.inside.get_by_role("link", name=looking).click()
    asking = words.text("What would it have cost on your own orders?")
    merchant.inside.get_by_role("button", name=asking).press("Enter")
    merchant.inside.wait_for_url(re.compile("/loyalty/cost"))
    expect(merchant.inside.locator("[data-beside] thead")).to_contain_text(words.text("Balanced"))
    needed = merchant.inside.locator("[data-uses] tbody tr").first.locator("td").nth(3)
    before = needed.inner_text()
    merchant.inside.locator("s-number-field[name=margin] input").fill("20")
    merchant.inside.get_by_role("button", name=words.text("Use this margin")).click()
    merchant.inside.wait_for_url(re.compile("margin=20"))
    expect(needed).not_to_have_text(before)
    assert merchant.complaints == []
