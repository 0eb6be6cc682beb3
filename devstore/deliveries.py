"""Webhook deliveries: how they are signed, sent, and tried again."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

Send = Callable[[str, dict[str, str], bytes], int]

API_VERSION = "2026-10"
COMPLIANCE = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
RETRIES = 8
FIRST_WAIT = timedelta(seconds=56)
_TIMEOUTS = (1, 5)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Delivery:
    """One webhook delivery; the body is fixed when the thing happens and never again."""

    number: int
    topic: str
    shop: str
    webhook_id: str
    event_id: str
    body: bytes
    triggered_at: datetime
    due_at: datetime
    url: str
    attempts: int = 0
    status: str = "waiting"
    answer: int | None = None

    def headers(self, secret: str) -> dict[str, str]:
        """The headers of the POST, signed with ``secret``."""
        moment = self.triggered_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return {
            "Content-Type": "application/json",
            "User-Agent": "Development-Store-Webhooks/1.0",
            "X-Shopify-Topic": self.topic,
            "X-Shopify-Hmac-Sha256": signature(secret, self.body),
            "X-Shopify-Shop-Domain": self.shop,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": self.webhook_id,
            "X-Shopify-Event-Id": self.event_id,
            "X-Shopify-Triggered-At": moment,
        }

    def settle(self, answer: int | None, now: datetime) -> None:
        """Book the answer to one attempt: only 2xx is success, the ninth failure is the last."""
        self.attempts += 1
        self.answer = answer
        if answer is not None and 200 <= answer < 300:
            self.status = "delivered"
        elif self.attempts > RETRIES:
            self.status = "failed"
        else:
            self.due_at = now + FIRST_WAIT * 2 ** (self.attempts - 1)


def signature(secret: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def address(app_url: str, topic: str) -> str:
    """Where the app takes deliveries of a topic."""
    return f"{app_url}/webhooks/compliance" if topic in COMPLIANCE else f"{app_url}/webhooks"


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """Send one delivery over the network and return the status code."""
    with requests.Session() as session:
        session.trust_env = False  # the app is on this machine: no proxy stands between
        answer = session.post(url, data=body, headers=headers, timeout=_TIMEOUTS, allow_redirects=False)
        return answer.status_code


def attempt(delivery: Delivery, send: Send, secret: str, now: datetime, mishap: str = "") -> None:
    """Send one delivery once; a connection that fails counts as a failed attempt.

    By mishap it may be "unreached": it never gets to the app; or "unheard": it does, but the answer is not seen.
    """
    answer: int | None = None
    try:
        if mishap != "unreached":
            answer = send(delivery.url, delivery.headers(secret), delivery.body)
    except OSError as error:
        _log.info("delivery %s of %s: %s", delivery.number, delivery.topic, type(error).__name__)
    delivery.settle(None if mishap else answer, now)
