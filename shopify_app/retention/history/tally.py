"""What may be summed over a shop's customers and kept.

To keep another: write a pure function from Columns to Sums, name it in a Tally, and list that in
`retention/history/usual.py` if a page shows it before anybody chooses anything. The function must

* be a sum over customers: of two lots of customers together it gives the sum of what it gives of each, and of none
  nothing. Who has changed is then taken off as they were and put in as they are, and nobody else is looked at;
* not know what day it is: a figure that depends on it (how long somebody has been silent) is made of the sums, with
  the day in their keys, when a page is shown;
* give few keys, in the thousands: all of them are read for each page.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shopify_app.retention.history.columns import Columns
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.window import Unit


@dataclass(frozen=True, slots=True)
class Tally:
    """Something that is summed over customers."""

    name: str
    """At most 32 characters; what is kept is found by it."""
    share: Callable[[Columns, Unit], Sums]
    """What these customers add to it."""
    version: int = 1
    """Higher with each change of `share`: what was kept under another is worked out anew."""
