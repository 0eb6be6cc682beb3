"""A merchant sets a programme up in four screens, by keyboard, with what it would have cost on their own orders."""

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
def test_from_how_people_earn_to_switching_it_on(merchant: Merchant, stage: Stage, locale: str) -> None:
    words = Words(locale)
    installed(merchant, stage)
    speak(merchant, words)
    page = merchant.inside
    merchant.page.locator(".side-items a", has_text=words.text("Loyalty")).click()
    page.get_by_role("link", name=words.text("Set it up in four steps")).click()
    page.get_by_role("link", name=words.text("Start with {title}", title=words.text("Cashback"))).click()
    expect(page.get_by_label(words.text("Points earned"))).to_have_value("4")
    page.get_by_label(words.text("Bonus for the first order")).fill("20")
    onward = page.get_by_role("button", name=words.text("Continue"))
    onward.press("Enter")
    page.wait_for_url(re.compile("step=get"))
    page.get_by_label(words.text("A code is good for")).fill("60")
    onward.press("Enter")
    page.wait_for_url(re.compile("step=cost"))
    page.get_by_role("button", name=words.text("What would it have cost on your own orders?")).press("Enter")
    expect(page.locator("[data-simulated]")).to_be_visible()
    onward.press("Enter")
    page.wait_for_url(re.compile("step=launch"))
    page.get_by_role("button", name=words.text("Switch on"), exact=True).press("Enter")
    expect(page.locator("[data-terms]")).to_contain_text("60")
    expect(page.locator("[data-terms]")).to_contain_text("20")
