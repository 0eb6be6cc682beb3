"""Settings, read strictly from the environment once, at start; a bad one is named."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from shopify_app.crypto import KEY_BYTES
from shopify_app.errors import BadConfig

API_VERSION = "2026-10"
VERSION = "0.1.0"
"""Of this app, as in pyproject.toml."""
DEFAULT_SCOPES = "read_orders,read_customers,read_customer_merge,read_products"
_APP_BRIDGE = "https://cdn.shopify.com/shopifycloud/app-bridge.js"
_POLARIS = "https://cdn.shopify.com/shopifycloud/polaris-1.js"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an operator can set; see the README for the meaning of each."""

    api_key: str
    api_secret: str
    host: str
    encryption_keys: tuple[bytes, ...]
    lookup_key: bytes
    old_api_secret: str | None = None
    scopes: tuple[str, ...] = tuple(DEFAULT_SCOPES.split(","))
    port: int = 8200
    database_url: str = "sqlite:///var/wafa.db"
    polaris_url: str = _POLARIS
    app_bridge_url: str = _APP_BRIDGE
    admin_url: str | None = None
    metrics_token: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets that Shopify may have signed with, the current one first."""
        return (self.api_secret, self.old_api_secret) if self.old_api_secret else (self.api_secret,)

    def shop_url(self, domain: str) -> str:
        """Where a shop's Admin API and token endpoint live, without a slash at the end."""
        return f"{self.admin_url}/{domain}" if self.admin_url else f"https://{domain}"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Config":
        """Read every setting; BadConfig names the first that is missing or malformed."""
        return cls(
            api_key=_required(env, "SHOPIFY_API_KEY"),
            api_secret=_required(env, "SHOPIFY_API_SECRET"),
            old_api_secret=env.get("SHOPIFY_OLD_API_SECRET") or None,
            scopes=_scopes(env.get("SCOPES", DEFAULT_SCOPES)),
            host=_origin("HOST", _required(env, "HOST")),
            port=_port(env.get("PORT", "8200")),
            database_url=_database(env.get("DATABASE_URL") or "sqlite:///var/wafa.db"),
            encryption_keys=_keys(_required(env, "ENCRYPTION_KEYS")),
            lookup_key=_key("LOOKUP_KEY", _required(env, "LOOKUP_KEY")),
            polaris_url=env.get("POLARIS_URL") or _POLARIS,
            app_bridge_url=env.get("APP_BRIDGE_URL") or _APP_BRIDGE,
            admin_url=_origin("SHOPIFY_ADMIN_URL", env["SHOPIFY_ADMIN_URL"]) if env.get("SHOPIFY_ADMIN_URL") else None,
            metrics_token=_token("METRICS_TOKEN", env.get("METRICS_TOKEN") or None),
        )


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise BadConfig(f"{name} is not set. The README lists every setting.")
    return value


def _origin(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise BadConfig(f"{name} must be an origin such as https://app.example.com, not {value!r}.")
    local = parts.hostname in ("127.0.0.1", "localhost")
    if parts.scheme == "http" and not local:
        raise BadConfig(f"{name} must use https outside this machine, not {value!r}.")
    return f"{parts.scheme}://{parts.netloc}"


def _database(value: str) -> str:
    if not re.match(r"(sqlite:///.|postgresql\+psycopg://.)", value):
        raise BadConfig("DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
    return value


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
        raise BadConfig(f"PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def _scopes(value: str) -> tuple[str, ...]:
    scopes = tuple(scope.strip() for scope in value.split(",") if scope.strip())
    bad = [scope for scope in scopes if not re.fullmatch(r"[a-z][a-z_]*", scope)]
    if bad or not scopes:
        raise BadConfig(f"SCOPES must be names separated by commas, not {value!r}.")
    return scopes


def _token(name: str, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[!-~]{16,}", value):
        raise BadConfig(f"{name} must have at least 16 letters, digits or signs, and no blanks.")
    return value


def _keys(value: str) -> tuple[bytes, ...]:
    return tuple(_key("ENCRYPTION_KEYS", part) for part in value.split(","))


def _key(name: str, value: str) -> bytes:
    try:
        key = base64.b64decode(value.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadConfig(f"{name} must hold {KEY_BYTES} random bytes in base64 (openssl rand -base64 32).")
    return key
