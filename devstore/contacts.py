"""E-mail addresses and phones of a shop's customers: as in Shopify, no two customers have the same one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from devstore.records import Customer

_CHANGEABLE = {"first_name", "last_name", "email", "phone", "locale", "addresses"}
_STRICT = ("UNSUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "SUBSCRIBED")
"""States of what customers agreed to: of two who become one, the stricter stays."""


class ContactBook:
    """Who holds which address and which phone."""

    def __init__(self) -> None:
        self._holders: dict[str, int] = {}
        self._held: dict[int, list[str]] = {}

    def claim(self, customer: Customer) -> None:
        """Let the customer have what is written of them; ValueError, and nothing changes, where another has it."""
        wanted = names_of(customer.email, customer.phone)
        for name in wanted:
            if self._holders.get(name, customer.id) != customer.id:
                raise ValueError(f"{name.partition(':')[0]} has already been taken")
        self.release(customer.id)
        self._held[customer.id] = wanted
        self._holders.update(dict.fromkeys(wanted, customer.id))

    def holder(self, email: str, phone: str) -> int | None:
        """The number of the customer who has this e-mail address, else of who has this phone."""
        return next((self._holders[name] for name in names_of(email, phone) if name in self._holders), None)

    def change(self, customer: Customer, changes: Mapping[str, Any]) -> None:
        """Write these changes into a customer; ValueError, and nothing changes, for what cannot be."""
        if unknown := changes.keys() - _CHANGEABLE:
            raise ValueError(f"a customer has no {', '.join(sorted(unknown))} to change")
        self.claim(replace(customer, **changes))
        for name, value in changes.items():
            setattr(customer, name, value)

    def join(self, keeper: Customer, gone: Customer) -> None:
        """What a merge leaves to the customer who is kept: the addresses of both, and what the keeper had not."""
        book = {one.phone: one for one in [*keeper.address_book, *gone.address_book]}
        self.release(gone.id)
        keeper.email, keeper.phone = keeper.email or gone.email, keeper.phone or gone.phone
        keeper.addresses = list(book.values())
        for way, said in gone.consents.items():
            keeper.consents[way] = min((said, keeper.consents.get(way, said)), key=lambda one: _STRICT.index(one[0]))
            if keeper.consents[way] is said and way in gone.opt_in_levels:
                keeper.opt_in_levels[way] = gone.opt_in_levels[way]
        keeper.tags = sorted({tag.casefold(): tag for tag in [*gone.tags, *keeper.tags]}.values(), key=str.casefold)
        self.claim(keeper)

    def release(self, customer_id: int) -> None:
        """Give back what a customer held."""
        for name in self._held.pop(customer_id, []):
            del self._holders[name]


def names_of(email: str, phone: str | None) -> list[str]:
    """What tells a customer apart: the e-mail address in small letters, and the digits of the phone."""
    address = [f"Email:{email.strip().casefold()}"] if email.strip() else []
    digits = "".join(filter(str.isdigit, phone or ""))
    return [*address, *([f"Phone:{digits}"] if digits else [])]
