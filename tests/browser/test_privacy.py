"""A customer asks for their data, then to be forgotten: what the merchant sees and does, in a real browser."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shopify_app.language import Words
from tests.browser import chromium
from tests.browser.merchant import Merchant
from tests.browser.stage import Stage
from tests.browser.test_walk import installed, speak

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]

VALUES = "(options) => options.map((option) => option.value)"


@pytest.fixture
def control(merchant: Merchant, stage: Stage) -> Page:
    """The development store's own page, beside the merchant's."""
    installed(merchant, stage)
    page = merchant.context.new_page()
    page.goto(f"{stage.store_url}/store/demo/control")
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def ask(control: Page, customer: int, button: str, done: str) -> None:
    """Press one of the buttons for privacy requests."""
    card = control.locator("form.card", has_text="Privacy requests")
    card.locator("select").select_option(str(customer))
    card.get_by_role("button", name=button).click()
    expect(control.get_by_text(done)).to_be_visible()


def listed(merchant: Merchant, words: Words, state: str) -> None:
    """The list has a request that stands so; it shows by itself."""
    expect(merchant.inside.locator("s-table-row", has_text=words.text(state))).to_have_count(1)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_from_a_request_to_the_certificate(
    merchant: Merchant, stage: Stage, control: Page, tmp_path: Path, locale: str
) -> None:
    words = Words(locale)
    offered = {int(one) for one in control.locator("form.card [data-customers] option").evaluate_all(VALUES) if one}
    customer = next(one for one in sorted(offered) if stage.shop.customers[one].orders)
    merchant.mark()
    speak(merchant, words)
    merchant.follow(merchant.page.locator(".side-items a", has_text=words.text("Settings")))
    merchant.follow(merchant.inside.get_by_role("link", name=words.text("See requests and certificates")))
    expect(merchant.inside.locator("s-empty-state")).to_have_attribute("heading", words.text("No requests yet"))

    ask(control, customer, "Ask for their data", "Request sent to the app.")
    listed(merchant, words, "To be handed to the customer")
    hand_out(merchant, words, stage, customer, tmp_path / "answer.json")
    delete(merchant, words)
    listed(merchant, words, "The answer was deleted")

    ask(control, customer, "Erase customer", "Request sent to the app.")
    listed(merchant, words, "Erased; kept messages are still being searched")
    certified(merchant, words, customer, tmp_path / "certificate.txt")
    merchant.follow(merchant.inside.locator("[slot=breadcrumb-actions]"))
    opened(merchant, words, customer)
    assert merchant.stayed(), "the document was loaded again on the way"


def hand_out(merchant: Merchant, words: Words, stage: Stage, customer: int, file: Path) -> None:
    """Open the request, download its answer; only then it can be deleted."""
    title = words.text("Data request {number}", number="1")
    merchant.follow(merchant.inside.get_by_role("link", name=title))
    expect(merchant.inside.get_by_text(str(customer))).to_be_visible()
    delete_button = merchant.inside.get_by_role("button", name=words.text("Delete this answer"), exact=True)
    expect(delete_button).to_have_count(0)
    with merchant.page.expect_download() as download:
        merchant.inside.get_by_role("button", name=words.text("Download what Wafa holds")).click()
    assert download.value.suggested_filename == "data-request-1.json"
    download.value.save_as(file)
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["data"]["customer_numbers"] == [customer]
    assert {one["order_id"] for one in told["data"]["orders"]} == set(stage.shop.customers[customer].orders)
    expect(delete_button.first).to_be_visible()


def delete(merchant: Merchant, words: Words) -> None:
    """Think again once, then do it."""
    label = words.text("Delete this answer")
    button = merchant.inside.locator("s-button[commandFor=delete-answer][command='--show']")
    modal = merchant.inside.locator("s-modal")
    button.click()
    modal.get_by_role("button", name=words.text("Keep it")).click()
    expect(modal.get_by_role("dialog")).to_have_count(0)
    button.click()
    modal.get_by_role("button", name=label, exact=True).click()
    expect(merchant.page.locator(".toast", has_text=words.text("The answer was deleted."))).to_be_visible()
    merchant.arrive(words.text("Data and privacy"))


def certified(merchant: Merchant, words: Words, customer: int, file: Path) -> None:
    """The certificate says what was done; its file says it in both languages; neither names the customer."""
    merchant.follow(merchant.inside.get_by_role("link", name=words.text("Erasure {number}", number="2")))
    merchant.arrive(words.text("Certificate of erasure {number}", number="2"))
    page = merchant.inside.locator("#main")
    expect(page).to_contain_text(
        words.text("Sums and counts stay as they were: they are the shop's books and name nobody.")
    )
    with merchant.page.expect_download() as download:
        merchant.inside.get_by_role("button", name=words.text("Download the certificate")).click()
    download.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    for spoken in (Words("en"), Words("ar")):
        assert spoken.text("Certificate of erasure {number}", number="2") in text
    assert str(customer) not in text + page.inner_text()
    merchant.inside.evaluate("window.printed = 0, window.print = () => { window.printed += 1; }, 0")
    merchant.inside.get_by_role("button", name=words.text("Print")).click()
    assert merchant.inside.evaluate("window.printed") == 1
    merchant.page.emulate_media(media="print")
    expect(merchant.inside.get_by_role("button")).to_have_count(0)
    merchant.page.emulate_media(media="screen")


def opened(merchant: Merchant, words: Words, customer: int) -> None:
    """The log has the pages that were opened and the file that was downloaded, newest first."""
    merchant.follow(merchant.inside.get_by_role("link", name=words.text("See the access log")))
    rows = merchant.inside.locator("s-table-row")
    shown, downloaded = "Looked at on its page", "Downloaded, to be handed to the customer"
    expect(rows).to_have_count(3)
    for place, why in enumerate((shown, downloaded, shown)):
        expect(rows.nth(place)).to_contain_text(re.compile(re.escape(words.text(why))))
    assert str(customer) not in merchant.inside.locator("#main").inner_text()
