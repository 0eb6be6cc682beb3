"""A permission asked for where it is of use: refused, given, used, and taken back, in a real browser."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Dialog, Locator, expect

from shopify_app.language import Words
from shopify_app.retention.matching.ask_shopify import REPORTS, ReportsNotApproved
from shopify_app.shops.access import OPTIONAL
from tests.browser import chromium
from tests.browser.merchant import Merchant
from tests.browser.stage import Stage
from tests.browser.test_accessible import NARROW, WIDE, problems
from tests.browser.test_walk import installed

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]

MATCH = "/reports/match"


@pytest.fixture
def asked(merchant: Merchant) -> list[str]:
    """What Shopify has asked the merchant, who says no the first time and then yes."""
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        dialog.accept() if len(questions) > 1 else dialog.dismiss()

    merchant.page.on("dialog", answer)
    return questions


def button(merchant: Merchant, words: Words) -> Locator:
    return merchant.inside.get_by_role("button", name=words.text("Get Shopify's numbers"))


def clean(merchant: Merchant) -> None:
    """Axe and the measure have nothing to say, wide and narrow."""
    merchant.inside.evaluate(AXE_SCRIPT)
    for width in (NARROW, WIDE):
        merchant.widen(width)
        assert problems(merchant, width) == []


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_refused_then_given_then_taken_back(merchant: Merchant, stage: Stage, asked: list[str], locale: str) -> None:
    words = Words(locale)
    (need,) = (need for need in OPTIONAL if need.scope == REPORTS)
    installed(merchant, stage)
    merchant.open(MATCH, locale)
    inside, press = merchant.inside, button(merchant, words)
    expect(inside.locator(".wf-beside")).to_have_text(words.text(need.without))
    field = inside.locator("s-text-field[name=shopify_orders] input")
    field.fill("7")

    press.click()
    expect(inside.locator("[data-notice]")).to_contain_text(words.text("The permission was not given"))
    assert (len(asked), need.scope in asked[0]) == (1, True)
    assert field.input_value() == "7", "what was typed is still there"
    clean(merchant)

    press.click()
    expect(inside.locator("[data-read]")).to_be_visible()
    assert len(asked) == 2
    merchant.settled()
    expect(inside.locator("[data-notice]")).to_have_count(0)
    expect(inside.get_by_text(words.text("The same"), exact=True)).to_have_count(8)
    assert "shopify_orders=" in merchant.page.url
    clean(merchant)

    merchant.open(MATCH, locale)
    button(merchant, words).click()
    expect(merchant.inside.locator("[data-read]")).to_be_visible()
    assert len(asked) == 2, "what is granted is not asked for again"

    stage.shop.set_scopes(stage.store.scopes)
    merchant.open(MATCH, locale)
    expect(merchant.inside.locator(".wf-beside")).to_have_text(words.text(need.without))


def test_without_shopifys_approval_it_says_what_to_do_and_keeps_what_was_typed(
    merchant: Merchant, stage: Stage
) -> None:
    words = Words("en")
    stage.shop.approve("level1")
    installed(merchant, stage)
    stage.shop.set_scopes([*stage.store.scopes, *stage.store.optional_scopes])
    merchant.open(MATCH)
    field = merchant.inside.locator("s-text-field[name=shopify_orders] input")
    field.fill("7")
    button(merchant, words).click()
    said = merchant.inside.locator("[data-notice]")
    expect(said).to_contain_text(ReportsNotApproved().message)
    expect(said).to_have_attribute("heading", "Shopify's numbers were not read")
    assert field.input_value() == "7"
    clean(merchant)
    # The browser says aloud that it was refused.
    assert all("403" in complaint for complaint in merchant.complaints)
    merchant.complaints.clear()
