"""A development store behind a port: its web server, and the thread that sends its webhooks."""

import logging
import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from devstore.faults import NoAnswer
from devstore.mailbox.server import MailServer
from devstore.store import DevStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SILENCE = 35.0
"""Seconds for which a request that is never answered is kept open: longer than an app should wait."""


class Silent:
    """A WSGI application whose unanswered requests end as they do on a network: at once, or after a long silence."""

    def __init__(self, inner: "WSGIApplication", ended: threading.Event, silence: float) -> None:
        self._inner, self._ended, self._silence = inner, ended, silence

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or close the connection without a word; the server takes a ConnectionError for the client's."""
        try:
            return self._inner(environ, start_response)
        except NoAnswer as fault:
            if fault.kind == "timed_out":
                self._ended.wait(self._silence)
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError from fault


class Serving:
    """A store being served; ``stop`` ends it clean. With a ``mail_port`` (0 for any) its mail server listens, too."""

    def __init__(
        self,
        store: DevStore,
        port: int,
        host: str = "127.0.0.1",
        silence: float = SILENCE,
        mail_port: int | None = None,
    ) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._store = store
        self.mail = None if mail_port is None else MailServer(store.post.mailbox, mail_port, host, clock=store.wall)
        store.post.server = self.mail
        self._ended = threading.Event()
        self._server = make_server(host, port, Silent(store.wsgi, self._ended, silence), threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, name="devstore", daemon=True)

    @property
    def port(self) -> int:
        """The port listened on, also where 0 was asked for."""
        return int(self._server.server_port)

    def start(self) -> None:
        """Begin to answer requests, to send webhooks and to take mail; OSError where the port for mail is taken."""
        if self.mail:
            self.mail.start()
        self._thread.start()
        self._store.start_sending()

    def stop(self) -> None:
        """Stop sending, then stop answering."""
        self._ended.set()
        self._store.stop()
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()
        if self.mail:
            self.mail.stop()
