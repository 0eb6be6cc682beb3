"""A shop whose single delivery arrives while another shop's long queue is being drained."""

import io
import time
from collections.abc import Callable, Sequence
from wsgiref.types import WSGIApplication, WSGIEnvironment

from sqlalchemy import func, select

from benchmarks.bodies import Bodies, domain, signed
from shopify_app.app import Wafa, create_app
from shopify_app.work import Workers
from webhooks.inbox import HANDLED, WAITING, Delivery

_LOOK = 0.01
_PATIENCE = 120.0


def delays(wafa: Wafa, probes: int, between: float) -> tuple[Sequence[float], int]:
    """Seconds from each delivery's 200 to its being handled, and how much of the queue was left then.

    The door is the real one, called as the server calls it, and the drain runs in its own thread.
    """
    workers = Workers(wafa)
    door = create_app(wafa=wafa, wake=workers.wake).wsgi_app
    workers.start()
    try:
        waited = [_delay(wafa, door, number, between) for number in range(probes)]
        return waited, _count(wafa, domain(0), WAITING)
    finally:
        workers.stop()
        wafa.database.close()


def _delay(wafa: Wafa, door: WSGIApplication, number: int, between: float) -> float:
    # The drain is at another place of the queue each time.
    time.sleep(between)
    statuses: list[str] = []

    def start(status: str, _headers: object, _problem: object = None, /) -> Callable[[bytes], object]:
        statuses.append(status)
        return io.BytesIO().write

    answer = door(_delivery(number), start)
    if not statuses[0].startswith("200"):
        raise ValueError(f"{statuses[0]}: {b''.join(answer)!r}")
    began = time.perf_counter()
    while _count(wafa, domain(1), HANDLED) <= number:
        if time.perf_counter() - began > _PATIENCE:
            break
        time.sleep(_LOOK)
    return time.perf_counter() - began


def _count(wafa: Wafa, domain: str, state: str) -> int:
    of_shop = (Delivery.shop_domain == domain, Delivery.state == state)
    with wafa.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Delivery).where(*of_shop)) or 0


def _delivery(number: int) -> WSGIEnvironment:
    body = Bodies().of(5_000_000 + number, 1)
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/webhooks",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_X_SHOPIFY_TOPIC": "orders/create",
        "HTTP_X_SHOPIFY_HMAC_SHA256": signed(body).decode(),
        "HTTP_X_SHOPIFY_SHOP_DOMAIN": domain(1),
        "HTTP_X_SHOPIFY_WEBHOOK_ID": f"visit-{number}",
        "HTTP_X_SHOPIFY_API_VERSION": "2026-10",
    }
