"""What machines ask: liveness, readiness with the lag, and the gauges, which are not for the public."""

import dataclasses
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shopify_app.app import build, create_app
from shopify_app.clock import Instant
from shopify_app.config import VERSION, Config
from shopify_app.db.base import Database
from shopify_app.errors import BadConfig
from shopify_app.tasks.queries import request
from tests.factories import make_shop
from webhooks import inbox
from webhooks.inbox import Delivery, Posted
from webhooks.refusals import count_refused

TOKEN = "a-token-for-scrapers"
ALICE, STRANGER = "alice.myshopify.com", "stranger.myshopify.com"


class Machine:
    """The app without its store, and deliveries put straight into its inbox."""

    def __init__(self, config, database, clock, directory) -> None:
        self.clock = clock
        self.database = database
        self.wafa = build(config, database=database, clock=clock, directory=directory)
        self.app = create_app(wafa=self.wafa)
        self.shop = make_shop(database, ALICE)

    def post(self, number: str, domain: str = ALICE, age: float = 0) -> None:
        at = Instant(self.clock() - timedelta(seconds=age))
        with self.database.transaction() as session:
            posted = Posted(domain, number, "carts/create", "2026-10", "", at, b"{}")
            self.wafa.inbox.keep(session, [(posted, self.clock())])

    def get(self, path: str = "/metrics", address: str = "127.0.0.1", host: str = "localhost", **headers):
        client = self.app.test_client()
        base = f"http://{host}"
        return client.get(path, base_url=base, headers=headers, environ_overrides={"REMOTE_ADDR": address})

    def gauges(self) -> dict[str, float]:
        answer = self.get()
        assert answer.status_code == 200
        lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.fixture
def machine(config: Config, database: Database, clock, tmp_path: Path) -> Machine:
    return Machine(config, database, clock, tmp_path)


def guarded(machine: Machine, tmp_path: Path) -> Machine:
    config = dataclasses.replace(machine.wafa.config, metrics_token=TOKEN)
    machine.wafa = build(config, database=machine.database, clock=machine.clock, directory=tmp_path)
    machine.app = create_app(wafa=machine.wafa)
    return machine


def test_readiness_says_how_long_the_oldest_delivery_waits(machine):
    assert machine.get("/readyz").get_json() == {"status": "ok", "lag_seconds": 0.0}
    machine.post("old", age=90)
    machine.post("new", age=5)
    machine.post("nobody's", STRANGER, age=9000)
    machine.clock.forward(10)
    answer = machine.get("/readyz")
    assert (answer.status_code, answer.get_json()["lag_seconds"]) == (200, 100.0)
    machine.wafa.drain.sweep()
    assert machine.get("/readyz").get_json()["lag_seconds"] == 0.0


def test_a_database_without_tables_is_not_ready(config, clock, tmp_path):
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    app = create_app(wafa=build(config, database=empty, clock=clock, directory=tmp_path))
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200
    empty.close()


def test_the_gauges_count_what_is_there(machine):
    for number in ("1", "2", "3"):
        machine.post(number, age=60)
    machine.post("stray", STRANGER)
    with machine.database.transaction() as session:
        first = select(Delivery.id).where(Delivery.shop_domain == ALICE).limit(1)
        inbox.mark(session, [session.scalar(first)], inbox.PARKED, machine.clock(), "Malformed")
        request(session, machine.shop, "learn_shop", None, "test", machine.clock())
        count_refused(session, [ALICE, ALICE, STRANGER], machine.clock())
    assert machine.gauges() == {
        f'wafa_build_info{{version="{VERSION}"}}': 1,
        'wafa_deliveries{state="waiting"}': 2,
        'wafa_deliveries{state="parked"}': 1,
        'wafa_deliveries{state="stray"}': 1,
        "wafa_lag_seconds": 60,
        "wafa_refused_week": 2,
        "wafa_tasks_due": 1,
    }
    machine.clock.forward(8 * 86400)
    assert machine.gauges()["wafa_refused_week"] == 0


def test_the_text_is_what_prometheus_reads(machine):
    answer = machine.get()
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE wafa_lag_seconds gauge\nwafa_lag_seconds 0.0\n" in answer.text
    assert answer.text.endswith("\n")


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("203.0.113.7", "localhost", {}),
        ("10.0.0.1", "127.0.0.1:8200", {}),
        ("127.0.0.1", "app.test", {}),
        ("127.0.0.1", "localhost.evil.com", {}),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "203.0.113.7"}),
        ("127.0.0.1", "localhost", {"Forwarded": "for=203.0.113.7"}),
        ("127.0.0.1", "localhost", {"Via": "1.1 proxy"}),
        ("127.0.0.1", "localhost", {"X-Real-Ip": "127.0.0.1"}),
        ("203.0.113.7", "localhost", {"X-Forwarded-For": "127.0.0.1"}),
        ("203.0.113.7", "localhost", {"Authorization": "Bearer None"}),
    ],
)
def test_the_world_gets_no_gauges(machine, address, host, headers):
    answer = machine.get(address=address, host=host, **headers)
    assert answer.status_code == 403
    assert "wafa_" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8200", "[::1]:8200"])
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine_gets_them(machine, address, host):
    assert machine.get(address=address, host=host).status_code == 200


def test_with_a_token_the_token_decides(machine, tmp_path):
    guarded(machine, tmp_path)
    for address in ("127.0.0.1", "203.0.113.7"):
        for wrong in (None, TOKEN, f"Bearer {TOKEN}x", f"bearer {TOKEN}", "Bearer ", f"Bearer {TOKEN[:-1]}\u00e9"):
            answer = machine.get(address=address, **({"Authorization": wrong} if wrong else {}))
            assert answer.status_code == 401, wrong
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "wafa_" not in answer.text
        assert machine.get(address=address, host="app.test", Authorization=f"Bearer {TOKEN}").status_code == 200


@pytest.mark.parametrize("value", ["short", "with a blank in the middle", "\u00fc" * 20, f"{TOKEN}\n"])
def test_a_token_that_cannot_be_one_is_named(value):
    key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
    usual = {"SHOPIFY_API_KEY": "k", "SHOPIFY_API_SECRET": "s", "HOST": "https://app.test", "LOOKUP_KEY": key}
    usual["ENCRYPTION_KEYS"] = key
    assert Config.from_env(usual).metrics_token is None
    assert Config.from_env({**usual, "METRICS_TOKEN": TOKEN}).metrics_token == TOKEN
    with pytest.raises(BadConfig, match="METRICS_TOKEN"):
        Config.from_env({**usual, "METRICS_TOKEN": value})


def test_the_version_is_the_projects():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
