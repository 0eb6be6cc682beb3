"""Whom a line means. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shopify_app.loyalty.brought.lines.line import DIFFERS, SEVERAL, UNKNOWN, Line


@dataclass(frozen=True, slots=True)
class Known:
    """What the shop knows of the people whom some lines may mean."""

    numbers: Collection[int]
    """Its customers."""
    by_email: Mapping[str, Collection[int]]
    by_phone: Mapping[str, Collection[int]]
    """By hash, whose own it is."""


def whom(line: Line, known: Known) -> int | str:
    """The customer's number, or why nobody is meant for sure.

    Shopify's number first, then the e-mail address, then the phone, which a family may share. A number and an e-mail
    address of two different customers are nobody's: one of the two is another app's, or out of date.
    """
    by_email = known.by_email.get(line.email_hash or "", ())
    if line.customer_id in known.numbers and line.customer_id is not None:
        return DIFFERS if by_email and line.customer_id not in by_email else line.customer_id
    for holders in (by_email, known.by_phone.get(line.phone_hash or "", ())):
        if holders:
            return next(iter(holders)) if len(holders) == 1 else SEVERAL
    return UNKNOWN
