"""A segment put into Shopify with the permission asked for on the way, and taken out again, in a real browser."""

import pytest
from playwright.sync_api import expect

from shopify_app.language import Words
from shopify_app.segments.outward.asking import SCOPE
from tests.browser import chromium
from tests.browser.merchant import Merchant
from tests.browser.stage import Stage
from tests.browser.test_permission import asked, clean
from tests.browser.test_walk import installed

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]

assert asked
BIG = "/customers/segments/ready/big-spenders"


def stands(merchant: Merchant, state: str) -> None:
    """The section has come to this; what it says then is clean to axe, wide and narrow."""
    expect(merchant.inside.locator(f"[data-state={state}]")).to_be_visible()
    clean(merchant)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_put_in_with_a_tag_and_taken_out(merchant: Merchant, stage: Stage, asked: list[str], locale: str) -> None:
    words = Words(locale)
    installed(merchant, stage)
    merchant.open(BIG, locale)
    inside = merchant.inside
    put = inside.get_by_role("button", name=words.text("Put it into Shopify"), exact=True)
    stands(merchant, "out")

    inside.locator("s-text-field[name=tag] input").fill("vip")
    put.click()
    expect(inside.locator("[data-notice]")).to_contain_text(words.text("The permission was not given"))
    assert (len(asked), SCOPE in asked[0]) == (1, True)
    assert inside.locator("s-text-field[name=tag] input").input_value() == "vip", "what was typed is still there"
    assert stage.shop.outward.segments.all == {}

    put.click()
    stands(merchant, "in")
    assert len(asked) == 2
    assert [one.name for one in stage.shop.outward.segments.all.values()] == [words.text("Big spenders")]
    assert [one for one in stage.shop.customers.values() if "vip" in one.tags]

    out = words.text("Take it out of Shopify")
    inside.get_by_role("button", name=out, exact=True).click()
    asking = inside.locator("#take-out")
    keep = asking.get_by_role("button", name=words.text("Leave it as it is"))
    expect(keep).to_be_visible()
    clean(merchant)
    keep.click()
    expect(keep).to_be_hidden()
    inside.get_by_role("button", name=out, exact=True).click()
    asking.get_by_role("button", name=out, exact=True).click()
    stands(merchant, "out")
    assert stage.shop.outward.segments.all == {}
    assert not [one for one in stage.shop.customers.values() if one.metafields or one.tags]
