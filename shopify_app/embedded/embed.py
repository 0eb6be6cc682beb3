"""Puts an app inside the admin: request ids, guard, frame headers, error answers, and the way in."""

import logging

from flask import Flask, Response, g, request

from shopify_app.embedded import request_log
from shopify_app.embedded.failures import answer_failures
from shopify_app.embedded.frame import add_frame_headers
from shopify_app.embedded.guard import guard
from shopify_app.embedded.install_pages import auth
from shopify_app.embedded.parts import NAME, Parts

_log = logging.getLogger(__name__)


def embed(app: Flask, parts: Parts) -> None:
    """Give the app everything of this package; to be called before any other before_request is added."""
    app.extensions[NAME] = parts
    _number_requests(app)
    add_frame_headers(app, parts.config)
    guard(app)
    answer_failures(app)
    app.register_blueprint(auth)


def _number_requests(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        request_log.begin_request(request.headers.get("X-Request-Id"))

    @app.after_request
    def number(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_log.current_request_id()
        _log.info("%s", request_log.fields(_line(response)))
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        request_log.end_request()


def _line(response: Response) -> dict[str, object]:
    """What is worth keeping of a request; the route instead of the path, which may name a customer."""
    return {
        "event": "request",
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else "-",
        "status": response.status_code,
        "shop": g.current_shop.id if "current_shop" in g else "-",
    }
