"""The web side of the development store: one Flask application over all its routes."""

from typing import TYPE_CHECKING

from flask import Flask, Response, abort, current_app, request

from devstore.admin import admin
from devstore.checkout.acts import left
from devstore.checkout.pages import checkout
from devstore.control import control
from devstore.faulty_web import FaultyWeb
from devstore.graphql import admin_api
from devstore.mailbox.pages import mailbox_pages
from devstore.oauth import oauth

if TYPE_CHECKING:
    from devstore.store import DevStore


def build_web(store: "DevStore") -> Flask:
    """The application that serves a store."""
    web = Flask("devstore", template_folder="templates", static_folder="static", static_url_path="/standins")
    web.extensions["devstore"], web.extensions["mailbox"] = store, store.post
    web.json.ensure_ascii = False  # type: ignore[attr-defined]
    web.json.sort_keys = False  # type: ignore[attr-defined]
    for routes in (checkout, left, mailbox_pages, admin, control, admin_api, oauth):
        web.register_blueprint(routes)
    web.add_url_rule("/clock", "clock", _clock)
    web.add_url_rule("/bulk/<token>.jsonl", "bulk", _bulk)
    web.add_url_rule("/staged-uploads", "staged", _staged, methods=["POST"])
    web.after_request(_open_standins)
    web.wsgi_app = FaultyWeb(store, web.wsgi_app)  # type: ignore[method-assign]
    return web


def _clock() -> dict[str, object]:
    """What the store's clock shows and how far it was moved, for whoever wants to go with it."""
    store: DevStore = current_app.extensions["devstore"]
    return {"now": store.now().isoformat(timespec="seconds"), "ahead_seconds": int(store.ahead.total_seconds())}


def _bulk(token: str) -> Response:
    store: DevStore = current_app.extensions["devstore"]
    with store.lock:
        shop = store.shop_of_file(token)
        found = shop.bulk.lines(token, store.now()) if shop else None
    if found is None:
        abort(404)
    return Response(found, mimetype="application/jsonl")


def _staged() -> tuple[Response, int]:
    """Keep a file where an app was told to put it; as with Google's storage, the file is the form's last field."""
    store: DevStore = current_app.extensions["devstore"]
    brought = request.files.get("file")
    with store.lock:
        if brought is None or not store.take_upload(request.form, brought.read()):
            return Response("<Error><Code>AccessDenied</Code></Error>", mimetype="application/xml"), 403
    return Response("<PostResponse></PostResponse>", mimetype="application/xml"), 201


def _open_standins(answer: Response) -> Response:
    if request.path.startswith("/standins/"):
        answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
