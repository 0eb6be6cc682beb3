"""Accepted deliveries a second, against Shopify's official Node path: the same client, bodies and durability.

Promise: at least five times as many, with a tenth of its 99th percentile. Each round starts both servers anew on
empty databases. Ours is the real server, and its drain handles what it accepts meanwhile; the other only keeps.

A 200 of either means that the disk has it, so the disk decides much: where fsync answers at once from a cache, as on
many virtual machines, one delivery a commit costs little. Hence twice, where there is a C compiler: on the disk as it
is, and on one whose fsync takes two milliseconds more.
"""

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import backlog, programs
from benchmarks.bodies import KEY, SECRET
from benchmarks.measuring import ROUNDS, Duel, Spent, cpu_of_tree, exit_status, interleaved, promise, say

PEERS = Path(__file__).parent / "peers"
NODE = PEERS / "node"
SHOPS = 4
FASTER = 5.0
CALMER = 0.1
_NUMBERS = 1_000_000


def missing() -> str:
    """What stands in the way of running the other; empty when nothing does."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    return "" if (NODE / "node_modules").exists() else "npm install has not run in benchmarks/peers/node"


def install() -> None:
    """Bring the other's packages, as its lock file names them."""
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=NODE, check=True)  # noqa: S607


def slowed(directory: Path, milliseconds: float) -> dict[str, str]:
    """The environment that lets a program's fsync take longer; nothing for 0."""
    if not milliseconds:
        return {}
    library = directory / "slow_disk.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, PEERS / "slow_disk.c", "-ldl"], check=True)  # noqa: S607
    return {"LD_PRELOAD": str(library), "SLOW_DISK_US": str(round(milliseconds * 1000))}


@contextmanager
def ours(directory: Path, disk: dict[str, str], *, installed: bool = True) -> Iterator[tuple[int, int]]:
    """The app on an empty database; process id and port. `installed`: it knows the shops, so it drains too."""
    url, port = backlog.sqlite_url(directory), programs.free_port()
    backlog.prepared(url, SHOPS if installed else 0).database.close()
    with programs.app(directory, {**backlog.environment_for(url, port), **disk}) as pid:
        yield pid, port


@contextmanager
def theirs(directory: Path, disk: dict[str, str]) -> Iterator[tuple[int, int]]:
    """The other on an empty database."""
    port = programs.free_port()
    command = ["node", str(NODE / "server.mjs"), str(port), str(directory / "peer.db")]
    settings = {"SHOPIFY_API_KEY": KEY, "SHOPIFY_API_SECRET": SECRET, "NODE_ENV": "production", **disk}
    with programs.server(command, directory, port, settings) as pid:
        yield pid, port


Serve = Callable[[Path, dict[str, str]], AbstractContextManager[tuple[int, int]]]


class Runs:
    """One round of each way, and what its client saw."""

    def __init__(self, seconds: float, connections: int, disk: float) -> None:
        self._disk = disk
        self._how = {"connections": connections, "shops": SHOPS}
        self._seconds = seconds
        self.reports: dict[str, list[Any]] = {}

    def run(self, name: str) -> Spent:
        """Start a server, warm it up, load it."""
        ways: dict[str, Serve] = {"ours": ours, "node": theirs, "door": partial(ours, installed=False)}
        with tempfile.TemporaryDirectory(prefix="wafa-bench-") as there, ExitStack() as running:
            place = Path(there)
            pid, port = running.enter_context(ways[name](place, slowed(place, self._disk)))
            programs.send(port, seconds=self._seconds / 4, **self._how)
            before = cpu_of_tree(pid)
            report = programs.send(port, seconds=self._seconds, first=_NUMBERS, **self._how)
            self.reports.setdefault(name, []).append(report)
            return Spent(report["accepted"], report["seconds"], cpu_of_tree(pid) - before)

    def calmer(self, name: str) -> float:
        """Our 99th percentile as a part of the other's, round by round."""
        pairs = zip(self.reports[name], self.reports["node"], strict=True)
        return float(median(mine["p99"] / its["p99"] for mine, its in pairs))

    def tell(self, peer: str, name: str) -> None:
        """What the client saw of one server."""
        for key, unit in (("p50", "ms"), ("p99", "ms"), ("max", "ms"), ("other", "non-2xx")):
            say(f"{peer}.{name}.{key}", median(report[key] for report in self.reports[name]), unit)
        share = median(report["cpu"] / report["seconds"] for report in self.reports[name])
        say(f"{peer}.{name}.client", share * 100, "%_of_one_processor")


def main() -> int:
    """Compare, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--disk-ms", nargs="*", type=float, default=(0.0, 2.0), help="fsync takes so much longer")
    parser.add_argument("--no-install", action="store_true", help="use the packages that are there")
    asked = parser.parse_args()
    if missing() and not asked.no_install and shutil.which("npm"):
        install()
    if missing():
        say("peer.skipped", "yes", f"({missing()})")
        return 0
    for disk in asked.disk_ms if shutil.which("cc") else (0.0,):
        _compare(asked, disk)
    return exit_status()


def _compare(asked: argparse.Namespace, disk: float) -> None:
    peer = f"peer.disk_{disk:g}_ms_slower" if disk else "peer"
    runs = Runs(asked.seconds, asked.connections, disk)
    names = ("ours", "door", "node")
    spent = interleaved(asked.rounds, {name: partial(runs.run, name) for name in names})
    Duel(f"{peer}.accepted", "delivery", "node", spent["door"], spent["node"]).tell(at_least=FASTER)
    Duel(f"{peer}.accepted_and_drained", "delivery", "node", spent["ours"], spent["node"]).tell()
    for name in names:
        runs.tell(peer, name)
    calm = {name: runs.calmer(name) for name in ("ours", "door")}
    for name, times in calm.items():
        say(f"{peer}.{name}.p99_to_node", times, "times")
    promise(f"{peer}.door.p99_to_node", kept=calm["door"] <= CALMER, bound=f"at_most_{CALMER:g}")


if __name__ == "__main__":
    raise SystemExit(main())
