"""Whole numbers summed by whole-number keys, exact, and as few bytes. Pure."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shopify_app.retention.history.columns import Numbers

_KIND = "<i8"


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A sum for each of some keys, and 0 for every other key; sums add and are taken off."""

    keys: Numbers
    """Ascending, each once."""
    values: Numbers
    """None of them 0."""

    @classmethod
    def of(cls, keys: Numbers, values: Numbers) -> "Sums":
        """What the values come to for each key; a key may be there many times."""
        turn = np.argsort(keys, kind="stable")
        keys, values = np.asarray(keys, dtype=np.int64)[turn], np.asarray(values, dtype=np.int64)[turn]
        if not len(keys):
            return cls(keys, values)
        begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        # reduceat adds whole numbers; bincount would go through floats, and money must not.
        summed = np.add.reduceat(values, begins)
        some = summed != 0
        return cls(keys[begins][some], summed[some])

    @classmethod
    def none(cls) -> "Sums":
        """Nothing at all."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def __add__(self, other: "Sums") -> "Sums":
        return Sums.of(np.concatenate((self.keys, other.keys)), np.concatenate((self.values, other.values)))

    def __sub__(self, other: "Sums") -> "Sums":
        return self + Sums(other.keys, -other.values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sums):
            return NotImplemented
        return np.array_equal(self.keys, other.keys) and np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.keys)

    def items(self) -> Iterator[tuple[int, int]]:
        """Keys and sums as Python's own numbers, in order of the keys."""
        return zip(self.keys.tolist(), self.values.tolist(), strict=True)

    def dump(self) -> bytes:
        """All of it in few bytes."""
        steps = np.diff(self.keys, prepend=0)
        return zlib.compress(np.concatenate((steps, self.values)).astype(_KIND).tobytes(), 1)

    @classmethod
    def load(cls, body: bytes) -> "Sums":
        """What `dump` wrote."""
        steps, values = np.frombuffer(zlib.decompress(body), dtype=_KIND).astype(np.int64).reshape(2, -1)
        return cls(np.cumsum(steps), values)
