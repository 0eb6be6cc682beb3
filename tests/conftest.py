"""Fixtures for all tests: a clock that is moved by hand, both databases, the app beside a development store."""

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from shopify_app import app as _every_table
from shopify_app.clock import Instant
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.db.migrate import migrate
from tests import postgres
from tests.browser import chromium
from tests.world import World

assert _every_table
settings.register_profile("long", max_examples=1000, deadline=None)
# A busy machine is no fault of what is tested.
settings.register_profile("usual", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))
_running = None


def pytest_configure(config: pytest.Config) -> None:
    """One PostgreSQL for the whole run: workers find it through the environment."""
    global _running
    if hasattr(config, "workerinput") or "WAFA_TEST_POSTGRES" in os.environ:
        return
    _running = postgres.server()
    os.environ["WAFA_TEST_POSTGRES"] = _running.__enter__() or ""


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it again."""
    if _running is not None and not hasattr(config, "workerinput"):
        _running.__exit__(None, None, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not tried is said aloud."""
    if chromium.find() is None:
        terminalreporter.write_line(f"BROWSER TESTS WERE SKIPPED: {chromium.missing()}", red=True, bold=True)


class MovedClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime) -> None:
        self.now = Instant(now)

    def __call__(self) -> Instant:
        return self.now

    def forward(self, seconds: float = 1) -> Instant:
        self.now = Instant(self.now + timedelta(seconds=seconds))
        return self.now


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        api_key="test-key",
        api_secret="test-secret-of-more-than-32-bytes",
        host="https://app.test",
        encryption_keys=(b"k" * 32,),
        lookup_key=b"l" * 32,
        database_url=f"sqlite:///{tmp_path / 'wafa.db'}",
        app_bridge_url="https://store.test/standins/app-bridge.js",
        polaris_url="https://store.test/standins/polaris.js",
        admin_url="https://store.test",
    )


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "wafa.db")
    database = Database(f"sqlite:///{tmp_path / 'wafa.db'}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[tuple[str, str]]:
    admin = os.environ.get("WAFA_TEST_POSTGRES")
    if not admin:
        pytest.skip("no PostgreSQL to be had")
    name = f"template_{uuid.uuid4().hex[:12]}"
    _administer(admin, f"CREATE DATABASE {name}")
    database = Database(_named(admin, name))
    migrate(database)
    database.close()
    yield admin, name
    _administer(admin, f"DROP DATABASE {name}")


@pytest.fixture
def postgresql(postgres_template: tuple[str, str]) -> Iterator[Database]:
    admin, template = postgres_template
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(admin, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database(_named(admin, name))
    yield database
    database.close()
    _administer(admin, f"DROP DATABASE {name} WITH (FORCE)")


def _named(admin: str, name: str) -> str:
    return make_url(admin).set(database=name).render_as_string(hide_password=False)


def _administer(admin: str, statement: str) -> None:
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each test that names it runs on both databases."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def world(config: Config, database: Database, clock: MovedClock, tmp_path: Path) -> World:
    """The app beside a development store, on each database."""
    return World(config, database, clock, tmp_path)


@pytest.fixture
def small_world(config: Config, sqlite: Database, clock: MovedClock, tmp_path: Path) -> World:
    """The same on SQLite alone, where the database makes no difference."""
    return World(config, sqlite, clock, tmp_path)
