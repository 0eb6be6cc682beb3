"""What one does to checkouts from the store's own pages: abandon one, come back to it, complete it, delete it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, redirect, request

from devstore.checkout.desk import NotPlacedError
from devstore.checkout.record import Checkout
from devstore.checkout.views import checkout_view

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from devstore.shop import Shop
    from devstore.store import DevStore

left = Blueprint("left", __name__)
Wish = Mapping[str, Any]


@left.post("/store/<name>/checkouts")
def leave(name: str) -> "BaseResponse | tuple[str, int]":
    """Abandon a checkout, from the home page's form."""
    shop = _shop(name)
    try:
        abandon(shop, request.form)
    except ValueError as error:
        return str(error), 422
    return redirect(f"/store/{name}#checkouts", 303)


@left.post("/store/<name>/checkouts/<token>/<act>")
def do(name: str, token: str, act: str) -> "BaseResponse | tuple[str, int]":
    """Complete or delete one, or say that Shopify has mailed it."""
    shop = _shop(name)
    if act not in _ACTS or token not in shop.checkouts.all:
        abort(404)
    try:
        _ACTS[act](shop, token)
    except (ValueError, NotPlacedError) as error:
        return str(error), 422
    return redirect(f"/store/{name}#checkouts", 303)


def _shop(name: str) -> "Shop":
    store: DevStore = current_app.extensions["devstore"]
    return store.shop_named(name) or abort(404)


def abandon(shop: "Shop", wish: Wish) -> Checkout:
    """A checkout that was left some ``minutes`` ago: {customer_id or email, phone; product_id, pieces; accepts_email}.

    Without a product it is the shop's first. ValueError for nobody, and for what the shop has not.
    """
    product = str(wish.get("product_id") or next(iter(shop.products), ""))
    if not product.isdecimal():
        raise ValueError("this shop has no products to leave")
    goods = {int(product): int(wish.get("pieces") or 1)}
    told = {key: str(wish.get(key) or "").strip() for key in ("email", "phone", "country")}
    customer_id = int(wish["customer_id"]) if wish.get("customer_id") else None
    at = shop.store.now() - timedelta(minutes=float(wish.get("minutes") or 0))
    said = {**told, "customer_id": customer_id, "accepts_email": bool(wish.get("accepts_email"))}
    return shop.begin_checkout(goods, at, **said)


def abandoned(shop: "Shop", wish: Wish) -> dict[str, Any]:
    """The same, as the control API answers it."""
    return {"checkout": checkout_view(shop, abandon(shop, wish))}


_ACTS: dict[str, Any] = {
    "complete": lambda shop, token: shop.complete_checkout(token),
    "delete": lambda shop, token: shop.delete_checkout(token),
    "mail": lambda shop, token: shop.checkouts.mail(token),
}


def act_on(shop: "Shop", wish: Wish) -> dict[str, Any]:
    """One of complete, delete and mail, as ``act``, on the checkout of a ``token``; KeyError for an unknown one."""
    token, found = str(wish.get("token")), shop.checkouts.all[str(wish.get("token"))]
    if wish.get("act") not in _ACTS:
        raise ValueError(f"act is one of {', '.join(_ACTS)}")
    try:
        _ACTS[wish["act"]](shop, token)
    except NotPlacedError as error:
        raise ValueError(str(error)) from error
    return {"checkout": checkout_view(shop, found)}
