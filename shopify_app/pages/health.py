"""Whether the process lives and whether it can do its work; for load balancers, without a token."""

from flask import Blueprint, Response, jsonify

from shopify_app.embedded.guard import public
from shopify_app.embedded.parts import parts

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers and has the newest schema."""
    ready = parts().database.is_current()
    return jsonify({"status": "ok" if ready else "database not ready"}), 200 if ready else 503
