"""What lies between the two programs: the road to the store's Admin API, and the post from its webhooks."""

import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from tests.simulation.crash import Broken
from tests.world import WsgiAdapter

if TYPE_CHECKING:
    from tests.simulation.process import Process


class Road(WsgiAdapter):
    """The way from one process to the store: others may run, and the process may die before and after."""

    def __init__(self, process: "Process") -> None:
        super().__init__(process.world.store.wsgi, process.sleep)
        self._process = process

    def send(self, request: Any, stream: Any = False, timeout: Any = None, **rest: Any) -> requests.Response:
        process = self._process
        if process.database.busy:
            raise Broken(f"{request.url} was called inside a transaction")
        process.may_pause("call")
        process.moment("call")
        process.world.note(f"call {_named(request)}")
        process.world.passes()
        try:
            return super().send(request, stream, timeout, **rest)
        finally:
            process.world.passes()
            process.moment("answer")
            process.may_pause("answer")


def _named(request: Any) -> str:
    """What is called: an operation of the Admin API, or an address."""
    name = str(json.loads(request.body).get("operationName", "")) if request.url.endswith("graphql.json") else ""
    return name or urlsplit(request.url).path.rpartition("/")[2]


def environ_of(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> dict[str, Any]:
    """A request as a WSGI server hands it over."""
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "app.test",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
