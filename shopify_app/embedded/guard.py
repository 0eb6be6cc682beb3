"""The guard: every route is inside the admin and needs an ID token, unless its view says it is public."""

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, request

from shopify_app.embedded.answers import GONE, TOO_LATE, UNSIGNED, error_answer, refusal, request_is_safe
from shopify_app.embedded.frame import frame_for
from shopify_app.embedded.id_token import IdToken, IdTokenRefused, read_id_token
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import enter
from shopify_app.shops.domain import shop_domain
from shopify_app.shops.queries import find_shop
from shopify_app.shops.token_exchange import GrantRefused, GrantStale

_PUBLIC = "is_public"
_BEARER = "Bearer "
_MISSING = "missing"

_log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., object])


def public(view: View) -> View:
    """Mark a view that people outside the admin may call; it checks its callers itself, or need not."""
    view.__dict__[_PUBLIC] = True
    return view


def is_public(endpoint: str) -> bool:
    """Whether the endpoint answers without an ID token."""
    if endpoint == "static":
        return True
    return bool(getattr(current_app.view_functions.get(endpoint), _PUBLIC, False))


def guard(app: Flask) -> None:
    """Put the guard in front of every route that the app has or will have."""
    app.before_request(_admit)


def _admit() -> Response | None:
    if request.endpoint is None:
        _frame_as_asked()
        return None
    if is_public(request.endpoint):
        return None
    _frame_as_asked()
    try:
        raw = _presented()
        token = read_id_token(raw, parts().config, parts().clock())
    except IdTokenRefused as refused:
        _log.info("id token refused reason=%s", refused.reason)
        return refusal(UNSIGNED if refused.reason == _MISSING else TOO_LATE)
    frame_for(token.shop_domain)
    return _let_in(token, raw)


def _let_in(token: IdToken, raw: str) -> Response | None:
    try:
        enter(token, raw)
    except GrantStale:
        _log.info("id token refused reason=exchange")
        return refusal()
    except GrantRefused:
        if not _has_left(token.shop_domain):
            raise
        _log.info("id token refused reason=uninstalled")
        return error_answer(403, GONE)
    return None


def _has_left(domain: str) -> bool:
    """Whether the shop had us and uninstalled us: then Shopify refuses us rightly, and nothing is wrong."""
    with parts().database.reading() as session:
        shop = find_shop(session, domain)
        return shop is not None and shop.uninstalled_at is not None


def _frame_as_asked() -> None:
    asked = shop_domain(request.args.get("shop"))
    if asked:
        frame_for(asked)


def _presented() -> str:
    """The token as it came: in the header, or, for opening a page only, in the query."""
    header = request.headers.get("Authorization")
    if header is not None:
        if not header.startswith(_BEARER):
            raise IdTokenRefused("scheme")
        return header[len(_BEARER) :]
    if request_is_safe() and request.args.get("id_token"):
        return request.args["id_token"]
    raise IdTokenRefused(_MISSING)
