"""The end of a world: nothing goes wrong any more, and once all that waits is worked off, all must be right."""

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.crash import Broken

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.world import World

_NIGHT = timedelta(hours=36)
"""Long enough for a night in every zone, however late the housekeeping asks for it."""
_MOST_NIGHTS = 4
_NEVER_ENDS = 40_000
_SOON = timedelta(hours=6)


def settle(world: "World") -> None:
    """Faults end, the app is installed everywhere, all that waits is worked off; Broken when not all is right then."""
    world.calm_down()
    for life in world.lives:
        life.come_back()
        world.plan(timedelta(minutes=31), life.look)
    _until_calm(world)
    for life in world.lives:
        life.show_everything()
    _until_calm(world)
    for life in world.lives:
        world.replay(life.shop.domain)
        world.import_again(life)
    _until_calm(world)
    _sleep_on_it(world)
    world.promises.settled()
    world.trace.line(f"end {world.observer.digest()}")


def _sleep_on_it(world: "World") -> None:
    """Nights until each shop has had a good one, in which whatever was lost must be found.

    A night may fail because the app has lost its token: then the merchant, who is told so, opens the app.
    """
    for _ in range(_MOST_NIGHTS):
        for life in world.lives:
            life.look()
        world.plan(_NIGHT, world.nothing)
        while world.planned:
            world.step()
        _until_calm(world)
        if not world.profile.reconcile or all(_slept_well(world, life) for life in world.lives):
            return
    raise Broken(f"a shop had no good night in {_MOST_NIGHTS}, though nothing goes wrong any more")


def _slept_well(world: "World", life: "Life") -> bool:
    found = world.observer.rows("SELECT id FROM shop WHERE domain = ?", life.shop.domain)
    return bool(found) and not world.nights.wants(found[0][0])


def _until_calm(world: "World") -> None:
    for _ in range(_NEVER_ENDS):
        if _is_calm(world):
            return
        world.step()
    raise Broken("the work does not end, though nothing happens any more")


def _is_calm(world: "World") -> bool:
    if world.planned or world.store._waiting or not all(process.alive for process in world.processes):
        return False
    if any(worker.begun for process in world.processes for worker in process.workers):
        return False
    soon = world.clock() + _SOON
    return all(moment > soon for moment in world.observer.next_due())
