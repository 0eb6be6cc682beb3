"""In which collections a product stood at a moment, as far as had been read by then. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shopify_app.clock import Instant

Change = tuple[Instant, bool]
"""When a product came or went, and whether it stood there from then on."""


@dataclass(frozen=True, slots=True)
class Shelves:
    """Some products and collections: who stands where now, and every change, oldest first."""

    collections: Collection[int]
    inside: Collection[tuple[int, int]]
    """Collection and product."""
    changes: Mapping[tuple[int, int], Sequence[Change]]

    def of(self, product: int, at: Instant) -> tuple[int, ...]:
        """The collections in which it stood at that moment.

        What happened since is taken back, so that whatever is read later changes no answer. Of before a collection was
        first read nobody knows: it is taken to have been as it was then.
        """
        return tuple(one for one in self.collections if self._stood((one, product), at))

    def _stood(self, place: tuple[int, int], at: Instant) -> bool:
        for changed_at, inside in self.changes.get(place, ()):
            if changed_at > at:
                return not inside
        return place in self.inside
