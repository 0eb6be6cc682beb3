"""ID tokens: the signed, one-minute proof that a request comes from a staff member inside a shop's admin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from jwt.types import Options

from shopify_app.clock import Instant
from shopify_app.config import Config
from shopify_app.shops.domain import shop_domain

LEEWAY = 10
"""Seconds by which Shopify's clock and ours may differ."""

_REQUIRED = ["iss", "dest", "aud", "sub", "exp", "nbf", "iat", "jti", "sid"]
# Times are checked below against the caller's clock, not the library's.
_OPTIONS: Options = {
    "require": _REQUIRED,
    "strict_aud": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HTTPS = "https://"


@dataclass(frozen=True, slots=True)
class IdToken:
    """Who is asking: a staff member, in a session of the admin of a shop."""

    shop_domain: str
    staff_id: str
    session_id: str


class IdTokenRefused(Exception):
    """Not a proof that we accept; `reason` is one safe word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_id_token(token: str, config: Config, now: Instant) -> IdToken:
    """Check signature, times, audience, issuer and destination; IdTokenRefused names the first that fails."""
    claims = _signed_claims(token, config)
    _check_times(claims, now.timestamp())
    domain = _destination(claims["dest"])
    if _issuer_host(claims["iss"]) != domain:
        raise IdTokenRefused("issuer")
    for name in ("sub", "sid", "jti"):
        if not isinstance(claims[name], str) or not _PLAIN.fullmatch(claims[name]):
            raise IdTokenRefused(name)
    return IdToken(domain, claims["sub"], claims["sid"])


def _signed_claims(token: str, config: Config) -> Mapping[str, Any]:
    for secret in config.secrets:
        try:
            claims: dict[str, Any] = jwt.decode(
                token, secret, algorithms=["HS256"], audience=config.api_key, options=_OPTIONS
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError as error:
            raise IdTokenRefused(_word(error)) from None
        return claims
    raise IdTokenRefused("signature")


def _word(error: jwt.PyJWTError) -> str:
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"no_{error.claim}"
    if isinstance(error, jwt.InvalidAudienceError):
        return "audience"
    return "algorithm" if isinstance(error, jwt.InvalidAlgorithmError) else "malformed"


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    for name in ("exp", "nbf", "iat"):
        if not isinstance(claims[name], int) or isinstance(claims[name], bool):
            raise IdTokenRefused(name)
    if claims["exp"] <= now - LEEWAY:
        raise IdTokenRefused("expired")
    if claims["nbf"] > now + LEEWAY or claims["iat"] > now + LEEWAY:
        raise IdTokenRefused("future")


def _destination(dest: object) -> str:
    domain = shop_domain(dest[len(_HTTPS) :]) if isinstance(dest, str) and dest.startswith(_HTTPS) else None
    if domain is None:
        raise IdTokenRefused("destination")
    return domain


def _issuer_host(issuer: object) -> str:
    try:
        parts = urlsplit(issuer if isinstance(issuer, str) else "")
    except ValueError:
        raise IdTokenRefused("issuer") from None
    return parts.netloc.lower() if parts.scheme == "https" else ""
