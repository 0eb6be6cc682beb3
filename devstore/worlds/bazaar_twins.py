"""People of the bazaar who turned up twice and were never merged: their records share a phone or a mailbox."""

import random
from typing import TYPE_CHECKING

from devstore.records import Address, Customer

if TYPE_CHECKING:
    from devstore.shop import Shop

TWINS = 110
"""Pairs with one order each, of whom one record has the other's phone in its address book."""
MAILBOXES = 12
"""Pairs with two spellings of one mailbox."""
AT_THE_DESK = 9
"""Customers who were entered with the shop's own phone."""
_DESK = "+96522221111"


def recur(shop: "Shop") -> None:
    """Write it into the address books; who bought what stays as it is."""
    chance = random.Random(f"{shop.store.seed}/twins")
    once = [one for one in shop.customers.values() if len(one.orders) == 1]
    people = chance.sample(once, min(len(once), 2 * (TWINS + MAILBOXES) + AT_THE_DESK))
    for place in range(TWINS):
        known, again = people[2 * place : 2 * place + 2]
        phone = known.phone or f"+9656{place:07d}"
        # As people write it: with the country or without.
        _note(known, phone)
        _note(again, phone if place % 2 else phone.removeprefix("+965"))
    for place in range(TWINS, TWINS + MAILBOXES):
        plain, dotted = people[2 * place : 2 * place + 2]
        shop.update_customer(plain.id, email=f"shopper{place}kw@gmail.com")
        shop.update_customer(dotted.id, email=f"shopper.{place}.kw@gmail.com")
    for someone in people[2 * (TWINS + MAILBOXES) :]:
        _note(someone, _DESK)


def _note(customer: Customer, phone: str) -> None:
    own = [Address(customer.id + 1_000_000, customer.phone, "KW")] if customer.phone else []
    customer.addresses = [*own, Address(customer.id + 2_000_000, phone, "KW")]
