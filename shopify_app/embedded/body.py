"""What a page's modules send with a change."""

from typing import Any

from flask import request

from shopify_app.errors import Malformed


def json_body() -> dict[str, Any]:
    """The object that was sent; Malformed where there is none."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        # Nested deeper than the reader goes; it counts only ValueError as unreadable.
        body = None
    if not isinstance(body, dict):
        raise Malformed("This request could not be read.")
    return body
