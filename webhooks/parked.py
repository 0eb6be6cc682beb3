"""Deliveries that were given up: which, and why, for the operator; nothing of what they say of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.crypto import Unreadable
from shopify_app.errors import Malformed
from webhooks.inbox import PARKED, Delivery

HOPELESS: Mapping[str, str] = {
    Malformed.__name__: "the body is not what the topic promises: only a new version of Wafa can read it",
    Unreadable.__name__: "its key is gone: nobody can open it any more",
}
"""Kinds of error that another try does not cure, and what they mean."""


@dataclass(frozen=True, slots=True)
class Parked:
    """One delivery that was given up; `error` is the kind of the last failure."""

    shop_domain: str
    webhook_id: str
    topic: str
    received_at: Instant
    attempts: int
    error: str

    @property
    def why(self) -> str:
        """What its kind of error means, in a sentence without a full stop."""
        unexpected = f"it failed again and again ({self.error}): the server's log has where"
        return HOPELESS.get(self.error, unexpected)

    @property
    def hopeless(self) -> bool:
        """Whether the same code with the same keys would fail again."""
        return self.error in HOPELESS


def parked(session: Session, domain: str | None = None) -> Sequence[Parked]:
    """A shop's parked deliveries, or those of all shops; by shop, oldest first."""
    named = (getattr(Delivery, name) for name in Parked.__dataclass_fields__)
    statement = select(*named).where(Delivery.state == PARKED)
    if domain is not None:
        statement = statement.where(Delivery.shop_domain == domain)
    rows = session.execute(statement.order_by(Delivery.shop_domain, Delivery.received_at, Delivery.id))
    return [Parked(*row) for row in rows]
