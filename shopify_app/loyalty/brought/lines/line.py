"""A line of a file as it is kept: no name, e-mail address or phone but sealed. Pure."""

from typing import NamedTuple

WAITING, FOUND = "waiting", "found"
"""Of a line: nobody has looked yet; it will be given."""
UNKNOWN, SEVERAL, DIFFERS, NOBODY, TWICE, HAD = "unknown", "several", "differs", "nobody", "twice", "had"
"""Why it is not, besides what amount.py says of its points."""
LOOKED_FOR_AGAIN = (UNKNOWN, SEVERAL, DIFFERS)


class Line(NamedTuple):
    """A line as it is kept."""

    place: int
    outcome: str
    points: int
    customer_id: int | None
    email_hash: str | None
    phone_hash: str | None
    sealed: bytes
