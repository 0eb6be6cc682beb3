"""What kind of world it is: how much happens in it, and how much goes wrong."""

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path

from devstore.faults import Faults


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts are a day and shop, shares lie between 0 and 1."""

    hours: float = 4.0
    """Of each day, in which everything happens, shops and troubles alike: so it meets."""
    history: int = 15
    """Orders that were placed before the app came."""
    limited: float = 0.4
    """Shops that show the app only the orders of 60 days, until they let it see all of them."""
    orders: float = 1.4
    refunds: float = 0.4
    cancels: float = 0.2
    deletes: float = 0.15
    edits: float = 0.3
    """Changes of an order that leave its lines alone."""
    amendments: float = 0.15
    """Edits of its lines."""
    returns: float = 0.15
    customers: float = 0.25
    merges: float = 0.15
    redactions: float = 0.025
    data_requests: float = 0.06
    storms: float = 0.03
    pages: float = 0.2
    settings: float = 0.03
    scopes: float = 0.05
    uninstalls: float = 0.025
    malformed: float = 0.03
    replays: float = 0.05
    carts: float = 0.8
    """What is done with carts at the checkout: begun, changed, bought, deleted."""
    rates: float = 0.5
    """Rates of the programme that the merchant adds, or takes out."""
    shelves: float = 0.35
    """Changes of what stands in a collection, and of which collections and products there are."""
    readings: float = 0.25
    """Readings of the collections, as each night asks for them: few nights are lived."""

    late: float = 0.15
    """Deliveries that are held up for up to three hours."""
    overtaking: float = 0.1
    twice: float = 0.06
    """Deliveries that are sent again as they were."""
    renamed: float = 0.04
    """Deliveries that are sent again under another webhook id."""
    unheard: float = 0.03
    """Attempts of which the store does not hear the answer: it sends again."""
    same_second: float = 0.05
    """Changes that come with another body of the same second."""
    swapped: float = 0.08
    """Pairs of states of one order within a second whose trigger times do not say which came first."""
    lost: float = 0.02
    """Deliveries that are never sent: only the night can heal these."""
    refused: float = 0.006
    """Calls to the store that fail, for each of the ways in which one can."""
    bulk: float = 0.12
    """Bulk operations that go wrong, for each of the ways."""
    lag: float = 300.0
    """Seconds by which searches and counts lag behind at most."""

    pauses: float = 0.16
    """Transactions, reads and calls before which others get a turn."""
    rests: float = 0.2
    """Times of a task worker's that it rests for hours between two steps, so that life goes on meanwhile."""
    stalls: float = 0.03
    """Slices after which a worker sleeps past its leases."""
    crashes: float = 0.8
    """Crashes of a process a day."""
    disk: float = 0.12
    """Windows a day in which a share of all writes fails."""
    nights: int = 40
    """Days from one good night, in which the app's own reconciliation runs, to the next; the last one is one, too."""
    looks: int = 15
    """Looks at promises that are dear, in the whole time; at most one a day."""
    proofs: int = 3
    """One look in so many is at all of the app's own promises; the others leave out those that take long."""
    reconcile: bool = True
    """Without it nothing may be lost, and what goes wrong on the way is not healed at the end either."""

    def faults(self) -> Faults:
        """What the store is told to do wrong."""
        ways = ("throttled", "token_refused", "too_many", "server_error", "reset", "timed_out", "html", "html_error")
        more = ("internal_error", "cut", "partial", "answer_lost")
        final = ("payment_required", "forbidden", "not_found", "locked")
        bulk = ("bulk_failed", "bulk_expired", "file_gone", "file_cut")
        return Faults(
            delayed=self.late,
            delay_seconds=(1.0, 10_800.0),
            reordered=self.overtaking,
            duplicated=self.twice,
            doubled=self.renamed,
            lost_topics=dict.fromkeys(MAY_BE_LOST, self.lost),
            unheard=self.unheard,
            unreached=self.unheard,
            same_second=self.same_second,
            lag_seconds=(0.0, self.lag),
            **dict.fromkeys((*ways, *more), self.refused),
            # After these the app gives a task up at once: more of them, and hardly a night would come to its end.
            **dict.fromkeys(final, self.refused / 2),
            **dict.fromkeys(bulk, self.bulk),
        )


MAY_BE_LOST = (
    *("orders/create", "orders/updated", "orders/cancelled", "orders/edited", "orders/delete"),
    "refunds/create",
    *("customers/create", "customers/update", "customers/merge"),
    *("shop/update", "app/scopes_update", "bulk_operations/finish"),
)
"""Topics whose loss the night heals: what privacy asks for, and an uninstall, Shopify alone can tell."""

DEFAULT = Profile()
BUSY = replace(
    DEFAULT,
    orders=3.0,
    refunds=0.7,
    cancels=0.35,
    deletes=0.25,
    edits=0.5,
    amendments=0.3,
    returns=0.3,
    customers=0.4,
    merges=0.25,
    redactions=0.04,
    data_requests=0.1,
    storms=0.05,
    pages=0.35,
    settings=0.06,
    scopes=0.08,
    uninstalls=0.03,
    malformed=0.04,
)
"""A shop in which twice as much happens: each day costs twice the time."""
CALM = replace(
    DEFAULT,
    **dict.fromkeys(("late", "overtaking", "twice", "renamed", "unheard", "same_second", "swapped", "lost"), 0.0),
    **dict.fromkeys(("refused", "bulk", "lag", "stalls", "crashes", "disk", "uninstalls"), 0.0),
)
SLEEPLESS = replace(BUSY, lost=0.0, reconcile=False)
LONG = replace(DEFAULT, orders=1.0, uninstalls=0.01, redactions=0.015, settings=0.02, crashes=0.4, disk=0.03)
"""Quieter days, for many of them in a row."""
PROFILES = {
    "default": DEFAULT,
    "busy": BUSY,
    "calm": CALM,
    "sleepless": SLEEPLESS,
    "long": LONG,
    "stormy": replace(BUSY, storms=0.5, late=0.4, twice=0.2, refused=0.02, stalls=0.1, crashes=4.0, disk=0.3, nights=4),
}


def find_profile(name: str) -> Profile:
    """A profile by its name, or the default one changed by a JSON file; ValueError for what is neither."""
    if name in PROFILES:
        return PROFILES[name]
    changes = json.loads(Path(name).read_text(encoding="utf-8"))
    unknown = set(changes) - {field.name for field in fields(Profile)}
    if unknown:
        raise ValueError(f"a profile has no {', '.join(sorted(unknown))}")
    return replace(DEFAULT, **changes)
