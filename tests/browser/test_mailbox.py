"""Carts that are left and the mailbox of the development store in a browser: wide and narrow, and clean to axe."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, expect

from devstore.serve import Serving
from devstore.shop import Shop
from devstore.store import DevStore
from tests.browser import chromium
from tests.browser.test_checkout import clean

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]
HTML = """<html lang="ar" dir="rtl"><body style="margin:16px"><h1>سلّتك بانتظارك</h1>
<p><a href="%s&amp;utm_source=wafa">أكمل طلبك</a></p><script>document.title = "ran"</script></body></html>"""


@pytest.fixture
def shop() -> Iterator[Shop]:
    store = DevStore("key", "s" * 40, "http://127.0.0.1:1", "http://127.0.0.1:1", send=lambda *_: 200)
    made = store.add_shop("demo.myshopify.com", "KWD", "Asia/Kuwait", "Bazaar", "ar")
    serving = Serving(store, 0, "127.0.0.1", mail_port=0)
    store.public_url = f"http://127.0.0.1:{serving.port}"
    serving.start()
    yield made
    serving.stop()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_cart_is_left_mailed_and_brought_back(browser: Browser, shop: Shop, width: int) -> None:
    shop.add_product("عباءة", "30")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{shop.store.public_url}/store/demo/checkout")
    page.get_by_label("Pieces of عباءة").fill("2")
    page.get_by_label("E-mail address").fill("fatima@x.test")
    page.get_by_label("Email me with news and offers").check()
    expect(page.get_by_text("whoever leaves now has abandoned it")).to_be_visible()
    [kept] = shop.checkouts.all.values()
    page.goto(f"{shop.store.public_url}/store/demo")
    expect(page.get_by_role("listitem").filter(has_text=kept.name)).to_contain_text("subscribed")
    clean(page)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.test", "fatima@x.test", "سلّتك بانتظارك يا فاطمة"
    message.set_content("أكمل طلبك")
    message.add_alternative(HTML % shop.payload("checkouts/update", kept)["abandoned_checkout_url"], subtype="html")
    shop.store.post.mailbox.keep("b@b.test", ("fatima@x.test",), bytes(message))
    page.get_by_role("link", name="Mailbox").click()
    clean(page)
    page.get_by_role("link", name="سلّتك بانتظارك يا فاطمة").click()
    clean(page)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("سلّتك بانتظارك")
    link = page.get_by_role("link", name="أكمل طلبك")
    assert link.get_attribute("target") == "_blank"
    back = browser.new_page(viewport={"width": width, "height": 900})
    back.goto(str(link.get_attribute("href")))
    expect(back.get_by_label("Pieces of عباءة")).to_have_value("2")
    back.get_by_role("button", name="Place order").click()
    expect(back.get_by_role("heading", name="#1001")).to_be_visible()
    assert len(shop.checkouts.all) == 1
    assert kept.completed_at
    assert "utm_source=wafa" in str(kept.said.landing_site)
    page.goto(f"{shop.store.public_url}/store/demo/control")
    page.get_by_role("button", name="Move on").click()
    expect(page.get_by_text("The clock has moved.")).to_be_visible()
    clean(page)
    assert shop.store.ahead.total_seconds() == 3600
