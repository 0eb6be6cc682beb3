"""The Admin API client: one document, one shop, one answer; it waits, retries and names what went wrong."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import requests

from shopify_app.admin_api.errors import (
    AccessDenied,
    AccessRevoked,
    Rejected,
    ResultGone,
    ShopClosed,
    Throttled,
    Unavailable,
)
from shopify_app.admin_api.pacing import Allowance, retry_after, throttle_wait
from shopify_app.clock import Clock
from shopify_app.config import API_VERSION, Config
from shopify_app.db.base import ShopId

_TIMEOUT = (5, 30)
_TRIES = 3
_CHUNK = 1 << 16
_GONE = frozenset({403, 404, 410})
_CLOSED = frozenset({402, 404, 423})
_DOCUMENTS = Path(__file__).parent / "documents"
_log = logging.getLogger(__name__)


class Tokens(Protocol):
    """Who keeps the shops' access tokens; the shops slice does."""

    def domain(self, shop: ShopId) -> str:
        """The shop's permanent myshopify.com name."""

    def access_token(self, shop: ShopId, clock: Clock) -> str:
        """A token that is good for some minutes; AccessRevoked when only the merchant can get one."""

    def replace(self, shop: ShopId, refused: str, clock: Clock) -> str:
        """Another token than the one Shopify refused; AccessRevoked when there is none to be had."""


class Answer(dict[str, Any]):
    """The data of an answer; `missing` names the fields that Shopify left out, with its reasons."""

    def __init__(self, data: Mapping[str, Any], missing: tuple[str, ...] = ()) -> None:
        super().__init__(data)
        self.missing = missing


@cache
def document(name: str) -> str:
    """The text of one operation, as it stands in documents/."""
    return (_DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8")


class AdminApi:
    """Speaks for every shop; keeps nothing of one between two calls."""

    def __init__(
        self,
        config: Config,
        http: requests.Session,
        tokens: Tokens,
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._config = config
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._sleep = sleep

    def run(self, shop: ShopId, name: str, **variables: Any) -> Answer:
        """Run a document for a shop.

        A query is repeated when the network fails; a mutation is not, because its outcome is unknown.
        Raises one of admin_api.errors.
        """
        text = document(name)
        body = {"query": text, "variables": variables, "operationName": name}
        allowance = Allowance()
        tries = 1 if text.lstrip().startswith("mutation") else _TRIES
        while True:
            answer = self._answered(shop, body, allowance, tries)
            throttled = _throttled(answer)
            if throttled is None:
                return _checked(shop, name, answer)
            self._wait(allowance, throttled)

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """A bulk operation's file, piece by piece as it arrives; ResultGone when Shopify no longer has it."""
        try:
            with self._http.get(url, stream=True, timeout=_TIMEOUT) as response:
                if response.status_code in _GONE:
                    raise ResultGone
                if response.status_code != requests.codes.ok:
                    raise Unavailable(f"bulk file: HTTP {response.status_code}")
                yield response.iter_content(_CHUNK)
        except requests.RequestException as error:
            raise Unavailable(type(error).__name__) from error

    def _answered(self, shop: ShopId, body: Mapping[str, Any], allowance: Allowance, tries: int) -> dict[str, Any]:
        pause = 1.0
        while True:
            try:
                return self._authorised(shop, body, allowance)
            except Unavailable:
                tries -= 1
                if not tries or not allowance.grants(pause):
                    raise
            self._sleep(pause)
            pause *= 2

    def _authorised(self, shop: ShopId, body: Mapping[str, Any], allowance: Allowance) -> dict[str, Any]:
        token = self._tokens.access_token(shop, self._clock)
        response = self._post(shop, token, body, allowance)
        if response.status_code == requests.codes.unauthorized:
            token = self._tokens.replace(shop, token, self._clock)
            response = self._post(shop, token, body, allowance)
        return _read(response)

    def _post(self, shop: ShopId, token: str, body: Mapping[str, Any], allowance: Allowance) -> requests.Response:
        url = f"{self._config.shop_url(self._tokens.domain(shop))}/admin/api/{API_VERSION}/graphql.json"
        headers = {"X-Shopify-Access-Token": token, "Accept": "application/json"}
        while True:
            try:
                response = self._http.post(url, json=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
            except requests.RequestException as error:
                raise Unavailable(type(error).__name__) from error
            if response.status_code != requests.codes.too_many_requests:
                return response
            self._wait(allowance, retry_after(response.headers.get("Retry-After")))

    def _wait(self, allowance: Allowance, seconds: float) -> None:
        if not allowance.grants(seconds):
            raise Throttled(seconds)
        self._sleep(seconds)


def _read(response: requests.Response) -> dict[str, Any]:
    status = response.status_code
    if status == requests.codes.unauthorized:
        raise AccessRevoked
    if status == requests.codes.forbidden:
        raise AccessDenied
    if status in _CLOSED:
        raise ShopClosed
    if status != requests.codes.ok:
        raise Unavailable(f"HTTP {status}")
    try:
        answer = response.json()
    except requests.JSONDecodeError as error:
        raise Unavailable("the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise Unavailable("the answer is not an object")
    return answer


def _errors(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    errors = answer.get("errors") or []
    return list(errors) if isinstance(errors, list) else [{"message": str(errors)}]


def _codes(errors: list[Mapping[str, Any]]) -> set[str]:
    return {str((error.get("extensions") or {}).get("code", "")) for error in errors}


def _throttled(answer: Mapping[str, Any]) -> float | None:
    if "THROTTLED" not in _codes(_errors(answer)):
        return None
    return throttle_wait((answer.get("extensions") or {}).get("cost") or {})


def _checked(shop: ShopId, name: str, answer: Mapping[str, Any]) -> Answer:
    errors, data = _errors(answer), answer.get("data")
    if errors and not any((data or {}).values()):
        if "ACCESS_DENIED" in _codes(errors):
            raise AccessDenied(str(errors[0].get("message", "")))
        raise Rejected(errors)
    if not isinstance(data, dict):
        raise Unavailable("an answer without data")
    refused = [error for part in data.values() if isinstance(part, dict) for error in part.get("userErrors") or []]
    if refused:
        raise Rejected(refused)
    missing = tuple(_path(error) for error in errors)
    if missing:
        _log.warning("shop %s: %s came without %s", shop, name, ", ".join(missing))
    return Answer(data, missing)


def _path(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error.get("path") or ()) or str(error.get("message", "?"))
