"""Answers that are not pages: errors as JSON or as a small readable page, refusals, the bounce."""

from flask import Response, current_app, g, jsonify, make_response, redirect, request

from shopify_app.embedded.addresses import is_own_path, with_query
from shopify_app.embedded.locale import wished_locale
from shopify_app.embedded.request_log import current_request_id
from shopify_app.language import Words
from shopify_app.shops.domain import shop_domain

PATCH_PATH = "/auth/patch-id-token"
RETRY_HEADER = "X-Shopify-Retry-Invalid-Session-Request"
NO_SHOP = "Open Wafa from the Apps page of your Shopify admin."
UNSIGNED = "An ID token of the Shopify admin is needed."
GONE = "Wafa is not installed in this shop any more. Open it from your Shopify admin to install it again."
TOO_LATE = "This page was open for too long. Open Wafa again from your Shopify admin."


def wants_json() -> bool:
    """Whether the caller prefers JSON to a page; one that does not say gets a page, unless it sent JSON."""
    if not request.headers.get("Accept"):
        return request.is_json
    offered = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(offered, "text/html") == "application/json"


def error_answer(status: int, message: str) -> Response:
    """The error in the caller's form and language; `message` is a key of the catalogues."""
    words = Words(g.get("locale") or wished_locale(request.args.get("locale")))
    text = words.text(message)
    if wants_json():
        answer = jsonify({"error": text, "request_id": current_request_id()})
    else:
        # Rendered without the app's context processors: this page must work when they do not.
        page = current_app.jinja_env.get_template("error.html")
        answer = make_response(page.render(status=status, message=text, request_id=current_request_id(), words=words))
    answer.status_code = status
    return answer


def request_is_safe() -> bool:
    """Whether the request can change nothing."""
    return request.method in ("GET", "HEAD")


def is_document() -> bool:
    """Whether a browser asks for this by opening a page, so that it can be sent somewhere else."""
    if not request_is_safe() or "Authorization" in request.headers or wants_json():
        return False
    return request.headers.get("Sec-Fetch-Dest", "document") != "empty"


def refusal(message: str = TOO_LATE) -> Response:
    """What a caller without a good ID token gets: App Bridge fetches a fresh one and comes back."""
    if not is_document():
        answer = error_answer(401, message)
        answer.headers[RETRY_HEADER] = "1"
        return answer
    if shop_domain(request.args.get("shop")) is None:
        return error_answer(401, NO_SHOP)
    return _bounce()


def _bounce() -> Response:
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "id_token"]
    back = with_query(request.path, query)
    query = [(name, value) for name, value in query if name != "shopify-reload"]
    reload = back if is_own_path(back) else "/"
    # A path of our own, not an address: a proxy may have changed the host that we were asked by.
    return make_response(redirect(with_query(PATCH_PATH, [*query, ("shopify-reload", reload)])))
