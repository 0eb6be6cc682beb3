"""`python -m tests.simulation --seed N --days D`: one seed, one world; exit code 1 when a promise is broken."""

import argparse
import sys

from tests.simulation.profile import PROFILES, Profile, find_profile
from tests.simulation.run import Result, shortest, simulate


def main() -> int:
    """Run the seeds that were asked for; the last line says how many were right."""
    asked = _arguments()
    try:
        profile = find_profile(asked.profile)
    except (OSError, ValueError) as problem:
        sys.exit(f"no such profile: {problem}")
    seeds = range(asked.seed, asked.seed + asked.seeds)
    finished = 0
    for seed in seeds:
        result = simulate(seed, asked.days, profile, url=asked.database, steps=asked.steps, aloud=asked.trace)
        if result.broken:
            _tell(result, profile, shrink=asked.database is None and asked.steps is None)
        else:
            finished += 1
            print(result.line)
    if len(seeds) > 1:
        print(f"finished {finished} of {len(seeds)} seeds")
    return 0 if finished == len(seeds) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="run so many, from --seed on")
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
