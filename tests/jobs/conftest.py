"""An app whose far side only pretends, with forty orders to import."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shopify_app.config import Config
from shopify_app.db.base import Database
from tests.jobs.pretend import Pretend, Works, history, store_at_once

if TYPE_CHECKING:
    from tests.conftest import MovedClock


@pytest.fixture
def far() -> Pretend:
    return Pretend(history(40))


@pytest.fixture
def works(database: Database, clock: "MovedClock", config: Config, far: Pretend, tmp_path: Path) -> Works:
    return Works(database, clock, config, far, tmp_path / "spool")


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many pieces and batches even for a small history."""
    store_at_once(monkeypatch, 3)
    monkeypatch.setattr("shopify_app.jobs.spool.Spool.cut.__defaults__", (16,))
