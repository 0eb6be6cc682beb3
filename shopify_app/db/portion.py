"""How much to write in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import isqrt

from shopify_app.clock import Clock
from shopify_app.db.base import Database

HOLD = timedelta(milliseconds=20)
"""How long a transaction should hold the writer while somebody waits for it: the webhook door, above all."""


class Portion:
    """Many rows at once are cheaper; few let go of SQLite's one writer sooner: many while nobody waits, else few."""

    def __init__(self, database: Database, clock: Clock, sizes: tuple[int, int]) -> None:
        self._database = database
        self._clock = clock
        self._fewest, self._most = sizes
        self.size = isqrt(self._fewest * self._most)

    @contextmanager
    def stored(self) -> Iterator[None]:
        """Around the writing of one portion, within its transaction: what the next one may be is learned here."""
        began = self._clock()
        yield
        took = self._clock() - began
        if not self._database.awaited():
            self.size = min(self._most, self.size * 3 // 2 + 1)
        elif took > HOLD:
            self.size = max(self._fewest, int(self.size * (HOLD / took)))
