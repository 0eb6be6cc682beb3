"""Reads what somebody typed at the checkout, in the page's form or as JSON."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devstore.checkout.cart import Buyer, Cart, Goods

if TYPE_CHECKING:
    from devstore.shop import Shop

Wish = Mapping[str, Any]
_PIECES = "pieces-"
MOST_PIECES = 1000


def of_form(form: Mapping[str, str]) -> dict[str, Any]:
    """The same as JSON would say it; products that nobody wants are left out."""
    wanted = {key.removeprefix(_PIECES): pieces for key, pieces in form.items() if key.startswith(_PIECES)}
    lines = [{"product_id": number, "quantity": pieces} for number, pieces in wanted.items() if pieces not in ("", "0")]
    told = {key: form.get(key, "") for key in ("customer_id", "email", "phone", "codes", "country", "checkout")}
    ticked = {key: bool(form.get(key)) for key in ("credit", "accepts_email", "accepts_sms")}
    acts = {act: form.get("act") == act for act in ("place", "express", "leave")}
    return {**told, **ticked, **acts, "lines": lines, "keep": True}


def read_said(cart: Cart, wish: Wish) -> dict[str, Any]:
    """What was typed, as a checkout that is kept has it: the goods, and the names of ``Said``."""
    goods: Counter[int] = Counter()
    for one in cart.goods:
        goods[one.product.id] += one.quantity
    told = {key: str(wish.get(key) or "").strip() for key in ("email", "phone", "note")}
    signed_in = {"customer_id": _number(wish["customer_id"]) if wish.get("customer_id") else None}
    ticked = {key: bool(wish.get(key)) for key in ("credit", "accepts_email", "accepts_sms")}
    locale = str(wish.get("locale") or "") or None
    about = {"codes": cart.codes, "country": cart.country, "locale": locale}
    return {"goods": goods, **about, **told, **signed_in, **ticked}


def read_cart(shop: "Shop", wish: Wish) -> Cart:
    """The cart; ValueError for an empty one, for products that the shop has not, and for no number of pieces."""
    if not wish.get("lines"):
        raise ValueError("The cart is empty.")
    shelves: dict[int, set[int]] = {}
    for number, found in shop.collections.all.items():
        for product in found.products:
            shelves.setdefault(product.id, set()).add(number)
    goods = tuple(_goods(shop, line, shelves) for line in wish["lines"])
    country = str(wish.get("country") or "").strip().upper() or None
    if country is not None and not (len(country) == 2 and country.isalpha()):
        raise ValueError("A country is two letters, such as KW.")
    return Cart(goods, _codes(wish.get("codes")), country, bool(wish.get("credit")))


def _goods(shop: "Shop", line: Wish, shelves: Mapping[int, set[int]]) -> Goods:
    number, pieces = _number(line.get("product_id")), _number(line.get("quantity", 1))
    product = shop.products.get(number)
    if product is None:
        raise ValueError(f"There is no product {number}.")
    if not 1 <= pieces <= MOST_PIECES:
        raise ValueError(f"Between 1 and {MOST_PIECES} pieces can be bought of a product.")
    return Goods(product, pieces, frozenset(shelves.get(product.id, ())))


def _codes(given: Any) -> tuple[str, ...]:
    parts = str(given or "").replace(",", " ").split() if not isinstance(given, list) else [str(one) for one in given]
    return tuple({part.strip().casefold(): part.strip() for part in reversed(parts) if part.strip()}.values())[::-1]


def read_buyer(shop: "Shop", wish: Wish) -> Buyer:
    """Who buys: a customer who is signed in, or a guest; ValueError for a number that nobody has."""
    email, phone = str(wish.get("email") or "").strip(), str(wish.get("phone") or "").strip()
    if wish.get("customer_id"):
        number = _number(wish["customer_id"])
        if number not in shop.customers:
            raise ValueError(f"There is no customer {number}.")
        return Buyer(shop.customers[number], signed_in=True, email=email, phone=phone)
    holder = shop.contacts.holder(email, phone)
    return Buyer(None if holder is None else shop.customers[holder], email=email, phone=phone)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not str(value or "").strip().isdecimal():
        raise ValueError(f"{value!r} is not a number.")
    return int(str(value))
