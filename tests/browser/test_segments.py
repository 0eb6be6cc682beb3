"""Making a segment with nothing but a keyboard, seeing how many it has meanwhile, and having a deleted one back."""

import re

import pytest
from playwright.sync_api import Locator, expect

from shopify_app.language import Words
from tests.browser import chromium
from tests.browser.merchant import Merchant
from tests.browser.stage import Stage
from tests.browser.test_walk import install

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]


def press(merchant: Merchant, place: Locator, *keys: str) -> None:
    """Reach a control and press keys."""
    place.focus()
    for key in keys:
        merchant.page.keyboard.press(key)


def field(merchant: Merchant, name: str) -> Locator:
    """The inner control of a field of the form."""
    return merchant.inside.locator(f'[name="{name}"]').locator("select, input").first


def counted(merchant: Merchant) -> str:
    """How many the page says there are, once it has counted."""
    told = merchant.inside.locator("[data-told=text]")
    expect(told).to_have_text(re.compile(r"\d"))
    return told.inner_text()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_a_segment_is_made_by_keyboard(merchant: Merchant, stage: Stage, locale: str) -> None:
    words = Words(locale)
    install(merchant, stage)
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)
    merchant.open("/customers/segments/new", locale)
    everybody = counted(merchant)

    press(merchant, field(merchant, "name"))
    merchant.page.keyboard.type("Regulars")
    press(merchant, merchant.inside.get_by_role("button", name=words.text("Add a condition"), exact=True), "Enter")
    expect(merchant.inside.locator("[data-line]")).to_have_count(2)
    assert merchant.inside.evaluate("document.activeElement.getAttribute('name')") == "c1.field"
    field(merchant, "c1.field").select_option("last_order")
    expect(merchant.inside.locator('[name="c1.value"]')).to_have_attribute("suffix", words.text("days"))
    expect(merchant.inside.locator("[data-told=sentence]")).to_contain_text("60")
    press(merchant, field(merchant, "c1.value"), "ControlOrMeta+a")
    merchant.page.keyboard.type("0")
    told = merchant.inside.locator("[data-told=sentence]")
    expect(told).to_contain_text(words.plural("last order {n} day ago or more", "last order {n} days ago or more", 0))
    assert counted(merchant) == everybody, "everybody ordered today or earlier"

    field(merchant, "c0.is").select_option("at_most")
    field(merchant, "c1.field").select_option("orders")
    press(merchant, field(merchant, "c1.value"), "ControlOrMeta+a")
    merchant.page.keyboard.type("9")
    expect(told).to_have_text(words.text("Nobody can meet this and what another line asks for."))
    save = merchant.inside.get_by_role("button", name=words.text("Save"))
    press(merchant, save, "Enter")
    expect(merchant.inside.locator('[name="c1.value"][error]')).to_have_count(1)

    # A browser says aloud what was refused.
    assert all("422" in merchant.complaints.pop() for _ in range(len(merchant.complaints)))
    press(merchant, merchant.inside.get_by_role("button", name=words.text("Remove this condition")).nth(1), "Enter")
    expect(merchant.inside.locator("[data-line]")).to_have_count(1)
    field(merchant, "c0.is").select_option("at_least")
    expect(merchant.inside.locator("[data-told=text]")).to_have_text(everybody)
    press(merchant, save, "Enter")
    merchant.arrive("Regulars")
    expect(merchant.inside.locator("[data-count]")).to_have_text(everybody)
    deleted_and_back(merchant, words)


def deleted_and_back(merchant: Merchant, words: Words) -> None:
    press(merchant, merchant.inside.get_by_role("button", name=words.text("Delete")), "Enter")
    merchant.arrive(words.text("Segments"))
    back = merchant.inside.get_by_role("button", name=words.text("Bring it back: {name}", name="Regulars"))
    press(merchant, back, "Enter")
    expect(merchant.inside.get_by_role("link", name="Regulars")).to_be_visible()


def test_alternatives_are_added_and_what_was_not_saved_is_discarded(merchant: Merchant, stage: Stage) -> None:
    install(merchant, stage)
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)
    merchant.open("/customers/segments/new")
    counted(merchant)
    press(merchant, merchant.inside.get_by_role("button", name="Add several that belong together"), "Enter")
    expect(merchant.inside.locator("fieldset [data-line]")).to_have_count(2)
    for name, value in (("c2.value", "3"), ("c3.value", "5")):
        press(merchant, field(merchant, name), "ControlOrMeta+a")
        merchant.page.keyboard.type(value)
    told = merchant.inside.locator("[data-told=sentence]")
    expect(told).to_contain_text("at least 2 orders; (at least 3 orders or at least 5 orders)")
    merchant.inside.locator('[name="match"] select').select_option("any")
    expect(told).to_contain_text("at least 2 orders; (at least 3 orders and at least 5 orders)")
    merchant.page.get_by_role("button", name="Discard").click()
    expect(merchant.inside.locator("[data-line]")).to_have_count(1)
    expect(told).to_have_text("Everybody of whom this is true: at least 2 orders.")


def test_the_list_counts_by_itself(merchant: Merchant, stage: Stage) -> None:
    install(merchant, stage)
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)
    merchant.open("/customers/segments")
    rows = merchant.inside.locator("s-table-row", has_text="The fifth of your customers who have spent most.")
    expect(rows).to_contain_text("%")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_numbers_of_a_table_are_whole_and_stand_one_under_the_other(
    merchant: Merchant, stage: Stage, locale: str
) -> None:
    install(merchant, stage)
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)
    merchant.open("/customers/segments", locale)
    expect(merchant.inside.locator("[data-count-href]")).to_have_count(0)
    for width in (1280, 390):
        merchant.widen(width)
        assert merchant.inside.evaluate(_LINES) == [1], "a number, and when it was counted, stand on one line"
    merchant.widen(1280)
    for ends in merchant.inside.evaluate(_ENDS):
        assert max(ends) - min(ends) < 1, "ones stand under ones"


_LINES = """() => {
  const range = document.createRange();
  const lines = [...document.querySelectorAll("s-table-cell:not(:first-child)")].map((cell) => {
    range.selectNodeContents(cell);
    const shown = [...range.getClientRects()].filter((one) => one.width > 2);
    return new Set(shown.map((one) => Math.round(one.bottom / 8))).size;
  });
  return [...new Set(lines)];
}"""
_ENDS = """() => {
  const range = document.createRange();
  return [...document.querySelectorAll("s-table")].flatMap((table) => [2, 3, 4].map((column) => {
    const chosen = `s-table-header:nth-child(${column}), s-table-cell:nth-child(${column})`;
    return [...table.querySelectorAll(chosen)].map((cell) => {
      range.selectNodeContents(cell);
      return Math.max(...[...range.getClientRects()].map((one) => one.right));
    });
  }));
}"""


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_a_number_that_cannot_be_is_refused_in_the_pages_own_words(
    merchant: Merchant, stage: Stage, locale: str
) -> None:
    words = Words(locale)
    install(merchant, stage)
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)
    merchant.open("/customers/segments/new", locale)
    counted(merchant)
    merchant.inside.locator('[name="name"] input').fill("Nobody")
    field(merchant, "c0.value").fill("-3")
    refusal = words.text("Write a whole number from 0 on, such as 3.")
    expect(merchant.inside.locator("[data-told=sentence]")).to_have_text(refusal)
    merchant.inside.get_by_role("button", name=words.text("Save")).click()
    expect(merchant.inside.locator('[name="c0.value"]')).to_have_attribute("error", refusal)
    # A browser says aloud what was refused.
    assert all("422" in merchant.complaints.pop() for _ in range(len(merchant.complaints)))
