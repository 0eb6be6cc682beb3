"""Runs the benchmarks, each as a program of its own: make bench, or make bench ONLY=door."""

import os
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.measuring import say

PROGRAMS = {
    "coming_back": "benchmarks.coming_back",
    "customers": "benchmarks.customers",
    "door": "benchmarks.door",
    "drain": "benchmarks.drain",
    "fit": "benchmarks.fit",
    "import": "benchmarks.import_million",
    "numbers": "benchmarks.numbers",
    "peer": "benchmarks.peer",
    "points": "benchmarks.points",
    "segments": "benchmarks.segments",
    "simulate": "benchmarks.simulate",
}


def main(asked: Sequence[str]) -> int:
    """Run those asked for, or all; 1 when a promise was broken or a program failed, 2 for an unknown name."""
    unknown = [name for name in asked if name not in PROGRAMS]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are {', '.join(PROGRAMS)}\n")
        return 2
    say("machine.processors", os.cpu_count() or 0, "processors")
    say("machine.load", os.getloadavg()[0], "processes_(before_we_began)")
    ended = [subprocess.run([sys.executable, "-m", PROGRAMS[name]], check=False) for name in asked or PROGRAMS]
    return int(any(program.returncode for program in ended))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
