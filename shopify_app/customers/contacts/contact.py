"""E-mail addresses and phones, evened out and turned into keyed hashes at once. Pure.

What a merchant could read is only ever an argument here: it is neither kept nor put into an error.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shopify_app.clock import Instant
from shopify_app.crypto import keyed_hash
from shopify_app.customers.contacts.calling_codes import CALLING_CODES

EMAIL, PHONE, ADDRESS = "email", "phone", "address"
"""What a contact is: the customer's own e-mail address, their own phone, the phone of one of their addresses."""
ADDRESSES = 5
"""Of each customer, the first ones: as many as the Admin API is asked for, so that both wires tell the same."""
_HASH = 32
"""Hexadecimal digits kept of a hash: enough that two never meet."""
_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
"""One service under two names, that documents that it ignores full stops and all from a plus sign on."""
_FEWEST, _MOST = 7, 15
"""Digits of a phone with its country: E.164 has at most 15."""


Pair = tuple[int, int]
"""Two customers, the lower number first."""


class Contact(NamedTuple):
    """One way to reach somebody."""

    kind: str
    hash: str
    """The same for the same e-mail address, or the same phone wherever it stands; differs from shop to shop."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """All that is known of one customer, as of a change of theirs."""

    at: Instant
    held: frozenset[Contact]


@dataclass(frozen=True, slots=True, repr=False)
class Reachable:
    """What Shopify tells of a customer; never kept, never shown."""

    email: str | None
    phone: str | None
    addresses: Sequence[tuple[str | None, str | None]] = ()
    """Phone and two-letter country of each."""


def hashed(told: Reachable, lookup_key: bytes, shop: int) -> frozenset[Contact]:
    """The hashes of all that can be read."""
    return frozenset(Contact(kind, contact_hash(lookup_key, shop, kind, value)) for kind, value in _evened(told))


def contact_hash(lookup_key: bytes, shop: int, kind: str, value: str) -> str:
    """What is kept of an evened value; a phone has one hash, whoever's it is said to be."""
    what = EMAIL if kind == EMAIL else PHONE
    return keyed_hash(lookup_key, f"contact {shop} {what} {value}")[:_HASH]


def _evened(told: Reachable) -> Iterable[tuple[str, str]]:
    if box := mailbox(told.email):
        yield EMAIL, box
    if own := dialled(told.phone):
        yield PHONE, own
    for phone, country in told.addresses[:ADDRESSES]:
        if number := dialled(phone, country):
            yield ADDRESS, number


def mailbox(email: str | None) -> str | None:
    """The mailbox behind an e-mail address, None where it is none: spellings that reach one mailbox are one."""
    local, at, domain = unicodedata.normalize("NFKC", email or "").strip().casefold().rpartition("@")
    if not at or not local or not domain:
        return None
    if domain in _GOOGLE:
        domain, local = "gmail.com", local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if local else None


def dialled(phone: str | None, country: str | None = None) -> str | None:
    """A phone's digits with the country's, None where that is not known.

    Without a plus sign or two zeros in front, a number is one of the address's country.
    """
    text = unicodedata.normalize("NFKC", phone or "")
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdigit())
    if "+" in text:
        found: str | None = digits
    elif digits.startswith("00"):
        found = digits[2:]
    else:
        found = _with_country(digits, CALLING_CODES.get((country or "").upper()))
    return found if found and _FEWEST < len(found) <= _MOST and len(set(found)) > 1 else None


def _with_country(digits: str, code: str | None) -> str | None:
    if code is None:
        return None
    # A whole number whose plus sign was left out is longer than any of its country without it.
    if digits.startswith(code) and len(digits) - len(code) > _FEWEST:
        return digits
    national = digits.lstrip("0")
    return code + national if len(national) >= _FEWEST else None
