"""The app and a development store served on real ports, joined by nothing but HTTP, with the app's workers running."""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import BaseWSGIServer, make_server

from devstore.serve import Serving
from devstore.shop import Shop
from devstore.sources import Ask
from devstore.store import DevStore
from shopify_app.app import build, create_app
from shopify_app.clock import system_clock
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.work import Workers
from tests.browser.merchant import PATIENCE
from tests.browser.shelves import fill

HOST = "127.0.0.1"
API_KEY, API_SECRET = "test-key", "test-secret-of-more-than-32-bytes"
HELD = 1_000_000.0
"""Seconds for a bulk operation that ends when the test says so."""


@dataclass(frozen=True)
class Asked:
    """One request that reached the app."""

    method: str
    path: str
    kind: str
    """move, look (the page asks whether it has changed), or other"""
    signed: bool
    query: dict[str, list[str]]


@dataclass
class Listening:
    """Stands in front of the app and notes each request to it."""

    application: Callable[..., Iterable[bytes]]
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        kind = "move" if "HTTP_X_WAFA_MOVE" in environ else "look" if "HTTP_X_WAFA_LOOK" in environ else "other"
        signed = "HTTP_AUTHORIZATION" in environ
        query = parse_qs(environ.get("QUERY_STRING", ""))
        self.asked.append(Asked(environ["REQUEST_METHOD"], environ["PATH_INFO"], kind, signed, query))
        return self.application(environ, start_response)

    def since(self, start: int) -> list[Asked]:
        """What was asked after `start` requests, but for the page's own looks and Shopify's deliveries."""
        return [one for one in self.asked[start:] if one.kind != "look" and not one.path.startswith("/webhooks")]


class Server:
    """A WSGI application on a port of its own; the port is known before the application is."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._server: BaseWSGIServer = make_server(HOST, 0, _nothing_yet, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://{HOST}:{self._server.server_port}"

    def start(self, application: Callable[..., Iterable[bytes]]) -> None:
        """Begin to answer."""
        self._server.app = application
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


@dataclass
class Stage:
    """One app, one store with one shop, and what was asked of the app."""

    store: DevStore
    shop: Shop
    store_url: str
    app_url: str
    heard: Listening

    def hold(self) -> None:
        """From now on Shopify takes forever over a bulk query."""
        self.store.bulk_seconds = HELD

    def go_on(self) -> None:
        """Let what is held go on to a third of the way, and stand there."""
        operation = self._newest()
        with self.store.lock:
            installation = self.shop.installation
            assert installation is not None, "the app is not installed"
            operation.advance(len(operation.items) // 3, Ask(self.shop, installation, self.store.now()))

    def let_go(self) -> None:
        """Let what is held come to its end."""
        self.store.bulk_seconds = 0.0

    def break_off(self, times: int = 3) -> None:
        """Let what is held fail, and what the app asks for instead."""
        begun = len(self._all()) or 1
        for number in range(times):
            self.until_preparing(begun + number)
            operation = self._newest()
            with self.store.lock:
                operation.finish("FAILED", self.store.now(), "INTERNAL_SERVER_ERROR")

    def until_preparing(self, operations: int = 1) -> None:
        """Wait until the app has started a bulk query, or so many."""
        deadline = time.monotonic() + PATIENCE / 1000
        while len(self._all()) < operations:
            assert time.monotonic() < deadline, "the app has not asked for the orders"
            time.sleep(0.05)

    def _newest(self) -> Any:
        self.until_preparing()
        return self._all()[-1]

    def _all(self) -> list[Any]:
        with self.store.lock:
            return self.shop.bulk.listed(self.store.now())


def settings(app_url: str, store_url: str, directory: Path) -> Config:
    """The app's settings beside a development store of this address."""
    return Config(
        api_key=API_KEY,
        api_secret=API_SECRET,
        host=app_url,
        encryption_keys=(b"k" * 32,),
        lookup_key=b"l" * 32,
        database_url=f"sqlite:///{directory / 'wafa.db'}",
        app_bridge_url=f"{store_url}/standins/app-bridge.js",
        polaris_url=f"{store_url}/standins/polaris.js",
        admin_url=store_url,
    )


@contextmanager
def staged(template: Path, directory: Path) -> Iterator[Stage]:
    """Both served, the shop filled, the app not installed yet; all of it is gone when the block ends."""
    server = Server()
    store = DevStore(API_KEY, API_SECRET, app_url=server.url, public_url="")
    shop = store.add_shop("demo.myshopify.com", currency="KWD", timezone="Asia/Kuwait", name="Bazaar")
    fill(shop, store.now())
    serving = Serving(store, 0)
    store.public_url = f"http://{HOST}:{serving.port}"
    config = settings(server.url, store.public_url, directory)
    shutil.copy(template, directory / "wafa.db")
    database = Database(config.database_url)
    wafa = build(config, database=database, clock=system_clock, directory=directory)
    workers = Workers(wafa)
    heard = Listening(create_app(wafa=wafa, wake=workers.wake))
    serving.start()
    server.start(heard)
    workers.start()
    try:
        yield Stage(store, shop, store.public_url, server.url, heard)
    finally:
        workers.stop()
        server.stop()
        serving.stop()
        wafa.http.close()
        database.close()


def _nothing_yet(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []
