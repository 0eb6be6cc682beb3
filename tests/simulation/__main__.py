"""`python -m tests.simulation --seed N --days D`: one seed, one world; exit code 1 when a promise is broken.

With `--seeds 20 --jobs 2` many of them, two at a time; of one that is broken, `--seed` finds the shortest prefix.
"""

import argparse
import sys
import time

from tests.simulation.profile import PROFILES, Profile, find_profile
from tests.simulation.run import Result, shortest, simulate, simulate_all


def main() -> int:
    """Run the seeds that were asked for; the last line says how many were right."""
    asked = _arguments()
    try:
        profile = find_profile(asked.profile)
    except (OSError, ValueError) as problem:
        sys.exit(f"no such profile: {problem}")
    if asked.seeds > 1:
        return _many(asked, profile)
    result = simulate(asked.seed, asked.days, profile, url=asked.database, steps=asked.steps, aloud=asked.trace)
    if result.broken:
        _tell(result, profile, shrink=asked.database is None and asked.steps is None)
    else:
        print(result.line)
    return 1 if result.broken else 0


def _many(asked: argparse.Namespace, profile: Profile) -> int:
    """A line for each seed as soon as it is known, and in the end how many were right."""
    began, finished = time.monotonic(), 0
    for result in simulate_all(range(asked.seed, asked.seed + asked.seeds), asked.days, profile, jobs=asked.jobs):
        finished += not result.broken
        said = f"seed {result.seed} is broken at {result.at}: {result.broken}" if result.broken else result.line
        print(said, flush=True)
    print(f"finished {finished} of {asked.seeds} seeds in {time.monotonic() - began:.1f} s")
    return 0 if finished == asked.seeds else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="run so many, from --seed on")
    parser.add_argument("--jobs", type=int, default=1, help="so many of them at a time, each in a process")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--steps", type=int, help="only the first steps, then quiet and the comparison")
    parser.add_argument("--profile", default="default", help=f"{', '.join(PROFILES)}, or a JSON file")
    parser.add_argument("--database", help="a migrated, empty database; SQLite in memory by default")
    parser.add_argument("--trace", action="store_true", help="print every step")
    return parser.parse_args()


def _tell(result: Result, profile: Profile, *, shrink: bool) -> None:
    print(f"seed {result.seed} is broken at {result.at}")
    print(result.broken)
    if shrink:
        steps = shortest(result, profile)
        again = simulate(result.seed, result.days, profile, steps=steps)
        print(f"shortest prefix that fails: --seed {result.seed} --days {result.days} --steps {steps}")
        print(again.broken)


if __name__ == "__main__":
    sys.exit(main())
