"""Every structured forgery, at every door: none is taken, none breaks anything, and the true ones get in."""

import collections
import dataclasses
import itertools
import logging
import os
import random
import sqlite3
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from shopify_app.db.base import Base, ShopId
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import latest
from tests.forging import bodies, id_tokens, install, webhooks
from tests.forging.ground import OLD, A, B, Forged, Ground, send
from tests.world import World

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
COUNT = {"sqlite": 50_000 if LONG else 2_500, "postgresql": 5_000 if LONG else 800}
MOST_SHOWN = 10
FORGERS = [*webhooks.forgers(), *id_tokens.forgers(), *install.forgers(), *bodies.forgers()]


class Kept(logging.Handler):
    """Every record that tells of something nobody expected."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.exc_info}")


class Town:
    """The app with two shops, watched: what is written, logged, asked of Shopify, and who is woken."""

    def __init__(self, world: World, log: Kept) -> None:
        self.world = world
        self.database = world.wafa.database
        self.log = log
        for domain in (A, B):
            world.install(world.store.add_shop(domain))
        world.work()
        self.ground = Ground(int(world.clock().timestamp()), self.ask, self.task())
        self.calls = len(world.adapter.calls)
        self.watch = None
        if self.database.dialect == "sqlite":
            self.watch = sqlite3.connect(str(self.database.url).removeprefix("sqlite:///"))

    def task(self) -> str:
        with self.database.reading() as session:
            return latest(session, ShopId(find_shop(session, A).id), "import_orders").id

    def ask(self, shop: str) -> tuple[str, str]:
        """The consent page's question, as a merchant's browser is sent to it."""
        answer = send(self.world.app, Forged("", (302,), "/auth", "GET", f"shop={shop}"))
        state = parse_qs(urlsplit(answer.header("Location")).query)["state"][0]
        return state, answer.header("Set-Cookie").split(";")[0].partition("=")[2]

    def commits(self) -> int:
        """A number that changes when anybody commits a change to the file."""
        return self.watch.execute("PRAGMA data_version").fetchone()[0] if self.watch else 0

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        with self.database.reading() as session:
            tables = Base.metadata.sorted_tables
            return {table.name: sorted(map(tuple, session.execute(select(table))), key=repr) for table in tables}

    def close(self) -> None:
        if self.watch:
            self.watch.close()


@pytest.fixture
def town(config, database, clock, tmp_path):
    log = Kept()
    logging.getLogger().addHandler(log)
    built = Town(World(dataclasses.replace(config, old_api_secret=OLD), database, clock, tmp_path), log)
    yield built
    built.close()
    logging.getLogger().removeHandler(log)


def broken(town: Town, forged: Forged) -> str | None:
    """What is wrong with how a forgery was treated."""
    before = town.commits()
    answer = send(town.world.app, forged)
    leads = urlsplit(answer.header("Location")).netloc
    policy = answer.header("Content-Security-Policy")
    if answer.status not in forged.allowed:
        return f"answered {answer.status}: {answer.body[:200]!r}"
    complaints, town.log.lines = [*town.log.lines, *filter(None, [answer.complaints])], []
    if b"Traceback" in answer.body or complaints:
        return f"complained: {complaints}"
    if leads or "evil" in policy or answer.header("X-Evil"):
        return f"leads out: {leads} {policy}"
    if town.commits() != before:
        return "something was written"
    if len(town.world.adapter.calls) != town.calls:
        return "Shopify was asked"
    if "=" in answer.header("Set-Cookie") and "Max-Age=0" not in answer.header("Set-Cookie"):
        return "a cookie was given"
    return None


def test_no_forgery_is_taken(town):
    rng = random.Random(20261121)
    before = town.rows()
    kinds: collections.Counter[str] = collections.Counter()
    taken: dict[str, str] = {}
    for forger in itertools.cycle(FORGERS):
        if sum(kinds.values()) >= COUNT[town.database.dialect] or len(taken) > MOST_SHOWN:
            break
        forged = forger(rng, town.ground)
        if forged is None:
            continue
        kinds[forged.kind] += 1
        problem = broken(town, forged)
        if problem is not None:
            taken.setdefault(forged.kind, f"{problem}\n{forged!r:.1500}")
    assert not taken, "\n\n".join(taken.values())
    assert town.rows() == before
    assert sum(kinds.values()) > 2 * len(FORGERS) > 300
    sys.stdout.write(f"forgeries refused {sum(kinds.values())} kinds {len(kinds)} on {town.database.dialect}\n")


def test_the_true_ones_get_in(town):
    deliveries = webhooks.true_ones(random.Random(1), town.ground)
    before = len(town.rows()["delivery"])
    for true in [*id_tokens.true_ones(town.ground), *deliveries]:
        answer = send(town.world.app, true)
        assert answer.status in true.allowed, (true, answer)
    assert len(town.rows()["delivery"]) == before + len(deliveries)
    assert town.log.lines == []


def consented(town: Town) -> Forged:
    """What a merchant's browser brings back who approved the permissions."""
    begun = send(town.world.app, Forged("", (302,), "/auth", "GET", f"shop={A}"))
    consent = urlsplit(begun.header("Location"))
    cookie = begun.header("Set-Cookie").split(";")[0]
    fields = {name: values[0] for name, values in parse_qs(consent.query).items()}
    agreed = Client(town.world.store.wsgi).post(consent.path, data=fields)
    back = urlsplit(agreed.headers["Location"])
    return Forged("true return", (302,), back.path, "GET", back.query, (("Cookie", cookie),))


def test_a_true_return_gets_in_and_only_once(town):
    true = consented(town)
    assert send(town.world.app, true).status == 302
    after = town.rows()
    assert send(town.world.app, true).status == 400
    assert town.rows() == after
    assert town.log.lines == []
