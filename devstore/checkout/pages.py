"""The storefront's checkout over HTTP: GET for the page, POST to see what a cart costs or to place the order.

``POST /store/{name}/checkout`` takes the page's form, or JSON: {customer_id or email, phone; lines [{product_id,
quantity}]; codes [code]; country; credit; place}. JSON is answered with a QUOTE, and 422 {error, and a QUOTE where
there is one} where nothing could be placed; a form with the page, or with the way to the order.

QUOTE {codes [{code, honoured, reason, why, amount}], subtotal, discount, shipping, shipping_discount, tax, total,
       credit (what store credit pays), credit_held, due, currency, order ORDER or None}
"""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request

from devstore import views
from devstore.checkout.desk import NotPlacedError, Quote
from devstore.checkout.reading import of_form, read_buyer, read_cart
from devstore.money import to_text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from devstore.shop import Shop
    from devstore.store import DevStore

checkout = Blueprint("checkout", __name__)
View = dict[str, Any]


@checkout.get("/store/<name>/checkout")
def show_checkout(name: str) -> str:
    """The page, with a customer chosen where ``customer_id`` names one."""
    return _page(_shop(name), {"customer_id": request.args.get("customer_id", "")}, {})


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
    quote = shop.checkout.quote(cart, buyer)
    if not wish.get("place"):
        return quote_view(quote)
    try:
        order = shop.checkout.place(cart, buyer)
    except NotPlacedError as error:
        return {"error": str(error), **quote_view(quote)}
    return {**quote_view(quote), "order": views.order_view(shop, order)}


def quote_view(quote: Quote) -> View:
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
    return {"codes": codes, **shown, "currency": order.currency, "order": None}


def _page(shop: "Shop", wish: View, answer: View) -> str:
    with shop.store.lock:
        pieces = {str(line.get("product_id")): line.get("quantity") for line in wish.get("lines") or ()}
        goods = [
            {"id": one.id, "title": one.title, "price": to_text(one.price, shop.currency), "gift_card": one.gift_card}
            for one in sorted(shop.products.values(), key=lambda one: (not pieces.get(str(one.id)), one.title))
        ]
        customers = views.known_customers(shop, 20, wish.get("customer_id"))
        about = views.page(shop.store, shop)
    return render_template(
        "checkout.html", **about, wish=wish, pieces=pieces, goods=goods, customers=customers, quote=answer
    )
