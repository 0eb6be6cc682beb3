"""Every page in every state, in both languages, wide and narrow: axe finds nothing, and nothing is cut off."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, expect

from shopify_app.language import Words
from tests.browser import chromium
from tests.browser.gallery import (
    CHANGED,
    FULL,
    IMPOSSIBLE,
    MISTYPED,
    NO_NAME,
    NO_RATE,
    NO_REWARD,
    NO_START,
    STATES,
    Gallery,
    hung,
)
from tests.browser.merchant import Merchant, enter
from tests.browser.odd_orders import PAGES, TELLING

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
WIDE, NARROW = 1280, 390
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll('#main *')]
    .filter((node) => node.getBoundingClientRect().right > room + 1 || node.getBoundingClientRect().left < -1)
    .map((node) => `${node.localName}.${node.className}`).slice(0, 8);
}"""
CUT_OFF = """() => [...document.querySelectorAll('svg')].flatMap((drawing) => {
  const frame = drawing.getBoundingClientRect();
  return [...drawing.querySelectorAll('text')].filter((text) => {
    const box = text.getBoundingClientRect();
    return frame.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
  }).map((text) => text.textContent);
})"""
OFF_SCREEN = """() => [...document.querySelectorAll('s-table-cell')].flatMap((cell) => [...cell.childNodes])
  .filter((node) => !node.matches?.('.wf-hidden') && node.textContent.trim()).filter((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    return box.left < -1 || box.right > document.documentElement.clientWidth + 1;
  }).map((node) => node.textContent).slice(0, 8)"""
TORN = """() => {
  const walker = document.createTreeWalker(document.querySelector('#main'), NodeFilter.SHOW_TEXT);
  const torn = [];
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/\\p{L}+/gu)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      const heights = new Set([...range.getClientRects()].map((box) => Math.round(box.top / 4)));
      if (heights.size > 1) torn.push(word[0]);
    }
  }
  return torn.slice(0, 8);
}"""


@pytest.fixture(scope="module")
def gallery(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with hung(tmp_path_factory.mktemp("gallery"), large=False) as here:
        yield here


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.parametrize("state", STATES)
def test_a_page_complains_of_nothing(browser: Browser, gallery: Gallery, state: str, locale: str) -> None:
    visitor = enter(browser, gallery.store_url)
    found: list[str] = []
    for name, path in gallery.pages(state).items():
        if state == CHANGED and name not in TELLING:
            continue
        visitor.open(path, locale, shop=state)
        assert visitor.inside.locator(f"html[lang={locale}]").count() == 1
        visitor.inside.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
        visitor.inside.evaluate(AXE_SCRIPT)
        for width in (WIDE, NARROW):
            visitor.widen(width)
            found += [f"{name} at {width}: {problem}" for problem in problems(visitor, width)]
    visitor.close()
    # A browser says aloud what it was told is not there, or cannot be.
    known = PAGES["nowhere"], IMPOSSIBLE, MISTYPED, NO_REWARD, NO_RATE, NO_START, NO_NAME
    complaints = [said for said in visitor.complaints if not any(one in said for one in known)]
    assert found + complaints == []


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_a_hidden_card_is_one_press_away_from_being_back(browser: Browser, gallery: Gallery, locale: str) -> None:
    visitor = enter(browser, gallery.store_url)
    visitor.open("", locale, shop=FULL)
    switch, card = visitor.inside.locator("#reveal-switch"), visitor.inside.locator(".wf-reveal")
    for there in (0, 1):
        label = switch.inner_text()
        switch.focus()
        visitor.page.keyboard.press("Enter")
        expect(switch).not_to_have_text(label)
        expect(card).to_have_count(there)
        assert visitor.inside.evaluate("document.activeElement.id") == "reveal-switch", "the next press undoes it"
        visitor.inside.evaluate(AXE_SCRIPT)
        for width in (WIDE, NARROW):
            visitor.widen(width)
            assert problems(visitor, width) == []
    visitor.close()
    assert visitor.complaints == []


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_a_night_can_be_read_whole_on_a_phone(browser: Browser, gallery: Gallery, locale: str) -> None:
    visitor = enter(browser, gallery.store_url, NARROW)
    visitor.open("/settings/data-check", locale, shop=FULL)
    words = Words(locale)
    titles = [words.text(key) for key in ("Differences", "Put right", "Orders compared", "Days compared")]
    night = visitor.inside.locator("s-table-row").nth(2)
    expect(night).to_contain_text(words.plural("{n} difference, put right.", "{n} differences, all put right.", 4))
    cells = night.locator("s-table-cell[data-format=number]")
    for place, (title, number) in enumerate(zip(titles, ("4", "4", "111", "61"), strict=True)):
        expect(cells.nth(place).locator(".label")).to_have_text(title)
        expect(cells.nth(place).locator(".label")).to_be_visible()
        expect(cells.nth(place)).to_contain_text(number)
    assert visitor.inside.evaluate(OFF_SCREEN) == []
    broken_off = visitor.inside.locator("s-table-row").nth(4)
    expect(broken_off.get_by_text(words.text("Not known"))).to_have_count(4)
    visitor.close()
    assert visitor.complaints == []


def test_a_customer_behind_a_number_opens_in_the_admin(browser: Browser, gallery: Gallery) -> None:
    visitor = enter(browser, gallery.store_url)
    visitor.open("/reports/numbers/repeat_rate", "en", shop=FULL)
    link = visitor.inside.locator("s-table-body s-link[href*='/customers/']").first
    number = link.inner_text()
    visitor.follow(link)
    visitor.inside.locator(f"s-button[href='shopify://admin/customers/{number}']").click()
    visitor.page.wait_for_url(f"**/store/{FULL}/customers/{number}")
    expect(visitor.page.get_by_text(f"number {number}")).to_be_visible()
    visitor.close()


def problems(visitor: Merchant, width: int) -> list[str]:
    """What is wrong with the page at this width."""
    visitor.inside.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    result: dict[str, Any] = visitor.inside.evaluate("(options) => axe.run(document, options)", options)
    assert result["url"] == visitor.inside.url, "axe looked at another document"
    found = [f"{one['id']}: {node['html'][:160]}" for one in result["violations"] for node in one["nodes"]]
    found += [f"cut off: {text}" for text in visitor.inside.evaluate(CUT_OFF)]
    found += [f"torn apart: {word}" for word in visitor.inside.evaluate(TORN)]
    wide = visitor.inside.evaluate(TOO_WIDE) if width == NARROW else []
    return found + ([f"scrolls sideways: {wide}"] if wide else [])
