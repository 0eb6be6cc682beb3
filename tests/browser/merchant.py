"""A merchant at the screen: the pretend admin in a browser, with the app inside it."""

import time
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Locator, Page

PATIENCE = 30_000
"""Milliseconds for anything to appear: a slow machine must not fail a test."""
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Merchant:
    """One browser profile; `complaints` collects whatever its consoles and pages complained about."""

    context: BrowserContext
    store_url: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def inside(self) -> Frame:
        """The app's own document."""
        frame = self.page.frame(name="app-iframe")
        assert frame is not None, "the admin frame is not open"
        return frame

    def open(self, path: str = "", locale: str = "en", shop: str = "demo") -> None:
        """Go to an address of the app inside the admin and wait for its page."""
        asked = f"{'&' if '?' in path else '?'}locale={locale}"
        self.page.goto(f"{self.store_url}/store/{shop}/apps/wafa{path}{asked}")
        self.arrive()

    def arrive(self, heading: str | None = None) -> None:
        """Wait until the app shows a page, of this heading where one is given."""
        place = self.page.frame_locator("iframe").locator("#main h1[data-page-heading]")
        (place.filter(has_text=heading) if heading else place).wait_for(state="attached")
        # Its modules have run by then: a click before would be a plain browser's click.
        self.inside.wait_for_load_state()

    def follow(self, link: Locator) -> str:
        """Click something that moves to another page of the app; the address it landed on."""
        here = self.inside.evaluate("location.href")
        link.click()
        deadline = time.monotonic() + PATIENCE / 1000
        # Asked again and again from here: the page's own policy forbids a browser to evaluate what it is handed.
        while self.inside.evaluate("location.href") == here:
            assert time.monotonic() < deadline, f"the page stayed at {here}"
            self.page.wait_for_timeout(20)
        self.settled()
        return self.inside.evaluate("location.href")

    def settled(self) -> None:
        """Wait until no move is under way any more."""
        self.inside.locator("html:not(.wf-busy) #main").wait_for(state="attached")

    def figure(self, name: str) -> Locator:
        """A number on the page, by its name."""
        return self.inside.locator(f"[data-figure={name}]").first

    def mark(self) -> None:
        """Leave a mark in the document, to see later whether it is still the same one."""
        self.inside.evaluate("window.stayed = true")

    def stayed(self) -> bool:
        """Whether the document has not been loaded again since it was marked."""
        return bool(self.inside.evaluate("window.stayed === true"))

    def widen(self, width: int, height: int = 900) -> None:
        """Change the size of the window."""
        self.page.set_viewport_size({"width": width, "height": height})

    def close(self) -> None:
        """Close every page."""
        self.context.close()


def enter(browser: Browser, store_url: str, width: int = 1280, height: int = 900) -> Merchant:
    """A merchant with an empty profile, as in a private window."""
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    merchant = Merchant(context, store_url, context.new_page())

    def heard(message: ConsoleMessage) -> None:
        # What a content policy forbids comes as an error too.
        if message.type == "error":
            merchant.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    context.on("console", heard)
    context.on("weberror", lambda error: merchant.complaints.append(f"uncaught: {error.error}"))
    return merchant
