"""Takes the pictures of Home and Numbers in every state, language and width: python -m tests.browser.pictures DIR.

`--pages changed` are those of orders that were refunded, edited, called off or erased.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.gallery import CHANGED, STATES, Gallery, hung
from tests.browser.merchant import SWITCHES, enter

WIDTHS = (1280, 390)
LOCALES = ("en", "ar")
PAGES = ("home", "numbers")
OTHERS = ("explain", "order", "settings", "check", "match", "matched", "privacy", "access", "duplicates")
OTHERS += ("coming_back", "coming_back_sales", "coming_back_season", "coming_back_people", "gaps")
OTHERS += ("value", "forecast", "export")
OTHERS += ("people", "nobody", "impossible", "regular", "once", "their_orders", "kept")
OTHERS += ("segments", "segment", "in_shopify", "rule")
OTHERS += ("start", "start_mistyped", "start_cost", "start_launch")
OTHERS += ("name", "name_typed", "name_mistyped")
OTHERS += ("programme", "programme_mistyped", "cost", "gift", "brought", "brought_file")
OTHERS += ("programme_changed", "versions", "left_carts", "left_carts_of_a_reason")
OTHERS += ("points_log", "points_ending", "points", "by_hand")
OTHERS += ("rewards", "reward_typed", "credit_typed", "reward_mistyped", "rates", "rate_typed", "rate_mistyped")
OTHERS += ("answer", "handed", "gone", "certificate", "searching")


def main() -> int:
    """0 when the pictures are there; ends with a sentence when there is no browser."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description="Takes pictures of the app.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--pages", nargs="+", default=PAGES, choices=(*PAGES, *OTHERS, CHANGED))
    chosen = parser.parse_args()
    path = chromium.find()
    if path is None:
        sys.exit(chromium.missing())
    chosen.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        with hung(Path(data), large=True) as gallery:
            for state in STATES:
                take(browser, gallery, state, chosen.pages, chosen.directory)
        browser.close()
    return 0


def take(browser: Browser, gallery: Gallery, state: str, pages: list[str], directory: Path) -> None:
    """All pictures of one shop; each shows its page from top to bottom."""
    addresses = gallery.pages(state)
    names = [name for name in addresses if state in pages or name in pages]
    for width in WIDTHS if names else ():
        visitor = enter(browser, gallery.store_url, width)
        for name in names:
            for locale in LOCALES:
                visitor.widen(width)
                visitor.open(addresses[name], locale, shop=state)
                visitor.inside.evaluate("document.fonts.ready.then(() => true)")
                tall = visitor.inside.evaluate("document.documentElement.scrollHeight - window.innerHeight")
                visitor.widen(width, 900 + max(0, tall))
                visitor.page.screenshot(path=directory / f"{name}-{state}-{locale}-{width}.png")
        visitor.close()


if __name__ == "__main__":
    sys.exit(main())
