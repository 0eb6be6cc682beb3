"""The storefront's checkout over HTTP: GET for the page, POST to see what a cart costs or to place the order.

``POST /store/{name}/checkout`` takes the page's form, or JSON: {customer_id or email, phone; lines [{product_id,
quantity}]; codes [code]; country; credit; accepts_email, accepts_sms; place}. JSON is answered with a QUOTE, and 422
{error, and a QUOTE where there is one} where nothing could be placed; a form with the page, or with the way to the
order. A form is kept as a checkout from when it says who it is; JSON is with {keep: true}, and after that with the
``token`` it got: {checkout: token}. ``express`` in place of ``place`` buys with a wallet, which leaves no checkout.

``GET /{domain}/{shop id}/checkouts/{token}/recover?key=...`` is the recovery link: it opens the checkout again, with
what was added to the link; ``discount=CODE`` is a code of its cart.

QUOTE {checkout {token, name, recovery_url, ...} or None, codes [{code, honoured, reason, why, amount}],
       subtotal, discount, shipping, shipping_discount, tax, total,
       credit (what store credit pays), credit_held, due, currency, order ORDER or None}
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request

from devstore import views
from devstore.checkout.cart import Buyer, Cart
from devstore.checkout.desk import NotPlacedError, Quote
from devstore.checkout.reading import of_form, read_buyer, read_cart, read_said
from devstore.checkout.record import Checkout
from devstore.checkout.views import checkout_view
from devstore.money import to_text
from devstore.records import Order

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from devstore.shop import Shop
    from devstore.store import DevStore

checkout = Blueprint("checkout", __name__)
View = dict[str, Any]


@checkout.get("/store/<name>/checkout")
def show_checkout(name: str) -> str:
    """The page, with a customer chosen where ``customer_id`` names one, or as a kept ``checkout`` was left."""
    shop = _shop(name)
    found = shop.checkouts.all.get(request.args.get("checkout", ""))
    if found is None or found.completed_at:
        return _page(shop, {"customer_id": request.args.get("customer_id", "")}, {})
    wish = _as_left(found, request.args.get("discount", ""))
    with shop.store.lock:
        answer = _quoted(shop, wish)
    return _page(shop, wish, answer)


@checkout.get("/<domain>/<int:shop_id>/checkouts/<token>/recover")
def recover(domain: str, shop_id: int, token: str) -> "BaseResponse":
    """Open a checkout again from a link; one that was completed leads to its order."""
    store: DevStore = current_app.extensions["devstore"]
    shop = store.shops.get(domain)
    if shop is None or shop.id != shop_id:
        abort(404)
    added = {key: value for key, value in request.args.items() if key not in ("key", "checkout")}
    landing = request.path.removeprefix(f"/{domain}") + (f"?{urlencode(added)}" if added else "")
    with store.lock:
        found = shop.checkouts.recovered(token, request.args.get("key", ""), landing) or abort(404)
    if found.completed_at:
        return redirect(f"/store/{shop.short_name}/orders/{found.order_id}", 302)
    return redirect(f"/store/{shop.short_name}/checkout?{urlencode({'checkout': token, **added})}", 302)


@checkout.post("/store/<name>/checkout")
def buy(name: str) -> "tuple[Response | str, int] | BaseResponse":
    """What a cart costs, or the order of it."""
    shop = _shop(name)
    wish = request.get_json(silent=True) if request.is_json else of_form(request.form)
    with shop.store.lock:
        answer = _answer(shop, wish if isinstance(wish, dict) else {})
    status = 422 if "error" in answer else 200
    if request.is_json:
        return jsonify(answer), status
    if answer.get("order"):
        return redirect(answer["order"]["url"], 303)
    if wish and wish.get("leave") and answer.get("checkout"):
        return redirect(f"/store/{shop.short_name}", 303)
    return _page(shop, wish or {}, answer), status


def _shop(name: str) -> "Shop":
    store: DevStore = current_app.extensions["devstore"]
    return store.shop_named(name) or abort(404)


def _answer(shop: "Shop", wish: View) -> View:
    try:
        cart, buyer = read_cart(shop, wish), read_buyer(shop, wish)
    except ValueError as error:
        return {"error": str(error)}
    except (TypeError, AttributeError):
        return {"error": "The cart cannot be read."}
    try:
        kept = _kept(shop, wish, cart, buyer)
    except ValueError as error:
        return {"error": str(error)}
    told = quote_view(shop.checkout.quote(cart, buyer), checkout_view(shop, kept) if kept else None)
    if not (wish.get("place") or wish.get("express")):
        return told
    try:
        order = _bought(shop, wish, kept, cart, buyer)
    except (NotPlacedError, ValueError) as error:
        return {"error": str(error), **told}
    shown = kept and checkout_view(shop, kept)
    return {**told, "checkout": shown, "order": views.order_view(shop, order)}


def _kept(shop: "Shop", wish: View, cart: Cart, buyer: Buyer) -> Checkout | None:
    """The checkout that this is from now on; none before they have said who they are, and with a wallet."""
    token = str(wish.get("checkout") or "")
    if wish.get("express") or not buyer.names or not (wish.get("keep") or token):
        return None
    said, found = read_said(cart, wish), shop.checkouts.all.get(token)
    if found is None or found.completed_at:
        return shop.begin_checkout(said.pop("goods"), **said)
    return shop.change_checkout(token, **said)


def _bought(shop: "Shop", wish: View, kept: Checkout | None, cart: Cart, buyer: Buyer) -> Order:
    if kept:
        return shop.complete_checkout(kept.token)
    if wish.get("express"):
        said = read_said(cart, wish)
        return shop.checkouts.express(said.pop("goods"), **said)
    return shop.checkout.place(cart, buyer)


def _as_left(found: Checkout, code: str) -> View:
    """A kept checkout as the form would say it, with one more code."""
    said, codes = found.said, (*found.said.codes, *([code] if code else []))
    lines = [{"product_id": number, "quantity": pieces} for number, pieces in said.goods.items()]
    told = {"checkout": found.token, "customer_id": said.customer_id or "", "email": said.email, "phone": said.phone}
    ticked = {"credit": said.credit, "accepts_email": said.accepts_email, "accepts_sms": said.accepts_sms}
    return {**told, **ticked, "lines": lines, "codes": " ".join(codes), "country": said.country or ""}


def _quoted(shop: "Shop", wish: View) -> View:
    try:
        kept = shop.checkouts.all[wish["checkout"]]
        quote = shop.checkout.quote(read_cart(shop, wish), read_buyer(shop, wish))
    except ValueError as error:
        return {"error": str(error)}
    return quote_view(quote, checkout_view(shop, kept))


def quote_view(quote: Quote, kept: View | None = None) -> View:
    """What a cart costs, amounts as texts."""
    order, pricing = quote.order, quote.pricing
    amounts = {
        "subtotal": order.gross,
        "discount": order.discount,
        "shipping": order.shipping + pricing.off_shipping,
        "shipping_discount": pricing.off_shipping,
        "tax": order.tax,
        "total": order.total,
        "credit": pricing.credit,
        "credit_held": quote.held,
        "due": order.total - pricing.credit,
    }
    off = {applied.name: applied.amount for applied in pricing.applications}
    codes = [
        {
            "code": one.code,
            "honoured": one.reason is None,
            "reason": one.reason,
            "why": one.why,
            "amount": to_text(off.get(one.code, 0), order.currency),
        }
        for one in quote.verdicts
    ]
    shown = {name: to_text(amount, order.currency) for name, amount in amounts.items()}
    return {"checkout": kept, "codes": codes, **shown, "currency": order.currency, "order": None}


def _page(shop: "Shop", wish: View, answer: View) -> str:
    with shop.store.lock:
        pieces = {str(line.get("product_id")): line.get("quantity") for line in wish.get("lines") or ()}
        goods = views.goods_of(shop, [number for number, count in pieces.items() if count])
        customers = views.known_customers(shop, 20, wish.get("customer_id"))
        about = views.page(shop.store, shop)
    return render_template(
        "checkout.html", **about, wish=wish, pieces=pieces, goods=goods, customers=customers, quote=answer
    )
