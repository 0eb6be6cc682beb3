"""Whether a customer agreed to hear from the shop, by e-mail and by text message. Pure."""

from typing import NamedTuple

from shopify_app.clock import Instant

EMAIL, SMS = "email", "sms"
"""The ways in which a shop may write to somebody who agreed."""
STATES = ("redacted", "unsubscribed", "invalid", "not_subscribed", "pending", "subscribed")
"""Shopify's states in lower case, the strictest first; empty: nobody told, or there is nowhere to write to."""
AGREED = STATES[-1]
"""The one state in which somebody wants to hear from the shop; a confirmation that is awaited is none yet."""
LONGEST = 16
"""Characters that a state may have."""


class Consent(NamedTuple):
    """A state of one way, and the change of the customer's, or the delivery, that told it."""

    state: str = ""
    at: Instant | None = None
    agreed_at: Instant | None = None
    """When they first agreed, as far as was ever told, whatever they say now; None where they never have."""

    def updated(self, told: "Consent") -> "Consent":
        """The later of both; of two that were told of one moment the stricter."""
        return self._later(told)._replace(agreed_at=self._first_agreed(told))

    def _later(self, told: "Consent") -> "Consent":
        if told.at is None:
            return self
        if self.at is None or self.at < told.at:
            return told
        return told if self.at == told.at and _strictness(told) < _strictness(self) else self

    def _first_agreed(self, other: "Consent") -> Instant | None:
        return min((one.agreed_at for one in (self, other) if one.agreed_at is not None), default=None)

    def joined(self, other: "Consent") -> "Consent":
        """What holds for one who turned out to be both: the stricter, as of the later word."""
        strict = min(self, other, key=_strictness)
        moments = [one.at for one in (self, other) if one.at is not None]
        return Consent(strict.state, max(moments, default=None), self._first_agreed(other))


def as_told(at: Instant) -> Instant:
    """The moment of a delivery as customers have theirs, in whole seconds: what a page tells later is no older then."""
    return Instant(at.replace(microsecond=0))


def consent_of(told: str | None, at: Instant, since: Instant) -> Consent:
    """What was told at a moment, with Shopify's word of since when that has been so."""
    state = state_of(told)
    return Consent(state, at, since if state == AGREED else None)


def state_of(told: str | None) -> str:
    """One of STATES as Shopify writes it, in whatever case; empty for anything else."""
    state = (told or "").lower()
    return state if state in STATES else ""


def _strictness(consent: Consent) -> int:
    return STATES.index(consent.state) if consent.state else len(STATES)
