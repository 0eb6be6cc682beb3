"""The Admin API client: one document, one shop, one answer; it waits, retries and names what went wrong."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import requests

from shopify_app.admin_api.errors import (
    AccessDenied,
    AccessRevoked,
    NotApproved,
    Rejected,
    ResultGone,
    ShopClosed,
    Silent,
    Throttled,
    Unavailable,
)
from shopify_app.admin_api.pacing import TIMEOUT, Allowance, Meter, Pace, retry_after, throttle_wait
from shopify_app.clock import Clock
from shopify_app.config import API_VERSION, Config
from shopify_app.db.base import ShopId

_TRIES = 3
_TOKENS = 3
"""How many tokens may be refused in a row: one that was just given may be so once, by mistake, but not each time."""
_CHUNK = 1 << 16
_GONE = frozenset({403, 404, 410})
_CLOSED = frozenset({402, 404, 423})
_PASSING = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT"})
"""Codes of errors that are Shopify's own trouble: they come with status 200, and the same call may succeed later."""

_UNAPPROVED = re.compile(r"not approved to access the \w+ object", re.IGNORECASE)
"""How Shopify says so: by its code alone it cannot be told from a permission that a merchant has not granted."""

_WITHHELD = re.compile(r"not approved to use the (\w+) field", re.IGNORECASE)
"""The same of one field, such as a name: it comes as null."""

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
    """The data of an answer; `missing` names the places that Shopify left out.

    `withheld` names the fields that it leaves out everywhere, for want of its approval; their places are among the
    missing ones. `denied` says whether some of it is left out because the merchant has not let us see it.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        missing: tuple[str, ...] = (),
        withheld: frozenset[str] = frozenset(),
        *,
        denied: bool = False,
    ) -> None:
        super().__init__(data)
        self.missing, self.withheld, self.denied = missing, withheld, denied


_ADDRESSES = frozenset({"shippingAddress", "billingAddress", "countryCodeV2"})


def whole(answer: Answer) -> Answer:
    """The answer, unless Shopify left some of it out: half an order must not pass for the whole.

    Products may be left out: a merchant need not let us see them, and no number needs them. So may addresses, for want
    of Shopify's approval alone.
    """
    withheld = answer.withheld & _ADDRESSES
    missing = [path for path in answer.missing if path.rpartition(".")[2] not in {"product", *withheld}]
    if missing:
        raise Unavailable(f"an answer without {', '.join(missing)}")
    return answer


@cache
def document(name: str) -> str:
    """The text of one operation, as it stands in documents/."""
    return (_DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8")


class AdminApi:
    """Speaks for every shop; between two calls it remembers only what was left of each shop's allowance."""

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
        self._meter = Meter()

    def run(self, shop: ShopId, name: str, *, pace: Pace = Pace.SYNC, **variables: Any) -> Answer:
        """Run a document for a shop, not before its pace allows it.

        A query is repeated when the network fails or Shopify has trouble of its own, not after a time-out, which
        held its thread for long enough; a mutation is not, because its outcome is unknown. Raises one of
        admin_api.errors.
        """
        text = document(name)
        body = {"query": text, "variables": variables, "operationName": name}
        allowance = Allowance(pace.patience, pace.timeout)
        tries = 1 if text.lstrip().startswith("mutation") else _TRIES
        while True:
            self._keep_pace(shop, name, pace, allowance)
            answer = self._answered(shop, body, allowance, tries)
            cost = _part(answer, "extensions").get("cost")
            self._meter.learn(shop, name, cost, self._clock())
            if "THROTTLED" not in _codes(_errors(answer)):
                return _checked(shop, name, answer)
            self._wait(allowance, throttle_wait(cost))

    def _keep_pace(self, shop: ShopId, name: str, pace: Pace, allowance: Allowance) -> None:
        """Wait while a call of this pace would take more of the bucket than its share."""
        while pause := self._meter.pause(shop, name, pace, self._clock()):
            self._wait(allowance, pause)

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """A bulk operation's file, piece by piece as it arrives; ResultGone when Shopify no longer has it."""
        try:
            with self._http.get(url, stream=True, timeout=TIMEOUT) as response:
                if response.status_code in _GONE:
                    raise ResultGone
                if response.status_code != requests.codes.ok:
                    raise Unavailable(f"bulk file: HTTP {response.status_code}")
                yield response.iter_content(_CHUNK)
        except requests.RequestException as error:
            raise Unavailable(type(error).__name__) from error

    def upload(self, url: str, form: Mapping[str, str], content: bytes) -> None:
        """Bring a file to a place that Shopify gave us, with the form that opens it; Unavailable when it is not taken.

        Until a call names the place, nothing comes of what lies there.
        """
        files = {"file": (form.get("key", "file").rpartition("/")[2], content)}
        try:
            answer = self._http.post(url, data=dict(form), files=files, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            raise Unavailable(type(error).__name__) from error
        if not answer.ok or answer.is_redirect:
            raise Unavailable(f"upload: HTTP {answer.status_code}")

    def _answered(self, shop: ShopId, body: Mapping[str, Any], allowance: Allowance, tries: int) -> dict[str, Any]:
        pause = 1.0
        while True:
            tries -= 1
            try:
                answer = self._authorised(shop, body, allowance)
            except Unavailable as error:
                if isinstance(error, Silent) or not tries or not allowance.grants(pause):
                    raise
            else:
                if not tries or not _passes(answer) or not allowance.grants(pause):
                    return answer
            self._sleep(pause)
            pause *= 2

    def _authorised(self, shop: ShopId, body: Mapping[str, Any], allowance: Allowance) -> dict[str, Any]:
        """The answer to a token that Shopify takes; after a 401 nothing was done, so a mutation may be sent again."""
        token = self._tokens.access_token(shop, self._clock)
        response = self._post(shop, token, body, allowance)
        for _ in range(_TOKENS - 1):
            if response.status_code != requests.codes.unauthorized:
                break
            token = self._tokens.replace(shop, token, self._clock)
            response = self._post(shop, token, body, allowance)
        return _read(response)

    def _post(self, shop: ShopId, token: str, body: Mapping[str, Any], allowance: Allowance) -> requests.Response:
        url = f"{self._config.shop_url(self._tokens.domain(shop))}/admin/api/{API_VERSION}/graphql.json"
        headers = {"X-Shopify-Access-Token": token, "Accept": "application/json"}
        while True:
            try:
                response = self._http.post(
                    url, json=body, headers=headers, timeout=allowance.timeout, allow_redirects=False
                )
            except requests.Timeout as error:
                raise Silent(type(error).__name__) from error
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


def _part(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object within an answer; an empty one where there is something else."""
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _errors(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    errors = answer.get("errors") or []
    listed = errors if isinstance(errors, list) else [errors]
    return [error if isinstance(error, dict) else {"message": str(error)} for error in listed]


def _codes(errors: list[Mapping[str, Any]]) -> set[str]:
    return {str(_part(error, "extensions").get("code", "")) for error in errors}


def _passes(answer: Mapping[str, Any]) -> bool:
    """Whether the answer, or a part of it, is missing for a reason that passes."""
    return bool(_codes(_errors(answer)) & _PASSING)


def _checked(shop: ShopId, name: str, answer: Mapping[str, Any]) -> Answer:
    errors, data = _errors(answer), answer.get("data")
    if any(_is_unapproved(error) for error in errors):
        raise NotApproved
    if errors and not any(_part(answer, "data").values()):
        if "ACCESS_DENIED" in _codes(errors):
            raise AccessDenied(str(errors[0].get("message", "")))
        raise Unavailable("Shopify had trouble of its own") if _passes(answer) else Rejected(errors)
    if not isinstance(data, dict):
        raise Unavailable("an answer without data")
    refused = [error for part in data.values() if isinstance(part, dict) for error in part.get("userErrors") or []]
    if refused:
        raise Rejected(refused)
    withheld = {_path(error): found[1] for error in errors if (found := _WITHHELD.search(str(error.get("message"))))}
    missing = tuple(_path(error) for error in errors)
    if by_accident := [path for path in missing if path not in withheld]:
        _log.warning("shop %s: %s came without %s", shop, name, ", ".join(by_accident))
    denied = any("ACCESS_DENIED" in _codes([error]) and _path(error) not in withheld for error in errors)
    return Answer(data, missing, frozenset(withheld.values()), denied=denied)


def _is_unapproved(error: Mapping[str, Any]) -> bool:
    """Whether a whole type is kept from us; a field that is, such as a name, comes as null and is done without."""
    return _UNAPPROVED.search(str(error.get("message", ""))) is not None


def _path(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error.get("path") or ()) or str(error.get("message", "?"))
