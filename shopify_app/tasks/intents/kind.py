"""A kind of effect outside: how it is sent, and how to find out whether it is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId


@dataclass(frozen=True, slots=True)
class IntentView:
    """Where an intent stands."""

    shop: ShopId
    kind: str
    key: str
    arguments: Mapping[str, Any]
    state: str
    attempts: int
    lost: int
    due_at: Instant | None
    sent_at: Instant | None
    outcome: Mapping[str, Any] | None
    error: str | None
    actor: str
    created_at: Instant
    updated_at: Instant


@dataclass(frozen=True, slots=True)
class Found:
    """The effect is there; `outcome` is what sending it would have told us."""

    outcome: Mapping[str, Any] = field(default_factory=dict)


class NotThere:
    """The far side was asked and does not have it."""


class CannotTell:
    """The far side's answer does not settle it."""


Seen = Found | NotThere | CannotTell
Send = Callable[[IntentView], Mapping[str, Any]]
Look = Callable[[IntentView], Seen]


class NotYet(Exception):
    """For `send` to raise: nothing has happened, and it may be tried again after `wait` seconds.

    `why` is the far side's own code where it said that it has no room; whoever wants the effect may tell of it.
    """

    def __init__(self, wait: float, why: str | None = None) -> None:
        super().__init__(f"not before {wait} s")
        self.wait = wait
        self.why = why


class NotWanted(Exception):
    """For `send` to raise: nothing has happened, and nobody wants it any more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of intent is carried out; without `look` it is sent at most once."""

    send: Send
    """Has the effect and gives its outcome. What it raises decides: see `run.after`."""
    look: Look | None = None
    patience: float = 120.0
    """Seconds after the sending within which the effect may still appear: longer than any call lasts."""
