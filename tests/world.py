"""The app and a development store in one process, joined over HTTP's own shapes but without sockets."""

import io
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from devstore.faults import NoAnswer
from devstore.store import DevStore
from shopify_app.app import build, create_app
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.tasks.queries import due
from shopify_app.tasks.step import run_step


class WsgiAdapter(BaseAdapter):
    """Answers the app's outgoing requests from a WSGI application; `wait` lets the time of a silence pass."""

    def __init__(self, application, wait=lambda _seconds: None) -> None:
        super().__init__()
        self.application = application
        self.wait = wait
        self.calls: list[str] = []

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        assert timeout is not None, f"no time-out for {request.url}"
        parts = urlsplit(request.url)
        self.calls.append(f"{request.method} {parts.path}")
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        environ = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            base_url=f"{parts.scheme}://{parts.netloc}",
            method=request.method,
            headers=list(request.headers.items()),
            input_stream=io.BytesIO(body),
        ).get_environ()
        try:
            chunks, status, headers = run_wsgi_app(self.application, environ, buffered=True)
        except NoAnswer as fault:
            if fault.kind == "timed_out":
                self.wait(timeout[1])
                raise requests.ReadTimeout(request=request) from fault
            raise requests.ConnectionError(request=request) from fault
        raw = HTTPResponse(
            body=io.BytesIO(b"".join(chunks)),
            headers=list(headers.items()),
            status=int(status.split()[0]),
            preload_content=False,
        )
        return requests.adapters.HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        pass


class World:
    """One app and one store; `shop` is Alice's, others can be added."""

    def __init__(self, config: Config, database: Database, clock, directory: Path) -> None:
        self.clock = clock
        self.store = DevStore(
            api_key=config.api_key,
            api_secret=config.api_secret,
            app_url=config.host,
            public_url=config.admin_url,
            clock=clock,
            seed=1,
            send=self._post_to_app,
        )
        self.adapter = WsgiAdapter(self.store.wsgi, self._sleep)
        self.wafa = build(
            config, database=database, clock=clock, transport=self.adapter, sleep=self._sleep, directory=directory
        )
        self.app = create_app(wafa=self.wafa)
        self.client = Client(self.app)

    def _sleep(self, seconds: float) -> None:
        self.clock.forward(seconds)

    def _post_to_app(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        return self.client.post(urlsplit(url).path, headers=dict(headers), data=body).status_code

    def open(self, shop, path: str = "/", **headers):
        """Open a page as a merchant's browser does inside the admin: by fetch, with a fresh token."""
        return self.client.get(path, headers={"Authorization": f"Bearer {shop.id_token()}", **headers})

    def json(self, shop, path: str):
        answer = self.open(shop, path, Accept="application/json")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def install(self, shop):
        """Install as Shopify does, then open the app for the first time."""
        shop.install()
        answer = self.open(shop)
        assert answer.status_code == 200, answer.text
        return answer

    def work(self, rounds: int = 2000) -> None:
        """Deliver, drain and step until nothing is left to do now."""
        for _ in range(rounds):
            busy = self.store.deliver_due() + self.wafa.drain.sweep() + self.step_tasks()
            if not busy:
                return
        raise AssertionError("the work does not end")

    def step_tasks(self) -> int:
        with self.wafa.database.reading() as session:
            ready = due(session, self.clock())
            waiting = not ready
        if waiting:
            self.clock.forward(5)
            with self.wafa.database.reading() as session:
                ready = due(session, self.clock())
        for shop, task_id in ready:
            run_step(self.wafa.database, self.wafa.steps, shop, task_id, "test", self.clock())
        return len(ready)
