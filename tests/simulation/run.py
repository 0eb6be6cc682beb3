"""Running a seed: a fresh database, a world on it, and what came of it."""

import gc
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from graphql import DocumentNode, GraphQLError, GraphQLSchema

# What a forecast imports when it first needs it: within a world, that would be seen as work of the first one alone.
import shopify_app.retention.fit.forecast
import shopify_app.retention.fit.histories
import shopify_app.retention.fit.ladder
import shopify_app.retention.fit.scoring
import shopify_app.retention.fit.totals  # noqa: F401
from devstore import graphql
from shopify_app import app as _every_table
from shopify_app.db.base import Database
from shopify_app.db.migrate import migrate
from shopify_app.jobs import import_windows
from tests.simulation.chance import directed_bytes
from tests.simulation.crash import Broken
from tests.simulation.profile import DEFAULT, Profile
from tests.simulation.trace import Trace
from tests.simulation.world import World

assert _every_table
_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one seed."""

    seed: int
    days: int
    steps: int
    deliveries: int
    crashes: int
    topics: frozenset[str]
    happened: frozenset[str]
    """Every kind of fault that struck, and of moment at which a process died."""
    hash: str
    broken: str | None = None
    at: str = ""

    @property
    def line(self) -> str:
        """What is said of a run."""
        return (
            f"seed {self.seed} days {self.days} steps {self.steps} deliveries {self.deliveries} crashes {self.crashes}"
            f" hash {self.hash}"
        )


@cache
def _template() -> bytes:
    """A migrated, empty SQLite file."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "template.db"
        database = Database(f"sqlite:///{path}")
        migrate(database)
        database.close()
        return path.read_bytes()


@contextmanager
def _place() -> Iterator[Path]:
    """A directory that lives in memory where the system has such a thing."""
    found = Path(tempfile.mkdtemp(prefix="simulation-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        yield found
    finally:
        shutil.rmtree(found, ignore_errors=True)


@contextmanager
def _remembered() -> Iterator[None]:
    """The store reads and checks the same few documents again and again: here it does so once."""
    read, checked = graphql.parse, graphql.validate
    known: dict[str, DocumentNode] = {}
    faults: dict[int, list[GraphQLError]] = {}

    def parse(source: str) -> DocumentNode:
        if source not in known:
            known[source] = read(source)
        return known[source]

    def validate(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
        if id(document) not in faults:
            faults[id(document)] = checked(schema, document)
        return faults[id(document)]

    graphql.parse, graphql.validate = parse, validate  # type: ignore[attr-defined]
    try:
        yield
    finally:
        graphql.parse, graphql.validate = read, checked  # type: ignore[attr-defined]


@contextmanager
def _windows(seed: int) -> Iterator[None]:
    """In every other world so few orders are many enough to be read in two windows."""
    before, import_windows.ONE_GO = import_windows.ONE_GO, 4 if seed % 2 else import_windows.ONE_GO
    try:
        yield
    finally:
        import_windows.ONE_GO = before


@contextmanager
def _silence() -> Iterator[None]:
    """Both programs log what goes wrong, and here much does; closed connections make Python warn, too."""
    before, seldom = logging.root.manager.disable, gc.get_threshold()
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            # Nearly all that is made dies at once: looking for circles so often would cost a tenth of the time.
            gc.set_threshold(50_000, 20, 100)
            yield
    finally:
        gc.set_threshold(*seldom)
        logging.disable(before)


def simulate(
    seed: int,
    days: int,
    profile: Profile = DEFAULT,
    *,
    url: str | None = None,
    steps: int | None = None,
    aloud: bool = False,
) -> Result:
    """Live one seed's days, or its first steps, on an empty database; `url` names one that is migrated."""
    trace = Trace(aloud=aloud)
    with _place() as place, _silence(), _remembered(), _windows(seed), directed_bytes(seed):
        if url is None:
            (place / "wafa.db").write_bytes(_template())
        world = World(seed, profile, url or f"sqlite:///{place / 'wafa.db'}", place, trace)
        broken, at = None, ""
        try:
            world.live(days, steps)
        except Broken as problem:
            broken, at = str(problem), f"step {world.number} at {world.clock().isoformat()}"
        finally:
            world.close()
    topics, happened = frozenset(world.post.topics), frozenset({*world.happened, *+world.store.injected})
    return Result(seed, days, world.number, world.post.sent, world.crashes, topics, happened, trace.hash, broken, at)


def simulate_all(seeds: Iterable[int], days: int, profile: Profile = DEFAULT, *, jobs: int = 1) -> Iterator[Result]:
    """Live many seeds, each in a world of its own, so many at a time; what came of them, in their order."""
    one = partial(simulate, days=days, profile=profile)
    if jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as processes:
        yield from processes.map(one, seeds)


def shortest(result: Result, profile: Profile = DEFAULT) -> int:
    """The fewest first steps of a failing seed after which it still fails, found by halving."""
    fails, holds = result.steps, 0
    while fails - holds > 1:
        middle = (fails + holds) // 2
        if simulate(result.seed, result.days, profile, steps=middle).broken:
            fails = middle
        else:
            holds = middle
    return fails
