"""The webhook door: a small WSGI callable before Flask that verifies, keeps, and only then answers 200."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from shopify_app.clock import Clock, Instant, not_ahead, parse_instant
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.db.group_commit import GroupCommit
from shopify_app.embedded import request_log
from shopify_app.embedded.request_log import fields
from shopify_app.shops.domain import shop_domain
from webhooks.inbox import Inbox, Posted
from webhooks.refusals import count_refused
from webhooks.signature import is_authentic

LARGEST = 5 * 1024 * 1024
_TOPIC = re.compile(r"(?=.{1,128}\Z)[A-Za-z0-9_]+([./-][A-Za-z0-9_]+)*")
# No comma and no blank: a header that was sent twice arrives as both, joined.
_WORD = re.compile(r"[!-+\--~]{1,128}")
log = logging.getLogger("wafa.door")


class _Refused(Exception):
    """The delivery is not taken; Shopify is told why."""

    def __init__(self, status: str, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class _TooLarge(_Refused):
    """More than is taken at once; nobody knows whether Shopify signed it."""

    def __init__(self) -> None:
        super().__init__("413 Content Too Large", "The body is larger than 5 MB.")


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
        self._refusals = GroupCommit(self._count)

    def _keep(self, batch: Sequence[tuple[Posted, Instant]]) -> list[bool]:
        with self._database.transaction(first=True) as session:
            new = self._inbox.keep(session, batch)
        log.info("%s", fields({"event": "deliveries kept", "kept": sum(new), "known": len(new) - sum(new)}))
        return new

    def _count(self, batch: Sequence[tuple[str, Instant]]) -> list[None]:
        # Not first, and one commit for all who wait: whoever sends too much must not hold up the others.
        with self._database.transaction() as session:
            count_refused(session, [domain for domain, _ in batch], max(now for _, now in batch))
        return [None] * len(batch)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Be a WSGI application."""
        path = environ.get("PATH_INFO", "")
        if path != "/webhooks" and not path.startswith("/webhooks/"):
            return self._inner(environ, start_response)
        request_id = request_log.begin_request(environ.get("HTTP_X_REQUEST_ID"))
        try:
            status, answer = "200 OK", self._receive(environ)
        except _Refused as refused:
            if isinstance(refused, _TooLarge):
                self._remember(environ)
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
        signature = _one(environ, "HMAC_SHA256", "401 Unauthorized").encode("latin-1", "replace")
        if not is_authentic(body, signature, self._config.secrets):
            raise _Refused("401 Unauthorized", "The signature does not fit the body.")
        now = self._clock()
        posted = _posted(environ, body, now)
        new = self._commit.submit((posted, now))
        if log.isEnabledFor(logging.DEBUG):
            said = {"event": "delivery kept" if new else "delivery known", "shop": posted.shop_domain}
            log.debug("%s", fields({**said, "topic": posted.topic, "webhook_id": posted.webhook_id, "size": len(body)}))
        self._wake(posted.shop_domain)
        return {"kept": new}

    def _remember(self, environ: WSGIEnvironment) -> None:
        """Count what was too large, if the shop it names is one of ours; the answer is the same in any case."""
        domain = shop_domain(_header(environ, "SHOP_DOMAIN").lower())
        if domain is None:
            return
        try:
            self._refusals.submit((domain, self._clock()))
        except Exception:
            log.exception("%s", fields({"event": "refusal not counted"}))


def _body(environ: WSGIEnvironment) -> bytes:
    """The raw body, read no further than it may be long."""
    declared = environ.get("CONTENT_LENGTH") or ""
    if declared and not (declared.isascii() and declared.isdigit()):
        raise _Refused("400 Bad Request", "The length of the body is not a number.")
    # Compared as text first: a number of endless digits is not worth reading.
    if len(declared.lstrip("0")) > len(str(LARGEST)) or int(declared or 0) > LARGEST:
        raise _TooLarge
    if not declared and not environ.get("wsgi.input_terminated"):
        # The server would not say where this body ends: without a length there is none.
        return b""
    body: bytes = environ["wsgi.input"].read(int(declared) if declared else LARGEST + 1)
    if len(body) > LARGEST:
        raise _TooLarge
    if declared and len(body) < int(declared):
        raise _Refused("400 Bad Request", "The body is shorter than its length says.")
    return body


def _header(environ: WSGIEnvironment, name: str) -> str:
    """A header of either family: X-Shopify-Topic of webhooks, Shopify-Topic of Events."""
    value: str = environ.get(f"HTTP_X_SHOPIFY_{name}") or environ.get(f"HTTP_SHOPIFY_{name}") or ""
    return value


def _one(environ: WSGIEnvironment, name: str, status: str = "400 Bad Request") -> str:
    """The same where it decides something: both families at once must not say two things."""
    both = {value for family in ("X_SHOPIFY", "SHOPIFY") if (value := environ.get(f"HTTP_{family}_{name}")) is not None}
    if len(both) > 1:
        raise _Refused(status, "The headers contradict each other.")
    return both.pop() if both else ""


def _posted(environ: WSGIEnvironment, body: bytes, now: Instant) -> Posted:
    domain = shop_domain(_one(environ, "SHOP_DOMAIN").lower())
    webhook_id, topic = _one(environ, "WEBHOOK_ID"), _one(environ, "TOPIC")
    if domain is None or not _WORD.fullmatch(webhook_id) or not _TOPIC.fullmatch(topic):
        raise _Refused("400 Bad Request", "The headers do not name shop, topic and webhook id.")
    told = _triggered(_header(environ, "TRIGGERED_AT"), now)
    return Posted(
        shop_domain=domain,
        webhook_id=webhook_id,
        topic=topic.lower(),
        api_version=_plain(_header(environ, "API_VERSION"))[:16],
        event_id=_plain(_header(environ, "EVENT_ID")),
        triggered_at=told or now,
        timed=told is not None,
        body=body,
    )


def _plain(text: str) -> str:
    """A header that decides nothing: kept when it is one word, else left out."""
    return text if _WORD.fullmatch(text) else ""


def _triggered(text: str, now: Instant) -> Instant | None:
    """When Shopify says that it happened; None where it does not say so, or nothing that can be."""
    try:
        # Shopify's clock may be ahead of ours: cut to ours, two events would seem to have come in order of arrival.
        return not_ahead(parse_instant(text), now)
    except (ValueError, OverflowError):
        # The first and the last days of the calendar have no moment in UTC.
        return None
