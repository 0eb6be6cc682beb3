"""Where an account stands by its causes. Pure: the same causes give the same lots, in whatever order they were told.

The causes are gone through in the order in which they happened, not in which we heard of them. A grant stands with
what it gives now from the moment it was earned, so that taking points back never depends on what happened in between:

* a use takes what can be spent, soonest ending first; then what is pending; the rest is owed;
* what is owed is taken from points as they come, pending ones first;
* points that come back return to the lots they were taken from, in proportion, and can be used for a while (GRACE);
* an end takes what of its lot has come to its end by the rule that holds at that moment (endings.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from shopify_app.clock import Instant
from shopify_app.loyalty.ledger.causes import GRACE, Causes, End, Grant, Restored, Use
from shopify_app.loyalty.ledger.endings import ACTIVE, LONG_AGO, Deadline, Endings, in_force
from shopify_app.loyalty.shares import shared


class Piece(NamedTuple):
    """Points of one lot that end together; the first to end, and to be spent, sorts first."""

    base: Instant
    """From when their time counts: from when they can be spent; of pending ones, from when they were earned."""
    earned_at: Instant
    lot: str
    points: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account has at a moment."""

    available: tuple[Piece, ...]
    """What can be spent, in the order in which it will be."""
    pending: tuple[Piece, ...]
    debt: int
    """What was used and is covered by no lot: it is taken from what comes next."""
    ended: dict[str, int]
    """By end: what it took."""
    taken: dict[str, tuple[Piece, ...]]
    """By use: which points are in it still, less what is owed."""
    ends: tuple[Instant | None, ...] = ()
    """When each piece of the available ones comes to its end; None for never."""

    @property
    def to_spend(self) -> int:
        """Points that can be spent now."""
        return sum(piece.points for piece in self.available)

    @property
    def waiting(self) -> int:
        """Points that are pending."""
        return sum(piece.points for piece in self.pending)

    @property
    def balance(self) -> int:
        """All points less what is owed; below 0 where something is owed."""
        return self.to_spend + self.waiting - self.debt


def standing(causes: Causes, now: Instant, endings: Endings) -> Standing:
    """Where the causes leave an account at that moment."""
    walk = _Walk()
    for _, _, _, step in sorted(_steps(causes, now, endings, walk), key=_when):
        step()
    return walk.standing()


_Step = tuple[Instant, int, str, Callable[[], None]]


def _when(step: _Step) -> tuple[Instant, int, str]:
    return step[:3]


def _steps(causes: Causes, now: Instant, endings: Endings, walk: "_Walk") -> Iterator[_Step]:
    """What happened when; of what happened at one moment points come before they go."""
    before = None
    for ending in in_force(endings, now):
        yield ending.since, -1, "", partial(walk.deadline.hold, before, ending)
        before = ending
    for grant in causes.grants:
        yield grant.earned_at, 0, grant.key, partial(walk.earn, grant)
        if grant.available_at is not None and grant.available_at <= now:
            yield max(grant.available_at, grant.earned_at), 1, grant.key, partial(walk.release, grant)
    for end in causes.ends:
        yield end.at, 2, end.key, partial(walk.end, end)
    for use in causes.uses:
        yield use.at, 3, use.key, partial(walk.use, use)
        for number, back in enumerate(use.restored):
            yield max(back.at, use.at), 4, f"{use.key}/{number:04}", partial(walk.restore, use, back)


@dataclass(slots=True)
class _Walk:
    available: list[Piece] = field(default_factory=list)
    """A heap."""
    left: dict[str, int] = field(default_factory=dict)
    """By lot: what is available of it."""
    pending: dict[str, list[Piece]] = field(default_factory=dict)
    """By lot that was not released."""
    released: dict[str, Instant] = field(default_factory=dict)
    """By lot: since when it can be spent."""
    taken: dict[str, list[Piece]] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    """By use that is not covered, oldest first."""
    ended: dict[str, int] = field(default_factory=dict)
    deadline: Deadline = field(default_factory=Deadline)

    def standing(self) -> Standing:
        pending = sorted(piece for pieces in self.pending.values() for piece in pieces)
        taken = {use: tuple(pieces) for use, pieces in self.taken.items()}
        available = tuple(sorted(self.available))
        ends = tuple(self.deadline.of(piece.base) for piece in available)
        return Standing(available, tuple(pending), sum(self.owed.values()), self.ended, taken, ends)

    def earn(self, grant: Grant) -> None:
        if grant.points > 0:
            self._note_active(grant.key, grant.earned_at)
            self._put(Piece(grant.earned_at, grant.earned_at, grant.key, grant.points))
            self._settle()

    def release(self, grant: Grant) -> None:
        self.released[grant.key] = max(grant.available_at or LONG_AGO, grant.earned_at)
        for piece in self.pending.pop(grant.key, ()):
            self._put(piece)

    def use(self, use: Use) -> None:
        self._note_active(use.key, use.at)
        self.taken[use.key] = []
        self.owed[use.key] = use.points
        self._pay_available(use.key)
        self._pay_pending(use.key)
        self._forget_paid(use.key)

    def restore(self, use: Use, back: Restored) -> None:
        """Give back what was taken, in proportion; what is owed for the use is a part of it like any other."""
        pieces, owed = self.taken[use.key], self.owed.get(use.key, 0)
        parts = [*(piece.points for piece in pieces), owed]
        *given, forgiven = shared(min(back.points, sum(parts)), parts)
        if owed:
            self.owed[use.key] = owed - forgiven
            self._forget_paid(use.key)
        both = list(zip(pieces, given, strict=True))
        self.taken[use.key] = [_of(piece, piece.points - points) for piece, points in both if piece.points > points]
        for piece, points in both:
            if points:
                base = self.deadline.counted_so(piece.base, Instant(back.at + GRACE))
                self._put(_of(piece, points)._replace(base=base))
        self._settle()

    def end(self, end: End) -> None:
        """Take what of the lot has come to its end; usually it is the next that would be spent."""
        self.ended[end.key] = 0
        while self.available and self.available[0].lot == end.lot and self._is_over(self.available[0], end.at):
            self.ended[end.key] += self._take(self.available[0].points).points
        if self.left.get(end.lot):
            mine = [piece for piece in self.available if piece.lot == end.lot and self._is_over(piece, end.at)]
            self.available = [piece for piece in self.available if piece not in mine]
            heapify(self.available)
            gone = sum(piece.points for piece in mine)
            self.left[end.lot] -= gone
            self.ended[end.key] += gone

    def _is_over(self, piece: Piece, at: Instant) -> bool:
        ends = self.deadline.of(piece.base)
        return ends is not None and ends <= at

    def _note_active(self, cause: str, at: Instant) -> None:
        if cause.partition("/")[0] in ACTIVE:
            self.deadline.active(at)

    def _put(self, piece: Piece) -> None:
        if piece.lot in self.released:
            piece = piece._replace(base=max(piece.base, self.released[piece.lot]))
            heappush(self.available, piece)
            self.left[piece.lot] = self.left.get(piece.lot, 0) + piece.points
        else:
            self.pending.setdefault(piece.lot, []).append(piece)

    def _take(self, points: int) -> Piece:
        """At most so many of what is spent next."""
        piece = heappop(self.available)
        taken = _of(piece, min(points, piece.points))
        self.left[piece.lot] -= taken.points
        if piece.points > points:
            heappush(self.available, _of(piece, piece.points - points))
        return taken

    def _settle(self) -> None:
        """Take what is owed from what has come, for the use that has waited longest first."""
        for use in list(self.owed):
            self._pay_pending(use)
            self._pay_available(use)
            self._forget_paid(use)

    def _pay_available(self, use: str) -> None:
        while self.available and self.owed[use]:
            taken = self._take(self.owed[use])
            self.owed[use] -= taken.points
            self.taken[use].append(taken)

    def _pay_pending(self, use: str) -> None:
        if not (self.owed[use] and self.pending):
            return
        pieces = sorted(piece for mine in self.pending.values() for piece in mine)
        self.pending = {}
        for piece in pieces:
            taken = min(self.owed[use], piece.points)
            self.owed[use] -= taken
            if taken:
                self.taken[use].append(_of(piece, taken))
            if piece.points > taken:
                self._put(_of(piece, piece.points - taken))

    def _forget_paid(self, use: str) -> None:
        if not self.owed[use]:
            del self.owed[use]


def _of(piece: Piece, points: int) -> Piece:
    return piece._replace(points=points)
