"""The control API: what shoppers, staff and Shopify do, by POST of JSON to /store/{name}/control/{action}.

``place`` {customer_id: number, null or "new"; lines or amount; discount, shipping, duties, fee, at, test, source,
financial_status}
``refund`` {order_id, amount or lines {line id: pieces}, duties} -- ``cancel`` {order_id, refund}
``delete`` {order_id}
``edit`` {order_id; added: lines, or amount; taken_off {line id: pieces}, at}
``return`` {order_id; lines {line id: pieces}, else one piece; exchange: lines; fee, refund, duties, at}
``send`` {order_id, lines {line id: pieces}; else all that is left; at}
``merge`` {kept, deleted} -- ``uninstall`` {} -- ``install`` {scopes} -- ``scopes`` {scopes}
``grant-scopes`` {scopes} and ``revoke-scopes`` {scopes}: of those that the app may ask for
``data-request`` {customer_id} -- ``redact-customer`` {customer_id} -- ``redact-shop`` {}
``change`` {currency, timezone} -- ``protected`` {level}
``reports`` {behind, zone, returning, unknown}: how the shop's reports are made, see ``devstore.reports.Habits``
``faults`` {preset, and what the fields of ``devstore.faults.Faults`` are to be} -- ``lose-next`` {topic, count}
``fail-next`` {fault, count}
``abandon`` {customer_id, or email, phone; product_id, pieces, minutes ago, accepts_email, country}
``checkout`` {token; act: complete, delete, or mail for Shopify's own reminder} -- ``stock`` {product_id, pieces}
``clock`` {minutes, hours, days}: how far the store's clock goes on, see ``DevStore.move_clock``
``GET state`` answers what the control page shows; a refused request answers 422 {"error": sentence}.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from devstore import grants
from devstore.checkout import acts
from devstore.faults import Faults
from devstore.labels import Labels
from devstore.payloads import TOPICS
from devstore.views import clock_view, faults_view, order_view, state

if TYPE_CHECKING:
    from devstore.shop import Shop
    from devstore.store import DevStore

control = Blueprint("control", __name__)
Wish = dict[str, Any]
ACTIONS = (
    "place",
    "refund",
    "edit",
    "return",
    "send",
    "cancel",
    "delete",
    "merge",
    "uninstall",
    "install",
    "scopes",
    "grant_scopes",
    "revoke_scopes",
    "data_request",
    "redact_customer",
    "redact_shop",
    "change",
    "protected",
    "reports",
    "faults",
    "lose_next",
    "fail_next",
    "abandon",
    "checkout",
    "stock",
    "clock",
)


@control.get("/store/<name>/control/state")
def show_state(name: str) -> Response:
    """The newest orders, customers and deliveries."""
    store, shop = _place(name)
    with store.lock:
        return jsonify(state(store, shop))


@control.post("/store/<name>/control/<action>")
def act(name: str, action: str) -> tuple[Response, int]:
    """Do one thing; the answer tells what came of it."""
    store, shop = _place(name)
    perform = _PERFORM.get(action)
    if perform is None:
        abort(404)
    wish = request.get_json(silent=True)
    try:
        with store.lock:
            return jsonify(perform(shop, wish if isinstance(wish, dict) else {})), 200
    except KeyError as error:
        return jsonify(error=f"nothing is known by {error.args[0]}"), 422
    except (ValueError, TypeError) as error:
        return jsonify(error=str(error)), 422


def _place(name: str) -> tuple["DevStore", "Shop"]:
    store: DevStore = current_app.extensions["devstore"]
    return store, store.shop_named(name) or abort(404)


def _number(wish: Wish, key: str) -> int:
    value = wish.get(key)
    if isinstance(value, bool) or not str(value or "").isdigit():
        raise ValueError(f"{key} must be a number")
    return int(str(value))


def _moment(wish: Wish) -> datetime | None:
    return datetime.fromisoformat(wish["at"]) if wish.get("at") else None


def _text(wish: Wish, key: str) -> str:
    return str(wish.get(key) or "0")


def _lines(wish: Wish) -> list[Any]:
    if wish.get("lines"):
        return list(wish["lines"])
    if not wish.get("amount"):
        raise ValueError("give lines or an amount")
    return [{"price": str(wish["amount"]), "quantity": 1, "title": "Item"}]


def _customer(shop: "Shop", wish: Wish) -> int | None:
    if wish.get("customer_id") != "new":
        return _number(wish, "customer_id") if wish.get("customer_id") else None
    count = len(shop.customers) + len(shop.merged) + 1
    given = {key: str(wish[key]) for key in ("first_name", "last_name", "email", "locale") if wish.get(key)}
    fresh = {"first_name": "New", "last_name": f"Customer {count}", "email": f"new{count}@{shop.short_name}.example"}
    known = {**fresh, **given}
    locale = known.pop("locale", shop.primary_locale)
    return shop.create_customer(known["first_name"], known["last_name"], known["email"], locale).id


def _place_order(shop: "Shop", wish: Wish) -> Wish:
    lines = _lines(wish)
    order = shop.place_order(
        _customer(shop, wish),
        lines,
        _text(wish, "discount"),
        _text(wish, "shipping"),
        _moment(wish),
        test=bool(wish.get("test")),
        source=str(wish.get("source") or "web"),
        duties=_text(wish, "duties"),
        fee=_text(wish, "fee"),
        financial_status=str(wish.get("financial_status") or "paid"),
        labels=Labels(wish.get("country"), codes=(str(wish["code"]),) if wish.get("code") else ()),
    )
    return {"order": order_view(shop, order)}


def _refund(shop: "Shop", wish: Wish) -> Wish:
    order_id = _number(wish, "order_id")
    lines = {int(key): int(value) for key, value in wish["lines"].items()} if wish.get("lines") else None
    amount = str(wish["amount"]) if wish.get("amount") else None
    refund = shop.refund(order_id, amount, lines, _moment(wish), duties=bool(wish.get("duties")))
    return {"refund": {"id": refund.id}, "order": order_view(shop, shop.orders[order_id])}


def _edit(shop: "Shop", wish: Wish) -> Wish:
    order_id = _number(wish, "order_id")
    added = _lines({"lines": wish.get("added"), "amount": wish.get("amount")}) if _adds(wish) else []
    taken_off = {int(key): int(value) for key, value in (wish.get("taken_off") or {}).items()}
    edit = shop.edit(order_id, added, taken_off, _moment(wish))
    return {"edit": {"id": edit.id}, "order": order_view(shop, shop.orders[order_id])}


def _send_back(shop: "Shop", wish: Wish) -> Wish:
    """A return that is opened, processed and, unless told otherwise, paid for at once."""
    order, at = shop.orders[_number(wish, "order_id")], _moment(wish)
    left = [line.id for line in order.lines if line.current_quantity and not line.tip]
    lines = {int(key): int(value) for key, value in (wish.get("lines") or dict.fromkeys(left[:1], 1)).items()}
    found = shop.returns.open(order.id, lines, wish.get("exchange") or (), _text(wish, "fee"), at)
    shop.returns.process(order.id, found.id, at)
    if order.overpaid and wish.get("refund", True):
        shop.returns.refund(order.id, found.id, at=at, duties=bool(wish.get("duties")))
    return {"return": {"id": found.id, "status": found.status}, "order": order_view(shop, order)}


def _send(shop: "Shop", wish: Wish) -> Wish:
    order_id = _number(wish, "order_id")
    pieces = {int(key): int(value) for key, value in wish["lines"].items()} if wish.get("lines") else None
    made = shop.sending.send(order_id, pieces, _moment(wish))
    return {"fulfillment": {"id": made.id}, "order": order_view(shop, shop.orders[order_id])}


def _adds(wish: Wish) -> bool:
    return bool(wish.get("added") or wish.get("amount"))


def _cancel(shop: "Shop", wish: Wish) -> Wish:
    refund = bool(wish.get("refund", True))
    return {"order": order_view(shop, shop.cancel(_number(wish, "order_id"), _moment(wish), refund))}


def _consent(shop: "Shop", wish: Wish) -> Wish:
    customer = shop.consents.give(_number(wish, "customer_id"), str(wish.get("way")), str(wish.get("state")))
    return {"customer": customer.id, "consents": {way: state for way, (state, _) in customer.consents.items()}}


def _merge(shop: "Shop", wish: Wish) -> Wish:
    return {"kept": shop.merge_customers(_number(wish, "kept"), _number(wish, "deleted")).id}


def _scopes(wish: Wish) -> list[str] | None:
    given = wish.get("scopes")
    return [str(scope) for scope in ([given] if isinstance(given, str) else given)] if given else None


def _set_faults(shop: "Shop", wish: Wish) -> Wish:
    shop.store.set_faults(Faults.read(wish, shop.store.trouble.of(shop.domain)), shop.domain)
    return faults_view(shop)


def _approve(shop: "Shop", wish: Wish) -> Wish:
    shop.approve(str(wish.get("level")))
    return {"protected": shop.protected}


def _make_reports(shop: "Shop", wish: Wish) -> Wish:
    shop.reports = shop.reports.changed(wish)
    return {"reports": asdict(shop.reports)}


def _grant(shop: "Shop", wish: Wish) -> Wish:
    return grants.grant(shop, _scopes(wish) or [])


def _revoke(shop: "Shop", wish: Wish) -> Wish:
    return grants.revoke(shop, _scopes(wish) or [])


def _count_stock(shop: "Shop", wish: Wish) -> Wish:
    product = shop.products[_number(wish, "product_id")]
    product.stock = _number(wish, "pieces") if wish.get("pieces") is not None else None
    return {"product": product.id, "stock": product.stock}


def _move_clock(shop: "Shop", wish: Wish) -> Wish:
    units = {unit: float(wish.get(unit) or 0) for unit in ("minutes", "hours", "days")}
    shop.store.move_clock(timedelta(**units))
    return clock_view(shop)


def _count(wish: Wish) -> int:
    return _number(wish, "count") if "count" in wish else 1


def _lose_next(shop: "Shop", wish: Wish) -> Wish:
    if wish.get("topic") not in TOPICS:
        raise ValueError(f"the store sends no webhook {wish.get('topic')!r}")
    shop.store.trouble.lose_next(shop.domain, wish["topic"], _count(wish))
    return faults_view(shop)


def _fail_next(shop: "Shop", wish: Wish) -> Wish:
    shop.store.trouble.fail_next(shop.domain, str(wish.get("fault")), _count(wish))
    return faults_view(shop)


def _done(perform: Callable[["Shop", Wish], object]) -> Callable[["Shop", Wish], Wish]:
    def performed(shop: "Shop", wish: Wish) -> Wish:
        perform(shop, wish)
        return {"installed": shop.installed}

    return performed


_PERFORM: dict[str, Callable[["Shop", Wish], Wish]] = {
    "place": _place_order,
    "refund": _refund,
    "edit": _edit,
    "return": _send_back,
    "send": _send,
    "cancel": _cancel,
    "merge": _merge,
    "consent": _consent,
    "protected": _approve,
    "reports": _make_reports,
    "grant-scopes": _grant,
    "revoke-scopes": _revoke,
    "faults": _set_faults,
    "abandon": acts.abandoned,
    "checkout": acts.act_on,
    "stock": _count_stock,
    "clock": _move_clock,
    "lose-next": _lose_next,
    "fail-next": _fail_next,
    "delete": _done(lambda shop, wish: shop.delete_order(_number(wish, "order_id"))),
    "uninstall": _done(lambda shop, _wish: shop.uninstall()),
    "install": _done(lambda shop, wish: shop.install(_scopes(wish))),
    "scopes": _done(lambda shop, wish: shop.set_scopes(_scopes(wish) or [])),
    "data-request": _done(lambda shop, wish: shop.request_data(_number(wish, "customer_id"))),
    "redact-customer": _done(lambda shop, wish: shop.redact_customer(_number(wish, "customer_id"))),
    "redact-shop": _done(lambda shop, _wish: shop.redact_shop()),
    "change": _done(lambda shop, wish: shop.change(wish.get("currency"), wish.get("timezone"))),
}
