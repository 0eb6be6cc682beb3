"""A merchant finds a customer, reads their story and keeps a list, with the keyboard alone where it matters."""

import re

import pytest
from playwright.sync_api import expect

from shopify_app.language import Words
from tests.browser import chromium
from tests.browser.merchant import Merchant
from tests.browser.stage import Stage
from tests.browser.test_walk import installed, speak

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]


def press(merchant: Merchant, key: str) -> None:
    """A key, and wait for the move that it starts."""
    here = merchant.inside.evaluate("location.href")
    merchant.page.keyboard.press(key)
    for _ in range(1500):
        if merchant.inside.evaluate("location.href") != here:
            break
        merchant.page.wait_for_timeout(20)
    merchant.settled()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_from_the_list_to_one_customer_and_to_a_list_of_ones_own(merchant: Merchant, stage: Stage, locale: str) -> None:
    words = Words(locale)
    installed(merchant, stage)
    merchant.mark()
    speak(merchant, words)
    merchant.follow(merchant.page.locator(".side-items a", has_text=words.text("Customers")))
    rows = merchant.inside.locator("s-table-row")
    expect(rows.first).to_be_visible()
    # Names arrive after the numbers.
    expect(merchant.inside.locator("[data-name-of]").first).not_to_be_empty()

    search = merchant.inside.locator("s-search-field[name=q] input")
    name = merchant.inside.locator("[data-name-of]").first.inner_text()
    search.focus()
    merchant.page.keyboard.type(name)
    press(merchant, "Enter")
    found = merchant.inside.locator("[data-name-of]")
    expect(found.first).to_have_text(name)
    assert {one.inner_text() for one in found.all()} == {name}

    merchant.inside.locator("s-table-cell s-link").first.focus()
    press(merchant, "Enter")
    expect(merchant.inside.locator("[data-who]")).to_be_visible()
    expect(merchant.inside.locator(".wf-person [data-name-of]")).to_have_text(name)
    tabs = merchant.inside.get_by_role("navigation", name=words.text("Pages about this customer")).get_by_role("link")
    for place, title in ((1, "Orders"), (2, "Points"), (3, "Data"), (0, "Story")):
        merchant.follow(tabs.nth(place))
        expect(tabs.nth(place)).to_have_attribute("aria-current", "page")
        expect(tabs.nth(place)).to_have_text(words.text(title))

    merchant.follow(merchant.inside.locator("[slot=breadcrumb-actions]"))
    keep(merchant, words)
    assert merchant.stayed(), "the document was loaded again on the way"
    assert merchant.complaints == []


def keep(merchant: Merchant, words: Words) -> None:
    """Narrow the list, choose a column, save it, look at it as a ready one, and delete it."""
    inside = merchant.inside
    inside.get_by_text(words.text("More filters"), exact=True).click()
    inside.locator("s-number-field[name=orders_min] input").fill("2")
    inside.get_by_text(words.text("Columns"), exact=True).click()
    inside.locator("s-checkbox[value=average_order] input").check()
    merchant.follow(inside.get_by_role("button", name=words.text("Show"), exact=True))
    assert re.search(r"[?&]columns=[a-z_]+(%2C[a-z_]+)+", inside.evaluate("location.href"))
    expect(inside.locator("s-table-header", has_text=words.text("Net sales per order"))).to_have_count(1)
    inside.locator("summary", has_text=words.text("Save this list")).click()
    field = inside.locator("form[data-post] s-text-field[name=name]")
    inside.get_by_role("button", name=words.text("Save"), exact=True).click()
    expect(field).to_have_attribute("error", words.text("Give the list a name."))
    # A browser says aloud what is refused.
    merchant.complaints[:] = [said for said in merchant.complaints if "/customers/views" not in said]
    field.locator("input").fill("أوفياء 2+")
    inside.get_by_role("button", name=words.text("Save"), exact=True).click()
    mine = inside.locator(".wf-views a", has_text="أوفياء 2+")
    expect(mine).to_have_attribute("aria-current", "page")
    inside.locator("summary", has_text=words.text("Rename or delete this list")).click()
    inside.locator("s-button[commandFor=delete-list][command='--show']").click()
    modal = inside.locator("s-modal")
    modal.get_by_role("button", name=words.text("Delete this list"), exact=True).click()
    expect(mine).to_have_count(0)
