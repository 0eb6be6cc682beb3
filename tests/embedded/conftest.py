"""A tiny app inside the admin, with a token endpoint that answers as told."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask import Blueprint, Flask, jsonify, request
from flask.testing import FlaskClient
from werkzeug.exceptions import RequestEntityTooLarge

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import AccessRevoked
from shopify_app.admin_api.http import new_session
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.embedded.embed import embed
from shopify_app.embedded.guard import public
from shopify_app.embedded.parts import Parts
from shopify_app.embedded.request import current_shop
from shopify_app.errors import Malformed, NotFound
from tests.conftest import MovedClock
from tests.shops.conftest import Slice, build

A, B = "alpha.myshopify.com", "bravo.myshopify.com"
ROOT = Path(__file__).resolve().parents[2]
SECRET = "test-secret-of-more-than-32-bytes"
OLD_SECRET = "an-old-secret-of-more-than-32-bytes"


def claims(clock: MovedClock, domain: str = A, **changed: object) -> dict[str, Any]:
    """An ID token's claims at this moment; None leaves one out."""
    now = int(clock.now.timestamp())
    usual = {
        "iss": f"https://{domain}/admin",
        "dest": f"https://{domain}",
        "aud": "test-key",
        "sub": "42",
        "exp": now + 60,
        "nbf": now,
        "iat": now,
        "jti": "0f3c9d5e-4d0c-4a52-8f5a-000000000001",
        "sid": "abc123",
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def signed(content: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(content, secret, algorithm=algorithm)


@dataclass
class Admin:
    """A browser in the admin of a shop."""

    app: Flask
    slice: Slice
    config: Config
    clock: MovedClock

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client(use_cookies=False)

    def token(self, domain: str = A, **changed: object) -> str:
        return signed(claims(self.clock, domain, **changed))

    def bearer(self, domain: str = A, **changed: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(domain, **changed)}"}


FAILURES = {
    "malformed": Malformed("This window is not one."),
    "revoked": AccessRevoked(),
    "large": RequestEntityTooLarge(),
}


def pages() -> Blueprint:
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/")
    def home() -> Any:
        shop = current_shop()
        return f"<title>{shop.domain} {shop.staff_id} {shop.locale}</title>"

    @blueprint.get("/json")
    def as_json() -> Any:
        shop = current_shop()
        return jsonify(id=shop.id, domain=shop.domain, place=shop.place)

    @blueprint.post("/change")
    def change() -> Any:
        return jsonify(changed=current_shop().domain)

    @blueprint.route("/fail/<kind>", methods=["GET", "POST"])
    def fail(kind: str) -> Any:
        surprise = RuntimeError(f"somebody@example.com {request.args.get('id_token')}")
        raise FAILURES.get(kind, surprise)

    @blueprint.get("/things/<int:thing>")
    def thing(thing: int) -> Any:
        raise NotFound

    @blueprint.get("/open")
    @public
    def open_page() -> Any:
        return "<title>open</title>"

    return blueprint


def tiny_app(parts: Parts) -> Flask:
    app = Flask("tiny", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    embed(app, parts)
    app.register_blueprint(pages())
    return app


@pytest.fixture
def old_secret() -> str | None:
    return OLD_SECRET


@pytest.fixture
def admin(sqlite: Database, config: Config, clock: MovedClock, old_secret: str | None) -> Admin:
    config = replace(config, admin_url=None, old_api_secret=old_secret)
    shops = build(sqlite, config, clock)
    api = AdminApi(config, new_session(shops.server), shops.tokens, clock, shops.pauses.append)
    app = tiny_app(Parts(config, sqlite, clock, shops.installs, shops.endpoint, api, shops.keys))
    return Admin(app, shops, config, clock)
