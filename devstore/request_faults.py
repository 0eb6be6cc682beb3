"""What goes wrong with a request of the app's: pure decisions, each from a share and the store's randomness."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from devstore.faults import Faults, happens

GRAPHQL, TOKENS, FILE = "graphql", "tokens", "file"
_RETRY_AFTER: tuple[tuple[tuple[str, str], ...], ...] = (
    (("Retry-After", "2.0"),),
    (("Retry-After", "1"),),
    (("retry-after", "0.5"),),
    (),
)
_LOST_AS = ("reset", "timed_out", "502")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: which road it takes, and the name of its GraphQL operation where it has one."""

    road: str
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to one request; ``place`` is where in the answer it strikes, from 0 to 1."""

    name: str
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    place: float = 0.0
    manner: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault that may strike: on which roads, and what exactly is drawn when it does."""

    roads: tuple[str, ...]
    make: Callable[[str, random.Random], Fault]


def _plain(name: str, _randomness: random.Random) -> Fault:
    return Fault(name)


def _with(*statuses: int) -> Callable[[str, random.Random], Fault]:
    return lambda name, randomness: Fault(name, status=randomness.choice(statuses))


def _too_many(name: str, randomness: random.Random) -> Fault:
    return Fault(name, status=429, headers=randomness.choice(_RETRY_AFTER))


def _cut(name: str, randomness: random.Random) -> Fault:
    # A connection that breaks promises more than it brings; a body that ends early does not.
    return Fault(name, place=randomness.random(), manner=randomness.choice(("broken", "short")))


def _somewhere(name: str, randomness: random.Random) -> Fault:
    return Fault(name, place=randomness.random())


def _lost(name: str, randomness: random.Random) -> Fault:
    return Fault(name, manner=randomness.choice(_LOST_AS))


KINDS: dict[str, Kind] = {
    "reset": Kind((GRAPHQL, TOKENS, FILE), _plain),
    "timed_out": Kind((GRAPHQL, TOKENS, FILE), _plain),
    "too_many": Kind((GRAPHQL, TOKENS), _too_many),
    "server_error": Kind((GRAPHQL, TOKENS, FILE), _with(500, 502, 503)),
    "html": Kind((GRAPHQL, TOKENS), _with(200)),
    "html_error": Kind((GRAPHQL, TOKENS), _with(500, 502, 503)),
    "token_refused": Kind((GRAPHQL,), _with(401)),
    "payment_required": Kind((GRAPHQL,), _with(402)),
    "forbidden": Kind((GRAPHQL,), _with(403)),
    "not_found": Kind((GRAPHQL,), _with(404)),
    "locked": Kind((GRAPHQL,), _with(423)),
    "throttled": Kind((GRAPHQL,), _plain),
    "internal_error": Kind((GRAPHQL,), _plain),
    "cut": Kind((GRAPHQL, TOKENS), _cut),
    "partial": Kind((GRAPHQL,), _somewhere),
    "answer_lost": Kind((GRAPHQL, TOKENS), _lost),
    "file_gone": Kind((FILE,), _with(403, 404, 410)),
    "file_cut": Kind((FILE,), _somewhere),
}
"""Every fault of requests; a refused token is no fault of the token endpoint, where it would end the grant for good."""


def kinds_on(road: str) -> tuple[str, ...]:
    """The names of the faults that can strike on a road."""
    return tuple(name for name, kind in KINDS.items() if road in kind.roads)


def decide(faults: Faults, randomness: random.Random, asked: Asked) -> Fault | None:
    """The fault that strikes this request, or None: each in turn has its chance, the first one wins."""
    if asked.road == GRAPHQL and faults.operations and asked.operation not in faults.operations:
        return None
    for name in kinds_on(asked.road):
        if happens(randomness, getattr(faults, name)):
            return KINDS[name].make(name, randomness)
    return None
