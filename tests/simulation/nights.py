"""Which of the app's own nights are lived: each takes longer than the day that it looks back on."""

from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_app.clock import Instant
from shopify_app.tasks.view import Outcome, Step, TaskView

if TYPE_CHECKING:
    from tests.simulation.world import World


class Nights:
    """One good night every so many days, and one more in the end; the others find that all is well at once."""

    def __init__(self, world: "World") -> None:
        self._world = world
        # Not every seed has its first night on the same day.
        self._before = Instant(world.clock() - timedelta(days=world.seed % world.profile.nights))
        self._begun: dict[str, Instant] = {}
        """When the night of a task began: what happens later it need not see."""
        self._good: dict[int, Instant] = {}
        """When the last good night of a shop began."""
        self._demanded: Instant | None = None

    def demand(self) -> None:
        """Every shop needs one more good night, and from now on no other."""
        self._demanded = self._world.clock()

    def wants(self, shop: int) -> bool:
        """Whether the last good night is so long ago that the app's reconciliation runs tonight."""
        last = self._good.get(shop, self._before)
        if self._demanded is not None:
            return last < self._demanded
        return self._world.clock() - last > timedelta(days=self._world.profile.nights)

    def lived(self, step: Step) -> Step:
        """The app's own step, in the nights that are wanted."""

        def sometimes(task: TaskView, now: Instant) -> Outcome:
            if not self._world.profile.reconcile or not (task.cursor or self.wants(task.shop)):
                return Outcome(finished=True)
            if not task.cursor:
                self._begun[task.id] = now
            outcome = step(task, now)
            if outcome.finished:
                self._good[task.shop] = self._begun[task.id]
            return outcome

        return sometimes
