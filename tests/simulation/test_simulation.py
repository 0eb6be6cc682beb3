"""Seeds that must be clean, and the same world each time that one seed is lived."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devstore.faults import SHARES
from shopify_app.db.base import Database
from tests.simulation.crash import Broken
from tests.simulation.profile import CALM, DEFAULT, LONG, SLEEPLESS, Profile
from tests.simulation.promises import Promises
from tests.simulation.run import Result, shortest, simulate, simulate_all
from webhooks.topics import HANDLERS

IN_FULL = os.environ.get("HYPOTHESIS_PROFILE") == "long"
ROOT = Path(__file__).parent.parent.parent
DEATHS = ("statement", "commit", "committed", "call", "answer", "the same moment")
EVERYTHING = {*SHARES, "stalled", "swapped", "disk full", *(f"crash at {moment}" for moment in DEATHS)}
"""All that can go wrong: every fault of the store's, and every trouble of the world's own."""


def clean(result: Result) -> Result:
    """A seed that must be clean; else it says how to see it again."""
    again = f"python -m tests.simulation --seed {result.seed} --days {result.days}"
    assert result.broken is None, f"{again}: {result.at}: {result.broken}"
    return result


def lived(seed: int, days: int, profile: Profile = DEFAULT, url: str | None = None) -> Result:
    """One seed, lived and clean."""
    return clean(simulate(seed, days, profile, url=url))


def test_twenty_months_are_clean_and_nothing_was_spared_them() -> None:
    """Make test-long lives 200 seeds of 90 days, by the command itself."""
    results = [clean(result) for result in simulate_all(range(1, 21), 30, jobs=2)]
    assert len({result.hash for result in results}) == 20
    assert set().union(*(result.topics for result in results)) == set(HANDLERS)
    assert EVERYTHING - set().union(*(result.happened for result in results)) == set()


@pytest.mark.skipif(not IN_FULL, reason="half a minute: make test-long")
def test_a_year_of_one_seed_is_clean() -> None:
    assert lived(365, 365, LONG).days == 365


@pytest.mark.skipif(not IN_FULL, reason="half a minute: make test-long")
def test_without_nights_all_that_was_not_lost_is_right() -> None:
    """What a night would heal must not be needed: nothing is lost here, and the app is right by itself."""
    for seed in range(201, 221):
        lived(seed, 20, SLEEPLESS)


def test_without_faults_nothing_crashes() -> None:
    assert lived(103, 10, CALM).crashes == 0


def test_the_same_seeds_are_the_same_worlds_in_other_processes() -> None:
    """Whatever was lived before in a process: here the two come the other way round."""
    here = {seed: lived(seed, 6).line for seed in (105, 104)}
    for hash_seed, jobs in (("1", "1"), ("2", "2")):
        *told, last = _by_command("--seed", "104", "--seeds", "2", "--days", "6", "--jobs", jobs, hash_seed=hash_seed)
        assert told == [here[104], here[105]]
        assert last.startswith("finished 2 of 2 seeds")


def _by_command(*arguments: str, hash_seed: str) -> list[str]:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.splitlines()


@pytest.mark.parametrize("seed", range(301, 321 if IN_FULL else 303))
def test_on_postgresql_too(seed: int, postgresql: Database) -> None:
    """The same life on the other database; a dead process is a connection that is gone."""
    lived(seed, 30 if IN_FULL else 8, url=postgresql.writing.url.render_as_string(hide_password=False))


def test_a_failure_names_the_shortest_prefix_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A promise that breaks at a known step is found at that step by halving."""
    monkeypatch.setattr("tests.simulation.promises.Promises.settled", _breaks_after(23))
    result = simulate(106, 1, CALM)
    assert result.broken == "broken on purpose"
    assert shortest(result, CALM) == 23


def _breaks_after(step: int) -> Callable[[Promises], None]:
    def settled(self: Promises) -> None:
        if self._world.lived >= step:
            raise Broken("broken on purpose")

    return settled
