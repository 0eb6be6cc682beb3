"""Seeds that must be clean, and the same world each time that one seed is lived."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from shopify_app.db.base import Database
from tests.simulation.crash import Broken
from tests.simulation.profile import CALM, DEFAULT, LONG, SLEEPLESS, Profile
from tests.simulation.promises import Promises
from tests.simulation.run import Result, shortest, simulate
from webhooks.topics import HANDLERS

IN_FULL = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SEEDS, DAYS = (200, 90) if IN_FULL else (2, 30)
CHUNKS = 20 if IN_FULL else 2
LONG_ONLY = pytest.mark.skipif(not IN_FULL, reason="takes minutes: make test-long")
ROOT = Path(__file__).parent.parent.parent
EVENTFUL = replace(
    DEFAULT,
    **dict.fromkeys(("uninstalls", "settings", "redactions", "data_requests"), 0.4),
    **dict.fromkeys(("deletes", "customers", "scopes", "merges", "cancels"), 1.0),
)


def lived(seed: int, days: int, profile: Profile = DEFAULT, url: str | None = None) -> Result:
    """One seed, which must be clean; else it says how to see it again."""
    result = simulate(seed, days, profile, url=url)
    again = f"python -m tests.simulation --seed {seed} --days {days}"
    assert result.broken is None, f"{again}: {result.at}: {result.broken}"
    return result


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_seeds_are_clean(chunk: int) -> None:
    each = SEEDS // CHUNKS
    results = [lived(seed, DAYS) for seed in range(1 + chunk * each, 1 + (chunk + 1) * each)]
    assert len({result.hash for result in results}) == each
    assert all(result.crashes for result in results)


@LONG_ONLY
def test_every_topic_occurs() -> None:
    """Every topic that the app handles is sent, in a world where all that is rare happens often."""
    seen: set[str] = set()
    for seed in (111, 112, 107):
        seen |= lived(seed, 8, EVENTFUL).topics
        if seen == set(HANDLERS):
            return
    assert seen == set(HANDLERS)


@LONG_ONLY
def test_without_nights_all_that_was_not_lost_is_right() -> None:
    """What a night would heal must not be needed: nothing is lost here, and the app is right by itself."""
    for seed in (101, 102):
        lived(seed, 20, SLEEPLESS)


def test_without_faults_nothing_crashes() -> None:
    assert lived(103, 10, CALM).crashes == 0


def test_the_same_seed_is_the_same_world_in_another_process() -> None:
    told = [_another_process(hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1]
    assert told[0].endswith(lived(104, 6).line)


def _another_process(hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "104", "--days", "6"]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.strip()


@LONG_ONLY
def test_on_postgresql_too(postgresql: Database) -> None:
    """The same life on the other database; a dead process is a connection that is gone."""
    url = postgresql.writing.url.render_as_string(hide_password=False)
    lived(105, 6, url=url)


@LONG_ONLY
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


@LONG_ONLY
def test_a_year_of_one_seed() -> None:
    assert lived(365, 365, LONG).days == 365
