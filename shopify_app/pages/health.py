"""Whether the process lives, whether it can do its work, and how far behind it is: for machines, without ID token."""

import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, jsonify, request

from shopify_app.clock import Instant
from shopify_app.config import VERSION
from shopify_app.db.base import Session
from shopify_app.embedded.guard import public
from shopify_app.embedded.parts import parts
from shopify_app.tasks.queries import due

blueprint = Blueprint("health", __name__)

MEASURE = "wafa.backlog"
"""Under which name of the app's extensions the composition root puts a `Measure`."""

_LOOPBACK = ("127.0.0.1", "::1")
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_PROXIES_SAY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")
_MOST_TASKS = 10_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """Webhook deliveries of all shops that are not handled."""

    waiting: int
    parked: int
    strays: int
    """Waiting for a shop to install us."""
    refused: int
    """Too large to be taken, in the last seven days; whether they were signed nobody knows."""
    oldest: Instant | None
    """When Shopify triggered the longest waiting one, strays apart; None when none waits."""

    def lag(self, now: Instant) -> float:
        """Seconds by which what is shown is behind what has happened."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0


Measure = Callable[[Session, Instant], Backlog]


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers and has the newest schema; how far behind we are takes no server out of service."""
    if not parts().database.is_current():
        return jsonify({"status": "database not ready"}), 503
    now = parts().clock()
    with parts().database.reading() as session:
        behind = _measure(session, now).lag(now)
    return jsonify({"status": "ok", "lag_seconds": round(behind, 3)}), 200


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """The gauges in Prometheus' text format, for this machine or for whoever has the token."""
    token = parts().config.metrics_token
    if token is None and not _from_this_machine():
        return Response("only from this machine\n", 403, mimetype="text/plain")
    if token is not None and not _shows(token):
        return Response("a bearer token is needed\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    now = parts().clock()
    with parts().database.reading() as session:
        lines = [*_gauges(_measure(session, now), len(due(session, now, _MOST_TASKS)), now)]
    return Response("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")


def _measure(session: Session, now: Instant) -> Backlog:
    measure: Measure = current_app.extensions[MEASURE]
    return measure(session, now)


def _from_this_machine() -> bool:
    """Whether a program here asks for itself: a proxy here that passes the world on does not count."""
    passed_on = any(name in request.headers for name in _PROXIES_SAY)
    return request.remote_addr in _LOOPBACK and bool(_HERE.fullmatch(request.host)) and not passed_on


def _shows(token: str) -> bool:
    given = request.headers.get("Authorization", "").encode()
    return hmac.compare_digest(given, f"Bearer {token}".encode())


def _gauges(backlog: Backlog, tasks: int, now: Instant) -> Iterator[str]:
    yield from _gauge("build_info", "Which version runs.", {f'{{version="{VERSION}"}}': 1})
    states = {"waiting": backlog.waiting, "parked": backlog.parked, "stray": backlog.strays}
    by_state = {f'{{state="{state}"}}': count for state, count in states.items()}
    yield from _gauge("deliveries", "Webhook deliveries that are not handled.", by_state)
    yield from _gauge("lag_seconds", "Age of the longest waiting delivery.", {"": backlog.lag(now)})
    refused = "Deliveries refused for their size in seven days; unsigned senders who name a shop of ours count too."
    yield from _gauge("refused_week", refused, {"": backlog.refused})
    yield from _gauge("tasks_due", "Tasks with a step to run now.", {"": tasks})


def _gauge(name: str, meaning: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP wafa_{name} {meaning}\n# TYPE wafa_{name} gauge\n"
    yield from (f"wafa_{name}{labels} {value}\n" for labels, value in values.items())
