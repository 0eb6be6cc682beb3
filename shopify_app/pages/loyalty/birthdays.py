"""Of how many customers a birth date is known, where the programme gives anything on birthdays."""

from dataclasses import dataclass

from shopify_app.customers.birthdays.queries import birthdays_read, count_birthdays
from shopify_app.customers.contacts.queries import reading_of
from shopify_app.customers.queries import count_customers
from shopify_app.db.base import Session, ShopId
from shopify_app.language import Words
from shopify_app.loyalty.programme.rule import Rule

_FIELD = (
    "Wafa reads it each night from the field Birth date (facts.birth_date) of your customers in Shopify. Add that "
    "field to customers there, under Settings, and fill it in."
)


@dataclass(frozen=True, slots=True)
class Birthdays:
    """What is known of birth dates."""

    known: int | None
    """Of so many customers; None before they have been read once."""
    customers: int | None
    """Of so many in all; None where Shopify has not shown us all."""


def birthdays_of(session: Session, shop: ShopId, rule: Rule) -> Birthdays | None:
    """What is known; None where nothing is given on birthdays."""
    if not rule.occasions.birthday:
        return None
    if birthdays_read(session, shop) is None:
        return Birthdays(None, None)
    contacts = reading_of(session, shop)
    # Customers are told of one by one: how many there are in all is known once Shopify has shown all of them.
    whole = contacts is not None and contacts.read_until is not None
    known = count_birthdays(session, shop)
    return Birthdays(known, max(known, count_customers(session, shop)) if whole else None)


def birthdays_told(birthdays: Birthdays, words: Words) -> list[str]:
    """The same for the merchant, with what to do where nothing is known."""
    if birthdays.known is None:
        return [words.text("Birth dates have not been read yet."), words.text(_FIELD)]
    if birthdays.known == 0:
        return [words.text("No birth date is known, so nobody gets points on a birthday."), words.text(_FIELD)]
    if birthdays.customers is None:
        return [
            words.plural(
                "The birth date of {n} customer is known.", "The birth date of {n} customers is known.", birthdays.known
            )
        ]
    return [
        words.plural(
            "Of {n} customer, the birth date of {known} is known.",
            "Of {n} customers, the birth date of {known} is known.",
            birthdays.customers,
            known=words.number(birthdays.known),
        )
    ]
