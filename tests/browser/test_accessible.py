"""Every page in every state, in both languages, wide and narrow: axe finds nothing, and nothing is cut off."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.gallery import STATES, Gallery, hung
from tests.browser.merchant import Merchant, enter

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
        visitor.open(path, locale, shop=state)
        assert visitor.inside.locator(f"html[lang={locale}]").count() == 1
        visitor.inside.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
        visitor.inside.evaluate(AXE_SCRIPT)
        for width in (WIDE, NARROW):
            visitor.widen(width)
            found += [f"{name} at {width}: {problem}" for problem in problems(visitor, width)]
    visitor.close()
    assert found + visitor.complaints == []


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
