"""All randomness of a simulated world: one seed, a stream of its own for each purpose."""

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class Chance:
    """One stream: the same seed and purpose draw the same numbers in every process."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._random = random.Random(f"{seed} {purpose}")

    def happens(self, share: float) -> bool:
        """True in this share of all cases; draws even when the share is nothing, so that streams stay in step."""
        return self._random.random() < share

    def between(self, least: float, most: float) -> float:
        return self._random.uniform(least, most)

    def whole(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one_of(self, things: Sequence[Any]) -> Any:
        return things[self._random.randrange(len(things))]

    def weighted(self, things: Sequence[tuple[float, Any]]) -> Any:
        """One thing, each as likely as its weight."""
        at = self._random.random() * sum(weight for weight, _ in things)
        for weight, thing in things:
            at -= weight
            if at < 0:
                return thing
        return things[-1][1]

    def about(self, mean: float) -> int:
        """A whole number that is `mean` on average."""
        return int(mean) + self.happens(mean % 1) if mean < 1 else round(self.between(mean / 2, mean * 1.5))

    def bytes(self, length: int) -> bytes:
        return self._random.randbytes(length)


@contextmanager
def directed_bytes(seed: int) -> Iterator[None]:
    """Draw every key, nonce, token and uuid of both programs from the seed.

    uuid4, secrets and the nonces all end in os.urandom, or in the name under which `random` keeps it.
    """
    chance = Chance(seed, "bytes")
    kept = os.urandom, random._urandom  # type: ignore[attr-defined]
    os.urandom = random._urandom = chance.bytes  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.urandom, random._urandom = kept  # type: ignore[attr-defined]
