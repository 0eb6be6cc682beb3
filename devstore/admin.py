"""The pages a merchant sees: store home, the admin frame around the app, consent, orders, control page.

Templates live in ``devstore/templates``; everything in ``devstore/static`` is served under ``/standins/``
(``/standins/app-bridge.js``, ``/standins/polaris.js``, ``/standins/frame.js``, ...) with CORS open.
Every template receives ``shop`` and ``app`` and the variables named beside it:

``shop``   {domain "demo.myshopify.com", name "demo", title "Bazaar", currency "KWD", timezone, locale "ar",
           home_url "/store/demo", control_url "/store/demo/control", checkout_url "/store/demo/checkout",
           discounts_url "/store/demo/discounts"}
``app``    {handle "wafa", title "Wafa", api_key, origin "http://127.0.0.1:8200", installed bool,
           url "/store/demo/apps/wafa" (the frame), install_url "/store/demo/install/wafa",
           scopes [{handle "read_orders", description "Read orders"}]}

``home.html``       orders [ORDER, newest 50], counts {orders, customers}, checkouts [see checkout/views.py, newest 20],
                    customers [{id, name, email, orders int}], goods [{id, title, price, gift_card}]
``frame.html``      src (iframe URL with embedded, shop, host, locale, id_token, timestamp, session, hmac),
                    path ("/reports" or "/": where in the app the frame stands), base_path "/store/demo/apps/wafa"
                    (frame URL = base_path + path + query), id_token_url "/store/demo/id-token"
                    (GET -> {"id_token": ...}), locale ("en": the staff user's language, also ?locale=ar on the
                    frame URL), host (base64), user {id, name, email}, scopes_url "/store/demo/scopes" (GET ->
                    {"granted": [...], "required": [...], "optional": [...]})
``install.html``    action (URL to POST to, no fields), scopes = app.scopes
``order.html``      order ORDER with lines [{id, title, quantity, current_quantity, price, total, gift_card}],
                    refunds [{id, created_at, amount}], discounts [{name, amount}], customer_url or None
``customer.html``   customer {id, name, email, orders int, credit ["5.250 KWD"]}, orders [ORDER, newest first],
                    problem (why nobody was merged) or None
``segment.html``     segment {name, query, people int or None where its query cannot be read any more}
``discounts.html``  discounts [DISCOUNT, newest 100]
``discount.html``   discount DISCOUNT
``nowhere.html``    for any address that is no page here, and for what is gone
``control.html``    state STATE, state_url "/store/demo/control/state", actions {place, refund, edit, return, cancel,
                    delete, merge, uninstall, install, scopes, grant_scopes, revoke_scopes, data_request,
                    redact_customer, redact_shop, change, protected, reports, faults, lose_next, fail_next: URL};
                    each takes JSON by POST, see control.py; presets [name], topics [name], levels [name],
                    optional_scopes [scope]
``authorize.html``  action (URL to POST to), fields {name: value} (hidden inputs to send back), scopes = app.scopes

ORDER  {id int, name "#1001", url, created_at "2026-10-01 14:03" (shop's zone), customer {id, name} or None,
        total "12.500", currency, refunded "0.000", cancelled bool, test bool, source "web",
        status "paid"|"pending"|"refunded"|"partially_refunded"|"voided"}
DISCOUNT {id int, url, code, title, for [name] or None (everybody), status "active"|"expired"|"scheduled",
        ends_at "2026-10-01 14:03" or None, uses int, usage_limit int or None, combines_with ["order"]}
STATE  {orders [ORDER, newest 20], customers [{id, name, email, orders int}, 20],
        deliveries [{id, topic, triggered_at, attempts int, status "waiting"|"delivered"|"failed"|"lost",
        answer int or None}, newest 50], installed bool, currency, timezone,
        protected "none"|"level1"|"level2", granted [scope],
        reports {behind, zone, returning, unknown}, faults {name: share or range},
        clock {now, ahead_seconds}, asked_for {name: int}, injected {name: int}}
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request

from devstore import grants, tokens, views
from devstore.approval import LEVELS
from devstore.checkout.views import newest_checkouts
from devstore.control import ACTIONS
from devstore.faults import PRESETS
from devstore.payloads import TOPICS

if TYPE_CHECKING:
    from werkzeug.exceptions import NotFound
    from werkzeug.wrappers import Response as BaseResponse

    from devstore.shop import Shop
    from devstore.store import DevStore

admin = Blueprint("admin", __name__)
USER = {"id": 1, "name": "Store Owner", "email": "owner@example.com"}
_OURS = frozenset({"embedded", "shop", "host", "locale", "id_token", "timestamp", "session", "hmac"})


def _place(name: str) -> tuple["DevStore", "Shop"]:
    store: DevStore = current_app.extensions["devstore"]
    return store, store.shop_named(name) or abort(404)


def _check_handle(store: "DevStore", handle: str) -> None:
    if handle != store.app_handle:
        abort(404)


@admin.get("/")
def first_shop() -> "BaseResponse":
    """Go to the first shop there is."""
    store: DevStore = current_app.extensions["devstore"]
    shop = next(iter(store.shops.values()), None) or abort(404)
    return redirect(f"/store/{shop.short_name}")


@admin.get("/store/<name>")
def home(name: str) -> str:
    """The shop's home: the app, its newest orders, the way to the control page."""
    store, shop = _place(name)
    with store.lock:
        counts = {"orders": len(shop.orders), "customers": len(shop.customers)}
        orders, left = views.newest_orders(shop, 50), newest_checkouts(shop, 20)
        people, goods = views.known_customers(shop, 20), views.goods_of(shop)
    about = {"orders": orders, "counts": counts, "checkouts": left, "customers": people, "goods": goods}
    return render_template("home.html", **views.page(store, shop), **about)


@admin.get("/store/<name>/apps/<handle>", defaults={"path": ""}, strict_slashes=False)
@admin.get("/store/<name>/apps/<handle>/<path:path>")
def frame(name: str, handle: str, path: str) -> "str | BaseResponse":
    """The admin around the app, or the consent page first where the app is not installed."""
    store, shop = _place(name)
    _check_handle(store, handle)
    about = views.page(store, shop)
    if not shop.installed:
        return redirect(about["app"]["install_url"])
    locale = request.args.get("locale", "en")
    return render_template(
        "frame.html",
        **about,
        src=frame_source(store, shop, path, request.args.to_dict()),
        path=f"/{path}",
        base_path=about["app"]["url"],
        id_token_url=f"/store/{shop.short_name}/id-token",
        scopes_url=f"/store/{shop.short_name}/scopes",
        control_url=f"/store/{shop.short_name}/control",
        locale=locale,
        host=tokens.host(shop),
        user=USER,
    )


def frame_source(store: "DevStore", shop: "Shop", path: str, query: dict[str, str]) -> str:
    """The URL the frame opens: a page of the app with what Shopify adds, signed."""
    with store.lock:
        added = {
            "embedded": "1",
            "shop": shop.domain,
            "host": tokens.host(shop),
            "locale": query.get("locale", "en"),
            "id_token": shop.id_token(),
            "timestamp": str(int(store.wall().timestamp())),
            "session": tokens.session(shop, 1),
        }
    parameters = {**{key: value for key, value in query.items() if key not in _OURS}, **added}
    parameters["hmac"] = tokens.query_signature(store.api_secret, parameters)
    return f"{store.app_url}/{path}?{urlencode(parameters)}"


@admin.get("/store/<name>/install/<handle>")
def ask_consent(name: str, handle: str) -> str:
    """What the app wants to see, and a button to install it."""
    store, shop = _place(name)
    _check_handle(store, handle)
    about = views.page(store, shop)
    return render_template("install.html", **about, action=about["app"]["install_url"])


@admin.post("/store/<name>/install/<handle>")
def install(name: str, handle: str) -> "BaseResponse":
    """Install the app and open it."""
    store, shop = _place(name)
    _check_handle(store, handle)
    if not shop.installed:
        shop.install()
    return redirect(f"/store/{shop.short_name}/apps/{handle}")


@admin.get("/store/<name>/id-token")
def id_token(name: str) -> Response:
    """A fresh ID token for the frame to hand to the app."""
    store, shop = _place(name)
    if not shop.installed:
        abort(404)
    with store.lock:
        answer = jsonify(id_token=shop.id_token())
    answer.headers["Cache-Control"] = "no-store"
    return answer


@admin.get("/store/<name>/scopes")
def scopes(name: str) -> Response:
    """What the app has been granted, and what of it it needs and may ask for."""
    store, shop = _place(name)
    with store.lock:
        return jsonify(grants.detail(shop))


@admin.get("/store/<name>/orders/<int:order_id>")
def order_page(name: str, order_id: int) -> str:
    """One order."""
    store, shop = _place(name)
    with store.lock:
        order = shop.orders.get(order_id) or abort(404)
        view: dict[str, Any] = views.order_view(shop, order)
        view["lines"], view["refunds"] = views.order_lines(order), views.order_refunds(shop, order)
        view["discounts"] = views.order_discounts(order)
    customer = view["customer"] and shop.customers.get(view["customer"]["id"])
    url = f"/store/{shop.short_name}/customers/{customer.id}" if customer else None
    return render_template("order.html", **views.page(store, shop), order=view, customer_url=url)


@admin.get("/store/<name>/customers/<int:customer_id>")
def customer_page(name: str, customer_id: int) -> str:
    """One customer and their orders."""
    store, shop = _place(name)
    with store.lock:
        customer = shop.customers.get(customer_id) or abort(404)
        about, orders = views.customer_in_full(shop, customer), views.orders_of(shop, customer)
    return render_template("customer.html", **views.page(store, shop), customer=about, orders=orders, problem=None)


@admin.post("/store/<name>/customers/<int:customer_id>/merge")
def merge_into(name: str, customer_id: int) -> "BaseResponse | tuple[str, int]":
    """Merge another customer, by number, into this one, as Shopify's own page of a customer does."""
    store, shop = _place(name)
    number = request.form.get("number", "")
    with store.lock:
        customer = shop.customers.get(customer_id) or abort(404)
        problem = f"There is no other customer {number}."
        if number.isdecimal() and int(number) in shop.customers and int(number) != customer_id:
            try:
                shop.merge_customers(customer_id, int(number))
                return redirect(request.path.removesuffix("/merge"), 303)
            except ValueError as error:
                problem = f"They were not merged: {error}."
        about, orders = views.customer_in_full(shop, customer), views.orders_of(shop, customer)
    page = render_template("customer.html", **views.page(store, shop), customer=about, orders=orders, problem=problem)
    return page, 400


@admin.get("/store/<name>/customers/segments/<int:segment_id>")
def segment_page(name: str, segment_id: int) -> str:
    """One segment: its text in the query language, and how many meet it."""
    store, shop = _place(name)
    with store.lock:
        view = views.segment_view(shop, shop.outward.segments.all.get(segment_id) or abort(404))
    return render_template("segment.html", **views.page(store, shop), segment=view)


@admin.get("/store/<name>/discounts")
def discounts_page(name: str) -> str:
    """The newest discount codes."""
    store, shop = _place(name)
    with store.lock:
        shown = views.newest_discounts(shop, 100)
    return render_template("discounts.html", **views.page(store, shop), discounts=shown)


@admin.get("/store/<name>/discounts/<int:discount_id>")
def discount_page(name: str, discount_id: int) -> str:
    """One discount code: who may use it, and how often it was."""
    store, shop = _place(name)
    with store.lock:
        view = views.discount_view(shop, shop.discounts.all.get(discount_id) or abort(404))
    return render_template("discount.html", **views.page(store, shop), discount=view)


@admin.get("/store/<name>/<path:_path>")
def elsewhere(name: str, _path: str) -> str:
    """Any other page of Shopify's admin, of which there is none here."""
    _place(name)
    abort(404)


@admin.errorhandler(404)
def nowhere(missing: "NotFound") -> "tuple[str, int] | NotFound":
    """Says what Shopify would show, and leads back; a bare error would leave no way to the app."""
    store: DevStore = current_app.extensions["devstore"]
    shop = store.shop_named((request.view_args or {}).get("name", ""))
    if shop is None:
        return missing
    return render_template("nowhere.html", **views.page(store, shop)), 404


@admin.get("/store/<name>/control")
def control_page(name: str) -> str:
    """The page on which one plays shopper, staff and Shopify."""
    store, shop = _place(name)
    base = f"/store/{shop.short_name}/control"
    with store.lock:
        shown = views.state(store, shop)
    actions = {action: f"{base}/{action.replace('_', '-')}" for action in ACTIONS}
    return render_template(
        "control.html",
        **views.page(store, shop),
        state=shown,
        state_url=f"{base}/state",
        actions=actions,
        presets=list(PRESETS),
        topics=TOPICS,
        levels=LEVELS,
        optional_scopes=store.optional_scopes,
    )
