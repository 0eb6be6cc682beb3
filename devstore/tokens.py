"""Tokens and signatures the admin hands to the app: ID tokens, the signed query of the frame."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from devstore.shop import Shop
    from devstore.store import DevStore

ID_TOKEN_SECONDS = 60


def id_token(store: "DevStore", shop: "Shop", user_id: int, overrides: Mapping[str, Any]) -> str:
    """A signed ID token of one minute for a staff user.

    ``overrides`` replace claims by name (None leaves the claim out); ``secret`` and ``algorithm`` replace what
    signs it ("none" leaves it unsigned).
    """
    claims = {**_claims(store, shop, user_id, store.wall()), **overrides}
    secret = claims.pop("secret", store.api_secret)
    algorithm = claims.pop("algorithm", "HS256")
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, "" if algorithm == "none" else secret, algorithm=algorithm)


def _claims(store: "DevStore", shop: "Shop", user_id: int, now: datetime) -> dict[str, Any]:
    issued = int(now.timestamp())
    return {
        "iss": f"https://{shop.domain}/admin",
        "dest": f"https://{shop.domain}",
        "aud": store.api_key,
        "sub": str(user_id),
        "exp": issued + ID_TOKEN_SECONDS,
        "nbf": issued,
        "iat": issued,
        "jti": store.new_uuid(),
        "sid": session(shop, user_id),
        "sig": hashlib.sha256(f"{shop.domain}/{issued}".encode()).hexdigest(),
    }


def session(shop: "Shop", user_id: int) -> str:
    """The identifier of a staff user's session in a shop."""
    return hashlib.sha256(f"{shop.domain}/{user_id}".encode()).hexdigest()[:32]


def read_id_token(store: "DevStore", shop: "Shop", token: str) -> bool:
    """Whether this is an ID token of this shop for the app, still good now."""
    try:
        claims = jwt.decode(
            token,
            store.api_secret,
            algorithms=["HS256"],
            audience=store.api_key,
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.PyJWTError:
        return False
    now = store.wall().timestamp()
    expiry, start = claims.get("exp"), claims.get("nbf")
    timely = isinstance(expiry, int) and isinstance(start, int) and start - 10 <= now <= expiry + 10
    return timely and claims.get("dest") == f"https://{shop.domain}"


def host(shop: "Shop") -> str:
    """The ``host`` parameter: where the shop's admin lives, in base64 without padding."""
    return base64.b64encode(f"admin.shopify.com/store/{shop.short_name}".encode()).decode().rstrip("=")


def query_signature(secret: str, parameters: Mapping[str, str]) -> str:
    """Hex HMAC-SHA256 over the sorted parameters, as the admin signs what it sends by URL."""
    text = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if name != "hmac")
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
