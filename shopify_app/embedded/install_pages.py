"""The way in: the bounce page that fetches a fresh ID token, and the authorization-code grant."""

import logging
import secrets

from flask import Blueprint, Response, make_response, redirect, render_template, request

from shopify_app.embedded.addresses import admin_address, is_own_path
from shopify_app.embedded.answers import NO_SHOP, error_answer
from shopify_app.embedded.code_grant import (
    STATE_SECONDS,
    Callback,
    CallbackRefused,
    authorize_address,
    read_callback,
    sign_state,
)
from shopify_app.embedded.frame import frame_for
from shopify_app.embedded.guard import public
from shopify_app.embedded.parts import parts
from shopify_app.shops.access import missing_scopes
from shopify_app.shops.domain import shop_domain, typed_domain
from shopify_app.shops.token_exchange import Granted, GrantEnded, GrantRefused, GrantStale

COOKIE = "wafa_authorization"
NOT_A_SHOP = "This is not the address of a Shopify shop. It ends in .myshopify.com."
BAD_RETURN = "This installation could not be completed. Start again from your Shopify admin."
FEWER_SCOPES = "Wafa needs all the permissions it asks for. Start again and approve them."

auth = Blueprint("auth", __name__, url_prefix="/auth")

_log = logging.getLogger(__name__)


class _ScopesMissing(Exception):
    """The merchant's consent covers less than the app needs."""


@auth.get("/patch-id-token")
@public
def patch_id_token() -> Response:
    """A page that holds App Bridge alone: it fetches a fresh token and opens `shopify-reload` with it."""
    shops, paths = request.args.getlist("shop"), request.args.getlist("shopify-reload")
    shop = shop_domain(shops[0]) if len(shops) == 1 else None
    if shop is None:
        return error_answer(400, NO_SHOP)
    frame_for(shop)
    if len(paths) != 1 or not is_own_path(paths[0]):
        return error_answer(400, NO_SHOP)
    config = parts().config
    page = render_template("patch_id_token.html", app_bridge=config.app_bridge_url, api_key=config.api_key)
    return make_response(page)


@auth.get("")
@public
def begin() -> Response:
    """Send the merchant to the shop's consent page."""
    config, now = parts().config, parts().clock()
    shop = typed_domain(request.args.get("shop"))
    if shop is None:
        return error_answer(400, NOT_A_SHOP)
    state = secrets.token_urlsafe(24)
    answer = make_response(redirect(authorize_address(config, shop, state)))
    answer.set_cookie(
        COOKIE,
        sign_state(config, shop, state, now),
        max_age=STATE_SECONDS,
        path="/auth",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return answer


@auth.get("/callback")
@public
def callback() -> Response:
    """Install with the code that the consent page gave, and go to the app inside the admin."""
    try:
        checked = read_callback(
            parts().config, request.args.to_dict(flat=False), request.cookies.get(COOKIE), parts().clock()
        )
        _install(checked)
        answer = make_response(redirect(admin_address(parts().config, checked.shop)))
    except CallbackRefused as refused:
        _log.warning("callback refused reason=%s", refused.reason)
        answer = error_answer(400, BAD_RETURN)
    except (GrantStale, GrantEnded, GrantRefused) as error:
        _log.warning("callback refused reason=%s", type(error).__name__)
        answer = error_answer(400, BAD_RETURN)
    except _ScopesMissing:
        answer = error_answer(403, FEWER_SCOPES)
    answer.delete_cookie(COOKIE, path="/auth", secure=True, httponly=True, samesite="Lax")
    return answer


def _install(checked: Callback) -> None:
    here = parts()

    def redeem() -> Granted:
        granted = here.endpoint.redeem(checked.shop, checked.code)
        if missing_scopes(granted.scope, here.config.scopes):
            raise _ScopesMissing
        return granted

    here.installs.by_code(checked.shop, redeem, here.clock)
