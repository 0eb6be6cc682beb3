"""The stand-ins and the app's browser modules against a tiny page: moves, tokens, bounce, live numbers, form errors."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, Response, jsonify, redirect, request
from playwright.sync_api import Browser, Frame, Page
from werkzeug.serving import BaseWSGIServer, make_server

from devstore.store import DevStore
from tests.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium.find() is None, reason=chromium.missing())]
STATIC = Path(__file__).parents[2] / "static"

PAGE = """<!doctype html><html lang="en" dir="ltr"><head><title>{title}</title>
<script src="{store}/standins/app-bridge.js" data-api-key="key"></script>
<script src="{store}/standins/polaris.js"></script>
<link rel="stylesheet" href="/static/app.css">
<script type="module" src="/static/navigate.js"></script><script type="module" src="/static/live.js"></script>
<script type="module" src="/static/actions.js"></script></head><body>
<s-app-nav><s-link href="/reports">Reports</s-link></s-app-nav>
<main id="main"><s-page heading="{title}"><h1 class="wf-hidden" data-page-heading>{title}</h1>
<p data-live="fast">Orders: <b id="orders">{orders}</b></p><details><summary>Why?</summary>Because.</details>
<s-link href="/reports/more">More</s-link><s-link href="shopify://admin/control">Control</s-link>
<form method="get" action="/reports" data-navigate><s-select name="window" label="Period" value="{window}">
<s-option value="30d">30 days</s-option><s-option value="90d">90 days</s-option></s-select></form>
<form data-post="/save"><s-text-field name="title" label="Title" value="Old"></s-text-field>
<s-number-field name="days" label="Days" value="40"></s-number-field><s-button type="submit">Save</s-button></form>
</s-page></main></body></html>"""


@dataclass
class TinyApp:
    """An app of one page that notes each request and refuses tokens on demand."""

    store_url: str
    orders: int = 5
    refuse_next: bool = False
    broken: bool = False
    moves: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    saved: list[dict[str, str]] = field(default_factory=list)

    def wsgi(self) -> Flask:
        web = Flask("tiny", static_folder=str(STATIC), static_url_path="/static")
        web.add_url_rule("/auth/patch-id-token", view_func=self.bounce)
        web.add_url_rule("/save", view_func=self.save, methods=["POST"])
        for path in ("/", "/<path:path>"):
            web.add_url_rule(path, "page" + path, self.page)
        return web

    def page(self, path: str = "") -> Response:
        signed = request.headers.get("Authorization", "").startswith("Bearer ")
        if "X-Wafa-Move" in request.headers:
            self.moves.append(request.path)
        elif "X-Wafa-Look" not in request.headers:
            self.documents.append(request.path)
        if signed and self.refuse_next:
            self.refuse_next = False
            return Response(status=401, headers={"X-Shopify-Retry-Invalid-Session-Request": "1"})
        if self.broken:
            return Response("broken", status=500)
        if not signed and "id_token" not in request.args:
            kept = urlencode(request.args)
            return redirect(f"/auth/patch-id-token?{kept}&{urlencode({'shopify-reload': f'{request.path}?{kept}'})}")
        return self.shown(path)

    def shown(self, path: str) -> Response:
        window = request.args.get("window", "30d")
        text = PAGE.format(title=path or "Home", store=self.store_url, orders=self.orders, window=window)
        answer = Response(text, headers={"Cache-Control": "no-store"}, mimetype="text/html")
        answer.set_etag(hashlib.sha256(text.encode()).hexdigest())
        return answer.make_conditional(request)

    def bounce(self) -> str:
        script = f'<script src="{self.store_url}/standins/app-bridge.js" data-api-key="key"></script>'
        return f"<!doctype html><title>Wafa</title>{script}"

    def save(self) -> tuple[Response, int]:
        self.saved.append(request.get_json())
        if int(request.get_json()["days"]) > 30:
            return jsonify(errors={"days": "Choose 1 to 30."}), 422
        return jsonify(message="Saved."), 200


@dataclass
class Place:
    """The frame in a browser, with the app inside it."""

    page: Page
    app: TinyApp
    store_url: str

    @property
    def inside(self) -> Frame:
        return self.page.frames[1]

    def arrive(self, title: str) -> None:
        self.page.frame_locator("iframe").locator("h1[data-page-heading]", has_text=title).wait_for(state="attached")
        self.inside.wait_for_load_state()


def _serve(wsgi: object) -> BaseWSGIServer:
    server = make_server("127.0.0.1", 0, wsgi, threaded=True)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def place(browser: Browser) -> Iterator[Place]:
    tiny = TinyApp("")
    app_server = _serve(tiny.wsgi())
    app_url = f"http://127.0.0.1:{app_server.server_port}"
    store = DevStore("key", "s" * 40, app_url, "http://127.0.0.1", clock=lambda: datetime.now(UTC), seed=1)
    store.add_shop("demo.myshopify.com", currency="KWD", timezone="Asia/Kuwait", name="Bazaar").install()
    store_server = _serve(store.wsgi)
    tiny.store_url = f"http://127.0.0.1:{store_server.server_port}"
    page = browser.new_page()
    here = Place(page, tiny, f"{tiny.store_url}/store/demo")
    here.page.goto(f"{here.store_url}/apps/wafa")
    here.arrive("Home")
    here.page.locator(".side-items a", has_text="Reports").wait_for()
    yield here
    page.close()
    for server in (app_server, store_server):
        server.shutdown()
        server.server_close()


def test_one_move_is_one_request_and_the_address_follows(place: Place) -> None:
    place.inside.evaluate("window.stayed = true")
    place.page.get_by_role("link", name="Reports").click()
    place.arrive("reports")
    assert place.app.moves == ["/reports"]
    assert place.inside.evaluate("window.stayed && document.activeElement.dataset.pageHeading === ''")
    assert place.page.url == f"{place.store_url}/apps/wafa/reports"
    assert "id_token" not in place.inside.url
    assert "shop=demo.myshopify.com" in place.inside.url


def test_back_shows_the_page_before(place: Place) -> None:
    place.inside.get_by_role("link", name="More").click()
    place.arrive("reports/more")
    place.page.go_back()
    place.arrive("Home")
    assert place.app.moves == ["/reports/more", "/"]
    assert place.page.url == f"{place.store_url}/apps/wafa"


def test_a_picker_moves_by_itself_and_keeps_the_focus(place: Place) -> None:
    place.inside.locator("s-select[name=window] select").select_option("90d")
    place.arrive("reports")
    assert place.page.url == f"{place.store_url}/apps/wafa/reports?window=90d"
    assert place.inside.evaluate("document.activeElement.value") == "90d"


def test_a_refused_token_is_replaced_once(place: Place) -> None:
    place.app.refuse_next = True
    place.inside.get_by_role("link", name="More").click()
    place.arrive("reports/more")
    assert place.app.moves == ["/reports/more", "/reports/more"]


def test_a_bare_document_bounces_and_comes_back_with_a_token(place: Place) -> None:
    place.app.documents.clear()
    place.inside.evaluate("location.assign('/reports?shop=demo.myshopify.com')")
    place.arrive("reports")
    assert place.app.documents == ["/reports", "/reports"]


def test_a_broken_page_says_so_and_can_be_tried_again(place: Place) -> None:
    place.app.broken = True
    place.inside.get_by_role("link", name="More").click()
    place.inside.get_by_text("Check the connection").wait_for()
    place.app.broken = False
    place.inside.get_by_role("button", name="Try again").click()
    place.arrive("reports/more")
    assert place.inside.locator("[data-notice]").count() == 0


def test_a_new_number_comes_in_quietly(place: Place) -> None:
    details = place.inside.locator("details")
    for orders in (6, 7):
        details.evaluate("node => { node.open = true; node.seen = true }")
        place.app.orders = orders
        place.inside.locator("#orders", has_text=str(orders)).wait_for()
        assert details.evaluate("node => node.open")
    assert details.evaluate("node => node.seen"), "only what differs is touched"
    assert place.app.moves == []


def test_a_refused_form_marks_its_field_and_a_good_one_is_toasted(place: Place) -> None:
    place.inside.get_by_role("button", name="Save").click()
    place.inside.get_by_text("Choose 1 to 30.").wait_for()
    assert place.inside.evaluate("document.activeElement.name") == "days"
    place.inside.get_by_label("Days").fill("12")
    place.inside.get_by_role("button", name="Save").click()
    place.page.locator(".toast", has_text="Saved.").wait_for()
    assert place.app.saved[-1] == {"title": "Old", "days": "12"}


def test_an_admin_link_opens_the_stores_own_page(place: Place) -> None:
    place.inside.get_by_role("link", name="Control").click()
    place.page.wait_for_url(f"{place.store_url}/control")
