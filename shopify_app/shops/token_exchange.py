"""Shopify's token endpoint: an ID token, a code or a refresh token for a pair of tokens that expire.

No body of this endpoint is ever logged: all of them hold secrets.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from shopify_app.admin_api.errors import Unavailable
from shopify_app.config import Config
from shopify_app.errors import AppError

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 90 * 24 * 3600
# Together shorter than the lease under which refreshes run.
_TIMEOUT = (5, 20)
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Granted:
    """A pair of tokens, what it may do, and how many seconds each half lives."""

    access: str
    refresh: str
    scope: str
    expires_in: int
    refresh_expires_in: int


class GrantStale(AppError):
    """The ID token or code that we handed over is too old or was used; a fresh one may do."""

    status = 401

    def __init__(self) -> None:
        super().__init__("This page was open for too long. Open Wafa again from your Shopify admin.")


class GrantEnded(AppError):
    """The refresh token is dead for good: replaced, expired, revoked, or the app was uninstalled."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Shopify asks you to open Wafa again.")


class GrantRefused(AppError):
    """Shopify refuses this app as such: wrong credentials, or the app is not installed there."""

    status = 502

    def __init__(self, code: str) -> None:
        super().__init__("Shopify did not accept Wafa's credentials for this shop.")
        self.code = code


class TokensUnavailable(Unavailable):
    """No usable answer (network, time-out, 429, 5xx): the same request may be made again later."""

    status = 503

    def __init__(self, detail: str, retry_after: str | None = None) -> None:
        super().__init__(f"token endpoint: {detail}")
        self.retry_after = retry_after


class TokenEndpoint:
    """The three grants that we use, each one POST."""

    def __init__(self, config: Config, http: requests.Session) -> None:
        self._config = config
        self._http = http

    def exchange(self, domain: str, id_token: str) -> Granted:
        """A pair for an ID token; `domain` must come from that token's verified claims."""
        fields = {
            "grant_type": _EXCHANGE,
            "subject_token": id_token,
            "subject_token_type": _ID_TOKEN,
            "requested_token_type": _OFFLINE,
        }
        return self._grant(domain, fields | {"expiring": "1"})

    def redeem(self, domain: str, code: str) -> Granted:
        """A pair for the code of the authorization-code grant."""
        return self._grant(domain, {"code": code, "expiring": "1"})

    def refresh(self, domain: str, refresh_token: str) -> Granted:
        """The next pair; GrantEnded when there will never be one."""
        return self._grant(domain, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _grant(self, domain: str, fields: Mapping[str, str]) -> Granted:
        answer = self._post(domain, fields)
        body = _json(answer)
        if answer.status_code != 200:
            raise _failure(answer, str(body.get("error", "")))
        return _granted(domain, body)

    def _post(self, domain: str, fields: Mapping[str, str]) -> requests.Response:
        client = {"client_id": self._config.api_key, "client_secret": self._config.api_secret}
        url = f"{self._config.shop_url(domain)}/admin/oauth/access_token"
        headers = {"Accept": "application/json"}
        try:
            return self._http.post(
                url, json={**client, **fields}, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            _log.warning("token endpoint unreachable shop=%s error=%s", domain, type(error).__name__)
            raise TokensUnavailable(type(error).__name__) from None


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _failure(answer: requests.Response, code: str) -> AppError:
    status = answer.status_code
    if status == 429 or status >= 500:
        return TokensUnavailable(f"HTTP {status}", answer.headers.get("Retry-After"))
    if code in ("invalid_subject_token", "invalid_code"):
        return GrantStale()
    # A 401 without a readable body is what the endpoint gives for a dead refresh token at times.
    if (status == 401 and code in ("", "invalid_request")) or code == "invalid_grant":
        return GrantEnded()
    return GrantRefused(code or str(status))


def _granted(domain: str, body: Mapping[str, Any]) -> Granted:
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
        _log.error("token endpoint answered without a token pair shop=%s", domain)
        raise TokensUnavailable("no token pair")
    return Granted(
        access,
        refresh,
        str(body.get("scope") or ""),
        _seconds(domain, body, "expires_in", ACCESS_SECONDS),
        _seconds(domain, body, "refresh_token_expires_in", REFRESH_SECONDS),
    )


def _seconds(domain: str, body: Mapping[str, Any], name: str, default: int) -> int:
    value = body.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    _log.warning("token endpoint left out %s shop=%s assumed=%s", name, domain, default)
    return default
