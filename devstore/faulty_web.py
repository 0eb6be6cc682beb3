"""The outermost layer of the store's web side: carries out the faults that strike the app's requests."""

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from devstore.costs import bucket_of
from devstore.faults import NoAnswer
from devstore.request_faults import FILE, GRAPHQL, KINDS, TOKENS, Asked, Fault, decide, kinds_on

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from devstore.shop import Shop
    from devstore.store import DevStore

_ROADS = (
    (re.compile(r"/(?P<shop>[^/]+)/admin/api/[^/]+/graphql\.json"), GRAPHQL),
    (re.compile(r"/(?P<shop>[^/]+)/admin/oauth/access_token"), TOKENS),
    (re.compile(r"/bulk/(?P<token>[^/]+)\.jsonl"), FILE),
)
_WORDS = {
    401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    410: "Gone",
    423: "Locked",
    429: "Too Many Requests",
}
_PAGE = "<!DOCTYPE html>\n<html lang=en><title>Something went wrong</title><h1>There was a problem.</h1></html>\n"
_INTERNAL = "Internal error. Looks like something went wrong on our end."

Answered = Callable[[], Response]
"""Lets the store do what was asked, and gives its answer."""


class FaultyWeb:
    """A WSGI application around another one; without a fault a request passes untouched."""

    def __init__(self, store: "DevStore", inner: "WSGIApplication") -> None:
        self._store = store
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request, or raise NoAnswer."""
        found = self._struck(environ)
        if found is None:
            return self._inner(environ, start_response)
        shop, fault = found
        answer = carry_out(fault, shop, environ, lambda: Response.from_app(self._inner, environ, buffered=True))
        return answer(environ, start_response)

    def _struck(self, environ: "WSGIEnvironment") -> "tuple[Shop, Fault] | None":
        """The shop that a request is about and the fault that strikes it."""
        for pattern, road in _ROADS:
            if found := pattern.fullmatch(environ["PATH_INFO"]):
                with self._store.lock:
                    shop = self._shop(found.groupdict())
                    if shop is None:
                        return None
                    fault = self._drawn(shop, Asked(road, _operation(environ) if road == GRAPHQL else ""))
                    return None if fault is None else (shop, fault)
        return None

    def _shop(self, found: dict[str, str]) -> "Shop | None":
        if "shop" in found:
            return self._store.shops.get(found["shop"])
        return self._store.shop_of_file(found["token"])

    def _drawn(self, shop: "Shop", asked: Asked) -> Fault | None:
        book = self._store.trouble
        named = book.takes(shop.domain, kinds_on(asked.road))
        if named is not None:
            fault: Fault | None = KINDS[named].make(named, book.randomness)
        else:
            fault = decide(book.of(shop.domain), book.randomness, asked)
        if fault is not None:
            book.injected[fault.name] += 1
        return fault


def _operation(environ: "WSGIEnvironment") -> str:
    """The name of the GraphQL operation; the body is left as it was."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        return str(json.loads(body).get("operationName") or "")
    except (ValueError, AttributeError):
        return ""


def carry_out(fault: Fault, shop: "Shop", environ: "WSGIEnvironment", answered: Answered) -> Response:
    """The answer as the fault leaves it; raises NoAnswer where there is none."""
    if fault.name in ("reset", "timed_out"):
        raise NoAnswer(fault.name)
    if fault.name in _AFTER:
        return _AFTER[fault.name](fault, answered())
    if fault.name == "throttled":
        with shop.store.lock:
            bucket_of(shop, shop.store.now()).left = 0.0
        return answered()
    if fault.name == "token_refused":
        _revoke(shop, environ.get("HTTP_X_SHOPIFY_ACCESS_TOKEN", ""))
    if fault.name in ("html", "html_error"):
        return Response(_PAGE, fault.status, mimetype="text/html")
    if fault.name == "internal_error":
        return _json({"errors": [_error(_INTERNAL)]}, 200)
    answer = _json({"errors": _WORDS.get(fault.status, "Internal Server Error")}, fault.status)
    answer.headers.extend(list(fault.headers))
    return answer


def _revoke(shop: "Shop", token: str) -> None:
    with shop.store.lock:
        if shop.installation is not None:
            shop.installation.tokens.pop(token, None)


def _cut(fault: Fault, answer: Response) -> Response:
    body = answer.get_data()
    # Without the newline at the end an answer would still be whole.
    answer.set_data(body[: int(len(body.rstrip()) * fault.place)])
    if fault.manner == "broken":
        answer.headers["Content-Length"] = str(len(body))
        answer.headers["Connection"] = "close"
    return answer


def _file_cut(fault: Fault, answer: Response) -> Response:
    """A file that ends too early, and nothing in the transfer says so."""
    return _cut(fault, answer) if answer.status_code == 200 else answer


def _partial(fault: Fault, answer: Response) -> Response:
    """One part of the data becomes null; all of it where the part may not be null alone."""
    body = json.loads(answer.get_data())
    data = body.get("data")
    if answer.status_code != 200 or not data:
        return answer
    names = list(data)
    name = names[int(fault.place * len(names))]
    error = {**_error(_INTERNAL), "path": [name]}
    missing = {**data, name: None} if len(names) > 1 else None
    return _json({**body, "data": missing, "errors": [*body.get("errors", []), error]}, 200)


def _lost(fault: Fault, _answer: Response) -> Response:
    """The store has done what was asked; the app will never know from this answer."""
    if fault.manner in ("reset", "timed_out"):
        raise NoAnswer(fault.manner)
    return Response(_PAGE, int(fault.manner), mimetype="text/html")


_AFTER: dict[str, Callable[[Fault, Response], Response]] = {
    "cut": _cut,
    "file_cut": _file_cut,
    "partial": _partial,
    "answer_lost": _lost,
}
"""What strikes once the store has done what it was asked."""


def _error(message: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")
