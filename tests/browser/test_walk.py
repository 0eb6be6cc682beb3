"""A merchant's first walk through the app, in a real browser, against real servers."""

import re

import pytest
from playwright.sync_api import Page, expect

from shopify_app.language import Words
from tests.browser import chromium
from tests.browser.merchant import Merchant
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]

EXPLAIN = "How is this worked out?"
PREPARING = "Shopify is preparing your orders: {done} of about {total}. You can leave this page."


def saying(words: Words, key: str, **values: str) -> re.Pattern[str]:
    """A sentence of the app in a language, whatever numbers stand in it."""
    text = re.escape(words.text(key, **dict.fromkeys(values, "@")))
    return re.compile(text.replace("@", ".+"))


def install(merchant: Merchant, stage: Stage) -> None:
    """From the frame's address over the consent page to Home."""
    page = merchant.page
    page.goto(f"{stage.store_url}/store/demo/apps/wafa")
    expect(page.get_by_text("read_orders", exact=True)).to_be_visible()
    assert not re.search("write_", page.locator("main").inner_text()), "nothing that writes is asked for"
    page.get_by_role("button", name="Install").click()
    merchant.arrive("Wafa")
    assert page.url == f"{stage.store_url}/store/demo/apps/wafa"


def installed(merchant: Merchant, stage: Stage) -> None:
    """Installed, everything read, on Home."""
    install(merchant, stage)
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)


def speak(merchant: Merchant, words: Words) -> None:
    """Choose a language by the switch in the page's header, unless it is spoken already; it takes no reload."""
    name = {"en": "English", "ar": "العربية"}[words.locale]
    if merchant.inside.locator("html").get_attribute("lang") != words.locale:
        merchant.inside.get_by_role("button", name=re.compile(name)).click()
        expect(merchant.page.locator(".toast")).to_contain_text(words.text("Wafa speaks English with you now."))
    expect(merchant.inside.locator("html")).to_have_attribute("lang", words.locale)
    expect(merchant.inside.locator("html")).to_have_attribute("dir", words.direction)
    menu = [words.text(name) for name in ("Reports", "Customers", "Loyalty", "Messages", "Settings")]
    expect(merchant.page.locator(".side-items a")).to_have_text(menu)
    expect(merchant.inside.locator(f"s-button[lang={words.locale}][aria-current]")).to_have_count(1)
    expect(merchant.inside.locator("[data-language]")).to_have_count(1)


def pick(merchant: Merchant, name: str, value: str) -> None:
    """Choose in one of the pickers above the numbers; the page moves by itself and the focus stays."""
    merchant.inside.locator(f"s-select[name={name}] select").select_option(value)
    merchant.inside.wait_for_url(re.compile(f"[?&]{name}={value}(&|$)"))
    merchant.settled()
    assert f"{name}={value}" in merchant.page.url
    assert merchant.inside.evaluate("document.activeElement.getAttribute('name')") == name


def place_an_order(control: Page, stage: Stage, amount: str) -> None:
    """As a shopper, on the control page."""
    control.goto(f"{stage.store_url}/store/demo/control")
    control.get_by_label(re.compile("^Amount \\(")).fill(amount)
    control.get_by_role("button", name="Place order").click()
    expect(control.get_by_text("Order placed.")).to_be_visible()


def number_in(text: str | None) -> int:
    return int(re.sub(r"\D", "", text or ""))


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_from_consent_to_a_live_number(merchant: Merchant, stage: Stage, locale: str) -> None:
    words = Words(locale)
    stage.hold()
    install(merchant, stage)
    merchant.mark()
    speak(merchant, words)
    watch_the_import(merchant, stage, words)
    numbers_by_the_frames_menu(merchant, words)
    expect(merchant.figure("net_revenue")).to_contain_text({"en": "KWD", "ar": "د.ك"}[locale])
    all_time = merchant.figure("orders").inner_text()
    pick(merchant, "window", "90d")
    assert number_in(merchant.figure("orders").inner_text()) < number_in(all_time)
    pick(merchant, "window", "all")
    pick(merchant, "basis", "shopify")
    assert number_in(merchant.figure("orders").inner_text()) > number_in(all_time)
    pick(merchant, "basis", "kept")
    explanation_order_and_back(merchant, words)
    a_new_order_shows(merchant, stage)
    assert merchant.stayed(), "the document was loaded again on the way"
    assert not [one for one in stage.heard.asked if one.path.startswith("/auth/")]


def watch_the_import(merchant: Merchant, stage: Stage, words: Words) -> None:
    """Shopify's own count within seconds, progress in words, then the sentences on who comes back."""
    main = merchant.inside.locator("#main")
    count = saying(
        words,
        "{repeaters} of your {customers} ({percent}) have bought more than once.",
        repeaters="",
        customers="",
        percent="",
    )
    expect(merchant.figure("shopify_count")).to_have_text(count)
    expect(main).to_contain_text(words.text("Asking Shopify for your orders. You can leave this page."))
    stage.go_on()
    expect(main).to_contain_text(saying(words, PREPARING, done="", total=""))
    expect(merchant.inside.get_by_role("progressbar")).to_be_visible()
    stage.let_go()
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)
    expect(merchant.inside.locator("[data-live=fast]")).to_have_count(0)


def numbers_by_the_frames_menu(merchant: Merchant, words: Words) -> None:
    merchant.follow(merchant.page.locator(".side-items a", has_text=words.text("Reports")))
    merchant.arrive(words.text("Numbers"))
    assert merchant.page.url.partition("?")[0].endswith("/apps/wafa/reports/numbers")


def explanation_order_and_back(merchant: Merchant, words: Words) -> None:
    """From a number to how it is worked out, to one order behind it, and back by the browser's own button."""
    card = merchant.inside.locator(".wf-kpi", has=merchant.inside.locator("[data-figure=repeat_rate]"))
    shown = merchant.figure("repeat_rate").inner_text()
    explained = merchant.follow(card.get_by_role("link", name=words.text(EXPLAIN)))
    assert merchant.figure("repeat_rate").inner_text() == shown
    expect(merchant.inside.locator(".wf-formula")).to_be_visible()
    first = merchant.inside.locator("s-table-body s-link").first
    name = first.inner_text()
    merchant.follow(first)
    merchant.arrive(re.sub(r"\W", "", name))
    expect(merchant.inside.locator("[data-verdict]")).to_have_count(2)
    merchant.page.go_back()
    merchant.inside.wait_for_url(explained)
    expect(merchant.figure("repeat_rate")).to_have_text(shown)
    merchant.page.go_back()
    merchant.arrive(words.text("Numbers"))


def a_new_order_shows(merchant: Merchant, stage: Stage) -> None:
    """The number changes on the open page: nobody moved, nothing was loaded again."""
    before, asked = number_in(merchant.figure("orders").inner_text()), len(stage.heard.asked)
    expect(merchant.figure("orders")).to_have_text(re.compile(f"^\\s*{before}\\s*$"))
    control = merchant.context.new_page()
    place_an_order(control, stage, "12.500")
    control.close()
    expect(merchant.figure("orders")).to_have_text(re.compile(f"^\\s*{before + 1}\\s*$"))
    assert stage.heard.since(asked) == []


def test_one_move_is_one_request(merchant: Merchant, stage: Stage) -> None:
    installed(merchant, stage)
    merchant.mark()
    moves = [
        lambda: merchant.follow(merchant.page.locator(".side-items a", has_text="Reports")),
        lambda: pick(merchant, "unit", "day"),
        lambda: merchant.follow(merchant.inside.get_by_role("link", name=EXPLAIN).first),
        lambda: merchant.follow(merchant.inside.locator("s-table-body s-link").first),
        lambda: merchant.follow(merchant.inside.locator("[slot=breadcrumb-actions]")),
        lambda: merchant.follow(merchant.page.locator(".side-app")),
    ]
    for move in moves:
        start = len(stage.heard.asked)
        move()
        asked = stage.heard.since(start)
        assert [(one.method, one.kind, one.signed) for one in asked] == [("GET", "move", True)], asked
        assert "id_token" not in asked[0].query
    assert merchant.stayed()


def test_a_document_without_a_token_bounces_once_and_comes_back(merchant: Merchant, stage: Stage) -> None:
    installed(merchant, stage)
    start = len(stage.heard.asked)
    merchant.inside.evaluate(
        "location.assign(`/reports/numbers?window=30d&${new URLSearchParams({shop: 'demo.myshopify.com', "
        "host: new URLSearchParams(location.search).get('host'), embedded: '1', locale: 'en'})}`)"
    )
    merchant.arrive("Numbers")
    documents = [one for one in stage.heard.since(start) if not one.path.startswith("/static/")]
    paths = [one.path for one in documents]
    assert paths == ["/reports/numbers", "/auth/patch-id-token", "/reports/numbers"]
    assert ["id_token" in one.query for one in documents] == [False, False, True]
    assert documents[-1].query["window"] == ["30d"]
    assert "id_token" not in merchant.inside.url
    expect(merchant.inside.locator("s-select[name=window] select")).to_have_value("30d")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_a_failed_import_says_so_and_can_be_tried_again(merchant: Merchant, stage: Stage, locale: str) -> None:
    words = Words(locale)
    stage.hold()
    install(merchant, stage)
    merchant.mark()
    speak(merchant, words)
    stage.until_preparing()
    stage.break_off()
    expect(merchant.inside.locator("s-banner[tone=critical]")).to_have_attribute(
        "heading", words.text("Reading your orders has stopped")
    )
    sentence = words.text("Shopify could not prepare your orders. Please try again.")
    expect(merchant.inside.get_by_text(sentence)).to_be_visible()
    stage.let_go()
    merchant.inside.get_by_role("button", name=words.text("Try again")).click()
    toast = merchant.page.locator(".toast", has_text=words.text("Reading your orders has started again."))
    expect(toast).to_be_visible()
    expect(merchant.inside.locator(".wf-reveal li")).to_have_count(3)
    expect(merchant.inside.locator("s-banner")).to_have_count(0)
    assert merchant.stayed()
