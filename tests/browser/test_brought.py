"""A merchant brings a file in a browser: it is looked through, given, and a wrong one is refused beside its field."""

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
def test_from_a_file_to_points(merchant: Merchant, stage: Stage, locale: str) -> None:
    words = Words(locale)
    installed(merchant, stage)
    speak(merchant, words)
    merchant.page.locator(".side-items a", has_text=words.text("Loyalty")).click()
    looking = words.text("Look at {title}", title=words.text("Simple"))
    merchant.inside.get_by_role("link", name=looking).click()
    merchant.inside.get_by_role("button", name=words.text("Switch on"), exact=True).click()
    merchant.inside.get_by_role("link", name=words.text("Bring balances from another app")).click()
    merchant.inside.wait_for_url(re.compile("/loyalty/import"))
    _choose(merchant, b"name,points\nNoura,5\n")
    button = merchant.inside.get_by_role("button", name=words.text("Look through it"))
    button.click()
    expect(merchant.inside.locator(".wf-field-error")).to_contain_text("email" if locale == "en" else "البريد")
    # A browser says aloud that something was refused.
    (refused,) = merchant.complaints
    assert "422" in refused
    merchant.complaints.clear()
    people = [person for person in stage.shop.customers.values() if person.email and person.orders][:3]
    text = "E-mail;Points\n" + "".join(f"{person.email};{at + 10}\n" for at, person in enumerate(people))
    _choose(merchant, text.encode("utf-16"))
    button.click()
    merchant.inside.wait_for_url(re.compile("/loyalty/import/[0-9a-f]{32}"))
    expect(merchant.inside.locator("[data-found]")).to_contain_text("33")
    merchant.inside.get_by_role("button", name=words.text("Give these points")).press("Enter")
    expect(merchant.inside.locator("[data-given]")).to_contain_text("33")
    merchant.inside.get_by_role("link", name=words.text("Take back what nobody has spent")).click()
    merchant.inside.get_by_role("button", name=words.text("Take these points back")).press("Enter")
    whole = words.text("All of it was taken back: 0 points are left.")
    expect(merchant.inside.locator("[data-given]")).to_contain_text(whole)


def _choose(merchant: Merchant, data: bytes) -> None:
    file = {"name": "balances.csv", "mimeType": "text/csv", "buffer": data}
    merchant.inside.locator("input[type=file]").set_input_files([file])
