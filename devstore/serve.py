"""A development store behind a port: its web server, and the thread that sends its webhooks."""

import logging
import threading

from werkzeug.serving import make_server

from devstore.store import DevStore


class Serving:
    """A store being served; ``stop`` ends it clean."""

    def __init__(self, store: DevStore, port: int, host: str = "127.0.0.1") -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._store = store
        self._server = make_server(host, port, store.wsgi, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, name="devstore", daemon=True)

    @property
    def port(self) -> int:
        """The port listened on, also where 0 was asked for."""
        return int(self._server.server_port)

    def start(self) -> None:
        """Begin to answer requests and to send webhooks."""
        self._thread.start()
        self._store.start_sending()

    def stop(self) -> None:
        """Stop sending, then stop answering."""
        self._store.stop()
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()
