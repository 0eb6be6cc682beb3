"""The names that points can have, for a merchant to choose from."""

from collections.abc import Mapping, Sequence

from shopify_app.embedded.screen import link, words
from shopify_app.loyalty.programme.name import BEADS, LEAVES, POINTS, STARS, Called, Name, read_called, written
from shopify_app.retention.presenting import Choice

TITLES = {POINTS: "Points", STARS: "Stars", LEAVES: "Leaves", BEADS: "Beads"}
OWN = "own"
"""In an address: a name that is still to be written."""


def called_choices(called: Called | None) -> Sequence[Choice]:
    """The ready names, and behind them the one that the merchant wrote."""
    ready = [Choice(value, words().text(title), value == called) for value, title in TITLES.items()]
    if not isinstance(called, Name):
        return ready
    title = called.arabic[3] if words().rtl else called.english[1]
    return [*ready, Choice(written(called), title, chosen=True)]


def naming_href(fields: Mapping[str, str], *, running: bool) -> str:
    """Where a name is written; what was typed of a programme that is not on yet goes there and comes back."""
    own = fields["called"] if isinstance(read_called(fields["called"]), Name) else OWN
    return link("/loyalty/name", {**({} if running else fields), "called": own})
