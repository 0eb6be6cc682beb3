"""The webhook door: a small WSGI callable before Flask that verifies, keeps, and only then answers 200."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from shopify_app.clock import Clock, Instant, parse_instant
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.db.group_commit import GroupCommit
from shopify_app.embedded import request_log
from shopify_app.embedded.request_log import fields
from webhooks.inbox import Inbox, Posted
from webhooks.signature import is_authentic

LARGEST = 5 * 1024 * 1024
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
log = logging.getLogger("wafa.door")


class _Refused(Exception):
    """The delivery is not taken; Shopify is told why."""

    def __init__(self, status: str, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class Door:
    """Answers POST /webhooks and below; everything else goes on to `inner`.

    A 200 means the delivery is committed. `wake(domain)` is told afterwards; if that is lost, the sweeper finds
    the row. The body is not parsed here: invalid JSON with a valid signature is kept and parked by the drain.
    """

    def __init__(
        self,
        inner: WSGIApplication,
        *,
        config: Config,
        database: Database,
        inbox: Inbox,
        clock: Clock,
        wake: Callable[[str], None],
    ) -> None:
        self._inner = inner
        self._config = config
        self._database = database
        self._inbox = inbox
        self._clock = clock
        self._wake = wake
        self._commit = GroupCommit(self._keep)

    def _keep(self, batch: Sequence[tuple[Posted, Instant]]) -> list[bool]:
        with self._database.transaction(first=True) as session:
            return [self._inbox.keep(session, posted, now) for posted, now in batch]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Be a WSGI application."""
        path = environ.get("PATH_INFO", "")
        if path != "/webhooks" and not path.startswith("/webhooks/"):
            return self._inner(environ, start_response)
        request_id = request_log.begin_request(environ.get("HTTP_X_REQUEST_ID"))
        try:
            status, answer = "200 OK", self._receive(environ)
        except _Refused as refused:
            log.warning("%s", fields({"event": "delivery refused", "reason": refused.error}))
            status, answer = refused.status, {"error": refused.error}
        except Exception:
            # Not acknowledged: Shopify sends it again, for four hours.
            log.exception("%s", fields({"event": "delivery not kept"}))
            status, answer = "503 Service Unavailable", {"error": "It could not be kept. Send it again."}
        body = json.dumps({**answer, "request_id": request_id}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        headers += [("X-Request-Id", request_id)] + ([("Allow", "POST")] if status.startswith("405") else [])
        start_response(status, headers)
        request_log.end_request()
        return [body]

    def _receive(self, environ: WSGIEnvironment) -> dict[str, Any]:
        if environ["REQUEST_METHOD"] != "POST":
            raise _Refused("405 Method Not Allowed", "Webhooks are sent with POST.")
        body = _body(environ)
        # WSGI hands headers over as latin-1 text: this gives back the bytes that were sent.
        signature = _header(environ, "HMAC_SHA256").encode("latin-1")
        if not is_authentic(body, signature, self._config.secrets):
            raise _Refused("401 Unauthorized", "The signature does not fit the body.")
        now = self._clock()
        posted = _posted(environ, body, now)
        new = self._commit.submit((posted, now))
        said = {"event": "delivery kept" if new else "delivery known", "shop": posted.shop_domain}
        log.info("%s", fields({**said, "topic": posted.topic, "webhook_id": posted.webhook_id}))
        self._wake(posted.shop_domain)
        return {"kept": new}


def _body(environ: WSGIEnvironment) -> bytes:
    declared = environ.get("CONTENT_LENGTH") or ""
    if declared and not declared.isdigit():
        raise _Refused("400 Bad Request", "The length of the body is not a number.")
    if declared and int(declared) > LARGEST:
        raise _Refused("413 Content Too Large", "The body is larger than 5 MB.")
    stream = environ["wsgi.input"]
    body: bytes = stream.read(int(declared) if declared else LARGEST + 1)
    if len(body) > LARGEST:
        raise _Refused("413 Content Too Large", "The body is larger than 5 MB.")
    return body


def _header(environ: WSGIEnvironment, name: str) -> str:
    """A header of either family: X-Shopify-Topic of webhooks, Shopify-Topic of Events."""
    value: str = environ.get(f"HTTP_X_SHOPIFY_{name}") or environ.get(f"HTTP_SHOPIFY_{name}") or ""
    return value


def _posted(environ: WSGIEnvironment, body: bytes, now: Instant) -> Posted:
    domain = _header(environ, "SHOP_DOMAIN").lower()
    webhook_id, topic = _header(environ, "WEBHOOK_ID"), _header(environ, "TOPIC")
    if not _DOMAIN.fullmatch(domain) or not webhook_id or not topic or max(map(len, (webhook_id, topic))) > 128:
        raise _Refused("400 Bad Request", "The headers do not name shop, topic and webhook id.")
    return Posted(
        shop_domain=domain,
        webhook_id=webhook_id,
        topic=topic.lower(),
        api_version=_header(environ, "API_VERSION")[:16],
        event_id=_header(environ, "EVENT_ID")[:255],
        triggered_at=_triggered(_header(environ, "TRIGGERED_AT"), now),
        body=body,
    )


def _triggered(text: str, now: Instant) -> Instant:
    try:
        return min(parse_instant(text), now)
    except ValueError:
        return now
