"""Every failure gets an answer that people can read, and a line in the log that leads to its cause."""

import logging
from dataclasses import dataclass

from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException

from shopify_app.admin_api.errors import AccessRevoked
from shopify_app.embedded.answers import RETRY_HEADER, error_answer, is_document, request_is_safe, wants_json
from shopify_app.embedded.request_log import current_request_id
from shopify_app.embedded.screen import show, words
from shopify_app.errors import AppError, NotFound

OUR_FAULT = "Something went wrong on our side. Please try again in a minute."
_MESSAGES = {
    400: "This request could not be read.",
    404: NotFound().message,
    405: "This address does not take this kind of request.",
    413: "This is more than the app takes at once.",
    415: "This address does not take this kind of content.",
}
_UNCLEAR = "This request could not be answered."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not in this shop."""

    sentence: str
    request_id: str


def answer_failures(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(AccessRevoked, _revoked)
    app.register_error_handler(AppError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _revoked(error: AccessRevoked) -> Response:
    _log.warning("access revoked", exc_info=error)
    answer = error_answer(error.status, error.message)
    # The guard exchanges the token of the next try, so a fetch that changes nothing may simply be repeated.
    if request_is_safe() and not is_document():
        answer.headers[RETRY_HEADER] = "1"
    return answer


def _known(error: AppError) -> Response:
    if error.status >= 500:
        _log.error("failed", exc_info=error)
    if isinstance(error, NotFound) and "current_shop" in g and not wants_json():
        # Whoever is inside the app already stays in it, with its menu and a way back.
        page = Missing(words().text(error.message), current_request_id())
        return show("missing.html", page, words().text("Not found"), status=error.status)
    return error_answer(error.status, error.message)


def _http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    answer = error_answer(status, _MESSAGES.get(status, OUR_FAULT if status >= 500 else _UNCLEAR))
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _unknown(error: Exception) -> Response:
    _log.error("failed", exc_info=error)
    return error_answer(500, OUR_FAULT)
