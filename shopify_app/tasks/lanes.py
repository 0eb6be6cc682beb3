"""Which of the due tasks a thread takes: one shop's silence must not be every shop's."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from shopify_app.clock import Clock
from shopify_app.db.base import ShopId

SLOW_SECONDS = 3.0
"""A step that took longer waited for somebody: the shop's next steps go to the slow lane."""
Due = tuple[ShopId, str]


class Lanes:
    """Shared by the threads of a process; one works for a shop at a time.

    Shops whose last step was slow are left to one thread, however many they are: the others stay free.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._busy: set[ShopId] = set()
        self._slow: set[ShopId] = set()

    @contextmanager
    def turn(self, ready: Sequence[Due], *, slow: bool) -> Iterator[Due | None]:
        """The first due task that is for this thread, None when there is none; the shop is its own for the block."""
        with self._guard:
            chosen = next((one for one in ready if self._may(one[0], slow)), None)
            if chosen is not None:
                self._busy.add(chosen[0])
        if chosen is None:
            yield None
            return
        began = self._clock()
        try:
            yield chosen
        finally:
            took = (self._clock() - began).total_seconds()
            with self._guard:
                self._busy.discard(chosen[0])
                (self._slow.add if took > SLOW_SECONDS else self._slow.discard)(chosen[0])

    def _may(self, shop: ShopId, slow: bool) -> bool:
        return shop not in self._busy and (slow or shop not in self._slow)
