"""The authorization-code grant: where to send the merchant, and whether the one who returns is them."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shopify

from shopify_app import crypto
from shopify_app.clock import Instant
from shopify_app.config import API_VERSION, Config
from shopify_app.shops.domain import shop_domain

STATE_SECONDS = 600
"""How long a merchant may look at the consent page."""

_FRESH = 90
_PURPOSE = "authorization state"


class CallbackRefused(Exception):
    """Not the answer to a question that we asked; `reason` is one safe word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Callback:
    """A checked return from the consent page."""

    shop: str
    code: str


def authorize_address(config: Config, shop: str, state: str) -> str:
    """The consent page of a shop; `shop` must be a checked domain."""
    session = _session(config, config.api_secret)(shop, API_VERSION)
    address: str = session.create_permission_url(config.scopes, f"{config.host}/auth/callback", state)
    return config.shop_url(shop) + address.removeprefix(f"https://{shop}")


def sign_state(config: Config, shop: str, state: str, now: Instant) -> str:
    """The cookie that remembers which question was asked, of which shop, and when."""
    text = f"{state}.{int(now.timestamp())}"
    return f"{text}.{_mac(config, shop, text)}"


def read_callback(config: Config, args: Mapping[str, Sequence[str]], cookie: str | None, now: Instant) -> Callback:
    """Check everything that comes back from the consent page; CallbackRefused names what fails."""
    params = _single(args)
    shop = shop_domain(params.get("shop"))
    if shop is None:
        raise CallbackRefused("shop")
    _check_signature(config, params)
    _check_timestamp(params.get("timestamp", ""), now)
    _check_state(config, shop, params.get("state", ""), cookie or "", now)
    if not params.get("code"):
        raise CallbackRefused("code")
    return Callback(shop, params["code"])


def _single(args: Mapping[str, Sequence[str]]) -> dict[str, str]:
    # A repeated parameter can mean one thing to the signature and another to us.
    if any(len(values) != 1 for values in args.values()):
        raise CallbackRefused("repeated")
    return {name: values[0] for name, values in args.items()}


def _check_signature(config: Config, params: Mapping[str, str]) -> None:
    given = params.get("hmac", "").encode()
    good = [
        hmac.compare_digest(_session(config, secret).calculate_hmac(params).encode(), given)
        for secret in config.secrets
    ]
    if not any(good):
        raise CallbackRefused("hmac")


def _check_timestamp(text: str, now: Instant) -> None:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise CallbackRefused("timestamp")
    if abs(now.timestamp() - int(text)) > _FRESH:
        raise CallbackRefused("timestamp")


def _check_state(config: Config, shop: str, state: str, cookie: str, now: Instant) -> None:
    text, _, mac = cookie.rpartition(".")
    known, _, issued = text.rpartition(".")
    if not hmac.compare_digest(_mac(config, shop, text).encode(), mac.encode()):
        raise CallbackRefused("state")
    if not state or not hmac.compare_digest(known.encode(), state.encode()):
        raise CallbackRefused("state")
    if now.timestamp() - int(issued) > STATE_SECONDS:
        raise CallbackRefused("state")


def _mac(config: Config, shop: str, text: str) -> str:
    return crypto.keyed_hash(crypto.derive(config.lookup_key, _PURPOSE), f"{shop}|{text}")


def _session(config: Config, secret: str) -> type[shopify.Session]:
    # One class a secret: the library keeps its settings on the class, for the whole process.
    return type("OneSecret", (shopify.Session,), {"api_key": config.api_key, "secret": secret})
