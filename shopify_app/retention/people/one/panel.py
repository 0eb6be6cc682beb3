"""What stands above every page about one customer."""

from dataclasses import dataclass

from flask import Response, make_response, redirect, request

from shopify_app.customers.queries import known_as
from shopify_app.db.base import Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import link, words
from shopify_app.retention.people.one.queries import BIGGEST_ID, Whom, whom
from shopify_app.retention.presenting import ADMIN_CUSTOMER

STORY, ORDERS, POINTS, DATA = "", "/orders", "/points", "/data"
"""The pages about a customer, by the end of their addresses."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages about a customer."""

    title: str
    href: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above every page about a customer."""

    number: str | None
    """None for somebody erased, whom nobody is to look up."""
    merged: str | None
    """That an older number led here, where it did."""
    tabs: list[Tab]
    shopify_href: str | None
    back: Back


def found_whom(session: Session, customer_id: int) -> Whom:
    """Whom an address is about; NotFound for a number that nobody has had in this shop."""
    return whom(session, current_shop().id, customer_id, parts().config.lookup_key)


def moved(found: Whom, tab: str) -> Response:
    """To whoever they are now; there a sentence says why."""
    return make_response(redirect(link(f"/customers/{found.now}{tab}", {"merged": str(found.number)})))


def head(session: Session, found: Whom, tab: str) -> Head:
    """What stands above the page."""
    spoken, here = words(), f"/customers/{found.number}"
    titles = (
        (STORY, spoken.text("Story")),
        (ORDERS, spoken.text("Orders")),
        (POINTS, spoken.text("Points")),
        (DATA, spoken.text("Data")),
    )
    return Head(
        number=None if found.erased else str(found.number),
        merged=_merged(session, found),
        tabs=[Tab(title, link(f"{here}{end}"), end == tab) for end, title in titles],
        shopify_href=None if found.erased else f"{ADMIN_CUSTOMER}{found.number}",
        back=Back(spoken.text("Customers"), link("/customers")),
    )


def _merged(session: Session, found: Whom) -> str | None:
    text = request.args.get("merged", "")
    if not text.isascii() or not text.isdigit() or len(text) > len(str(BIGGEST_ID)):
        return None
    if int(text) == found.number or int(text) >= BIGGEST_ID:
        return None
    if known_as(session, current_shop().id, int(text)) != found.number:
        return None
    return words().text("Customer {number} was merged into this one in Shopify.", number=text)


def title(found: Whom) -> str:
    """What a page about them is called."""
    if found.erased:
        return words().text("Erased on request")
    return words().text("Customer {number}", number=str(found.number))
