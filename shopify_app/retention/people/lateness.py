"""When a customer is later than usual: by their own gaps where those can tell, else by the shop's. Pure."""

from typing import NamedTuple

from shopify_app.retention.people.row import CustomerRow


class Limit(NamedTuple):
    """The days without an order that are still usual for one customer."""

    days: int
    own: bool
    """Whether their own gaps tell so; else those of the shop's customers do."""


def purchases(row: CustomerRow) -> int:
    """A customer's purchase days, those included that Shopify only tells the number of."""
    return row.days + row.earlier


def limit_of(row: CustomerRow, shops: int | None) -> Limit | None:
    """When this customer is late; None for who bought once, and where neither they nor the shop (`shops`) can tell.

    What the shop tells is within how many days nine of ten who came back did so: see rfm.scoring.Cuts.
    """
    if purchases(row) == 1:
        return None
    if row.late_after is not None:
        return Limit(row.late_after, own=True)
    return None if shops is None else Limit(shops, own=False)
