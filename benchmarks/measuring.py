"""Figures: how they are taken, compared round by round, and said as `name value unit` lines."""

import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROUNDS = 5
STEADY = 0.2
"""A spread of this share of the median: above it the CPU decides, which others on the machine disturb less."""
_PROC = Path("/proc")
broken: list[str] = []
"""Promises that this program saw broken."""
_said: set[str] = set()


def say(name: str, value: float | str, unit: str) -> None:
    """One figure on a line of its own."""
    _said.add(name)
    text = value if isinstance(value, str) else f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    print(f"{name} {text} {unit}", flush=True)


def promise(name: str, *, kept: bool, bound: str) -> None:
    """Say whether a promise was kept, and remember it when it was not."""
    if not kept:
        broken.append(name)
    say(f"{name}.promise", "kept" if kept else "BROKEN", bound)


@dataclass(slots=True)
class Spent:
    """What some items took: seconds by the wall and of processors."""

    items: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.wall if self.wall else 0.0

    @property
    def cpu_each(self) -> float:
        """Microseconds of processor time an item."""
        return self.cpu / self.items * 1e6 if self.items else 0.0


@contextmanager
def timed(items: int, *others: int) -> Iterator[Spent]:
    """What the block takes, in this process and in the process trees of `others`."""
    spent = Spent(items)
    cpu, began = sum(map(cpu_of_tree, others)) + cpu_of_self(), time.perf_counter()
    yield spent
    spent.wall = time.perf_counter() - began
    spent.cpu = cpu_of_self() + sum(map(cpu_of_tree, others)) - cpu


def cpu_of_self() -> float:
    """Processor seconds of this process, its threads included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of_tree(pid: int) -> float:
    """Processor seconds of a process, its living descendants and those that it has outlived; 0 without /proc."""
    return sum(_cpu(each) for each in tree_of(pid)) if _PROC.exists() else 0.0


def tree_of(pid: int) -> list[int]:
    """A process and its living descendants."""
    parents = {int(place.name): _parent(place) for place in _PROC.glob("[0-9]*")}
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def peak_memory(pid: int) -> float:
    """The most that any process of the tree ever held, in MB; 0 without /proc."""
    return max((_peak(each) for each in tree_of(pid)), default=0.0) if _PROC.exists() else 0.0


def _stat(place: Path) -> list[str]:
    try:
        return (place / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(place: Path) -> int:
    stat = _stat(place)
    return int(stat[1]) if stat else 0


def _cpu(pid: int) -> float:
    stat = _stat(_PROC / str(pid))
    return sum(map(int, stat[11:15])) / _TICKS if stat else 0.0


def _peak(pid: int) -> float:
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


_TICKS = 100
"""Units of /proc/PID/stat in a second; Linux shows the same to every program."""


def interleaved(rounds: int, ways: Mapping[str, Callable[[], Spent]]) -> dict[str, list[Spent]]:
    """Measure each way once a round, and begin with another each time: what else runs on the machine hits all."""
    names, found = list(ways), {name: list[Spent]() for name in ways}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(ways[name]())
    return found


@dataclass(frozen=True, slots=True)
class Duel:
    """Two ways to do the same, measured in the same rounds."""

    name: str
    item: str
    rival: str
    ours: Sequence[Spent]
    theirs: Sequence[Spent]

    def speed(self) -> list[float]:
        """How many times as fast as the other we were, in each round."""
        return [mine.rate / its.rate for mine, its in zip(self.ours, self.theirs, strict=True)]

    def thrift(self) -> list[float]:
        """How many times our processor time the other took for an item, in each round."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return [its.cpu_each / mine.cpu_each for mine, its in pairs if mine.cpu_each]

    def tell(self, *, at_least: float | None = None, at_most: float | None = None) -> None:
        """Say both rates, the ratio with its spread, the CPU, and whether the promise holds.

        `at_least` bounds our speed as a part of the other's; `at_most` our time as a multiple of its time.
        """
        for who, runs in (("ours", self.ours), (self.rival, self.theirs)):
            if f"{self.name}.{who}" not in _said:
                say(f"{self.name}.{who}", median(run.rate for run in runs), f"{self.item}/s")
                say(f"{self.name}.{who}.cpu", median(run.cpu_each for run in runs), f"us/{self.item}")
        upside_down = at_most is not None
        speed, thrift = self.speed(), self.thrift()
        if upside_down:
            speed, thrift = _turned(speed), _turned(thrift)
        what = f"{self.name}.{'time' if upside_down else 'speed'}_to_{self.rival}"
        self._spread(what, speed)
        self._spread(f"{what}.cpu", thrift)
        steady = max(speed) - min(speed) <= STEADY * median(speed) or not thrift
        decides = median(speed if steady else thrift)
        say(f"{what}.decided_by", "clock" if steady else "cpu", "(cpu where the spread is over 20 %)")
        if at_least is not None:
            promise(what, kept=decides >= at_least, bound=f"at_least_{at_least:g}")
        if at_most is not None:
            promise(what, kept=decides <= at_most, bound=f"at_most_{at_most:g}")

    def _spread(self, name: str, ratios: Sequence[float]) -> None:
        if ratios:
            say(name, median(ratios), "times")
            say(f"{name}.spread", f"{min(ratios):.3g}-{max(ratios):.3g}", "times")


def _turned(ratios: Sequence[float]) -> list[float]:
    return [1 / ratio for ratio in ratios]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def exit_status() -> int:
    """1 when this program saw a promise broken."""
    return 1 if broken else 0
