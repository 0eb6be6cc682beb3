"""The token endpoint and the consent page of the authorization-code grant."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request

from devstore import grants, tokens
from devstore.access import ACCESS_LIFE, REFRESH_LIFE, AccessToken, Installation, RefreshToken
from devstore.views import page

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from devstore.shop import Shop
    from devstore.store import DevStore

oauth = Blueprint("oauth", __name__)
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a name, not a secret
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
_CODE_LIFE = timedelta(minutes=1)

Answer = tuple[Response, int]


@dataclass(slots=True)
class Grant:
    """A code handed out by the consent page."""

    shop: str
    scopes: tuple[str, ...]
    expires_at: datetime


def _store() -> "DevStore":
    store: DevStore = current_app.extensions["devstore"]
    return store


def _shop(domain: str) -> "Shop":
    return _store().shops.get(domain) or abort(404)


@oauth.post("/<domain>/admin/oauth/access_token")
def access_token(domain: str) -> Answer:
    """Token exchange, refresh, or an authorization code turned into tokens."""
    shop, asked = _shop(domain), _parameters()
    store = _store()
    with store.lock:
        if not _is_client(asked):
            return _error(400, "invalid_client", "The client credentials are invalid")
        if asked.get("grant_type") == EXCHANGE:
            return _exchange(shop, asked)
        if asked.get("grant_type") == "refresh_token":
            return _refresh(shop, asked)
        if "code" in asked:
            return _redeem(shop, asked)
    return _error(400, "unsupported_grant_type", "The grant type is not supported")


def _parameters() -> dict[str, str]:
    body = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return {str(key): str(value) for key, value in body.items()} if isinstance(body, dict) else {}


def _is_client(asked: dict[str, str]) -> bool:
    store = _store()
    secret = asked.get("client_secret", "").encode()
    return asked.get("client_id") == store.api_key and hmac.compare_digest(secret, store.api_secret.encode())


def _exchange(shop: "Shop", asked: dict[str, str]) -> Answer:
    store = _store()
    if asked.get("subject_token_type") != ID_TOKEN or asked.get("requested_token_type") != OFFLINE:
        return _error(400, "invalid_request", "The store exchanges ID tokens for offline access tokens only")
    if not tokens.read_id_token(store, shop, asked.get("subject_token", "")):
        return _error(400, "invalid_subject_token", "The subject token is invalid or has expired")
    if shop.installation is None or not shop.installation.active:
        return _error(400, "invalid_client", "The app is not installed in this shop")
    return _issue(shop.installation, asked, store.wall())


def _issue(installation: Installation, asked: dict[str, str], now: datetime) -> Answer:
    if asked.get("expiring") != "1":
        token = installation.old_token()
        return jsonify(access_token=token.value, scope=",".join(installation.scopes)), 200
    return _pair(installation, installation.exchange(now))


def _pair(installation: Installation, pair: tuple[AccessToken, RefreshToken]) -> Answer:
    access, refresh = pair
    body = jsonify(
        access_token=access.value,
        scope=",".join(installation.scopes),
        expires_in=int(ACCESS_LIFE.total_seconds()),
        refresh_token=refresh.value,
        refresh_token_expires_in=int(REFRESH_LIFE.total_seconds()),
    )
    return body, 200


def _refresh(shop: "Shop", asked: dict[str, str]) -> Answer:
    installation = shop.installation
    pair = installation.refresh(asked.get("refresh_token", ""), _store().wall()) if installation else None
    if installation is None or pair is None:
        return _error(401, "invalid_request", "This request requires an active refresh_token")
    return _pair(installation, pair)


def _redeem(shop: "Shop", asked: dict[str, str]) -> Answer:
    store = _store()
    grant = store.grants.pop(asked["code"], None)
    if grant is None or grant.shop != shop.domain or store.wall() >= grant.expires_at:
        return _error(400, "invalid_request", "The authorization code was not found or was already used")
    installation = shop.installation if shop.installed else shop.install(grant.scopes)
    if installation is None:
        return _error(400, "invalid_request", "The app is not installed in this shop")
    installation.scopes = grants.with_optional(shop, grant.scopes)
    return _issue(installation, asked, store.wall())


def _error(status: int, code: str, words: str) -> Answer:
    return jsonify(error=code, error_description=words), status


@oauth.get("/<domain>/admin/oauth/authorize")
def ask_consent(domain: str) -> str:
    """The page on which a merchant sees what the app wants and installs it."""
    shop, fields = _shop(domain), _consent(request.args.to_dict())
    action = f"/{shop.domain}/admin/oauth/authorize"
    return render_template("authorize.html", **page(_store(), shop), action=action, fields=fields)


@oauth.post("/<domain>/admin/oauth/authorize")
def give_consent(domain: str) -> "BaseResponse":
    """Install the app and send the merchant back to it with a signed code."""
    store, shop, fields = _store(), _shop(domain), _consent(request.form.to_dict())
    scopes = tuple(one for one in fields["scope"].replace(" ", ",").split(",") if one) or shop.scopes
    with store.lock:
        shop.install(grants.with_optional(shop, scopes))
        code, now = secrets.token_hex(16), store.wall()
        store.grants[code] = Grant(shop.domain, scopes, now + _CODE_LIFE)
    answer = {"code": code, "host": tokens.host(shop), "shop": shop.domain, "state": fields["state"]}
    answer["timestamp"] = str(int(now.timestamp()))
    answer["hmac"] = tokens.query_signature(store.api_secret, answer)
    return redirect(f"{fields['redirect_uri']}?{urlencode(answer)}")


def _consent(given: dict[str, str]) -> dict[str, str]:
    store = _store()
    names = ("client_id", "scope", "redirect_uri", "state")
    fields: dict[str, Any] = {name: given.get(name, "") for name in names}
    if fields["client_id"] != store.api_key:
        abort(400, "Oauth error invalid_request: the application could not be found")
    if not fields["redirect_uri"].startswith(f"{store.app_url}/"):
        abort(400, "Oauth error invalid_request: the redirect_uri is not one of the app")
    return fields
